"""Telling the firm that statements were processed, and writing down that it knows.

How the firm is asked is in `strongbox.api`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from strongbox.api.firm import Entry, StatementState, acknowledge
from strongbox.api.signing import Signer
from strongbox.profiles.profile import Profile
from strongbox.sync import refusals
from strongbox.sync.ledger import Ledger, Step
from strongbox.sync.statement import Record, State

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """How many the firm recorded; `unknown` are the statements that it does not know."""

    recorded: int
    unknown: tuple[str, ...]


def waiting(ledger: Ledger, profile: Profile, names: Sequence[str]) -> list[Record]:
    """What was handed over and not acknowledged yet; only `names`, if there are any.

    Raises Refused (ACK-UNKNOWN) for a name that was never handed over; one that was acknowledged
    before is fine.
    """
    records = ledger.records(profile.login, least=State.HANDED_OVER, most=State.ACKNOWLEDGED)
    listed = [one for one in records if one.statement.is_listed]
    strange = sorted(set(names) - {one.statement.name for one in listed})
    if strange:
        raise refusals.ACK_UNKNOWN.because(names=", ".join(strange))
    waits = [one for one in listed if one.state is State.HANDED_OVER]
    return [one for one in waits if not names or one.statement.name in names]


def tell_firm(
    profile: Profile, key: Signer, ledger: Ledger, records: Sequence[Record]
) -> Acknowledgement:
    """Acknowledge statements; safe to repeat. Raises Refused."""
    recorded, unknown = 0, list[str]()
    for at in range(0, len(records), _AT_ONCE):
        some = records[at : at + _AT_ONCE]
        now = datetime.now(UTC)
        answer = acknowledge(profile, key, [_entry(one, now) for one in some])
        known = [one for one in some if one.statement.statement_id not in answer.unknown]
        ledger.advance((Step(one.row, State.ACKNOWLEDGED) for one in known), now)
        recorded += len(known)
        unknown += answer.unknown
    return Acknowledgement(recorded, tuple(unknown))


def _entry(record: Record, now: datetime) -> Entry:
    one = record.statement
    at = record.handed_over_at or now
    return Entry(one.statement_id, one.sha256, StatementState.PROCESSED, at)
