"""How a letter's kind names a code: every other kind is an `AlertKind`."""

from strongroom.rules.alerts import CodePurpose

CODE_KIND = "code-"


def kind_of(purpose: str) -> str:
    """Return the kind of a letter with a code. Raises ValueError for a purpose without words."""
    return CODE_KIND + CodePurpose(purpose)


def purpose_of(kind: str) -> CodePurpose:
    """Return what the code of such a letter is for."""
    return CodePurpose(kind.removeprefix(CODE_KIND))


def is_code(kind: str) -> bool:
    """Whether a letter of this kind brings a code."""
    return kind.startswith(CODE_KIND)
