"""Whatever a person is told by mail, SMS or call: the kinds, and what a code is for.

Their words are in `messages.letter_texts`; who tells them is whoever made them true.
"""

from enum import StrEnum


class AlertKind(StrEnum):
    """Stable values, the `kind` of an Alert. What stands behind each: its facts, then its secrets.

    Every alert may carry the secret `not_me`, a link for "this was not me", and the facts
    `address` and `browser`. `at` is filled in.
    """

    INVITATION = "invitation"
    """`link`, or `code`; `until`"""
    RESET_LINK = "reset-link"
    """`minutes`; `link`"""
    RESET_UNKNOWN = "reset-unknown"
    EMAIL_CODE = "email-code"
    """`minutes`; `code`: the number that proves an address (MON-2)"""

    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a kind of alert
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a kind of alert
    NEW_BROWSER = "new-browser"
    LAST_TRY = "last-try"
    """`factor`, `label`: one more wrong answer blocks it"""
    LOCKED_OUT = "locked-out"
    """`until`"""
    OPERATOR_LOCKED = "operator-locked"
    SESSIONS_ENDED = "sessions-ended"
    BROWSER_TRUSTED = "browser-trusted"
    BROWSER_STOLEN = "browser-stolen"
    """An old value of a trusted browser came back (LATK-28)."""

    FACTOR_ADDED = "factor-added"
    """`factor`: its kind; `label`"""
    FACTOR_RETIRED = "factor-retired"
    """`factor`, `label`"""
    FACTOR_SUSPENDED = "factor-suspended"
    """`factor`, `label`"""
    FACTOR_SHARED = "factor-shared"
    """`factor`, `label`, `user`: the other user name"""
    SMS_AFTER_APP = "sms-after-app"
    """SMS was used although something stronger is there (LATK-2)."""
    TEMPORARY_CODE = "temporary-code"
    """`until`"""
    RECOVERY_CODES = "recovery-codes"
    CODE_CARD = "code-card"
    """`until`"""
    CARD_ORDERED = "card-ordered"
    """`ships_on`"""
    CARD_SHIPPED = "card-shipped"
    """`serial`: its last four digits"""
    CARD_PIN_CHANGED = "card-pin-changed"
    OPTED_OUT = "opted-out"
    OPTED_IN = "opted-in"

    EMAIL_CHANGED_OLD = "email-changed-old"
    """`new`: shortened; `until`; `undo`: a link"""
    EMAIL_CHANGED_NEW = "email-changed-new"
    """`until`"""
    EMAIL_UNDONE = "email-undone"
    PHONE_ADDED = "phone-added"
    """`number`: its last digits"""
    PHONE_REMOVED = "phone-removed"
    """`number`"""
    RESTRICTION_CHANGED = "restriction-changed"
    """`networks`, `until`: when it is rolled back, may be empty"""
    RESTRICTION_ROLLED_BACK = "restriction-rolled-back"
    """`networks`"""
    RESTRICTION_REMOVED = "restriction-removed"

    KEY_REGISTERED = "key-registered"
    """`login`, `fingerprint`"""
    KEY_REFUSED = "key-refused"
    """`login`"""
    KEY_REVOKED = "key-revoked"
    """`login`, `fingerprint`"""
    SFTP_NEW_ADDRESS = "sftp-new-address"
    """`login`, `address`"""
    DELIVERY_FAILED = "delivery-failed"
    """`login`"""
    SECURITY_STATEMENT = "security-statement"
    """`month`"""
    USER_CLOSED = "user-closed"


class CodePurpose(StrEnum):
    """What a code is for. Each has words of its own, so none can be asked for as another (LATK-18).

    The values are those of a challenge's purpose.
    """

    SIGN_IN = "sign-in"
    STEP_UP = "step-up"
    ENROL = "enrol"
    VERIFY_PHONE = "verify-phone"
    RESET = "reset"
    SFTP = "sftp"
    SHARE = "share"
