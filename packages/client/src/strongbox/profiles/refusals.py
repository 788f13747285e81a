"""What can be wrong with a profile.

What its fields mean is in `profile`; their Japanese is in `locale/ja/LC_MESSAGES/commands.po`.
"""

from strongbox.refusal import Exit, RefusalKind

PROFILE_NONE = RefusalKind(
    "PROFILE-NONE",
    "There is no profile yet. Set one up with `strongbox enrol` and the firm's invitation, or "
    "with `strongbox profile add`.",
    Exit.CONFIGURATION,
)
PROFILE_UNKNOWN = RefusalKind(
    "PROFILE-UNKNOWN",
    "There is no profile {name}. There are: {names}.",
    Exit.CONFIGURATION,
)
PROFILE_WHICH = RefusalKind(
    "PROFILE-WHICH",
    "There are several profiles: {names}. Name one with --profile.",
    Exit.USAGE,
)
PROFILE_NAME = RefusalKind(
    "PROFILE-NAME",
    "{name} cannot be the name of a profile: use up to 60 lower-case letters, digits, '-' or "
    "'_', beginning with a letter.",
    Exit.USAGE,
)
PROFILE_EXISTS = RefusalKind(
    "PROFILE-EXISTS",
    "There is a profile {name} already. Choose another name with --profile, or remove it first "
    "with `strongbox profile remove {name}`.",
    Exit.USAGE,
)
PROFILE_BROKEN = RefusalKind(
    "PROFILE-BROKEN",
    "{path} cannot be used: {why}. Mend the line, or enrol again.",
    Exit.CONFIGURATION,
)
