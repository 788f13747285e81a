"""Why a connection did not get in: stable causes, and the words a support desk can read out.

On the wire all of them look the same (ATK-21); these words are for the operators' console and,
with proof, for the recipient.
"""

from enum import StrEnum


class Cause(StrEnum):
    """The causes on record; `strongroom attempts` shows them with their explanation."""

    LOGIN_UNKNOWN = "login-unknown"
    LOGIN_DISABLED = "login-disabled"
    NO_KEY_OFFERED = "no-key-offered"
    KEY_UNKNOWN = "key-unknown"
    KEY_FOREIGN = "key-foreign"
    KEY_PENDING = "key-pending"
    KEY_REJECTED = "key-rejected"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    KEY_BURNT = "key-burnt"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    ADDRESS_UNLISTED = "address-unlisted"
    ADDRESS_OF_ANOTHER = "address-of-another"
    CODE_MISSING = "code-missing"
    CODE_WRONG = "code-wrong"
    CODE_NOBODY = "code-nobody"
    TOO_MANY_SESSIONS = "too-many-sessions"
    TOO_MANY_TRIES = "too-many-tries"
    NO_LOGIN_IN_TIME = "no-login-in-time"
    SHUT_OUT = "shut-out"
    PROTOCOL = "protocol"


EXPLANATIONS: dict[Cause, str] = {
    Cause.LOGIN_UNKNOWN: "There is no such login name. Compare it with the one in the set-up "
    "notice, letter by letter; it is lower case (E-SFTP-1).",
    Cause.LOGIN_DISABLED: "The login is disabled. An operator can enable it again.",
    Cause.NO_KEY_OFFERED: "The client offered no key. Set its logon type to key file; a password "
    "never opens this door (E-SFTP-1).",
    Cause.KEY_UNKNOWN: "The key that was offered was never sent in. Check that the client uses "
    "the private key belonging to the public key on file, or send the new public key (E-SFTP-2).",
    Cause.KEY_FOREIGN: "The key that was offered is enrolled for another login. Compare the "
    "login name, or use this login's own key (E-SFTP-2).",
    Cause.KEY_PENDING: "The key that was offered waits for approval. `strongroom key list` shows "
    "it; approve it by its fingerprint (E-SFTP-2).",
    Cause.KEY_REJECTED: "The key that was offered was rejected. Send another (E-SFTP-2).",
    Cause.KEY_REVOKED: "The key that was offered is revoked. Make a new pair (E-SFTP-2).",
    Cause.KEY_EXPIRED: "The key that was offered has expired. Make a new pair (E-SFTP-2).",
    Cause.KEY_BURNT: "The private half of the offered key was given away once, so it is burnt "
    "for ever. Make a new pair (E-SFTP-2).",
    Cause.ALGORITHM: "The client signs with an algorithm that is not accepted, most often SHA-1 "
    "(ssh-rsa). Update the client program, or use an Ed25519 key with it.",
    Cause.SIGNATURE: "The key is right, but its signature was not: the private key does not "
    "belong to the public key, or the client is faulty.",
    Cause.ADDRESS_UNLISTED: "The address is on no allow-list, so it got no answer at all and saw "
    "a time-out. Compare the client's public address with the list (E-SFTP-3).",
    Cause.ADDRESS_OF_ANOTHER: "The address is listed for another login, not for this one. Add it "
    "with `strongroom recipient allow` if it belongs to this recipient.",
    Cause.CODE_MISSING: "The key is right, but no code followed. The login asks for a person's "
    "code as well: set the client's logon type to interactive, with the same key file.",
    Cause.CODE_WRONG: "The key is right, but the code that followed was not, or was too old.",
    Cause.CODE_NOBODY: "The key is right, but nobody can give the code: the user who is named "
    "for it is locked, closed, restricted to other addresses, or has no usable factor. "
    "`strongroom recipient show` names the user.",
    Cause.TOO_MANY_SESSIONS: "The login has as many sessions open as it may have. Close some, or "
    "wait for them to end.",
    Cause.TOO_MANY_TRIES: "Too many keys were tried in one connection. Tell the client which key "
    "to use (IdentitiesOnly in OpenSSH; no agent with many keys).",
    Cause.NO_LOGIN_IN_TIME: "The client left, or waited, without logging in. Most often it did "
    "not accept the host key: `strongroom host-key show` has the fingerprints to compare.",
    Cause.SHUT_OUT: "The address failed so often that it is shut out for a while.",
    Cause.PROTOCOL: "The client did not follow the SSH protocol; it may not be an SFTP client.",
}
