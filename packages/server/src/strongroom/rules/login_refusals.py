"""The ways in which the login of people and the portal say no; see `refusals` for what a kind is.

Sentences are shown to people in both languages: the portal's catalogues translate them.
"""

from strongroom.rules.refusals import Audience, Exit, RefusalKind

# Signing in

LOGIN_WRONG = RefusalKind(
    "E-LOGIN-1",
    "This user name and password do not belong together. Check Caps Lock: user names are typed in "
    "lower case.",
    audience=Audience.ANYONE,
)
FACTOR_WRONG = RefusalKind(
    "E-LOGIN-2",
    "The login failed. Try again with a new code.",
    audience=Audience.ANYONE,
)
SIGN_IN_OVER = RefusalKind(
    "SIGN-IN-OVER",
    "This login took too long or was ended. Begin again with user name and password.",
    audience=Audience.ANYONE,
)
SESSION_OVER = RefusalKind(
    "SESSION-OVER",
    "You are signed out. Sign in to go on.",
    audience=Audience.ANYONE,
)
STEP_UP_NEEDED = RefusalKind(
    "STEP-UP-NEEDED",
    "Confirm that it is you: this needs a fresh code or your passkey.",
    audience=Audience.RECIPIENT,
)
TOO_MANY_TRIES = RefusalKind(
    "TOO-MANY-TRIES",
    "There were too many tries. Wait {minutes} minutes, then try again.",
    Exit.TRY_AGAIN,
    audience=Audience.ANYONE,
)


# Users and their rights

USER_CLOSED = RefusalKind(
    "USER-CLOSED",
    "{name} is closed and can only be looked at. A closed user is never opened again.",
)
USER_CODE = RefusalKind(
    "USER-CODE",
    "This invitation code is not known, was taken back or is no longer good. Compare it with the "
    "letter it came in, or ask for a new one.",
    audience=Audience.ANYONE,
)
USER_EMAIL = RefusalKind(
    "USER-EMAIL",
    "This is not a mail address of at most 254 characters, such as name@example.com.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_FIELD = RefusalKind("USER-FIELD", "The {field} of a user {why}.", Exit.BAD_INPUT)
USER_INVITATION_UNKNOWN = RefusalKind(
    "USER-INVITATION-UNKNOWN",
    "No open invitation has the number {number}. `strongroom user invitations` lists them.",
    Exit.NOT_FOUND,
)
USER_LETTERS = RefusalKind(
    "USER-LETTERS",
    "Choose exactly five letters from a to z, all in lower case.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_LETTERS_TAKEN = RefusalKind(
    "USER-LETTERS-TAKEN",
    "No more user names can be made of these letters. Choose others.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_LETTERS_UNFIT = RefusalKind(
    "USER-LETTERS-UNFIT",
    "These letters cannot be used. Choose others.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_RIGHT = RefusalKind(
    "USER-RIGHT",
    "Account {account} cannot have another user of this kind ({role}): {why}.",
    Exit.BAD_INPUT,
)
USER_RIGHT_UNKNOWN = RefusalKind(
    "USER-RIGHT-UNKNOWN", "{name} has no right at account {account}.", Exit.NOT_FOUND
)
USER_RIGHTS_NONE = RefusalKind(
    "USER-RIGHTS-NONE",
    "A user needs at least one account: name it with --primary, --second or --attorney.",
    Exit.USAGE,
)
USER_UNKNOWN = RefusalKind(
    "USER-UNKNOWN",
    "There is no user {name}. `strongroom user list` shows who there is.",
    Exit.NOT_FOUND,
)
NOT_ALLOWED = RefusalKind(
    "NOT-ALLOWED",
    "Your user may not do this for account {account}.",
    audience=Audience.RECIPIENT,
)
NOT_PRIMARY = RefusalKind(
    "E-SEC-1",
    "Only the primary user {primary} may change these security settings.",
    audience=Audience.RECIPIENT,
)


# Addresses that a user may sign in from

RESTRICTED_ADDRESS = RefusalKind(
    "RESTRICTED-ADDRESS",
    "Your user may not sign in from the address {address}. Use one of the addresses that you "
    "listed, or call us.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_DONE = RefusalKind(
    "RESTRICTION-DONE",
    "This change of addresses was already confirmed, cancelled or rolled back.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_MANY = RefusalKind(
    "RESTRICTION-MANY",
    "A user can have at most {most} addresses. Remove one, or list a network.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_SAME = RefusalKind(
    "RESTRICTION-SAME",
    "Nothing would change: this is the list as it is.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_UNLISTED = RefusalKind(
    "RESTRICTION-UNLISTED",
    "Your address {address} is not on the new list, so it cannot be confirmed from here. Confirm "
    "from a listed address, or do nothing: the old list comes back by itself.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_WAITING = RefusalKind(
    "RESTRICTION-WAITING",
    "A change of addresses is waiting. Confirm or cancel it first.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_WIDE = RefusalKind(
    "RESTRICTION-WIDE",
    "{network} is too wide to protect you. List single addresses, or networks of /{least} and "
    "longer.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)


# Opting out

OPT_OUT_DONE = RefusalKind(
    "OPT-OUT-DONE", "This is already so: nothing was changed.", audience=Audience.RECIPIENT
)
OPT_OUT_RESIDENCE = RefusalKind(
    "OPT-OUT-RESIDENCE",
    "The law of your place of residence does not let you opt out of two-factor login.",
    audience=Audience.RECIPIENT,
)
OPT_OUT_RESIDENCE_UNKNOWN = RefusalKind(
    "OPT-OUT-RESIDENCE-UNKNOWN",
    "We do not know your place of residence, which decides whether you may opt out. Call us.",
    audience=Audience.RECIPIENT,
)


# The portal

PORTAL_OFF = RefusalKind(
    "PORTAL-OFF",
    "The portal has no address: set portal.listen, for example to 127.0.0.1:8044.",
    Exit.CONFIGURATION,
)


# Codes by SMS and call

SMS_BLOCKED = RefusalKind(
    "SMS-BLOCKED",
    "No code can be sent to this number now ({why}). Use another factor, or ask the firm.",
    audience=Audience.RECIPIENT,
)
SMS_BUDGET = RefusalKind(
    "SMS-BUDGET",
    "Too many codes were sent. Wait {minutes} minutes, or use another factor.",
    Exit.TRY_AGAIN,
    audience=Audience.RECIPIENT,
)
SMS_SOON = RefusalKind(
    "SMS-SOON",
    "A code was just sent. A new one can be asked for in {seconds} seconds.",
    Exit.TRY_AGAIN,
    audience=Audience.RECIPIENT,
)


# Secrets at rest

SEAL_BROKEN = RefusalKind(
    "SEAL-BROKEN",
    "The sealed secret of {row} cannot be opened: keys/login.key is another one, or the row was "
    "changed. Restore both from the same back-up.",
    Exit.CONFIGURATION,
)
