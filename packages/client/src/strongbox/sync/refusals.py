"""What can stop a fetch, or one statement of it."""

from strongbox.refusal import Exit, RefusalKind

ACK_UNKNOWN = RefusalKind(
    "ACK-UNKNOWN",
    "Nothing with this name was taken and handed over: {names}. `strongbox ls` shows the names as "
    "the firm has them.",
    Exit.ABSENT,
)
CALENDAR_BROKEN = RefusalKind(
    "CALENDAR-BROKEN",
    "The calendar in the profile cannot be used: {why}. Mend `time_zone` and `expected_by`; on "
    "Windows the Python package tzdata knows the time zones.",
    Exit.CONFIGURATION,
)
GET_EXISTS = RefusalKind(
    "GET-EXISTS",
    "{path} is there already and is not touched. Name another folder with -o, or move it away.",
    Exit.CANNOT_WRITE,
)
GET_UNKNOWN = RefusalKind(
    "GET-UNKNOWN",
    "The firm has no file {name}. `strongbox ls` shows the names.",
    Exit.ABSENT,
)
GET_UNLISTED = RefusalKind(
    "GET-UNLISTED",
    "{name} is on none of the firm's signed manifests yet, so it cannot be verified. Try again "
    "in a while, or ask the firm.",
    Exit.DAMAGED,
)
HOOK_FAILED = RefusalKind(
    "HOOK-FAILED",
    "{count} statements have landed but the hook did not take them. Mend the hook; the next run "
    "hands them over again under the same idempotency keys.",
    Exit.TRY_AGAIN,
)
HOOK_MISSING = RefusalKind(
    "HOOK-MISSING",
    "The hook {program} cannot be started: {why}. Mend `hook` in the profile, or --hook.",
    Exit.CONFIGURATION,
)
LEDGER_BROKEN = RefusalKind(
    "LEDGER-BROKEN",
    "{path} cannot be read as a ledger: {why}. Restore it from a backup, or move it away: then "
    "every statement that is still at the firm is fetched and handed over once more.",
    Exit.CONFIGURATION,
)
LEDGER_NEWER = RefusalKind(
    "LEDGER-NEWER",
    "{path} was written by a newer strongbox. Use that one, or a newer one still.",
    Exit.CONFIGURATION,
)
MANIFEST_BROKEN = RefusalKind(
    "MANIFEST-BROKEN",
    "{name} is not a manifest: {why}. Nothing of it was used. Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_CHAIN = RefusalKind(
    "MANIFEST-CHAIN",
    "The firm's manifests do not form one chain: {why}. A list may have been hidden or replaced, "
    "so nothing new was fetched. Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_LOGIN = RefusalKind(
    "MANIFEST-LOGIN",
    "{name} is a manifest for another login, {recipient}. Nothing of it was used. Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_MANY = RefusalKind(
    "MANIFEST-MANY",
    "The firm shows more manifests than a run may read ({size} bytes). Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_REPLACED = RefusalKind(
    "MANIFEST-REPLACED",
    "{name} is not the manifest that was there before: it was replaced. Nothing new was fetched. "
    "Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_SIGNATURE = RefusalKind(
    "MANIFEST-SIGNATURE",
    "The signature of {name} does not hold: {why}. Nothing of it was used. Tell the firm.",
    Exit.DAMAGED,
)
MANIFEST_SIGNERS = RefusalKind(
    "MANIFEST-SIGNERS",
    "The profile {name} names no key for the firm's manifests, so nothing can be verified. Add "
    "`signers` from the firm's invitation, or enrol again.",
    Exit.CONFIGURATION,
)
MANIFEST_UNSIGNED = RefusalKind(
    "MANIFEST-UNSIGNED",
    "{name} has no signature beside it. Nothing of it was used. Try again, then tell the firm.",
    Exit.DAMAGED,
)
SYNC_BUDGET = RefusalKind(
    "SYNC-BUDGET",
    "The time for this run is used up; {left} files are left for the next one.",
    Exit.TRY_AGAIN,
)
SYNC_BUSY = RefusalKind(
    "SYNC-BUSY",
    "Process {pid} has been fetching for this profile since {started}. Wait until it is done.",
    Exit.TRY_AGAIN,
)
SYNC_CHANGED = RefusalKind(
    "SYNC-CHANGED",
    "{name} is still being written at the firm. The next run takes it.",
    Exit.TRY_AGAIN,
)
SYNC_DAMAGED = RefusalKind(
    "SYNC-DAMAGED",
    "{name} is not the file that the firm's signed manifest names: {why}. Nothing of it was "
    "kept. Run the command again, then tell the firm.",
    Exit.DAMAGED,
)
SYNC_MISSING = RefusalKind(
    "SYNC-MISSING",
    "{count} statements that were expected are not there. Ask the firm for them.",
    Exit.ABSENT,
)
SYNC_NAME = RefusalKind(
    "SYNC-NAME",
    "The firm shows a file whose name is a path, {name}. It was not fetched. Tell the firm.",
    Exit.DAMAGED,
)
SYNC_NO_ROOM = RefusalKind(
    "SYNC-NO-ROOM",
    "{path} has {free} bytes of room and {needed} are needed. Make room and run the command again.",
    Exit.CANNOT_WRITE,
)
SYNC_NONE = RefusalKind(
    "SYNC-NONE",
    "There was nothing new.",
    Exit.ABSENT,
)
SYNC_STOPPED = RefusalKind(
    "SYNC-STOPPED",
    "Stopped. What was finished is kept; the next run goes on from there.",
    Exit.TRY_AGAIN,
)
