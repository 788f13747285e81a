"""What a browser's stored session names: a login on its way, a person's session, small notes.

Each step has a new session key, and nothing is taken along that was not asked for (LATK-14).
Whether what is named still holds is looked up at every request: see `guard`.
"""

from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

_SIGN_IN = "sign_in"
_SESSION = "web_session"
_NEXT = "next"
_NOTES = "notes"
_MOST_NOTES = 3


def sign_in_of(request: HttpRequest) -> UUID | None:
    """The login that waits for its factor."""
    return _identity(request, _SIGN_IN)


def session_of(request: HttpRequest) -> UUID | None:
    """The person's session."""
    return _identity(request, _SESSION)


def begin_sign_in(request: HttpRequest, sign_in_id: UUID, *, then: str = "") -> None:
    """The password was right: name the login, under a new key; `then` is a safe address."""
    _start_over(request)
    request.session[_SIGN_IN] = str(sign_in_id)
    if then:
        request.session[_NEXT] = then


def enter(request: HttpRequest, session_id: UUID) -> str:
    """A session began: name it, under a new key. Returns where the person wanted to go, or ''."""
    then = str(request.session.get(_NEXT, ""))
    _start_over(request)
    request.session[_SESSION] = str(session_id)
    return then


def renew(request: HttpRequest) -> None:
    """Change the key alone: a factor was proved again (LATK-14)."""
    request.session.cycle_key()
    rotate_token(request)


def leave(request: HttpRequest) -> None:
    """Forget everything, under a new key."""
    _start_over(request)


def note(request: HttpRequest, text: str, *, tone: str = "good") -> None:
    """Show a sentence, already in the person's language, on the next page; `tone` is a notice's."""
    notes = [*request.session.get(_NOTES, []), {"text": str(text), "tone": tone}]
    request.session[_NOTES] = notes[-_MOST_NOTES:]


def take_notes(request: HttpRequest) -> list[dict[str, str]]:
    """Return the sentences to show, once."""
    if _NOTES not in request.session:
        return []
    notes: list[dict[str, str]] = request.session.pop(_NOTES)
    return notes


def _start_over(request: HttpRequest) -> None:
    request.session.flush()
    rotate_token(request)


def _identity(request: HttpRequest, name: str) -> UUID | None:
    found = request.session.get(name)
    return UUID(found) if isinstance(found, str) else None
