"""What can be wrong with a private key, its file or its passphrase.

What can be wrong with a back-up is in `backup.refusals`.
"""

from strongbox.refusal import Exit, RefusalKind

KEY_ABSENT = RefusalKind(
    "KEY-ABSENT",
    "There is no file {path}. Check the name, or make a pair with `strongbox keys make`.",
    Exit.ABSENT,
)
KEY_CERTIFICATE = RefusalKind(
    "KEY-CERTIFICATE",
    "This is a certificate, not a key. Name the file of the private key itself.",
    Exit.DAMAGED,
)
KEY_CIPHER = RefusalKind(
    "KEY-CIPHER",
    "The key is locked in a way that is not supported ({detail}). Save it again with puttygen or "
    "`ssh-keygen -p`, and try that file.",
    Exit.DAMAGED,
)
KEY_COSTLY = RefusalKind(
    "KEY-COSTLY",
    "Opening this file would take too much memory or time ({detail}). If it is really yours, save "
    "it again with usual settings; else throw it away.",
    Exit.DAMAGED,
)
KEY_DAMAGED = RefusalKind(
    "KEY-DAMAGED",
    "The key file is damaged or not whole: {detail}. Take it from your back-up; if there is none, "
    "make a new pair and register that.",
    Exit.DAMAGED,
)
KEY_DSA = RefusalKind(
    "KEY-DSA",
    "This is a DSA key, which nobody accepts any more. Make a new pair with `strongbox keys make`.",
    Exit.DAMAGED,
)
KEY_EMPTY = RefusalKind(
    "KEY-EMPTY", "The file is empty. Take the key from your back-up.", Exit.DAMAGED
)
KEY_EXISTS = RefusalKind(
    "KEY-EXISTS",
    "{path} exists already, and no key is ever overwritten. Choose another name, or move the old "
    "file away first.",
    Exit.CANNOT_WRITE,
)
KEY_EXPONENT = RefusalKind(
    "KEY-EXPONENT",
    "This RSA key has an exponent that is not safe: {detail}. Make a new pair with `strongbox "
    "keys make`.",
    Exit.DAMAGED,
)
KEY_FILE_LARGE = RefusalKind(
    "KEY-FILE-LARGE",
    "The file has more than {most} bytes, which no key has. Name the file of the key itself.",
    Exit.DAMAGED,
)
KEY_FORMAT_FIT = RefusalKind(
    "KEY-FORMAT-FIT",
    "A key of the kind {name} cannot be written as {format}. Choose `openssh` or `ppk3`.",
    Exit.USAGE,
)
KEY_FORMAT_LOCK = RefusalKind(
    "KEY-FORMAT-LOCK",
    "The format {format} has no lock that is safe and that other programs read. Choose `openssh` "
    "or `ppk3`, or say --no-passphrase if the file may lie open.",
    Exit.USAGE,
)
KEY_IS_HOST = RefusalKind(
    "KEY-IS-HOST",
    "This is the key of a server, not of a person: {detail}. Name the file of your own private "
    "key.",
    Exit.DAMAGED,
)
KEY_IS_PGP = RefusalKind(
    "KEY-IS-PGP",
    "This is an OpenPGP key, which opens statements but does not log in. Name the file of the SSH "
    "key.",
    Exit.DAMAGED,
)
KEY_IS_PUBLIC = RefusalKind(
    "KEY-IS-PUBLIC",
    "This is the public half of a key. Name the file of the private half, usually the same name "
    "without `.pub`.",
    Exit.DAMAGED,
)
KEY_IS_SECURITY_TOKEN = RefusalKind(
    "KEY-IS-SECURITY-TOKEN",
    "The private half of this key is in a security token ({detail}), which is not supported. Make "
    "a pair in a file with `strongbox keys make`.",
    Exit.DAMAGED,
)
KEY_IS_SSH_COM = RefusalKind(
    "KEY-IS-SSH-COM",
    "This private key has the format of ssh.com. Convert it with `puttygen FILE -O "
    "private-openssh-new -o NEW`, and name the new file.",
    Exit.DAMAGED,
)
KEY_IS_STORE = RefusalKind(
    "KEY-IS-STORE",
    "This is a key store (PKCS#12 or the like), not a single key. Export the private key from it "
    "and name that file.",
    Exit.DAMAGED,
)
KEY_IS_WEB = RefusalKind(
    "KEY-IS-WEB",
    "This is a JSON Web Key, which SSH programs do not read. Make a pair with `strongbox keys "
    "make`.",
    Exit.DAMAGED,
)
KEY_KIND = RefusalKind(
    "KEY-KIND",
    "Keys of this kind are not supported: {detail}. Make an RSA or Ed25519 pair with `strongbox "
    "keys make`.",
    Exit.DAMAGED,
)
KEY_LOCKED = RefusalKind(
    "KEY-LOCKED",
    "The key is locked with a passphrase, and none was given. Say where it comes from with "
    "--passphrase-from.",
    Exit.REFUSED,
)
KEY_LOCK_MISSING = RefusalKind(
    "KEY-LOCK-MISSING",
    "Locked OpenSSH keys need the Python package `bcrypt`, which is not installed. Install it, or "
    "convert the key with `puttygen` to PPK.",
    Exit.CONFIGURATION,
)
KEY_LONG = RefusalKind(
    "KEY-LONG",
    "This RSA key is longer than {most} bits, the most that is used. Make a new pair with "
    "`strongbox keys make`.",
    Exit.DAMAGED,
)
KEY_NOT_KEY = RefusalKind(
    "KEY-NOT-KEY",
    "This is no private key in any format that is known here. Name the file that puttygen, "
    "ssh-keygen or `strongbox keys make` wrote.",
    Exit.DAMAGED,
)
KEY_NOT_PAIR = RefusalKind(
    "KEY-NOT-PAIR",
    "The two halves in this file do not belong together: it is damaged or was tampered with. Take "
    "it from your back-up.",
    Exit.DAMAGED,
)
KEY_OPEN_FILE = RefusalKind(
    "KEY-OPEN-FILE",
    "{path} can be read by other people on this machine. Close it first: `chmod 600 {path}`.",
    Exit.CONFIGURATION,
)
KEY_PASSPHRASE = RefusalKind(
    "KEY-PASSPHRASE",
    "The passphrase is wrong or the file is damaged; the file does not tell which. Try again, also "
    "with the keyboard of the machine that made it. A lost passphrase cannot be recovered: make a "
    "new pair and register it.",
    Exit.REFUSED,
)
KEY_PASSPHRASE_EMPTY = RefusalKind(
    "KEY-PASSPHRASE-EMPTY",
    "An empty passphrase locks nothing. Give one, or say --no-passphrase.",
    Exit.USAGE,
)
KEY_PASSPHRASE_LONG = RefusalKind(
    "KEY-PASSPHRASE-LONG",
    "The passphrase has more than {most} bytes. Check where it comes from.",
    Exit.USAGE,
)
KEY_PASSPHRASE_TWICE = RefusalKind(
    "KEY-PASSPHRASE-TWICE",
    "The two passphrases are not the same. Nothing was made; try again.",
    Exit.USAGE,
)
KEY_PPK_VERSION = RefusalKind(
    "KEY-PPK-VERSION",
    "This is a PuTTY key file of version {detail}; versions 2 and 3 are read. Load and save it in "
    "a current PuTTYgen.",
    Exit.DAMAGED,
)
KEY_SECRET_ABSENT = RefusalKind(
    "KEY-SECRET-ABSENT",
    "No passphrase was found in {source}. Put it there, or choose another way with "
    "--passphrase-from.",
    Exit.CONFIGURATION,
)
KEY_SECRET_KEYRING = RefusalKind(
    "KEY-SECRET-KEYRING",
    "The keyring of this system cannot be used: {why}. It needs `strongbox[keyring]` and an open "
    "desktop session; in a scheduled run choose credential:NAME, fd:N or file:PATH.",
    Exit.CONFIGURATION,
)
KEY_SECRET_SOURCE = RefusalKind(
    "KEY-SECRET-SOURCE",
    "That is no way to a passphrase. There are: ask, none, keyring, fd:N, credential:NAME and "
    "file:PATH.",
    Exit.USAGE,
)
KEY_SECRET_TERMINAL = RefusalKind(
    "KEY-SECRET-TERMINAL",
    "A passphrase is needed for {what}, and there is no terminal to ask at. Say where it comes "
    "from with `strongbox profile set keys.secret=…` (keyring, file:PATH, credential:NAME, fd:N), "
    "or with --passphrase-from where the command has it.",
    Exit.CONFIGURATION,
)
KEY_SEVERAL = RefusalKind(
    "KEY-SEVERAL",
    "There are several keys in this file. Put the one that is meant into a file of its own.",
    Exit.DAMAGED,
)
KEY_TARGET_FOLDER = RefusalKind(
    "KEY-TARGET-FOLDER",
    "{path} is no folder that a key can be written into. Make it, or choose another.",
    Exit.CANNOT_WRITE,
)
PGP_USER_ID = RefusalKind(
    "PGP-USER-ID",
    "{text} cannot name an OpenPGP key. Give a name and an address of one line, together at most "
    "{most} characters, without < and >.",
    Exit.USAGE,
)
