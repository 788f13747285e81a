"""A page's place in the portal: its path, who may see it, and with which methods.

Each area of the portal has its own `routes.py` with a tuple of these; `urls` puts them together.
What nobody listed does not exist, and what asks nothing is refused: see `guard`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]


class Needs(Enum):
    """Who may see a page."""

    ANYONE = "anyone"
    SIGN_IN = "sign-in"
    """A right password, and no session yet."""
    RESTRICTED = "restricted"
    """A session of any scope, also one of a temporary code that only prints a code card."""
    SESSION = "session"
    """A session of full or read-only scope."""
    FULL = "full"
    """A session that may change things: not of a closed user, not unverified (PHN-2)."""
    STEP_UP = "step-up"
    """The same, with a factor proved within the last minutes (LATK-25)."""


@dataclass(frozen=True, slots=True)
class Route:
    """One page. `path` is Django's path syntax without a leading slash; `name` is for `reverse`.

    `max_body` is the most bytes of a POST. Only POST changes anything (LATK-15). `keeps` names the
    fields of a POST, never secret ones, that outlive a step-up in its way: see `kept_forms`.
    `is_stateless` says that no cookie is read and no CSRF token asked, because the caller proves
    itself by what it sends (a provider's callback, the token end point) or needs no proof.
    """

    path: str
    name: str
    view: View
    needs: Needs = Needs.SESSION
    methods: tuple[str, ...] = ("GET",)
    max_body: int = 32 * 1024
    keeps: tuple[str, ...] = ()
    is_stateless: bool = False
