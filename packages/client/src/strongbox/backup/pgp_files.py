"""OpenPGP secret keys as files: opened for a back-up, locked again when they come back.

The packets are taken apart in `strongroom_formats`; making a key is in `openpgp_making`.
"""

import os
from collections.abc import Callable
from pathlib import Path

from strongroom_formats.pgp_armour import (
    PRIVATE_BLOCK,
    PUBLIC_BLOCK,
    armoured,
    is_armoured,
    read_private_block,
)
from strongroom_formats.pgp_packets import PgpFormatError
from strongroom_formats.pgp_secret_packets import PassphraseWrong, ProtectionUnknown
from strongroom_formats.pgp_transferable import (
    certificate_of,
    facts_of,
    locked,
    needs_passphrase,
    read_secret_key,
    unlocked,
)

from strongbox.backup import refusals
from strongbox.backup.contents import KeptPgp, plain_file_name
from strongbox.keys.files import key_bytes
from strongbox.keys.passphrases import spellings


def read_pgp_file(path: Path, ask: Callable[[], bytes]) -> KeptPgp:
    """Open a file of one OpenPGP secret key; `ask` is called only where it is locked.

    Raises Refused (PGP-…, KEY-ABSENT, KEY-FILE-LARGE), OSError, and what `ask` raises.
    """
    packets = _packets(path)
    try:
        was_locked = needs_passphrase(read_secret_key(packets))
        opened = _opened(packets, ask, path) if was_locked else packets
    except ProtectionUnknown as error:
        raise refusals.PGP_PROTECTION.because(path=path, why=str(error)) from error
    except PgpFormatError as error:
        raise refusals.PGP_DAMAGED.because(path=path, why=str(error)) from error
    return KeptPgp(plain_file_name(path.name, "pgp-secret.asc"), opened, was_locked)


def certificate_in_file(path: Path) -> bytes:
    """The armoured certificate of a secret key's file; no passphrase is needed.

    Raises Refused (PGP-…, KEY-ABSENT, KEY-FILE-LARGE), OSError.
    """
    packets = _packets(path)
    try:
        return armoured(certificate_of(packets), PUBLIC_BLOCK)
    except (PgpFormatError, ProtectionUnknown) as error:
        raise refusals.PGP_DAMAGED.because(path=path, why=str(error)) from error


def written(kept: KeptPgp, passphrase: bytes | None) -> bytes:
    """The armoured secret key, locked unless `passphrase` is None."""
    packets = kept.packets if passphrase is None else locked(kept.packets, passphrase, os.urandom)
    return armoured(packets, PRIVATE_BLOCK)


def fingerprint_of(packets: bytes) -> str:
    """The fingerprint of the primary key, in upper-case hex."""
    return facts_of(read_secret_key(packets)).fingerprint


def _packets(path: Path) -> bytes:
    data = key_bytes(path)
    try:
        return read_private_block(data) if is_armoured(data) else data
    except PgpFormatError as error:
        raise refusals.PGP_DAMAGED.because(path=path, why=str(error)) from error


def _opened(packets: bytes, ask: Callable[[], bytes], path: Path) -> bytes:
    for spelling in spellings(ask()):
        try:
            return unlocked(packets, spelling)
        except PassphraseWrong:
            continue
    raise refusals.PGP_PASSPHRASE.because(path=path)
