"""What a person reads in a terminal or a client's window when a factor is asked for.

English alone, for a terminal does not say which characters it can show; which factors there are,
and whether an answer is right, is not decided here.
"""

from collections.abc import Mapping

from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.one_line import clean_text

from strongroom.login.models import FactorKind

TYPED_KINDS = frozenset(
    {
        FactorKind.SMS,
        FactorKind.VOICE,
        FactorKind.TOTP,
        FactorKind.CARD,
        FactorKind.CODE_CARD,
        FactorKind.RECOVERY,
        FactorKind.TEMPORARY,
    }
)
"""The kinds whose answer can be typed into any client; a passkey needs a browser."""

_NAMES = {
    FactorKind.SMS: "SMS to {label}",
    FactorKind.VOICE: "Call to {label}",
}
_LONGEST = 80


def name_of(kind: FactorKind, label: str) -> str:
    """Return what a factor is called in a list."""
    return _NAMES.get(kind, "{label}").format(label=clean_text(label, _LONGEST))


def wording(kind: FactorKind, label: str, shown: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Return the instruction and the prompt of one challenge."""
    label = clean_text(label, _LONGEST)
    match kind:
        case FactorKind.SMS:
            return f"{label}: a code is on its way.", "Code: "
        case FactorKind.VOICE:
            return f"{label}: press a key when it rings, then listen.", "Code: "
        case FactorKind.TOTP:
            return f"{label}: open the authenticator program.", "Code: "
        case FactorKind.CARD:
            challenge = clean_text(str(shown.get("challenge", "")), 20)
            return f"{label}: type PIN and challenge {challenge} into it.", "Response: "
        case FactorKind.CODE_CARD:
            places = shown.get("indexes", [])
            numbers = [str(one) for one in places] if isinstance(places, list) else []
            return f"{label}: find the entries {' and '.join(numbers)}.", "Both, without spaces: "
        case _:
            return f"{label}: type one as it is printed.", "Code: "
