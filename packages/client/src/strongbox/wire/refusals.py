"""What can go wrong between this machine and a firm's server, each with its own exit status."""

from strongbox.refusal import Exit, RefusalKind

FILE_ABSENT = RefusalKind(
    "FILE-ABSENT",
    "{path} does not exist on the server. See what is there with `strongbox ls`.",
    Exit.ABSENT,
)
FILE_CHANGED = RefusalKind(
    "FILE-CHANGED",
    "{path} changed on the server while it was read. Fetch it again.",
    Exit.TRY_AGAIN,
)
FILE_FAILED = RefusalKind(
    "FILE-FAILED",
    "The server could not do what was asked with {path}. It says: {words}",
    Exit.UNAVAILABLE,
)
FILE_FORBIDDEN = RefusalKind(
    "FILE-FORBIDDEN",
    "The server does not allow this login to do that with {path}.",
    Exit.REFUSED,
)
FILE_TOO_LARGE = RefusalKind(
    "FILE-TOO-LARGE",
    "{path} has more than {most} bytes, which is more than such a file may have. Tell the firm.",
    Exit.DAMAGED,
)
FOLDER_TOO_LARGE = RefusalKind(
    "FOLDER-TOO-LARGE",
    "{path} holds more than {most} names, or its list has no end. Tell the firm.",
    Exit.PROTOCOL,
)
HOST_KEY_CHANGED = RefusalKind(
    "HOST-KEY-CHANGED",
    "{host} shows another key than the one on record. Expected: {expected}. Shown: {shown}. "
    "Nothing was sent. Ask the firm by telephone whether it changed its host key; if it did not, "
    "someone stands between you and the firm.",
    Exit.PROTOCOL,
)
HOST_KEY_UNKNOWN = RefusalKind(
    "HOST-KEY-UNKNOWN",
    "There is no host key on record for {host}. It shows {shown}. Compare that with what the firm "
    "published, and add the key to the profile only if they are equal.",
    Exit.PROTOCOL,
)
HOST_KEY_BROKEN = RefusalKind(
    "HOST-KEY-BROKEN",
    "A host key in the profile cannot be read: {why}. Take the line anew from the firm.",
    Exit.CONFIGURATION,
)
LOGIN_NO_KEY = RefusalKind(
    "LOGIN-NO-KEY",
    "There is no private key to log in with. Make one with `strongbox keys make`, or enrol.",
    Exit.CONFIGURATION,
)
LOGIN_REFUSED = RefusalKind(
    "LOGIN-REFUSED",
    "The server did not let {login} in with the key {keys}. Ask for the reason with "
    "`strongbox doctor`. {said}",
    Exit.REFUSED,
)
LOGIN_SLOW = RefusalKind(
    "LOGIN-SLOW",
    "The server did not decide about the login of {login} within {seconds} seconds. Try again "
    "later.",
    Exit.TRY_AGAIN,
)
LOST = RefusalKind(
    "LOST",
    "The connection to {host} was lost: {why}. What was fetched whole is kept; run the command "
    "again.",
    Exit.TRY_AGAIN,
)
NET_BUSY = RefusalKind(
    "NET-BUSY",
    "The server {host} takes no further connection now. Try again in some minutes. {said}",
    Exit.TRY_AGAIN,
)
NET_CLOSED = RefusalKind(
    "NET-CLOSED",
    "{host} port {port} takes the connection and closes it before a word of SSH. A firewall or a "
    "limit of the server may do that. Try again later, and ask the firm if it goes on.",
    Exit.TRY_AGAIN,
)
NET_HANDSHAKE = RefusalKind(
    "NET-HANDSHAKE",
    "{host} and strongbox could not agree on how to encrypt: {why}. Tell the firm.",
    Exit.PROTOCOL,
)
NET_NO_ALGORITHM = RefusalKind(
    "NET-NO-ALGORITHM",
    "{host} offers no {what} that is strong enough. It offers: {offered}. strongbox takes: "
    "{wanted}. The firm has to bring its server up to date.",
    Exit.PROTOCOL,
)
NET_NO_HOST = RefusalKind(
    "NET-NO-HOST",
    "The name {host} was not found. Check the name, and whether this machine is on the network.",
    Exit.NO_HOST,
)
NET_NO_SFTP = RefusalKind(
    "NET-NO-SFTP",
    "{host} let you in but offers no SFTP: {why}. Tell the firm.",
    Exit.PROTOCOL,
)
NET_NOT_SSH = RefusalKind(
    "NET-NOT-SSH",
    "What answers at {host} port {port} does not speak SSH; it says: {words}. Check the port, and "
    "whether a proxy stands in between.",
    Exit.PROTOCOL,
)
NET_REFUSED = RefusalKind(
    "NET-REFUSED",
    "{host} refuses connections on port {port} ({addresses}). Check the port; if it is right, the "
    "server is down.",
    Exit.UNAVAILABLE,
)
NET_SILENT = RefusalKind(
    "NET-SILENT",
    "{host} port {port} takes the connection and then says nothing for {seconds} seconds. The "
    "address that you come from may not be on the firm's list.",
    Exit.TRY_AGAIN,
)
NET_TIMEOUT = RefusalKind(
    "NET-TIMEOUT",
    "{host} port {port} did not answer within {seconds} seconds ({addresses}). The address that "
    "you come from may not be on the firm's list, or a firewall is in the way.",
    Exit.TRY_AGAIN,
)
NET_UNREACHABLE = RefusalKind(
    "NET-UNREACHABLE",
    "There is no way from this machine to {host} ({addresses}): {why}. Check the network.",
    Exit.TRY_AGAIN,
)
SERVER_NONSENSE = RefusalKind(
    "SERVER-NONSENSE",
    "{host} broke the rules of SFTP: {why}. The connection was ended. Tell the firm.",
    Exit.PROTOCOL,
)
STALLED = RefusalKind(
    "STALLED",
    "{host} has not answered for {seconds} seconds. The connection was ended; run the command "
    "again later.",
    Exit.TRY_AGAIN,
)
