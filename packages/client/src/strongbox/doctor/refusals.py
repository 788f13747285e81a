"""What the doctor finds that no other part of strongbox refuses: local faults, traps, causes.

The firm's causes are those of its record of refused logins; their codes begin with FIRM.
"""

from strongbox.refusal import Exit, RefusalKind

CLOCK_WRONG = RefusalKind(
    "CLOCK-WRONG",
    "The clock of this machine is {seconds} seconds off ({here} here, {there} at the firm). "
    "Signed questions and due dates go by the clock: set it, best by the network's time.",
    Exit.CONFIGURATION,
)
CLOCK_OFF = RefusalKind(
    "CLOCK-OFF",
    "The clock of this machine is {seconds} seconds off. Let the system set it by the network.",
    Exit.CONFIGURATION,
)
CLOCK_PAST = RefusalKind(
    "CLOCK-PAST",
    "The clock of this machine shows {here}, a time before this program was made. Set it, best by "
    "the network's time.",
    Exit.CONFIGURATION,
)
KEY_OPEN_TO_OTHERS = RefusalKind(
    "KEY-OPEN-TO-OTHERS",
    "Other users of this machine can read the private key {path}. Shut them out with `chmod 600`; "
    "OpenSSH refuses such a file. If strangers use this machine, replace the key.",
    Exit.CONFIGURATION,
)
KEY_PUBLIC_DIFFERS = RefusalKind(
    "KEY-PUBLIC-DIFFERS",
    "The public file {path} belongs to another pair ({other}) than the private key beside it. If "
    "it is what the firm got, the key will be refused: send the right one, which `strongbox keys "
    "public` prints.",
    Exit.CONFIGURATION,
)
KEY_UNREADABLE = RefusalKind(
    "KEY-UNREADABLE",
    "The key file {path} cannot be read: {why}. Mend its permissions or the folder's.",
    Exit.CONFIGURATION,
)
PGP_KEY_EXPIRED = RefusalKind(
    "PGP-KEY-EXPIRED",
    "Your OpenPGP key {fingerprint} expired on {day}. The firm stops encrypting to it: make a new "
    "one with `strongbox keys pgp make` and send the certificate. Keep the old key: it still "
    "opens what was encrypted to it.",
    Exit.CONFIGURATION,
)
PGP_KEY_EXPIRES = RefusalKind(
    "PGP-KEY-EXPIRES",
    "Your OpenPGP key {fingerprint} expires on {day}. Make its successor in time.",
    Exit.CONFIGURATION,
)
NET_ONE_FAMILY = RefusalKind(
    "NET-ONE-FAMILY",
    "Some addresses of the server do not answer: {addresses}. strongbox takes another, but "
    "programs that try these first may hang.",
    Exit.TRY_AGAIN,
)
NET_ODD_ADDRESS = RefusalKind(
    "NET-ODD-ADDRESS",
    "The name {host} leads to {addresses}, which is inside a private network. If the firm is not "
    "in yours, a hosts file or a name server on the way says something wrong.",
    Exit.NO_HOST,
)
FOLDER_ABSENT = RefusalKind(
    "FOLDER-ABSENT",
    "There is no folder {folder} at the firm. There are: {names}. Correct [folders] in the "
    "profile.",
    Exit.ABSENT,
)
DISK_UNWRITABLE = RefusalKind(
    "DISK-UNWRITABLE",
    "Nothing can be written into {path}: {why}. Allow it, or name another folder in the profile.",
    Exit.CANNOT_WRITE,
)
DISK_FULL = RefusalKind(
    "DISK-FULL",
    "Only {free} bytes are free in {path}, fewer than {needed}. Make room.",
    Exit.CANNOT_WRITE,
)
RUN_BUSY = RefusalKind(
    "RUN-BUSY",
    "A run goes on since {started} (process {pid}). Another one waits for its end.",
    Exit.TRY_AGAIN,
)
RUN_STUCK = RefusalKind(
    "RUN-STUCK",
    "A run holds the lock since {started} (process {pid}) and has shown no sign of life since "
    "{seen}. End that process; the next run goes on where it stopped.",
    Exit.TRY_AGAIN,
)
RUN_CUT = RefusalKind(
    "RUN-CUT",
    "The run of {started} was cut off. Nothing is lost: the next `strongbox sync` goes on where "
    "it stopped.",
    Exit.TRY_AGAIN,
)
RUN_FAILED = RefusalKind(
    "RUN-FAILED",
    "The last run, of {started}, ended with {code} (exit status {status}). If the stages above "
    "are in order, run `strongbox sync` again.",
    Exit.TRY_AGAIN,
)
RUN_NEVER = RefusalKind(
    "RUN-NEVER",
    "Nothing was ever fetched with this profile. `strongbox sync` does it, `strongbox schedule "
    "install` every morning.",
    Exit.TRY_AGAIN,
)
RUN_OLD = RefusalKind(
    "RUN-OLD",
    "The last run was on {started}, {days} days ago. If it should happen by itself, look at "
    "`strongbox schedule show`.",
    Exit.TRY_AGAIN,
)
RUN_LATE = RefusalKind(
    "RUN-LATE",
    "A run is set up for every day ({schedule}), and the last one was on {started}. Look at "
    "`strongbox schedule show` and at what the scheduler says; set it up again with `strongbox "
    "schedule install`.",
    Exit.TRY_AGAIN,
)
STATEMENT_OVERDUE = RefusalKind(
    "STATEMENT-OVERDUE",
    "For {day} the firm owes: {what}. The promised hour has passed. Ask the firm.",
    Exit.ABSENT,
)
SIGNATURE_NONE = RefusalKind(
    "SIGNATURE-NONE",
    "The test statement carries no signature, so nothing shows who made it. The profile allows "
    "that; ask the firm whether it could sign.",
    Exit.DAMAGED,
)
FIRM_LOGIN_UNKNOWN = RefusalKind(
    "FIRM-LOGIN-UNKNOWN",
    "The firm has no login {login}, but it knows this key under {known}. Correct the login in the "
    "profile (E-SFTP-1).",
    Exit.LOGIN_UNKNOWN,
)
FIRM_NO_SUCH_LOGIN = RefusalKind(
    "FIRM-NO-SUCH-LOGIN",
    "The firm has no login {login}. Compare it letter by letter with the firm's notice; mind "
    "capitals (E-SFTP-1).",
    Exit.LOGIN_UNKNOWN,
)
FIRM_LOGIN_DISABLED = RefusalKind(
    "FIRM-LOGIN-DISABLED",
    "The firm has disabled the login {login}. Ask its support desk why.",
    Exit.REFUSED,
)
FIRM_UNKNOWN = RefusalKind(
    "FIRM-UNKNOWN",
    "The firm does not know the login {login} together with the key {key}. It tells nobody which "
    "of both is wrong, not even a key that it has for another login. Check two things: compare "
    "the login letter by letter with the firm's notice (E-SFTP-1), and the fingerprint with that "
    "of the key that you sent for it (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_NO_KEY_OFFERED = RefusalKind(
    "FIRM-NO-KEY-OFFERED",
    "The firm saw no key. Set the program's logon type to key file; a password never opens this "
    "door (E-SFTP-1).",
    Exit.REFUSED,
)
FIRM_KEY_UNKNOWN = RefusalKind(
    "FIRM-KEY-UNKNOWN",
    "The firm never got the public half of {key} for the login {login}. Check that the private "
    "key belongs to the public key that you sent, or send this one (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_FOREIGN = RefusalKind(
    "FIRM-KEY-FOREIGN",
    "The key {key} belongs to another login than {login}. Compare the login, or use this login's "
    "own key (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_PENDING = RefusalKind(
    "FIRM-KEY-PENDING",
    "The firm has the key {key} and has not approved it yet. Wait, or ask the support desk and "
    "read out the fingerprint (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_REJECTED = RefusalKind(
    "FIRM-KEY-REJECTED",
    "The firm rejected the key {key}. Ask why, then make and send a new pair (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_REVOKED = RefusalKind(
    "FIRM-KEY-REVOKED",
    "The key {key} is revoked. Make a new pair and send its public half (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_EXPIRED = RefusalKind(
    "FIRM-KEY-EXPIRED",
    "The key {key} has expired at the firm. Make a new pair and send its public half (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_KEY_BURNT = RefusalKind(
    "FIRM-KEY-BURNT",
    "The private half of {key} was given away once, so no firm may take it. Make a new pair and "
    "send only its public half (E-SFTP-2).",
    Exit.REFUSED,
)
FIRM_ALGORITHM = RefusalKind(
    "FIRM-ALGORITHM",
    "The login was signed in a way that the firm does not accept, most often SHA-1. strongbox "
    "does not sign so; update the other program, or use an Ed25519 key with it.",
    Exit.REFUSED,
)
FIRM_SIGNATURE = RefusalKind(
    "FIRM-SIGNATURE",
    "The key {key} is right, but the signature made with it was not. The key file may be damaged: "
    "take it from your back-up.",
    Exit.REFUSED,
)
FIRM_ADDRESS = RefusalKind(
    "FIRM-ADDRESS",
    "The firm sees you come from {seen}, which is not on the list of {login}: {allowed}. Ask the "
    "firm to list it, or say --request-address (E-SFTP-3).",
    Exit.REFUSED,
)
FIRM_SESSIONS = RefusalKind(
    "FIRM-SESSIONS",
    "The login {login} has as many sessions open as it may have. Close other programs, or wait "
    "some minutes.",
    Exit.TRY_AGAIN,
)
FIRM_SHUT_OUT = RefusalKind(
    "FIRM-SHUT-OUT",
    "The address {seen} failed so often that the firm shut it out for a while. Mend the cause, "
    "wait a quarter of an hour, and try once.",
    Exit.TRY_AGAIN,
)
FIRM_SAYS = RefusalKind(
    "FIRM-SAYS",
    "The firm's record says {cause}: {explanation} Ask its support desk and name the reference "
    "{reference}.",
    Exit.REFUSED,
)
TOOL_DIFFERS = RefusalKind(
    "TOOL-DIFFERS",
    "{file} has {what} {theirs}, the profile {ours}. Export the profile again.",
    Exit.CONFIGURATION,
)
TOOL_HOST_KEYS = RefusalKind(
    "TOOL-HOST-KEYS",
    "{file} accepts none of the profile's host keys. Export the profile again.",
    Exit.CONFIGURATION,
)
TOOL_KEY_FORM = RefusalKind(
    "TOOL-KEY-FORM",
    "{tool} cannot read the key {file}, which has PuTTY's form. Make the other form with "
    "`strongbox keys convert`, and name that.",
    Exit.CONFIGURATION,
)
TOOL_TRAP = RefusalKind(
    "TOOL-TRAP", "{file}: {warning} Export the profile again.", Exit.CONFIGURATION
)
