"""Makes invitations for `recipient invite` and for the demo, and shows them.

What an invitation is good for is in `directory.invitations`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from strongroom_formats.invitation import Invitation

from strongroom.audit.act import Act
from strongroom.directory import models
from strongroom.directory.invitations import Leave
from strongroom.messages.enrolment_desk import invite
from strongroom.rules import refusals
from strongroom.runtime.api_house import invitation_with
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation to hand over once; nobody can show it again."""

    login: str
    invitation: Invitation
    expires_at: datetime
    is_automatic: bool

    def row(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "login": self.login,
            "link": self.invitation.link,
            "code": self.invitation.code,
            "pin": self.invitation.pin,
            "url": self.invitation.url,
            "expires_at": self.expires_at,
            "automatic": self.is_automatic,
        }


def invite_recipient(
    login: str, leave: Leave, settings: Settings, home: Home, *, act: Act
) -> Invited:
    """Make an invitation. Raises Refused: API-OFF, RECIPIENT-UNKNOWN, INVITATION-…."""
    template = invitation_with("2" * 20, settings, home)  # what refuses comes before the row
    if leave.is_automatic and not settings.key_desk.automatic_approval:
        raise refusals.INVITATION_AUTOMATIC.because()
    made, code = invite(login, leave, act=act)
    invitation = Invitation(template.url, code, template.pin)
    return Invited(login, invitation, made.expires_at, leave.is_automatic)


def in_words(invited: Invited, path: Path | None) -> str:
    """Return the lines for people."""
    given = invited.invitation
    pin = f"  pin      {given.pin}\n" if given.pin else ""
    file = f"  file     {path}\n" if path is not None else ""
    return f"""\
An invitation for {invited.login}, good once until {invited.expires_at:%Y-%m-%d %H:%M} UTC.
It is shown only now.

  link     {given.link}
  code     {given.code}
{pin}{file}
The recipient runs, on the machine that fetches the statements:

  strongbox enrol '{given.link}'

Hand it over in a way that only the recipient can read. Take it back with:
  strongroom recipient uninvite {invited.login}"""


def invitation_row(row: models.Invitation, now: datetime) -> dict[str, object]:
    """Return what there is to know of an invitation."""
    return {
        "id": row.pk,
        "state": _state(row, now),
        "made_at": row.made_at,
        "made_by": row.made_by,
        "expires_at": row.expires_at,
        "automatic": row.is_automatic,
        "opened_at": row.opened_at,
        "used_at": row.used_at,
        "fingerprint": row.ssh_fingerprint or None,
        "seen_address": row.seen_address or None,
        "proposed": row.proposed,
    }


def _state(row: models.Invitation, now: datetime) -> str:
    if row.used_at is not None:
        return "used"
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= now else "open"
