"""The ways in which a daily run is not set up. Where it is kept is told beside this file."""

from strongbox.refusal import Exit, RefusalKind

SCHEDULE_TIME = RefusalKind(
    "SCHEDULE-TIME",
    "{text} is no time of day: write hours and minutes, such as 07:30.",
    Exit.USAGE,
)
SCHEDULE_NO_PROGRAM = RefusalKind(
    "SCHEDULE-NO-PROGRAM",
    "This machine has nothing that starts programs daily and that strongbox knows: no running "
    "systemd and no crontab. Install cron, or have {command} started by what you use, every day.",
    Exit.CONFIGURATION,
)
SCHEDULE_FOREIGN_KIND = RefusalKind(
    "SCHEDULE-FOREIGN-KIND",
    "{kind} cannot be set up on this machine: there is no program {program}. With --print you see "
    "what it would be.",
    Exit.USAGE,
)
SCHEDULE_NO_SYSTEM = RefusalKind(
    "SCHEDULE-NO-SYSTEM",
    "With {kind} a run belongs to a user; --system is for systemd, launchd and Windows.",
    Exit.USAGE,
)
SCHEDULE_TOOL = RefusalKind(
    "SCHEDULE-TOOL",
    "{command} ended with {status}: {why} Nothing of the schedule was left behind.",
    Exit.CONFIGURATION,
)
SCHEDULE_ROOT = RefusalKind(
    "SCHEDULE-ROOT",
    "{path} can be written by the administrator only. Run the command with sudo and with "
    "--box {box}, or leave --system out.",
    Exit.CANNOT_WRITE,
)
SCHEDULE_CRONTAB = RefusalKind(
    "SCHEDULE-CRONTAB",
    "The crontab was changed by hand within the lines of strongbox, or is being changed by "
    "someone else. Put it in order with `crontab -e` and run the command again.",
    Exit.CONFIGURATION,
)
SCHEDULE_ASKS = RefusalKind(
    "SCHEDULE-ASKS",
    "The key {path} is locked, and nobody is there to type its passphrase. Put another source "
    "into the profile: {advice}",
    Exit.CONFIGURATION,
)
SCHEDULE_LOCKED = RefusalKind(
    "SCHEDULE-LOCKED",
    "The key {path} is locked, but the profile says that there is no passphrase. Put a source "
    "into the profile: {advice}",
    Exit.CONFIGURATION,
)
SCHEDULE_DESCRIPTOR = RefusalKind(
    "SCHEDULE-DESCRIPTOR",
    "Nobody hands a descriptor to a run that starts by itself. Put another source of the "
    "passphrase into the profile: {advice}",
    Exit.CONFIGURATION,
)
SCHEDULE_CREDENTIAL_KIND = RefusalKind(
    "SCHEDULE-CREDENTIAL-KIND",
    "Credentials are handed over by systemd only, not by {kind}. Put another source of the "
    "passphrase into the profile: {advice}",
    Exit.CONFIGURATION,
)
SCHEDULE_CREDENTIAL_ABSENT = RefusalKind(
    "SCHEDULE-CREDENTIAL-ABSENT",
    "There is no credential {path} yet. Make it, and run the command again: {command}",
    Exit.CONFIGURATION,
)
SCHEDULE_SECRET_FILE = RefusalKind(
    "SCHEDULE-SECRET-FILE",
    "The passphrase's file {path} cannot be used by a run that starts by itself: {why}.",
    Exit.CONFIGURATION,
)
SCHEDULE_PATH = RefusalKind(
    "SCHEDULE-PATH",
    "{path} holds a line break or another invisible character, which no scheduler takes. Rename "
    "the folder.",
    Exit.CONFIGURATION,
)
