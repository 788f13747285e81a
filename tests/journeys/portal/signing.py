"""How people sign in, as a browser does it; what is typed comes from their pockets."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from strongroom.runtime import demonstration_pockets as pockets

from tests.journeys.portal.browsing import Person, Visit

_SPOKEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"),
)
_FORM = "main form:has(input[name=answer]) button[type=submit]"


def give_password(seen: Visit, person: Person, *, password: str = "") -> None:
    """User name and password."""
    seen.go("/sign-in")
    seen.page.fill("input[name=name]", person.name)
    seen.page.fill("input[name=password]", password or person.password)
    press(seen, "main form[action='/sign-in'] button[type=submit]")


def press(seen: Visit, button: str) -> None:
    """Press a button and wait for the next page."""
    with seen.page.expect_navigation():
        seen.page.click(button)


def choose(seen: Visit, kind: str) -> None:
    """Choose a factor in the drop-down of SLS-10."""
    listed = seen.page.locator("select[name=factor]")
    value = listed.locator(f"option[value^='{kind}:']").first.get_attribute("value")
    listed.select_option(value)
    press(seen, "main form[action='/sign-in/factor'] button[type=submit]")


def type_answer(seen: Visit, answer: str) -> None:
    """Type what a device says. A code of known length sends itself with its last digit."""
    box = seen.page.locator("input[name=answer]")
    is_mistaken = box.get_attribute("aria-invalid") == "true"
    digits = answer.replace(" ", "")
    sends_itself = box.get_attribute("data-auto-submit") == str(len(digits)) and not is_mistaken
    with seen.page.expect_navigation():
        box.fill(answer)
        if not sends_itself:
            seen.page.click(_FORM)


def answer(seen: Visit, person: Person, kind: str, *, known: int = 0) -> str:
    """What the person reads off a device for the page that is shown.

    `known` is how many messages came before the one that is waited for.
    """
    pocket: dict[str, Any] = person.pockets.get(kind, {})
    read: dict[str, Callable[[], str]] = {
        "sms": lambda: seen.portal.next_code(person.number, known),
        "voice": lambda: hear(seen, person, known),
        "totp": lambda: totp(person),
        "card": lambda: operate_card(seen, pocket),
        "code-card": lambda: pockets.code_card_answer(
            pocket, list(seen.page.locator(".challenge strong").all_inner_texts())
        ),
        "temporary": lambda: str(pocket["code"]),
        "recovery": lambda: str(pocket["codes"].pop()),
    }
    return read[kind]()


def operate_card(seen: Visit, pocket: dict[str, Any]) -> str:
    """Type the PIN and the page's challenge into a security card; it counts each use."""
    asked = re.sub(r"\D", "", seen.page.inner_text(".challenge strong"))
    response = pockets.card_response(pocket, asked, pockets.CARD_PIN)
    pocket["counter"] += 1
    return response


def hear(seen: Visit, person: Person, known: int) -> str:
    """Answer the next call, press a key, and write down the digits that are spoken."""
    seen.portal.next_letter(person.number, known)
    board = seen.context.new_page()
    board.goto(seen.portal.site + "/demo/messages")
    call = board.locator("li.list-row:has(form)", has_text=person.number).first
    with board.expect_navigation():
        call.locator("button[type=submit]").click()
    said = board.locator("main .notice").first.inner_text()
    board.close()
    words = [word for word in re.split(r"[\s:.,、。]+", said) if word in _SPOKEN]
    digits = "".join(str(_SPOKEN.index(word) % 10) for word in words)
    assert len(digits) == 12, said
    assert digits[:6] == digits[6:], said
    return digits[:6]


def totp(person: Person) -> str:
    """What the person's authenticator shows now."""
    pocket: dict[str, Any] = person.pockets["totp"]
    return pockets.totp_now(pocket, datetime.now(UTC))


def plug_in_passkey(seen: Visit, person: Person | None = None) -> None:
    """Give the browser a virtual authenticator, empty or with the person's passkey."""
    talk = seen.context.new_cdp_session(seen.page)
    talk.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    if person is None:
        return
    key = person.pockets["passkey"]
    credential = {**key, "isResidentCredential": True, "rpId": "localhost", "signCount": 1}
    talk.send(
        "WebAuthn.addCredential",
        {"authenticatorId": made["authenticatorId"], "credential": credential},
    )


def sign_in(seen: Visit, person: Person, kind: str = "sms") -> None:
    """All of it, for a person with one factor of those that are typed."""
    known = len(seen.portal.letters(person.number))
    give_password(seen, person)
    if seen.page.url.endswith("/sign-in/factor"):
        choose(seen, kind)
    type_answer(seen, answer(seen, person, kind, known=known))
    settled(seen, "/")


def sign_out(seen: Visit) -> None:
    """By the menu of the person."""
    seen.page.click("details.menu > summary")
    press(seen, "form[action='/sign-out'] button")
    settled(seen, "/signed-out")


def says(seen: Visit) -> str:
    """What the page's main part says."""
    return seen.page.inner_text("main")


def settled(seen: Visit, path: str) -> None:
    """Wait until the browser is at a page."""
    seen.page.wait_for_url(lambda url: url.split("?")[0] == seen.portal.site + path)
