"""A page's place in the portal: its path, who may see it, and with which methods.

Each area of the portal has its own `routes.py` with a tuple of these; `urls` puts them together.
What nobody listed does not exist, and what asks nothing is refused: see `guard`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.http import HttpRequest, HttpResponseBase

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

    `max_body` is the most bytes of a POST. Only POST changes anything (LATK-15).
    """

    path: str
    name: str
    view: View
    needs: Needs = Needs.SESSION
    methods: tuple[str, ...] = ("GET",)
    max_body: int = 32 * 1024


Handler = Callable[[HttpRequest], HttpResponseBase]
