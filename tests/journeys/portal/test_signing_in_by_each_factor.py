"""Every factor opens the portal, in both languages and widths (F6, F6a, F6b, F6f to F6h)."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.journeys.portal.browsing import DESKTOP, PHONE, Newcomer, Portal, Visit
from tests.journeys.portal.signing import (
    answer,
    choose,
    give_password,
    plug_in_passkey,
    press,
    says,
    settled,
    sign_in,
    type_answer,
)

Visits = Callable[..., AbstractContextManager[Visit]]

_TYPED = ("sms", "totp", "card", "code-card", "temporary", "recovery")
_TITLES = {
    "sms": ("Code by SMS", "SMSのコード"),
    "totp": ("Authenticator app", "認証アプリ"),
    "card": ("Security card", "セキュリティカード"),
    "code-card": ("Code card", "コードカード"),
    "temporary": ("Temporary code", "一時コード"),
    "recovery": ("Recovery code", "リカバリーコード"),
}
_LETTERS = {
    "sms": "smsby", "totp": "totpb", "card": "cards", "code-card": "paper", "temporary": "tempo",
    "recovery": "recov", "passkey": "passk", "voice": "voice",
}  # fmt: skip
# Every pair of language and width comes up, and each scheme in both.
_LOOKS = {
    "en": ({"size": DESKTOP, "scheme": "light"}, {"size": PHONE, "scheme": "dark"}),
    "ja": ({"size": PHONE, "scheme": "light"}, {"size": DESKTOP, "scheme": "dark"}),
}


def _letters(kind: str, language: str) -> str:
    return _LETTERS[kind][:4] + language[0]


def _look(kind: str, language: str) -> dict[str, object]:
    return _LOOKS[language][sorted(_LETTERS).index(kind) % 2]


@pytest.fixture(scope="module", autouse=True)
def people(portal: Portal) -> None:
    """One person for each factor and language."""
    own = {"voice": ("sms",)}
    portal.add_people(
        *(
            Newcomer(_letters(kind, language), own.get(kind, (kind,)), language)
            for kind in _LETTERS
            for language in ("en", "ja")
        ),
        Newcomer("manyf", ("sms", "code-card", "recovery")),
    )


@pytest.mark.req("LOGIN-3", "SMS2FA-3", "DSC-1", "CARD-1", "TEMP-2")
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", _TYPED)
def test_a_person_signs_in_with_what_is_in_the_pocket(
    portal: Portal, visit: Visits, kind: str, language: str
) -> None:
    person = portal.person(_letters(kind, language))
    with visit(language=language, **_look(kind, language)) as seen:
        known = len(portal.letters(person.number))
        give_password(seen, person)
        settled(seen, "/sign-in/code")
        assert _TITLES[kind][language == "ja"] in seen.page.inner_text("h1")
        seen.check(f"code-{kind}")
        seen.go("/statements")
        assert "/sign-in" in seen.page.url, "a password alone opened a page"
        seen.go("/sign-in/code")
        type_answer(seen, answer(seen, person, kind, known=known))
        settled(seen, "/")
        assert person.full_name in seen.page.content()


@pytest.mark.req("VOICE-1", "VOICE-2")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_call_speaks_the_code_when_the_sms_does_not_come(
    portal: Portal, visit: Visits, language: str
) -> None:
    person = portal.person(_letters("voice", language))
    with visit(language=language, **_look("voice", language)) as seen:
        give_password(seen, person)
        settled(seen, "/sign-in/code")
        sms = portal.next_code(person.number, 0)
        seen.page.click("details.help summary")
        seen.check("code-not-received")
        assert seen.page.is_disabled("#again-sms"), "a new SMS is offered before its time"
        press(seen, "button[value^='voice:']")
        seen.check("code-voice")
        spoken = answer(seen, person, "voice", known=1)
        assert spoken != sms
        assert spoken not in portal.letters(person.number)[0]["text"], "said before a key"
        type_answer(seen, sms)
        settled(seen, "/sign-in/code")
        type_answer(seen, spoken)
        settled(seen, "/")


@pytest.mark.req("LATK-27")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_passkey_signs_in_with_one_press(portal: Portal, visit: Visits, language: str) -> None:
    person = portal.person(_letters("passkey", language))
    with visit(language=language, **_look("passkey", language)) as seen:
        plug_in_passkey(seen, person)
        give_password(seen, person)
        seen.check("code-passkey")
        seen.page.click("form[data-passkey] button[type=submit]")
        settled(seen, "/")


@pytest.mark.req("LATK-27")
def test_a_browser_without_the_passkey_says_so_and_stays_where_it_is(
    portal: Portal, visit: Visits
) -> None:
    with visit(size=PHONE) as seen:
        plug_in_passkey(seen, portal.person(_letters("passkey", "ja")))
        give_password(seen, portal.person(_letters("passkey", "en")))
        seen.page.click("form[data-passkey] button[type=submit]")
        seen.page.wait_for_selector("[data-passkey-says=failed]:visible")
        seen.check("code-passkey-failed")
        seen.go("/")
        assert "/sign-in" in seen.page.url


@pytest.mark.req("SLS-9", "SLS-10")
@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        ("en", PHONE, "light"),
        ("en", DESKTOP, "dark"),
        ("ja", DESKTOP, "light"),
        ("ja", PHONE, "dark"),
    ],
)
def test_who_has_several_factors_chooses_one_and_may_change_the_mind(
    portal: Portal, visit: Visits, language: str, size: tuple[int, int], scheme: str
) -> None:
    person = portal.person("manyf")
    with visit(language=language, size=size, scheme=scheme) as seen:
        seen.go("/sign-in")
        seen.check("sign-in")
        give_password(seen, person)
        settled(seen, "/sign-in/factor")
        seen.check("factor")
        values = seen.page.locator("select[name=factor] option").evaluate_all(
            "all => all.map(one => one.value.split(':')[0])"
        )
        assert sorted(values) == ["code-card", "recovery", "sms", "voice"]
        choose(seen, "recovery")
        seen.page.click("main a[href='/sign-in/factor']")
        choose(seen, "code-card")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/")


@pytest.mark.req("LOGIN-3")
def test_who_wanted_a_page_comes_to_it_after_signing_in(portal: Portal, visit: Visits) -> None:
    person = portal.person("manyf")
    with visit() as seen:
        seen.go("/statements?page=1")
        settled(seen, "/sign-in")
        seen.page.fill("input[name=name]", person.name)
        seen.page.fill("input[name=password]", person.password)
        press(seen, "main form[action='/sign-in'] button[type=submit]")
        choose(seen, "code-card")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/statements")


@pytest.mark.req("LOGIN-3")
def test_keys_alone_are_enough_to_sign_in(portal: Portal, visit: Visits) -> None:
    person = portal.person("manyf")
    with visit() as seen:
        keys = seen.page.keyboard
        seen.go("/sign-in")
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        keys.press("Enter")
        _tab_to(seen, "id_name")
        keys.type(person.name)
        _tab_to(seen, "id_password")
        keys.type(person.password)
        with seen.page.expect_navigation():
            keys.press("Enter")
        _tab_to(seen, "id_factor")
        while not seen.page.input_value("#id_factor").startswith("code-card:"):
            keys.press("ArrowDown")
        keys.press("Tab")
        with seen.page.expect_navigation():
            keys.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "id_answer"
        keys.type(answer(seen, person, "code-card"))
        with seen.page.expect_navigation():
            keys.press("Enter")
        settled(seen, "/")


@pytest.mark.req("BP-2", "LATK-14")
def test_every_step_has_a_session_key_of_its_own(portal: Portal, visit: Visits) -> None:
    person = portal.person("manyf")
    with visit() as seen:
        seen.go("/sign-in")
        keys = [_session_key(seen)]
        give_password(seen, person)
        keys.append(_session_key(seen))
        choose(seen, "code-card")
        type_answer(seen, answer(seen, person, "code-card"))
        settled(seen, "/")
        keys.append(_session_key(seen))
        assert len(set(keys)) == 3
        cookie = next(one for one in seen.context.cookies() if one["name"] == "__Host-session")
        assert cookie["httpOnly"]
        assert cookie["secure"]


@pytest.mark.req("LOGIN-3")
def test_who_is_signed_in_already_is_not_asked_again(portal: Portal, visit: Visits) -> None:
    person = portal.person("manyf")
    with visit(language="ja") as seen:
        sign_in(seen, person, "code-card")
        seen.go("/sign-in")
        settled(seen, "/")
        assert person.full_name in seen.page.content()
        assert says(seen)


def _tab_to(seen: Visit, name: str) -> None:
    for _ in range(20):
        if seen.page.evaluate("document.activeElement.id") == name:
            return
        seen.page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {name}")


def _session_key(seen: Visit) -> str:
    return next(
        (one["value"] for one in seen.context.cookies() if one["name"] == "__Host-session"), ""
    )
