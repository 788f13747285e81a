"""Journeys behind the sign-in: getting in again at once, a fresh factor, and what a page says."""

from datetime import UTC, datetime, timedelta

from tests.journeys.portal.browsing import Person, Portal, Visit
from tests.journeys.portal.signing import give_password, press, settled, totp, type_answer

_MINE = "user_id = (SELECT id FROM directory_user WHERE name = ?)"


def forget_used_codes(seen: Visit, person: Person) -> None:
    """Let the app's code of this half minute be given again; a person would wait for the next."""
    seen.portal.change(
        f"UPDATE login_enrolment SET counter = -1 WHERE kind = 'totp' AND {_MINE}", person.name
    )


def enter(seen: Visit, person: Person, *, password: str = "") -> None:
    """Sign in with the authenticator app."""
    forget_used_codes(seen, person)
    give_password(seen, person, password=password)
    type_answer(seen, totp(person))
    settled(seen, "/")


def let_time_pass(seen: Visit, person: Person) -> None:
    """Let the factor that opened the session be no longer fresh (LATK-25)."""
    ago = datetime.now(UTC) - timedelta(minutes=20)
    seen.portal.change(
        f"UPDATE login_websession SET stepped_up_at = ? WHERE {_MINE}",
        ago.replace(tzinfo=None).isoformat(sep=" "),
        person.name,
    )


def prove_again(seen: Visit, person: Person) -> None:
    """Answer "Is it you?" with the authenticator app."""
    settled(seen, "/step-up")
    press(seen, "main form button[type=submit]")
    forget_used_codes(seen, person)
    type_answer(seen, totp(person))


def send(seen: Visit) -> None:
    """Press the main button of the page's only form."""
    press(seen, "main form button[type=submit]")


def tell(portal: Portal, person: Person, column: str, value: object) -> None:
    """Write down what the firm knows of a person: residence, identity."""
    portal.change(f"UPDATE directory_user SET {column} = ? WHERE name = ?", value, person.name)
