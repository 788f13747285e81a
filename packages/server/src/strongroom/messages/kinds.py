"""What notices there are, and whom each is for. Their words are in `texts`."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """The kinds of notice; the values are stable and appear in file names of the outbox."""

    SET_UP = "set-up"  # N-1
    KEY_RECEIVED = "key-received"
    KEY_APPROVED = "key-approved"
    KEY_REJECTED = "key-rejected"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRING = "key-expiring"
    KEY_PRIVATE = "key-private"  # E-KEYREG-1
    KEY_OFFERED = "key-offered"
    KEY_REPLACED = "key-replaced"
    INVITED = "invited"
    ENROLMENT = "enrolment"
    ADDRESS_ASKED = "address-asked"
    ADDRESS_ALLOWED = "address-allowed"
    PGP_IMPORTED = "pgp-imported"  # N-2
    PGP_REPLACED = "pgp-replaced"
    PGP_EXPIRING = "pgp-expiring"
    PGP_REVOKED = "pgp-revoked"
    STATEMENTS_READY = "statements-ready"
    STATEMENTS_HELD = "statements-held"
    REMOVAL_SOON = "removal-soon"
    NEVER_FETCHED = "never-fetched"
    PARKED = "parked"
    CLOCK_JUMPED = "clock-jumped"
    CODES_UNUSED = "codes-unused"
    DISAVOWED = "disavowed"
