"""How an enrolment can come to nothing, or to a pause."""

from strongbox.refusal import Exit, RefusalKind

ENROL_INVITATION = RefusalKind(
    "ENROL-INVITATION",
    "This is no invitation: {why}. Give the link, CODE@HOST or the file exactly as the firm sent "
    "it.",
    Exit.USAGE,
)
ENROL_WHICH_ONE = RefusalKind(
    "ENROL-WHICH-ONE",
    "Several enrolments wait: {names}. Name one with --profile.",
    Exit.USAGE,
)
ENROL_NONE_WAITS = RefusalKind(
    "ENROL-NONE-WAITS",
    "No enrolment was begun here that could go on. Give the firm's invitation.",
    Exit.CONFIGURATION,
)
ENROL_STATE = RefusalKind(
    "ENROL-STATE",
    "{path} cannot be read: {why}. Remove it and begin again; keys that were made stay where they "
    "are.",
    Exit.CONFIGURATION,
)
ENROL_DECLINED = RefusalKind(
    "ENROL-DECLINED",
    "You did not agree, so nothing was sent and nothing was made. The invitation is still good.",
    Exit.USAGE,
)
ENROL_NOT_AGREED = RefusalKind(
    "ENROL-NOT-AGREED",
    "There is no terminal to ask at. Look at what will be sent, then run the command with --yes.",
    Exit.USAGE,
)
ENROL_LOCK_CHOICE = RefusalKind(
    "ENROL-LOCK-CHOICE",
    "A new key needs a passphrase, and there is no terminal to ask at. Say where it comes from "
    "with --passphrase-from, or --no-passphrase if the file may lie open.",
    Exit.USAGE,
)
ENROL_LOCK_TWICE = RefusalKind(
    "ENROL-LOCK-TWICE",
    "Give --passphrase-from or --no-passphrase, not both.",
    Exit.USAGE,
)
ENROL_WHAT = RefusalKind(
    "ENROL-WHAT",
    "Give the firm's invitation: its link, CODE@HOST or a file. An enrolment that was begun here "
    "goes on with --resume.",
    Exit.USAGE,
)
ENROL_ADDRESS = RefusalKind(
    "ENROL-ADDRESS",
    "{text} is no IP address. Give one like 198.51.100.7, once for each with --address.",
    Exit.USAGE,
)
ENROL_ADDRESS_PRIVATE = RefusalKind(
    "ENROL-ADDRESS-PRIVATE",
    "The firm sees this machine at {addresses}, which is no public address. Name the one under "
    "which logins will come with --address, once for each, and run the command again.",
    Exit.REFUSED,
)
ENROL_CHANGED = RefusalKind(
    "ENROL-CHANGED",
    "What the firm says of itself has changed since you agreed to it: the host, the login or a "
    "key. Ask the firm; then give the enrolment up with `strongbox enrol --forget --profile "
    "{name}`, and begin again.",
    Exit.PROTOCOL,
)
ENROL_OTHER_KEY = RefusalKind(
    "ENROL-OTHER-KEY",
    "The firm took in another key than was sent: it names {theirs}, and the key here has {ours}. "
    "Tell the firm at once and do not let it approve that key.",
    Exit.PROTOCOL,
)
ENROL_REJECTED = RefusalKind(
    "ENROL-REJECTED",
    "The firm did not approve this key. It says: {sentence} Ask it for the reason and for a new "
    "invitation.",
    Exit.REFUSED,
)
ENROL_EXPIRED = RefusalKind(
    "ENROL-EXPIRED",
    "Nobody approved the key in time. It says: {sentence} Ask the firm for a new invitation.",
    Exit.REFUSED,
)
ENROL_PAUSED = RefusalKind(
    "ENROL-PAUSED",
    "The firm has not decided yet. Nothing is lost: go on with `strongbox enrol --resume "
    "--profile {name}`.",
    Exit.TRY_AGAIN,
)
ENROL_TEST_ABSENT = RefusalKind(
    "ENROL-TEST-ABSENT",
    "The login works, but there is no test statement in {folder} yet. Go on later with "
    "`strongbox enrol --resume --profile {name}`, or fetch what is there with `strongbox sync`.",
    Exit.ABSENT,
)
REQUEST_ACCOUNT = RefusalKind(
    "REQUEST-ACCOUNT",
    "{text} is no account number: its last four characters have to be digits.",
    Exit.USAGE,
)
REQUEST_ADDRESS = RefusalKind(
    "REQUEST-ADDRESS",
    "{text} is no public IP address. Give the address under which the Internet sees this network; "
    "web pages that show it are easy to find.",
    Exit.USAGE,
)
REQUEST_KEY = RefusalKind(
    "REQUEST-KEY",
    "{path} holds no public key that could be sent: {why}. Name the file that puttygen, ssh-keygen "
    "or `strongbox keys make` wrote.",
    Exit.DAMAGED,
)
REQUEST_MAILBOX = RefusalKind(
    "REQUEST-MAILBOX",
    "{text} is no mail address. Give one like name@firm.example.",
    Exit.USAGE,
)
REQUEST_FILE = RefusalKind(
    "REQUEST-FILE",
    "{path} exists already and is not overwritten. Choose another name with -o.",
    Exit.CANNOT_WRITE,
)
ROTATE_NONE = RefusalKind(
    "ROTATE-NONE",
    "No next key is on its way, so there is none to forget.",
    Exit.USAGE,
)
ADD_HOST = RefusalKind(
    "ADD-HOST",
    "A server needs --host and --port, or --preset with one of: {presets}.",
    Exit.USAGE,
)
ADD_HOST_KEY = RefusalKind(
    "ADD-HOST-KEY",
    "{text} is no host key. Give its line as in known_hosts, or its fingerprint SHA256:….",
    Exit.USAGE,
)
ADD_HOST_KEY_OTHER = RefusalKind(
    "ADD-HOST-KEY-OTHER",
    "{host} shows {shown}, and {wanted} is not among them. Nothing was saved. Ask the firm which "
    "is right; if yours is, somebody stands between you and the firm.",
    Exit.PROTOCOL,
)
ADD_HOST_KEY_UNSEEN = RefusalKind(
    "ADD-HOST-KEY-UNSEEN",
    "{host} shows {shown}. Nobody compared that with what the firm published, so nothing was "
    "saved. Do that, and give the right one with --host-key.",
    Exit.PROTOCOL,
)
CHANGE_UNKNOWN = RefusalKind(
    "CHANGE-UNKNOWN",
    "{name} is no setting. Give SETTING=VALUE with one of: {names}.",
    Exit.USAGE,
)
CHANGE_VALUE = RefusalKind(
    "CHANGE-VALUE",
    "{name} cannot be {text}. It may be {choices}.",
    Exit.USAGE,
)
