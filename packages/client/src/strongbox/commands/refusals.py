"""What the command line itself refuses."""

from strongbox.refusal import Exit, RefusalKind

DISK = RefusalKind(
    "DISK",
    "{path}: {why}. Nothing half-written was left under a final name; make room or allow "
    "writing there, and run the command again.",
    Exit.CANNOT_WRITE,
)
NO_FILE = RefusalKind(
    "NO-FILE",
    "There is no file {path}. Compare the name, and the folder that it is looked for in.",
    Exit.ABSENT,
)
INTERRUPTED = RefusalKind(
    "INTERRUPTED",
    "Stopped by you. What was finished is kept; run the command again to go on.",
    Exit.TRY_AGAIN,
)
