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


# Secrets at rest

SEAL_BROKEN = RefusalKind(
    "SEAL-BROKEN",
    "The sealed secret of {row} cannot be opened: keys/login.key is another one, or the row was "
    "changed. Restore both from the same back-up.",
    Exit.CONFIGURATION,
)
