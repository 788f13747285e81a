"""The words of a line under the portal's bell: those of its mail, without links and codes.

Greetings, feet and everything secret belong to the mail alone, which `rendering` makes.
"""

from collections.abc import Mapping

from strongroom.messages.letter_texts import factors
from strongroom.messages.letter_texts.rendering import WORDS, House
from strongroom.messages.letter_texts.words import Language, Words
from strongroom.rules.alerts import AlertKind

_KNOWN = frozenset(kind.value for kind in AlertKind)
_SECRETS = ("{link}", "{code}", "{undo}", "{not_me}")
_OTHERWISE: dict[AlertKind, Words] = {
    AlertKind.EMAIL_CHANGED_OLD: Words(
        "Your mail address was changed",
        "On {at} the mail address of your login was changed to {new}. The mail to the old address "
        "has a link to undo it until {until}.",
        "メールアドレスが変更されました",
        "{at} に、メールアドレスが {new} に変更されました。変更前のアドレスへお送りしたメールの"
        "リンクから、{until} まで取り消すことができます。",
    ),
}
"""Where the mail's words say that a link follows."""


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def line(
    kind: str, facts: Mapping[str, str], *, language: Language, house: House
) -> tuple[str, str]:
    """Return title and text, or the bare kind for one that this version does not know."""
    if kind not in _KNOWN:
        return kind, ""
    known = AlertKind(kind)
    subject, body = _OTHERWISE.get(known, WORDS[known]).of(language)
    paragraphs = [one for one in body.split("\n\n") if not any(name in one for name in _SECRETS)]
    filled = _Filled({name: text for name, text in facts.items() if text})
    filled["firm"] = house.firm
    filled["support"] = house.support or house.firm
    if filled["factor"] in factors.FACTORS:
        filled["factor"] = factors.FACTORS[filled["factor"]].of(language)
    filled.setdefault("label", "")
    return subject.format_map(filled), "\n\n".join(one.format_map(filled) for one in paragraphs)
