"""The words of letters: both languages whole, one template for each purpose, nothing injected."""

import re

import pytest
from strongroom.messages.letter_texts import codes, rendering
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.letter_texts.words import Language
from strongroom.rules.alerts import AlertKind, CodePurpose
from strongroom.rules.secret import Secret

HOUSE = House("Example Securities", "", "portal.firm.example")
CODE = Secret("004217")
LANGUAGES = pytest.mark.parametrize("language", list(Language))


def _mail(kind: AlertKind, language: Language, facts: object = None, **secrets: str) -> tuple:
    given = {name: Secret(text) for name, text in secrets.items()}
    subject, body = rendering.mail(kind, facts or {}, given, language=language, house=HOUSE)
    return subject, body.reveal()


@LANGUAGES
def test_every_alert_has_words_that_name_known_fields_alone(language: Language) -> None:
    known = {
        *("at", "firm", "support", "full_name", "link", "undo", "code", "not_me"),
        *("address", "browser", "factor", "label", "login", "fingerprint", "networks", "until"),
        *("minutes", "month", "left", "new", "number", "serial", "ships_on", "user"),
    }
    for kind in AlertKind:
        subject, body = rendering.WORDS[kind].of(language)
        assert set(re.findall(r"{(\w+)}", subject + body)) <= known, kind
        assert "code" not in re.findall(r"{(\w+)}", subject) or kind is AlertKind.EMAIL_CODE


def test_japanese_words_are_japanese() -> None:
    for kind in AlertKind:
        for text in rendering.WORDS[kind].of(Language.JAPANESE):
            assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", text), kind


@pytest.mark.req("LATK-18")
@LANGUAGES
def test_no_two_purposes_share_a_template(language: Language) -> None:
    for words in (codes.SMS, codes.SPOKEN):
        texts = [words[purpose].of(language) for purpose in CodePurpose]
        assert len(set(texts)) == len(CodePurpose)


@pytest.mark.req("LATK-18", "SMS2FA-3")
@LANGUAGES
def test_an_sms_names_firm_and_code_and_fits(language: Language) -> None:
    for purpose in CodePurpose:
        text = rendering.sms(
            purpose, {"minutes": "5"}, CODE, language=language, house=HOUSE
        ).reveal()
        assert "Example Securities" in text
        assert "004217" in text
        assert "{" not in text
        assert len(text) <= (160 if language is Language.ENGLISH else 2 * 67)


def test_a_code_to_sign_in_is_bound_to_the_portals_host() -> None:
    for purpose in CodePurpose:
        text = rendering.sms(purpose, {}, CODE, language=Language.ENGLISH, house=HOUSE).reveal()
        is_bound = text.endswith("\n@portal.firm.example #004217")
        assert is_bound == (purpose in {CodePurpose.SIGN_IN, CodePurpose.STEP_UP})


@pytest.mark.req("LATK-3")
@LANGUAGES
def test_a_greeting_holds_no_code_and_a_reading_all_its_zeros(language: Language) -> None:
    greeting = rendering.greeting(CodePurpose.SIGN_IN, language=language, house=HOUSE).reveal()
    reading = rendering.reading(CODE, language=language).reveal()
    zero = codes.DIGITS[language][0]
    assert zero not in greeting
    assert reading.count(zero) == 4
    assert not re.search(r"\d", reading)


@pytest.mark.req("ATK-69")
def test_a_fact_is_no_template_and_no_line_of_its_own() -> None:
    facts = {"full_name": "{not_me}\r\nBcc: x", "browser": "{code}\nPay here: http://evil"}
    _, body = _mail(AlertKind.NEW_BROWSER, Language.ENGLISH, facts, not_me="https://secret")
    assert body.count("https://secret") == 1
    assert "\nPay here" not in body
    assert "\nBcc" not in body


def test_who_did_not_do_it_is_told_what_to_do() -> None:
    for kind in set(AlertKind) - rendering.SAYS_IT_ITSELF:
        _, with_link = _mail(kind, Language.ENGLISH, not_me="https://portal/not-me/1")
        assert "https://portal/not-me/1" in with_link
        _, without = _mail(kind, Language.ENGLISH)
        assert "the firm's support desk" in without


def test_factors_have_their_names_in_both_languages() -> None:
    facts = {"factor": "code-card", "label": "home"}
    assert "code card home" in _mail(AlertKind.FACTOR_ADDED, Language.ENGLISH, facts)[1]
    assert "コードカード home" in _mail(AlertKind.FACTOR_ADDED, Language.JAPANESE, facts)[1]


def test_another_language_is_written_to_in_english() -> None:
    assert [Language.of(code) for code in ("ja", "en", "fr", "")] == ["ja", "en", "en", "en"]


def test_a_line_without_its_fact_is_left_out() -> None:
    facts = {"networks": "203.0.113.0/24", "address": "203.0.113.7"}
    _, body = _mail(AlertKind.RESTRICTION_CHANGED, Language.ENGLISH, facts)
    assert "203.0.113.0/24" in body
    assert "Address: 203.0.113.7" in body
    for missing in ("goes back", "Browser", "Dear"):
        assert missing not in body
    _, body = _mail(AlertKind.RESTRICTION_CHANGED, Language.ENGLISH, {**facts, "until": "soon"})
    assert "goes back at soon." in body


def test_a_mail_reads_as_a_person_would_write_it() -> None:
    facts = {"full_name": "Marie Tanaka", "minutes": "30"}
    subject, body = _mail(
        AlertKind.RESET_LINK, Language.ENGLISH, facts, link="https://portal.firm.example/r/1"
    )
    assert subject == "Set a new password"
    assert body == (
        "Dear Marie Tanaka,\n\n"
        "Somebody asked to set a new password for your login. If it was you, open this link "
        "within 30 minutes:\n\n"
        "https://portal.firm.example/r/1\n\n"
        "You will also be asked for your second factor. If it was not you, do nothing: your "
        "password stays as it is.\n\n"
        "-- \n"
        "Example Securities\n"
        "We never ask for passwords or codes by mail, SMS or telephone.\n"
    )
