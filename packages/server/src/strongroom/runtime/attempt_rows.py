"""Refused connections as an operator reads them: cause, advice, and what is known of each key.

How they get on record is in `login.connections.attempts`; the words are in `rules.login_causes`.
"""

import textwrap
from collections.abc import Iterator, Mapping

from strongroom_formats.one_line import clean_text

from strongroom.directory.burnt_keys import is_burnt
from strongroom.directory.models import SshKey
from strongroom.login.models import Attempt
from strongroom.rules import refusals
from strongroom.rules.login_causes import EXPLANATIONS, Cause

_WIDTH = 98


def newest(login: str | None, limit: int) -> Iterator[dict[str, object]]:
    """Yield the newest attempts of a login, or of all."""
    found = Attempt.objects.order_by("-last_at", "-pk")
    if login is not None:
        found = found.filter(login=login)
    return (_row(attempt) for attempt in found[:limit].iterator(chunk_size=200))


def one(reference: str) -> Iterator[dict[str, object]]:
    """Yield the attempt with this reference, however it was typed. Raises ATTEMPT-UNKNOWN."""
    wanted = reference.strip().upper().replace(" ", "-")
    if len(wanted) == 6 and "-" not in wanted:
        wanted = f"{wanted[:4]}-{wanted[4:]}"
    attempt = Attempt.objects.filter(reference=wanted).first()
    if attempt is None:
        raise refusals.ATTEMPT_UNKNOWN.because(reference=clean_text(wanted, 20))
    return iter([_row(attempt)])


def _row(attempt: Attempt) -> dict[str, object]:
    return {
        "reference": attempt.reference,
        "last_at": attempt.last_at,
        "first_at": attempt.at,
        "count": attempt.count,
        "login": attempt.login,
        "address": attempt.address,
        "gateway": attempt.gateway,
        "client": attempt.client,
        "cause": attempt.cause,
        "explanation": EXPLANATIONS[Cause(attempt.cause)],
        "offers": [_offer(offer) for offer in attempt.offers],
    }


def _offer(offer: Mapping[str, str]) -> dict[str, str]:
    fingerprint = offer.get("fingerprint", "")
    return {
        "fingerprint": fingerprint,
        "algorithm": offer.get("algorithm", ""),
        "cause": offer.get("cause", ""),
        "known": _known(fingerprint),
    }


def _known(fingerprint: str) -> str:
    """What is known of a key now, which may be more than at the time of the attempt."""
    burnt = "; burnt for ever" if is_burnt(fingerprint) else ""
    key = SshKey.objects.select_related("recipient").filter(fingerprint=fingerprint).first()
    if key is None:
        return f"never sent in{burnt}"
    label = f", called {key.label}" if key.label else ""
    return f"{key.state} key of {key.recipient.login}{label}{burnt}"


def in_words(row: Mapping[str, object]) -> str:
    """Return the lines for people; strangers' text cannot move the cursor (ATK-69)."""
    last, first, offers = row["last_at"], row["first_at"], row["offers"]
    times = f"{row['count']} times since {first:%Y-%m-%d %H:%M}" if row["count"] != 1 else "once"
    who = row["login"] or "(no login name given)"
    client = row["client"] or "unknown"
    lines = [
        f"{row['reference']}  {last:%Y-%m-%d %H:%M:%S} UTC  {times}",
        f"  login {who} from {row['address']} over {row['gateway']}, client {client}",
    ]
    lines += textwrap.wrap(
        f"{row['cause']}: {row['explanation']}",
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
    assert isinstance(offers, list)
    for offer in offers:
        cause = f" ({offer['cause']})" if offer["cause"] else ""
        lines.append(
            f"  offered {offer['fingerprint']} {offer['algorithm']}: {offer['known']}{cause}"
        )
    return "\n".join(clean_text(line, 2000) for line in lines)
