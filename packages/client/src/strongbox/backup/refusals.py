"""What can be wrong with a back-up of keys, on disk or on paper, and with OpenPGP keys in it.

What can be wrong with a key as such is in `keys.refusals`.
"""

from strongbox.refusal import Exit, RefusalKind

BACKUP_DAMAGED = RefusalKind(
    "BACKUP-DAMAGED",
    "The passphrase is wrong or the back-up is damaged; it does not tell which. Try again, also "
    "with the keyboard of the machine that made it. A lost passphrase cannot be recovered.",
    Exit.REFUSED,
)
BACKUP_EXISTS = RefusalKind(
    "BACKUP-EXISTS",
    "{path} exists already, and no back-up is ever overwritten. Choose another name.",
    Exit.CANNOT_WRITE,
)
BACKUP_FOREIGN = RefusalKind(
    "BACKUP-FOREIGN",
    "{path} is no back-up of strongbox: {why}. Name the file that `strongbox keys backup` made.",
    Exit.DAMAGED,
)
BACKUP_KEY_TAKEN = RefusalKind(
    "BACKUP-KEY-TAKEN",
    "{path} exists already, and no key is ever overwritten. Nothing was restored. Move the file "
    "away, or restore under another name with --as.",
    Exit.CANNOT_WRITE,
)
BACKUP_MEMORY = RefusalKind(
    "BACKUP-MEMORY",
    "Opening the back-up takes {mebibytes} MiB of memory, which this machine cannot spare. "
    "Close other programs and try again.",
    Exit.TRY_AGAIN,
)
BACKUP_NEWER = RefusalKind(
    "BACKUP-NEWER",
    "The back-up opens, but what is in it is not known here: {why}. Use the version of strongbox "
    "that made it, or a newer one.",
    Exit.DAMAGED,
)
BACKUP_NOTHING = RefusalKind(
    "BACKUP-NOTHING",
    "Say where the back-up goes: a FILE, a page with --paper, or both.",
    Exit.USAGE,
)
BACKUP_PASSPHRASE_SHORT = RefusalKind(
    "BACKUP-PASSPHRASE-SHORT",
    "The passphrase of a back-up needs at least {least} characters, since whoever finds it can "
    "guess for years. Take several words that belong to nothing.",
    Exit.USAGE,
)
BACKUP_TOO_LARGE = RefusalKind(
    "BACKUP-TOO-LARGE",
    "{path} has more than {most} bytes, which no back-up has.",
    Exit.DAMAGED,
)
BACKUP_WHICH = RefusalKind(
    "BACKUP-WHICH",
    "Name one back-up: a FILE, or the text of a paper with --paper.",
    Exit.USAGE,
)
MOVE_CODE = RefusalKind(
    "MOVE-CODE",
    "That is not the code of this move, so nothing was removed. The new machine prints it when "
    "`strongbox keys rehearse` has opened the keys of {path} there.",
    Exit.USAGE,
)
MOVE_KEY_CHANGED = RefusalKind(
    "MOVE-KEY-CHANGED",
    "{path} was changed after the move was begun, so the new machine has another key. Nothing was "
    "removed. Begin the move again.",
    Exit.CONFIGURATION,
)
MOVE_NONE = RefusalKind(
    "MOVE-NONE",
    "No move of the profile {name} was begun on this machine. Begin one with `strongbox keys move "
    "FILE`.",
    Exit.USAGE,
)
PAPER_LINE = RefusalKind(
    "PAPER-LINE",
    "Line {where} does not fit its check, the last four letters. Compare it with the paper letter "
    "by letter.",
    Exit.DAMAGED,
)
PAPER_LINES_MISSING = RefusalKind(
    "PAPER-LINES-MISSING",
    "Lines are missing: {where}. Type them as they stand on the paper, with their numbers.",
    Exit.DAMAGED,
)
PAPER_NOTHING = RefusalKind(
    "PAPER-NOTHING",
    "There is no line of a paper back-up in the text. A typed line looks like `01/19  K7Q2M …`; a "
    "scanned code begins with STRONGBOX1.",
    Exit.DAMAGED,
)
PAPER_PART = RefusalKind(
    "PAPER-PART",
    "A scanned code was read wrongly. Scan the codes again, or type the lines instead.",
    Exit.DAMAGED,
)
PAPER_PARTS_MISSING = RefusalKind(
    "PAPER-PARTS-MISSING",
    "Codes are missing: {where}. Scan them too, each on a line of its own, in any order.",
    Exit.DAMAGED,
)
PAPER_SEVERAL = RefusalKind(
    "PAPER-SEVERAL",
    "The text comes from more than one paper. Put the codes or lines of one paper into a text of "
    "their own.",
    Exit.DAMAGED,
)
PAPER_TOO_MUCH = RefusalKind(
    "PAPER-TOO-MUCH",
    "That is too much for paper: more than {most} bytes. Make a back-up file instead.",
    Exit.USAGE,
)
PGP_DAMAGED = RefusalKind(
    "PGP-DAMAGED",
    "{path} cannot be read as one OpenPGP secret key: {why}. Export it again with `gpg "
    "--export-secret-keys`, or take it from a back-up.",
    Exit.DAMAGED,
)
PGP_PASSPHRASE = RefusalKind(
    "PGP-PASSPHRASE",
    "The passphrase of the OpenPGP key {path} is wrong, or the key is damaged; it does not tell "
    "which. A lost passphrase cannot be recovered: make a new key and send the new certificate.",
    Exit.REFUSED,
)
PGP_PROTECTION = RefusalKind(
    "PGP-PROTECTION",
    "The OpenPGP key {path} cannot be unlocked here: {why}. Back it up with `gpg "
    "--export-secret-keys`, or lock it anew with `gpg --passwd` and export that.",
    Exit.DAMAGED,
)
REHEARSAL_KEY = RefusalKind(
    "REHEARSAL-KEY",
    "The key {file} in the back-up does not do its work: {why}. Make a new back-up from the "
    "machine where the key still works.",
    Exit.DAMAGED,
)
REHEARSAL_OTHER_KEY = RefusalKind(
    "REHEARSAL-OTHER-KEY",
    "The login works, but the keys in this back-up do not open the test statement: it is for the "
    "key {wanted}, and the back-up has {present}. Make a new back-up on the machine that opens "
    "statements now, or ask the firm to encrypt to your present certificate.",
    Exit.CONFIGURATION,
)
REHEARSAL_PAIR = RefusalKind(
    "REHEARSAL-PAIR",
    "The back-up holds another key than this machine: {kept} there, {here} here. Make a new "
    "back-up; the old one does not log you in.",
    Exit.DAMAGED,
)
