"""Keys as rows for people and programs: one place for `key list` and whoever shows keys next."""

import base64
from datetime import datetime, timedelta

from strongroom_formats.ssh_public_key import read_blob

from strongroom.directory.models import KeyState, PgpKey, SshKey

_SOON = timedelta(days=30)
_LABEL = 24


def ssh_key_row(key: SshKey, now: datetime) -> dict[str, object]:
    """Return what there is to know of an SSH key."""
    return {
        "fingerprint": key.fingerprint,
        "words": words_of(key),
        "algorithm": key.algorithm,
        "bits": key.bits,
        "label": key.label,
        "state": _state(key.state, key.expires_at, now),
        "possession": "proved" if key.is_possession_proved else None,
        "replaces": key.replaces.fingerprint if key.replaces else None,
        "submitted_at": key.submitted_at,
        "submitted_by": key.submitted_by,
        "decided_by": key.decided_by or None,
        "reason": key.reason or None,
        "expires_at": key.expires_at,
        "first_used_at": key.first_used_at,
        "last_used_at": key.last_used_at,
        "last_address": key.last_address or None,
        "tried_while_pending_at": key.offered_pending_at,
    }


def narrow_ssh_key_row(key: SshKey, now: datetime) -> dict[str, object]:
    """Return what fits on a line for people; the rest is in `key show` and --json."""
    return {
        "fingerprint": key.fingerprint,
        "state": _state(key.state, key.expires_at, now),
        "words": words_of(key),
        "label": _short(key.label),
        "last_use": _minute(key.last_used_at),
    }


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _minute(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"


def words_of(key: SshKey) -> str:
    """Return the five words of a key's fingerprint, the same as on the recipient's screen."""
    return read_blob(base64.b64decode(key.blob)).words


def pgp_key_row(key: PgpKey, now: datetime) -> dict[str, object]:
    """Return what there is to know of an OpenPGP certificate."""
    return {
        "fingerprint": key.fingerprint,
        "user_ids": key.user_ids,
        "encryption_keys": key.encryption_key_ids,
        "state": _state(key.state, key.expires_at, now),
        "replaces": key.replaces.fingerprint if key.replaces else None,
        "submitted_at": key.submitted_at,
        "submitted_by": key.submitted_by,
        "decided_by": key.decided_by or None,
        "reason": key.reason or None,
        "expires_at": key.expires_at,
    }


def narrow_pgp_key_row(key: PgpKey, now: datetime) -> dict[str, object]:
    """Return what fits on a line for people; the rest is in --json."""
    row = pgp_key_row(key, now)
    kept = ("fingerprint", "state", "replaces")
    ends = None if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}"
    return {**{name: row[name] for name in kept}, "ends": ends}


def _state(state: str, expires_at: datetime | None, now: datetime) -> str:
    """An active key with an end in sight shows as expiring; that is seen, not stored."""
    if state == KeyState.ACTIVE and expires_at is not None:
        if expires_at <= now:
            return "expired"
        if expires_at - now <= _SOON:
            return "expiring"
    return str(state)
