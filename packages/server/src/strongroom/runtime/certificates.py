"""Takes OpenPGP certificates in: the backend reads them, the key desk keeps them."""

from strongroom.audit.act import Act
from strongroom.backends.encryption.openpgp.certificates import read_certificate
from strongroom.directory.models import PgpKey
from strongroom.directory.pgp_keys import PgpSubmission
from strongroom.directory.recipients import find_recipient
from strongroom.messages import key_desk
from strongroom.rules.key_intake import refuse_private_material
from strongroom.rules.refusals import Refused


def submit_certificate(login: str, data: bytes, *, act: Act) -> PgpKey:
    """Read and keep a submitted certificate; a secret key in it is burnt (MAIL-2, KEY-7).

    Raises Refused: RECIPIENT-UNKNOWN, E-KEYREG-1…, PGP-…, KEY-….
    """
    find_recipient(login)
    try:
        read = read_submission(data)
        refuse_private_material(data)
    except Refused as refused:
        key_desk.burn_given_away(login, refused, act=act)
        raise
    return key_desk.submit_certificate(login, read, act=act)


def read_submission(data: bytes) -> PgpSubmission:
    """Read a certificate as the key desk takes it. Raises Refused: PGP-…, E-KEYREG-1."""
    read = read_certificate(data)
    return PgpSubmission(read.facts, read.canonical)
