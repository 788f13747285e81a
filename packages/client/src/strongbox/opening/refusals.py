"""The ways in which a file is not opened. The texts and results of opening are in `opener`."""

from strongbox.refusal import Exit, RefusalKind

OPEN_NOT_OPENPGP = RefusalKind(
    "OPEN-NOT-OPENPGP",
    "{name} is no encrypted file, although this firm encrypts what it sends. Nothing was kept. "
    "Ask the firm before you trust it.",
    Exit.DAMAGED,
)
OPEN_NOT_ENCRYPTED = RefusalKind(
    "OPEN-NOT-ENCRYPTED",
    "{name} is an OpenPGP file that is not encrypted to a key: {why}. Nothing was kept. Ask the "
    "firm to encrypt it to your certificate.",
    Exit.DAMAGED,
)
OPEN_NO_INTEGRITY = RefusalKind(
    "OPEN-NO-INTEGRITY",
    "{name} is encrypted without integrity protection, so anyone on its way could have changed "
    "it. Nothing was kept. Ask the firm to send it again with a program of this century.",
    Exit.DAMAGED,
)
OPEN_ALTERED = RefusalKind(
    "OPEN-ALTERED",
    "{name} was altered or damaged after it was encrypted. Nothing was kept. Fetch it again; if "
    "it stays so, ask the firm.",
    Exit.DAMAGED,
)
OPEN_TRUNCATED = RefusalKind(
    "OPEN-TRUNCATED",
    "{name} ends too early: a part of it is missing. Nothing was kept. Fetch it again.",
    Exit.DAMAGED,
)
OPEN_UNSIGNED = RefusalKind(
    "OPEN-UNSIGNED",
    "{name} is not signed, so nothing shows that the firm made it. Nothing was kept. Ask the "
    "firm; only if it never signs, set is_signature_needed = false under [sender] in the profile.",
    Exit.DAMAGED,
)
OPEN_OTHER_SIGNER = RefusalKind(
    "OPEN-OTHER-SIGNER",
    "{name} is signed with key {signer} and not with the firm's certificate {wanted}. Nothing "
    "was kept. Ask the firm whether it has a new certificate, by telephone and not by this file.",
    Exit.DAMAGED,
)
OPEN_SENDER_EXPIRED = RefusalKind(
    "OPEN-SENDER-EXPIRED",
    "The firm's certificate {wanted} has expired, so signatures by it are not accepted. Ask the "
    "firm for the extended certificate.",
    Exit.DAMAGED,
)
OPEN_SENDER_REVOKED = RefusalKind(
    "OPEN-SENDER-REVOKED",
    "The firm's certificate {wanted} is revoked: its key is not to be trusted any longer. Ask the "
    "firm for its new certificate.",
    Exit.DAMAGED,
)
OPEN_SENDER_UNKNOWN = RefusalKind(
    "OPEN-SENDER-UNKNOWN",
    "The profile has no certificate of the firm, so the signature of {name} cannot be checked. "
    "Put the firm's certificate under [sender] in the profile.",
    Exit.CONFIGURATION,
)
OPEN_SENDER_BROKEN = RefusalKind(
    "OPEN-SENDER-BROKEN",
    "The firm's certificate in the profile cannot be read. Take it from the firm once more.",
    Exit.CONFIGURATION,
)
OPEN_KEY_MISSING = RefusalKind(
    "OPEN-KEY-MISSING",
    "{name} is for the key {wanted}, which is not on this machine. Here are: {present}. Bring "
    "the key back from its backup with `strongbox keys restore`, or ask the firm to encrypt to "
    "your present certificate.",
    Exit.CONFIGURATION,
)
OPEN_KEY_HIDDEN = RefusalKind(
    "OPEN-KEY-HIDDEN",
    "{name} does not say for whom it is, and none of the keys on this machine opens it. Here "
    "are: {present}. Ask the firm to which certificate it encrypted.",
    Exit.CONFIGURATION,
)
OPEN_KEY_FILE = RefusalKind(
    "OPEN-KEY-FILE",
    "{path} cannot be read as an OpenPGP secret key. Bring the key back from its backup, or name "
    "the right file under [keys] in the profile.",
    Exit.CONFIGURATION,
)
OPEN_PASSPHRASE = RefusalKind(
    "OPEN-PASSPHRASE",
    "The passphrase of key {key} is wrong, or the key's file is damaged. Try again; a key file "
    "that was damaged has to come back from its backup.",
    Exit.CONFIGURATION,
)
OPEN_NEEDS_GNUPG = RefusalKind(
    "OPEN-NEEDS-GNUPG",
    "{name} cannot be read by strongbox alone: it is compressed inside, or damaged. Install GnuPG "
    "2.2 or later, which strongbox then uses, and run the command again.",
    Exit.CONFIGURATION,
)
OPEN_KEY_EXPIRED = RefusalKind(
    "OPEN-KEY-EXPIRED",
    "{name} is for your key {key}, which has expired, was revoked or is signed in an outdated "
    "way. Install GnuPG 2.2 or later, with which strongbox still opens such files, and send the "
    "firm a new certificate.",
    Exit.CONFIGURATION,
)
OPEN_TOO_BIG = RefusalKind(
    "OPEN-TOO-BIG",
    "{name} grows to more than {limit} bytes when it is opened, which no statement does. Nothing "
    "was kept. Ask the firm what it is.",
    Exit.DAMAGED,
)
OPEN_DISK = RefusalKind(
    "OPEN-DISK",
    "There is no room to open {name}: {free} bytes are free. Nothing was kept. Make room and run "
    "the command again.",
    Exit.CANNOT_WRITE,
)
OPEN_TIME = RefusalKind(
    "OPEN-TIME",
    "{name} could not be opened within {seconds} seconds, or the program that opens it died. "
    "Nothing was kept. Run the command again when the machine has less to do.",
    Exit.TRY_AGAIN,
)
OPEN_TEST_ABSENT = RefusalKind(
    "OPEN-TEST-ABSENT",
    "The firm has put no test statement into {folder} yet. Try again in a few minutes; if none "
    "comes, ask the firm.",
    Exit.ABSENT,
)
OPEN_TEST_FOREIGN = RefusalKind(
    "OPEN-TEST-FOREIGN",
    "What lies in {folder} is not the test statement. Ask the firm.",
    Exit.DAMAGED,
)
