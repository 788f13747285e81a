"""Puts letters into words, in the person's own language; the words are in the modules beside.

A mail is a summary: beside the link or number that it is for it holds nothing secret (TKT-7).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from strongroom_formats.one_line import clean_text

from strongroom.messages import texts
from strongroom.messages.letter_texts import codes, contact, factors, signing_in
from strongroom.messages.letter_texts.words import Both, Language, Words
from strongroom.rules.alerts import AlertKind, CodePurpose
from strongroom.rules.secret import Secret

WORDS: dict[AlertKind, Words] = {**signing_in.WORDS, **factors.WORDS, **contact.WORDS}

_LONGEST_FACT = 500
_FIELD = re.compile(r"{(\w+)}")
_LONGEST_SUBJECT = 200
_DESK = Both(texts.DESK, texts.DESK_JA)

_GREETING = {
    Language.ENGLISH: "Dear {full_name},",
    Language.JAPANESE: "{full_name} 様",
}
_PLACE = {
    Language.ENGLISH: "Browser: {browser}\nAddress: {address}",
    Language.JAPANESE: "ブラウザー: {browser}\nIP アドレス: {address}",
}
_NOT_ME = {
    Language.ENGLISH: "If this was not you, open this link at once:\n{not_me}",
    Language.JAPANESE: "お心当たりがない場合は、ただちに次のリンクを開いてください。\n{not_me}",
}
_UNEXPECTED = {
    Language.ENGLISH: "If this was not you, tell {support} at once.",
    Language.JAPANESE: "お心当たりがない場合は、ただちに {support} へご連絡ください。",
}
_FOOT = {
    Language.ENGLISH: "{firm}\nWe never ask for passwords or codes by mail, SMS or telephone.",
    Language.JAPANESE: "{firm}\n当社がメール、SMS、お電話でパスワードや確認コードをお尋ねする"
    "ことはありません。",
}
SAYS_IT_ITSELF = {
    AlertKind.INVITATION,
    AlertKind.RESET_LINK,
    AlertKind.RESET_UNKNOWN,
    AlertKind.EMAIL_CODE,
    AlertKind.EMAIL_CHANGED_NEW,
    AlertKind.EMAIL_CHANGED_OLD,
    AlertKind.DELIVERY_FAILED,
    AlertKind.SECURITY_STATEMENT,
    AlertKind.LOCKED_OUT,
    AlertKind.OPERATOR_LOCKED,
    AlertKind.RESTRICTION_ROLLED_BACK,
}
"""Whose own words say what to do when they were not expected, or that nobody did them."""


@dataclass(frozen=True, slots=True)
class House:
    """Who writes. `support` may be empty; `host` is the portal's, for codes that fill in."""

    firm: str
    support: str = ""
    host: str = ""


class _Filled(dict[str, str]):
    """A fact that is missing shows as a dash instead of stopping the letter."""

    def __missing__(self, key: str) -> str:
        return "-"


def mail(
    kind: AlertKind,
    facts: Mapping[str, str],
    secrets: Mapping[str, Secret],
    *,
    language: Language,
    house: House,
) -> tuple[str, Secret]:
    """Return subject and body. Facts are filled in as they are, and hold no line end (ATK-69)."""
    filled = _filled(facts, language, house)
    filled.update({name: secret.reveal() for name, secret in secrets.items()})
    subject, body = WORDS[kind].of(language)
    first, _, further = body.partition("\n")
    further = _known_lines(further, filled) if further else ""
    parts = [f"{first}\n{further}".rstrip(), _known_lines(_PLACE[language], filled)]
    if "full_name" in facts:
        parts.insert(0, _GREETING[language])
    if "not_me" in secrets:
        parts.append(_NOT_ME[language])
    elif kind not in SAYS_IT_ITSELF:
        parts.append(_UNEXPECTED[language])
    parts.append("-- \n" + _FOOT[language])
    text = "\n\n".join(part.format_map(filled) for part in parts if part) + "\n"
    return clean_text(subject.format_map(filled), _LONGEST_SUBJECT), Secret(text)


def sms(
    purpose: CodePurpose,
    facts: Mapping[str, str],
    code: Secret,
    *,
    language: Language,
    house: House,
) -> Secret:
    """Return the text of an SMS. Its last line binds the code to the portal's host, so that
    browsers fill it in there alone (the WICG's origin-bound one-time codes)."""
    filled = _filled(facts, language, house)
    filled["code"] = code.reveal()
    text = codes.SMS[purpose].of(language).format_map(filled)
    if house.host and purpose in {CodePurpose.SIGN_IN, CodePurpose.STEP_UP}:
        text += f"\n\n@{house.host} #{code.reveal()}"
    return Secret(text)


def short_alert(
    kind: AlertKind, facts: Mapping[str, str], *, language: Language, house: House
) -> Secret:
    """Return an alert as an SMS: what happened, and whom to call; never a link."""
    filled = _filled(facts, language, house)
    first = WORDS[kind].of(language)[1].partition("\n")[0]
    return Secret(f"{{firm}}: {first} {_UNEXPECTED[language]}".format_map(filled))


def greeting(purpose: CodePurpose, *, language: Language, house: House) -> Secret:
    """Return what a call says before a key is pressed; it holds no code (LATK-3)."""
    words = codes.SPOKEN[purpose].of(language)
    return Secret(codes.GREETING[language].format(firm=house.firm, purpose=words))


def reading(code: Secret, *, language: Language) -> Secret:
    """Return what a call says after the key: each digit as a word, with its zeros, twice."""
    words = [codes.DIGITS[language][int(digit)] for digit in code.reveal()]
    separator = "、" if language is Language.JAPANESE else ", "
    return Secret(codes.READING[language].format(digits=separator.join(words)))


def _known_lines(text: str, filled: Mapping[str, str]) -> str:
    """Leave out the lines that would show nothing but a dash."""
    lines = text.split("\n")
    return "\n".join(line for line in lines if set(_FIELD.findall(line)) <= filled.keys())


def _filled(facts: Mapping[str, str], language: Language, house: House) -> _Filled:
    filled = _Filled(
        {name: clean_text(text, _LONGEST_FACT) for name, text in facts.items() if text}
    )
    filled["firm"] = clean_text(house.firm, _LONGEST_FACT)
    filled["support"] = house.support or _DESK.of(language)
    if filled.get("factor") in factors.FACTORS:
        filled["factor"] = factors.FACTORS[filled["factor"]].of(language)
    filled.setdefault("label", "")
    return filled
