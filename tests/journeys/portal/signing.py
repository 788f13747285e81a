"""How each person of the demo signs in, as a browser does it; what is typed comes from pockets."""

from datetime import UTC, datetime
from typing import Any

from strongroom.runtime import demonstration_pockets as pockets

from tests.journeys.daemon import wait_for
from tests.journeys.portal.browsing import Person, Visit


def give_password(seen: Visit, person: Person) -> None:
    """User name and password."""
    seen.go("/sign-in")
    seen.page.fill("input[name=name]", person.name)
    seen.page.fill("input[name=password]", person.password)
    seen.page.click("main form[action='/sign-in'] button[type=submit]")


def totp(person: Person) -> str:
    """What the person's authenticator shows now."""
    pocket: dict[str, Any] = person.pockets["totp"]
    return pockets.totp_now(pocket, datetime.now(UTC))


def settled(seen: Visit, path: str) -> None:
    """Wait until the browser is at a page."""
    wait_for(lambda: seen.page.url.split("?")[0] == seen.portal.site + path, f"{path} is shown")
