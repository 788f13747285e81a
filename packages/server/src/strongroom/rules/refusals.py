"""Every way in which the product says no: a stable code, a sentence, an exit status, an audience.

What happens after a refusal (an SSH failure, an exit code, a page) is decided by who catches it.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Exit(IntEnum):
    """Exit statuses of the commands, after sysexits.h; Python's os.EX_* exist on Unix only."""

    OK = 0
    USAGE = 64
    BAD_INPUT = 65
    NOT_FOUND = 66
    UNAVAILABLE = 69
    CANNOT_WRITE = 73
    TRY_AGAIN = 75
    REFUSED = 77
    CONFIGURATION = 78


class Audience(Enum):
    """Who may read the sentence: anyone at all, the recipient concerned, or the firm's staff."""

    ANYONE = "anyone"
    RECIPIENT = "recipient"
    OPERATOR = "operator"


class Refused(Exception):
    """The product said no. `str()` is the sentence for the kind's audience."""

    def __init__(self, kind: "RefusalKind", **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(kind.sentence.format(**facts))

    @property
    def code(self) -> str:
        """The stable code that support, tests and programs go by."""
        return self.kind.code


_every_code: set[str] = set()


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One way to say no. `sentence` says what happened and what to do next, without blame."""

    code: str
    sentence: str
    exit: Exit = Exit.REFUSED
    audience: Audience = field(default=Audience.OPERATOR)

    def __post_init__(self) -> None:
        if self.code in _every_code:
            raise ValueError(f"two refusals share the code {self.code}")
        _every_code.add(self.code)

    def because(self, **facts: object) -> Refused:
        """Build the exception; `facts` fill the sentence's fields."""
        return Refused(self, **facts)


# Accounts and recipients

ACCOUNT_EXISTS = RefusalKind(
    "ACCOUNT-EXISTS",
    "Account {number} is already here. Use `strongroom account show {number}` to look at it.",
    Exit.BAD_INPUT,
)
ACCOUNT_NAME = RefusalKind(
    "ACCOUNT-NAME",
    "An account needs a name of 1 to 200 printable characters.",
    Exit.USAGE,
)
ACCOUNT_NUMBER = RefusalKind(
    "ACCOUNT-NUMBER",
    "{number!r} is not an account number. It is a capital U and six to eight digits, "
    "for example U1234567.",
    Exit.USAGE,
)
ACCOUNT_UNKNOWN = RefusalKind(
    "ACCOUNT-UNKNOWN",
    "There is no account {number}. Add it with `strongroom account add {number} --name TEXT`.",
    Exit.NOT_FOUND,
)
RECIPIENT_ACCOUNTS = RefusalKind(
    "RECIPIENT-ACCOUNTS",
    "Recipient {login} needs at least one account: name it with --account U1234567.",
    Exit.USAGE,
)
RECIPIENT_EXISTS = RefusalKind(
    "RECIPIENT-EXISTS",
    "Recipient {login} is already here, and a login name is never given twice.",
    Exit.BAD_INPUT,
)
RECIPIENT_LOGIN = RefusalKind(
    "RECIPIENT-LOGIN",
    "{login!r} cannot be a login name. Use 3 to 32 lower-case letters, digits, '-' or '_', "
    "beginning with a letter.",
    Exit.USAGE,
)
RECIPIENT_UNKNOWN = RefusalKind(
    "RECIPIENT-UNKNOWN",
    "There is no recipient {login}. `strongroom recipient list` shows who there is.",
    Exit.NOT_FOUND,
)


# Configuration and the home

CONFIGURATION_FILE = RefusalKind(
    "CONFIGURATION-FILE", "The settings in {file} cannot be read: {why}.", Exit.CONFIGURATION
)
CONFIGURATION_UNKNOWN = RefusalKind(
    "CONFIGURATION-UNKNOWN",
    "{file} names the setting {key}, which does not exist. "
    "docs/operate/configuration.md lists all of them.",
    Exit.CONFIGURATION,
)
CONFIGURATION_VALUE = RefusalKind(
    "CONFIGURATION-VALUE", "The setting {key} cannot be used: {why}.", Exit.CONFIGURATION
)
DATABASE_BUSY = RefusalKind(
    "DATABASE-BUSY",
    "The database is busy: another program holds it. Nothing was changed; try again.",
    Exit.TRY_AGAIN,
)
DATABASE_DOWN = RefusalKind(
    "DATABASE-DOWN", "The database cannot be reached: {why}. Nothing was changed.", Exit.UNAVAILABLE
)
DISK = RefusalKind(
    "DISK",
    "{path} could not be read or written: {why}. Nothing was left half-done; mend it and repeat.",
    Exit.CANNOT_WRITE,
)
HOME_CANNOT = RefusalKind(
    "HOME-CANNOT", "{home} cannot become a home: {why}. Name another.", Exit.CANNOT_WRITE
)
HOME_EXISTS = RefusalKind(
    "HOME-EXISTS", "{home} already holds a Strongroom. Nothing was changed.", Exit.CANNOT_WRITE
)
HOME_MISSING = RefusalKind(
    "HOME-MISSING",
    "{home} is not a Strongroom home yet. Make one with `strongroom --home {home} init`, "
    "or name another with --home or STRONGROOM_HOME.",
    Exit.CONFIGURATION,
)
HOME_OPEN = RefusalKind(
    "HOME-OPEN",
    "{path} can be read by others on this machine. Close it with `chmod go-rwx {path}`.",
    Exit.CONFIGURATION,
)
HOME_OLD = RefusalKind(
    "HOME-OLD",
    "The database in {home} is of another version of this program. "
    "Run `strongroom --home {home} init --upgrade`.",
    Exit.CONFIGURATION,
)
HOST_KEY_NONE = RefusalKind(
    "HOST-KEY-NONE",
    "No host keys are announced. Announce the next ones with `strongroom host-key rotate`, and "
    "let clients learn them for some weeks.",
    Exit.BAD_INPUT,
)
KEY_FILE = RefusalKind(
    "KEY-FILE",
    "The firm's key {path} cannot be used: {why}. Restore keys/ from the back-up.",
    Exit.CONFIGURATION,
)
PORT_IN_USE = RefusalKind(
    "PORT-IN-USE",
    "{address} cannot be listened on: {why}. Stop what uses it, or choose another "
    "address with --sftp or --web, or in strongroom.toml.",
    Exit.UNAVAILABLE,
)


# The key desk

KEY_BURNT = RefusalKind(
    "KEY-BURNT",
    "The key {fingerprint} can never be used here: its private half was given away once, or it "
    "was put on the burnt list. Make a new pair and send its public half.",
)
KEY_CHANGED = RefusalKind(
    "KEY-CHANGED",
    "The stored key no longer has the fingerprint {fingerprint} that was shown. "
    "Somebody changed it: do not approve anything, and run `strongroom audit verify`.",
)
KEY_ENDED = RefusalKind(
    "KEY-ENDED",
    "The key {fingerprint} is {state} and cannot come back. Make a new pair.",
)
KEY_FOREIGN = RefusalKind(
    "KEY-FOREIGN",
    "The key {fingerprint} is enrolled for another recipient. A key belongs to one recipient: "
    "make a new pair for this one.",
)
KEY_FOUR_EYES = RefusalKind(
    "KEY-FOUR-EYES",
    "{actor} submitted this key; another operator has to approve it (key_desk.four_eyes).",
)
KEY_HERE_ALREADY = RefusalKind(
    "KEY-HERE-ALREADY",
    "The key {fingerprint} is here already, and {state}. Nothing was changed.",
    Exit.BAD_INPUT,
)
KEY_NOT_PENDING = RefusalKind(
    "KEY-NOT-PENDING",
    "The key {fingerprint} is {state}; only a pending key can be approved or rejected.",
    Exit.BAD_INPUT,
)
KEY_TOO_MANY = RefusalKind(
    "KEY-TOO-MANY",
    "{login} has {most} keys already, which is the most. Revoke one that is no longer used.",
)
KEY_UNKNOWN = RefusalKind(
    "KEY-UNKNOWN",
    "{login} has no key {fingerprint}. `strongroom key list {login}` shows the keys there are.",
    Exit.NOT_FOUND,
)
PGP_UNKNOWN = RefusalKind(
    "PGP-UNKNOWN",
    "{login} has no PGP certificate {fingerprint}. `strongroom pgp-key list {login}` shows those "
    "there are, each with its whole fingerprint.",
    Exit.NOT_FOUND,
)


# Enrolment and signed requests over HTTPS

ADDRESS_NONE = RefusalKind(
    "ADDRESS-NONE",
    "{login} proposed no addresses with the key {fingerprint}. Name them: --allow ADDRESS.",
    Exit.BAD_INPUT,
)
API_OFF = RefusalKind(
    "API-OFF",
    "Recipients cannot enrol over HTTPS: api.listen is empty. Set it in strongroom.toml to "
    "HOST:PORT (docs/operate/enrolment.md), and start the server again.",
    Exit.CONFIGURATION,
)
ENROL_BODY = RefusalKind(
    "ENROL-BODY",
    "The request cannot be read: {why}.",
    Exit.BAD_INPUT,
    Audience.ANYONE,
)
ENROL_BUSY = RefusalKind(
    "ENROL-BUSY",
    "The server cannot answer at the moment. Try again in a minute.",
    Exit.TRY_AGAIN,
    Audience.ANYONE,
)
ENROL_CHALLENGE = RefusalKind(
    "ENROL-CHALLENGE",
    "The keys were signed for another invitation. Start again with `strongbox enrol`.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
ENROL_CODE = RefusalKind(
    "ENROL-CODE",
    "There is no invitation with this code. Compare it letter by letter with the one you were "
    "given, or ask for a new one.",
    Exit.REFUSED,
    Audience.ANYONE,
)
ENROL_EXPIRED = RefusalKind(
    "ENROL-EXPIRED",
    "This invitation has expired. Ask for a new one.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
ENROL_LARGE = RefusalKind(
    "ENROL-LARGE",
    "The request is larger than {most} bytes.",
    Exit.BAD_INPUT,
    Audience.ANYONE,
)
ENROL_LATE = RefusalKind(
    "ENROL-LATE",
    "The request did not arrive whole in time. Try again, over a better connection.",
    Exit.TRY_AGAIN,
    Audience.ANYONE,
)
ENROL_PATH = RefusalKind(
    "ENROL-PATH",
    "There is nothing at this address. The recipient's program and the server may be of "
    "different versions.",
    Exit.NOT_FOUND,
    Audience.ANYONE,
)
ENROL_PGP_MISSING = RefusalKind(
    "ENROL-PGP-MISSING",
    "The statements of {login} are encrypted, so a PGP certificate has to come with the key.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
ENROL_REVOKED = RefusalKind(
    "ENROL-REVOKED",
    "This invitation was taken back. Ask for a new one.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
ENROL_SIGNATURE = RefusalKind(
    "ENROL-SIGNATURE",
    "The signature does not prove that the private half of the key is there: {why}. Nothing was "
    "kept, and the invitation can still be used.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
ENROL_SLOW = RefusalKind(
    "ENROL-SLOW",
    "Too many wrong tries came from your network. Wait {minutes} min and try again.",
    Exit.TRY_AGAIN,
    Audience.ANYONE,
)
ENROL_TICKET = RefusalKind(
    "ENROL-TICKET",
    "There is no submission with this ticket. Start again with a new invitation.",
    Exit.REFUSED,
    Audience.ANYONE,
)
ENROL_USED = RefusalKind(
    "ENROL-USED",
    "This invitation was used already. If it was not by you, tell the firm at once; otherwise "
    "ask for a new one.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
INVITATION_AUTOMATIC = RefusalKind(
    "INVITATION-AUTOMATIC",
    "Approval without an operator is off. Set key_desk.automatic_approval to true, or leave "
    "--automatic out.",
    Exit.CONFIGURATION,
)
INVITATION_DAYS = RefusalKind(
    "INVITATION-DAYS",
    "An invitation is valid for 1 to {most} days.",
    Exit.USAGE,
)
INVITATION_MANY = RefusalKind(
    "INVITATION-MANY",
    "{login} has {most} invitations that nobody used. Take them back first with "
    "`strongroom recipient uninvite {login}`.",
    Exit.BAD_INPUT,
)
REQUEST_AUDIENCE = RefusalKind(
    "REQUEST-AUDIENCE",
    "The request was signed for {audience}, and this is {url}.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
REQUEST_CLOCK = RefusalKind(
    "REQUEST-CLOCK",
    "The request was signed at {at}, and here it is {now}. Set the clock of your computer.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
REQUEST_REFUSED = RefusalKind(
    "REQUEST-REFUSED",
    "The request is not signed by a key that may ask this for this login.",
    Exit.REFUSED,
    Audience.ANYONE,
)
REQUEST_REPEATED = RefusalKind(
    "REQUEST-REPEATED",
    "This request came before. Sign a new one.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)


# SSH keys

KEY_CERTIFICATE = RefusalKind(
    "KEY-CERTIFICATE",
    "This is an SSH certificate ({detail}). Only plain keys are taken: send the public key that "
    "the certificate was made for.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_CUT_OFF = RefusalKind(
    "KEY-TRUNCATED",
    "The key is cut off: {amount} missing at its end. Copy the whole key, or send the file itself.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_DAMAGED = RefusalKind(
    "KEY-DAMAGED",
    "The public key is damaged: {detail}. Export it again from the program that made it.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_DSA = RefusalKind(
    "KEY-DSA",
    "This is a DSA key, which is no longer safe. Make an RSA key of 2048 bits or more, or an "
    "Ed25519 key.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_EXPONENT = RefusalKind(
    "KEY-EXPONENT",
    "The exponent of this RSA key cannot be used: {detail}. Make a new pair; every current "
    "program takes 65537.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_KIND = RefusalKind(
    "KEY-KIND",
    "Keys of this kind are not taken ({detail}). Make an RSA key of 2048 bits or more, or an "
    "Ed25519 key.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_LONG = RefusalKind(
    "KEY-LONG",
    "The RSA key has {bits} bits; {most} is the most. 3072 or 4096 are plenty.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_MORE_TEXT = RefusalKind(
    "KEY-MORE-TEXT",
    "There is other text besides the key. Send the public key file alone, with nothing added.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_NOT_SSH = RefusalKind(
    "KEY-NOT-SSH",
    "This is {what}, not an SSH public key. Send the file that ends in .pub, or the line that "
    "PuTTYgen shows under 'Public key for pasting'.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_PRIVATE = RefusalKind(
    "E-KEYREG-1",
    "A private key was in what you sent ({kinds}). All of it was refused and nothing was kept, "
    "and this pair can never be used here. Make a new pair and send only its public half.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
KEY_SECURITY_KEY = RefusalKind(
    "KEY-SECURITY-KEY",
    "This key lives in a security token ({detail}), and such keys are not taken. Make an RSA key "
    "of 2048 bits or more, or an Ed25519 key.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_SHORT = RefusalKind(
    "KEY-SHORT",
    "The RSA key has {bits} bits; it needs {least} or more. Make a new pair.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_TOO_LARGE = RefusalKind(
    "KEY-TOO-LARGE",
    "What was sent has {size} bytes; {most} is the most. A public key has less than 3,000: send "
    "the public key file alone.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_TWO = RefusalKind(
    "KEY-TWO",
    "There are {count} keys in this file. Send just the one that is to be used: {choices}.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_UNREADABLE = RefusalKind(
    "KEY-UNREADABLE",
    "There is no SSH public key in this file. Send the file that ends in .pub, or the line that "
    "PuTTYgen shows under 'Public key for pasting'.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_UNSEARCHABLE = RefusalKind(
    "KEY-UNSEARCHABLE",
    "What was sent could not be looked through: {why}. Send the public key file alone, without "
    "an archive around it.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
KEY_WEAK = RefusalKind(
    "KEY-WEAK",
    "The key {fingerprint} is not safe: {weakness}. Make a new pair with a current program.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
KEY_WRAPPED = RefusalKind(
    "KEY-WRAPPED",
    "This is a {what}. Only the public key file may be attached, nothing around it and nothing "
    "else: send that file itself.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)


# Completeness of statements

CONTENT_EMPTY = RefusalKind(
    "CONTENT-EMPTY",
    "The file is empty. Deliver it again once the report engine has written it.",
    Exit.BAD_INPUT,
)
FLEX_ACCOUNT = RefusalKind(
    "FLEX-ACCOUNT",
    "Line {line} says account {found!r}, but the file was given for {expected}. It was not "
    "delivered; check which account it belongs to.",
    Exit.BAD_INPUT,
)
FLEX_AFTER_END = RefusalKind(
    "FLEX-AFTER-END",
    "Line {line} follows the EOF row, which has to be the last. Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_AMOUNT = RefusalKind(
    "FLEX-AMOUNT",
    "Line {line} holds {found!r} where section {section} has its amount. Check the layout that is "
    "set for this section, or deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_CHECKSUM = RefusalKind(
    "FLEX-CHECKSUM",
    "Section {section} adds up to {found}, but its EOS row on line {line} says {expected}. "
    "Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_COUNT = RefusalKind(
    "FLEX-COUNT",
    "Section {section} has {found} records, but its EOS row on line {line} says {expected}. "
    "Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_LINE = RefusalKind(
    "FLEX-LINE",
    "Line {line} is longer than {most} bytes, which no row of a report is. Deliver it again.",
    Exit.BAD_INPUT,
)
FLEX_ORDER = RefusalKind(
    "FLEX-ORDER",
    "Line {line} is a {found!r} row where {expected} was due. Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_PERIOD = RefusalKind(
    "FLEX-PERIOD",
    "The BOF row says the period is {found}, but the file's name says {expected}. It was not "
    "delivered; name it after its period.",
    Exit.BAD_INPUT,
)
FLEX_ROW = RefusalKind(
    "FLEX-ROW",
    "Line {line} cannot be read as a row: {problem}. Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_SECTIONS = RefusalKind(
    "FLEX-SECTIONS",
    "The BOF row promises {expected} sections; line {line} makes it {found}. "
    "Deliver the report again.",
    Exit.BAD_INPUT,
)
FLEX_TRUNCATED = RefusalKind(
    "FLEX-TRUNCATED",
    "The report breaks off after line {line}, before {expected}. Deliver it again, whole.",
    Exit.BAD_INPUT,
)
PDF_BROKEN = RefusalKind(
    "PDF-BROKEN",
    "The file is named .pdf but does not begin like one. Deliver it again.",
    Exit.BAD_INPUT,
)
PDF_TRUNCATED = RefusalKind(
    "PDF-TRUNCATED",
    "The PDF breaks off: its last 1,024 bytes hold no end mark. Deliver it again, whole.",
    Exit.BAD_INPUT,
)
XML_ACCOUNT = RefusalKind(
    "XML-ACCOUNT",
    "Line {line} says account {found!r}, but the file was given for {expected}. It was not "
    "delivered; check which account it belongs to.",
    Exit.BAD_INPUT,
)
XML_BROKEN = RefusalKind(
    "XML-BROKEN",
    "Line {line} is not well-formed XML: {problem}. Deliver the report again.",
    Exit.BAD_INPUT,
)
XML_COUNT = RefusalKind(
    "XML-COUNT",
    "The report promises {expected} statements and holds {found}. Deliver it again.",
    Exit.BAD_INPUT,
)
XML_DECLARATIONS = RefusalKind(
    "XML-DECLARATIONS",
    "Line {line} declares {found}, which a report has no use for and which is never read. "
    "Deliver the report without it.",
    Exit.BAD_INPUT,
)
XML_LIMIT = RefusalKind(
    "XML-LIMIT",
    "Near line {line} the XML passes a limit: {problem}. No report needs that; deliver it again.",
    Exit.BAD_INPUT,
)
XML_PERIOD = RefusalKind(
    "XML-PERIOD",
    "Line {line} says the period is {found}, but the file's name says {expected}. It was not "
    "delivered; name it after its period.",
    Exit.BAD_INPUT,
)
XML_TRUNCATED = RefusalKind(
    "XML-TRUNCATED",
    "The XML breaks off at line {line}. Deliver it again, whole.",
    Exit.BAD_INPUT,
)


# File names

NAME_CHARACTERS = RefusalKind(
    "NAME-CHARACTERS",
    "The file name {name} holds a character outside A-Z, a-z, 0-9, '.', '_' and '-'. "
    "Name it like {example}.",
    Exit.BAD_INPUT,
)
NAME_DATE = RefusalKind(
    "NAME-DATE",
    "The file name {name} holds {digits}, which is no day between 1970 and 2199. "
    "A date is written YYYYMMDD.",
    Exit.BAD_INPUT,
)
NAME_DELIVERED = RefusalKind(
    "NAME-DELIVERED",
    "{name} is not the name of a delivered file.",
    Exit.NOT_FOUND,
)
NAME_EXTENSION = RefusalKind(
    "NAME-EXTENSION",
    "The file name {name} ends in .{extension}. Accepted are {accepted}.",
    Exit.BAD_INPUT,
)
NAME_GRAMMAR = RefusalKind(
    "NAME-GRAMMAR",
    "The file name {name} does not follow {template}. Name it like {example}, or deliver a "
    "sidecar manifest with it.",
    Exit.BAD_INPUT,
)
NAME_LENGTH = RefusalKind(
    "NAME-LENGTH",
    "The file name {name} is {found} bytes long; at most {most} are accepted.",
    Exit.BAD_INPUT,
)
NAME_PERIOD = RefusalKind(
    "NAME-PERIOD",
    "The file name {name} has its period end before it begins. Write the first day first.",
    Exit.BAD_INPUT,
)
NAME_TEMPLATE = RefusalKind(
    "NAME-TEMPLATE",
    "The file-name template {template!r} cannot be used: {problem}. The default is {default}.",
    Exit.CONFIGURATION,
)
NAME_TEMPORARY = RefusalKind(
    "NAME-TEMPORARY",
    "{name} is the name of a hidden or unfinished file. Rename it once it is complete.",
    Exit.BAD_INPUT,
)


# Matching statements to recipients

MATCH_ALL_DISABLED = RefusalKind(
    "MATCH-ALL-DISABLED",
    "Every recipient of account {number} is disabled: {logins}. Enable one with `strongroom "
    "recipient enable LOGIN`, then assign the file again.",
)
MATCH_NOBODY = RefusalKind(
    "MATCH-NOBODY",
    "No recipient receives the statements of account {number}. Add one with `strongroom recipient "
    "add LOGIN --account {number}`, then assign the file again.",
)


# PGP

PGP_BUSY = RefusalKind(
    "PGP-BUSY",
    "The PGP certificate could not be read in {seconds:g} seconds. Try again later; if that does "
    "not help, ask for a certificate with fewer parts.",
    Exit.TRY_AGAIN,
)
PGP_EXPIRED = RefusalKind(
    "PGP-EXPIRED",
    "The PGP key {fingerprint} has expired. Extend it and send the public key again, or make a "
    "new pair.",
    audience=Audience.RECIPIENT,
)
PGP_NO_ENCRYPTION_KEY = RefusalKind(
    "PGP-NO-ENCRYPTION-KEY",
    "The PGP key {fingerprint} can sign but not encrypt. Add an encryption subkey, or make a new "
    "pair, and send the public key.",
    audience=Audience.RECIPIENT,
)
PGP_PRIVATE = RefusalKind(
    "E-KEYREG-1-PGP",
    "A private PGP key was sent. It is destroyed here and can never be used: make a new pair and "
    "send only the public key (gpg --armor --export).",
    audience=Audience.RECIPIENT,
)
PGP_REVOKED = RefusalKind(
    "PGP-REVOKED",
    "The PGP key {fingerprint} is revoked. Make a new pair and send the public key.",
    audience=Audience.RECIPIENT,
)
PGP_SEVERAL = RefusalKind(
    "PGP-SEVERAL",
    "There is more than one PGP key in the file. Export just the one to use: "
    "gpg --armor --export FINGERPRINT.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
PGP_TOO_BIG = RefusalKind(
    "PGP-TOO-BIG",
    "The PGP key has more in it than any key needs. Export it without other people's signatures: "
    "gpg --armor --export-options export-minimal --export FINGERPRINT.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
PGP_UNREADABLE = RefusalKind(
    "PGP-UNREADABLE",
    "This is not a public PGP key in whole: {reason}. Export it again: "
    "gpg --armor --export FINGERPRINT.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
PGP_WEAK = RefusalKind(
    "PGP-WEAK",
    "The PGP key {fingerprint} is too weak or bound by outdated signatures. Make a new pair, "
    "RSA with 3072 bits or Curve25519, and send the public key.",
    audience=Audience.RECIPIENT,
)


# Retention

RETENTION_POLICY = RefusalKind(
    "RETENTION-POLICY",
    "The retention settings cannot be used: {problem}.",
    Exit.CONFIGURATION,
)


# Sidecar manifests

SIDECAR_BROKEN = RefusalKind(
    "SIDECAR-BROKEN",
    "The sidecar manifest cannot be used: {field} {problem}. Write it again; the file waits.",
    Exit.BAD_INPUT,
)
SIDECAR_DISAGREES = RefusalKind(
    "SIDECAR-DISAGREES",
    "The sidecar manifest promises {field} {expected}, the file has {found}. Deliver both again.",
    Exit.BAD_INPUT,
)

# Repository

REPO_EXISTS = RefusalKind(
    "REPO-EXISTS", "{path} is already there.", Exit.CANNOT_WRITE, Audience.RECIPIENT
)
REPO_FOLDER = RefusalKind(
    "REPO-FOLDER", "{path} is a folder, not a file.", Exit.BAD_INPUT, Audience.RECIPIENT
)
REPO_NAME = RefusalKind(
    "REPO-NAME",
    "That name cannot be used here: {reason}.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
REPO_NOT_FOUND = RefusalKind(
    "REPO-NOT-FOUND", "There is no {path} here.", Exit.NOT_FOUND, Audience.RECIPIENT
)
REPO_NO_FOLDER = RefusalKind(
    "REPO-NO-FOLDER", "{path} is not a folder.", Exit.BAD_INPUT, Audience.RECIPIENT
)
REPO_READ_ONLY = RefusalKind(
    "REPO-READ-ONLY",
    "{path} cannot be changed. Uploads go to /incoming.",
    Exit.REFUSED,
    Audience.RECIPIENT,
)
REPO_TOO_LARGE = RefusalKind(
    "REPO-TOO-LARGE",
    "This file is larger than an upload may be ({most} bytes).",
    Exit.CANNOT_WRITE,
    Audience.RECIPIENT,
)


# Networks

FIREWALL_TABLE = RefusalKind(
    "FIREWALL-TABLE",
    "{table!r} cannot be the firewall table, because loading it replaces the whole table. "
    "Use a name that begins with strongroom: lower-case letters, digits and '_', at most 32.",
    Exit.USAGE,
)
NETWORK_BROADCAST = RefusalKind(
    "NETWORK-BROADCAST",
    "{text!r} holds the broadcast address {block}, and no connection can come from it. "
    "Write the address that the client connects from.",
    Exit.BAD_INPUT,
)
NETWORK_COVERED = RefusalKind(
    "NETWORK-COVERED",
    "{cover} already covers {network}. Nothing was changed.",
    Exit.BAD_INPUT,
)
NETWORK_DUPLICATE = RefusalKind(
    "NETWORK-DUPLICATE",
    "{network} is already on the list. Nothing was changed.",
    Exit.BAD_INPUT,
)
NETWORK_EVERYONE = RefusalKind(
    "NETWORK-EVERYONE",
    "{text!r} is the whole Internet. If that is what you mean, write the word any.",
    Exit.BAD_INPUT,
)
NETWORK_HOST_BITS = RefusalKind(
    "NETWORK-HOST-BITS",
    "{text!r} begins in the middle of a network. Write {network} for the whole network, or "
    "{host}/{bits} for the one address.",
    Exit.BAD_INPUT,
)
NETWORK_LEADING_ZEROS = RefusalKind(
    "NETWORK-LEADING-ZEROS",
    "{text!r} has a number with a leading zero, which some programs read as octal. "
    "If the numbers are decimal, write {suggestion}.",
    Exit.BAD_INPUT,
)
NETWORK_MALFORMED = RefusalKind(
    "NETWORK-MALFORMED",
    "{text!r} is not an IP address or network. Write an address such as 198.51.100.7 or "
    "2001:db8::7, or a network such as 198.51.100.0/24 or 2001:db8::/48.",
    Exit.BAD_INPUT,
)
NETWORK_MAPPED = RefusalKind(
    "NETWORK-MAPPED",
    "{text!r} is IPv4 written as IPv6, and would never match. Write {suggestion}.",
    Exit.BAD_INPUT,
)
NETWORK_MULTICAST = RefusalKind(
    "NETWORK-MULTICAST",
    "{text!r} holds multicast addresses ({block}), and no connection can come from those. "
    "Write the address that the client connects from.",
    Exit.BAD_INPUT,
)
NETWORK_NETMASK = RefusalKind(
    "NETWORK-NETMASK",
    "{text!r} has a netmask after the slash. Write {suggestion}.",
    Exit.BAD_INPUT,
)
NETWORK_PREFIX = RefusalKind(
    "NETWORK-PREFIX",
    "{text!r} is longer than an address: the number after the slash is at most {most}.",
    Exit.BAD_INPUT,
)
NETWORK_PRIVATE = RefusalKind(
    "NETWORK-PRIVATE",
    "{text!r} holds private addresses ({block}), which are not seen outside the client's own "
    "network. The public address is needed: ask the client's network administrator for it. "
    "For a test on one machine, set private_addresses = true under [key_desk].",
    Exit.BAD_INPUT,
)
NETWORK_RESERVED = RefusalKind(
    "NETWORK-RESERVED",
    "{text!r} holds reserved addresses ({block}), and no connection can come from those. "
    "Write the address that the client connects from.",
    Exit.BAD_INPUT,
)
NETWORK_UNSPECIFIED = RefusalKind(
    "NETWORK-UNSPECIFIED",
    "{text!r} holds the unspecified address ({block}), and no connection can come from it. "
    "Write the address that the client connects from, or the word any for every address.",
    Exit.BAD_INPUT,
)
NETWORK_ZONE = RefusalKind(
    "NETWORK-ZONE",
    "{text!r} has a zone after '%', which means something on one machine only. Write {suggestion}.",
    Exit.BAD_INPUT,
)


# PROXY headers

PROXY_CHECKSUM = RefusalKind(
    "PROXY-CHECKSUM", "The proxy's PROXY header was damaged on the way: its checksum is wrong."
)
PROXY_FAMILY = RefusalKind(
    "PROXY-FAMILY",
    "The proxy states family and transport {family:#04x} in its PROXY header. "
    "Only TCP over IPv4 (0x11) and TCP over IPv6 (0x21) have an address to judge.",
)
PROXY_LONG = RefusalKind(
    "PROXY-LONG",
    "The proxy's PROXY header is {size} bytes long; {most} are the most that is read. "
    "Let the proxy send fewer extra fields.",
)
PROXY_MALFORMED = RefusalKind("PROXY-MALFORMED", "The proxy's PROXY header is wrong: {why}.")
PROXY_MISSING = RefusalKind(
    "PROXY-MISSING",
    "A named proxy connected without a PROXY header. Switch on PROXY protocol version 2 there, "
    "or take the proxy off the list of proxies.",
)
PROXY_OLD = RefusalKind(
    "PROXY-OLD",
    "The proxy speaks version 1 of the PROXY protocol. Set it to version 2 (the binary one).",
)
PROXY_TWICE = RefusalKind(
    "PROXY-TWICE",
    "A second PROXY header follows the first. Either two proxies add one, or a client forges "
    "one: let the proxy nearest to the client be the only one.",
)


# Arrivals and statements

ARRIVAL_EMPTY = RefusalKind(
    "ARRIVAL-EMPTY", "{name} is empty. Deliver it again with its content.", Exit.BAD_INPUT
)
ARRIVAL_FAULT = RefusalKind(
    "ARRIVAL-FAULT",
    "{name} could not be read ({why}), which is a fault of this program and not of the file. The "
    "log says more; please report it.",
    Exit.BAD_INPUT,
)
ARRIVAL_GONE = RefusalKind(
    "ARRIVAL-GONE",
    "{name} was taken in, but its file is no longer in the spool. Deliver it again.",
    Exit.BAD_INPUT,
)
ARRIVAL_LARGE = RefusalKind(
    "ARRIVAL-LARGE",
    "{name} has {size} bytes; the most is {most} (intake.largest_bytes).",
    Exit.BAD_INPUT,
)
ARRIVAL_MISSING = RefusalKind("ARRIVAL-MISSING", "There is no file {name}.", Exit.NOT_FOUND)
ARRIVAL_NOT_PLAIN = RefusalKind(
    "ARRIVAL-NOT-PLAIN",
    "{name} is a link, a pipe or a folder. Deliver a plain file.",
    Exit.BAD_INPUT,
)
ARRIVAL_UNREADABLE = RefusalKind(
    "ARRIVAL-UNREADABLE", "{name} cannot be read: {why}.", Exit.BAD_INPUT
)
COPY_NO_PGP_KEY = RefusalKind(
    "COPY-NO-PGP-KEY",
    "{login} asks for PGP and has no approved certificate. The statement is held; it goes out "
    "when one is approved, and never in clear.",
)
MANIFEST_UNKNOWN = RefusalKind(
    "MANIFEST-UNKNOWN", "{login} has no manifest of {day} yet.", Exit.NOT_FOUND
)
PARKED_NAMED = RefusalKind(
    "PARKED-NAMED",
    "What was said about the file cannot be used: {why}. Accounts are U and six to eight digits, "
    "kinds letters, digits and '-', days YYYY-MM-DD.",
    Exit.USAGE,
)
PARKED_UNKNOWN = RefusalKind(
    "PARKED-UNKNOWN",
    "No single parked file has the id {id}. `strongroom parked list` shows them.",
    Exit.NOT_FOUND,
)
STATEMENT_UNKNOWN = RefusalKind(
    "STATEMENT-UNKNOWN",
    "No single statement has the id {id}. `strongroom statement list` shows them.",
    Exit.NOT_FOUND,
)

NETWORK_NOT_LISTED = RefusalKind(
    "NETWORK-NOT-LISTED",
    "{network} is not on the allow-list of {login}. `strongroom recipient show {login}` shows it.",
    Exit.NOT_FOUND,
)

# Visits and uploads

LOGIN_REFUSED = RefusalKind("LOGIN-REFUSED", "The login was refused: {cause}.")
STORAGE_AWAY = RefusalKind(
    "STORAGE-AWAY",
    "The file cannot be read just now. Try again in a few minutes.",
    Exit.TRY_AGAIN,
    Audience.RECIPIENT,
)
UPLOAD_BUSY = RefusalKind(
    "UPLOAD-BUSY",
    "Another session is writing this file. Wait for it to end.",
    Exit.TRY_AGAIN,
    Audience.RECIPIENT,
)
UPLOAD_FILES = RefusalKind(
    "UPLOAD-FILES",
    "There are {most} files in /incoming already, which is the most. Remove some.",
    Exit.CANNOT_WRITE,
    Audience.RECIPIENT,
)
UPLOAD_FULL = RefusalKind(
    "UPLOAD-FULL",
    "There is no room left for uploads just now. What arrived is kept; resume later.",
    Exit.CANNOT_WRITE,
    Audience.RECIPIENT,
)
UPLOAD_LARGE = RefusalKind(
    "UPLOAD-LARGE",
    "The file would be larger than the {most} bytes that are free for it.",
    Exit.CANNOT_WRITE,
    Audience.RECIPIENT,
)

# Commands

ATTEMPT_UNKNOWN = RefusalKind(
    "ATTEMPT-UNKNOWN",
    "There is no refused connection with the reference {reference}. Records are kept for 100 "
    "days; `strongroom attempts` shows the newest.",
    Exit.NOT_FOUND,
)
AUDIT_ANCHOR = RefusalKind(
    "AUDIT-ANCHOR",
    "The stored manifest {name} of {login} is not what the firm signed: {why}. Somebody changed "
    "the database. Ask the recipient for the manifest, and stop using this database.",
    Exit.BAD_INPUT,
)
AUDIT_BROKEN = RefusalKind(
    "AUDIT-BROKEN",
    "The audit log is not what was recorded. First bad row: {what}. Keep the database as it is "
    "and compare it with the back-ups and with the manifests that recipients hold.",
    Exit.BAD_INPUT,
)
BACKUP_BUSY = RefusalKind(
    "BACKUP-BUSY",
    "Another back-up is being written to {path}. Wait for it, or name another file.",
    Exit.TRY_AGAIN,
)
BACKUP_DAMAGED = RefusalKind(
    "BACKUP-DAMAGED",
    "{path} cannot be opened: the passphrase is wrong, or the file is damaged or cut off. "
    "Nothing was restored.",
    Exit.BAD_INPUT,
)
BACKUP_FOREIGN = RefusalKind(
    "BACKUP-FOREIGN",
    "{path} is not a back-up that this program can read: {why}. Nothing was restored.",
    Exit.BAD_INPUT,
)
BACKUP_PASSPHRASE = RefusalKind(
    "BACKUP-PASSPHRASE",
    "The passphrase cannot be used: {why}. Type it on a terminal, or use --passphrase-file FILE "
    "or --passphrase-fd N.",
    Exit.USAGE,
)
DEMO_FOREIGN = RefusalKind(
    "DEMO-FOREIGN",
    "{home} is the home of a real Strongroom, not of a demo. Name another with --home, "
    "or unset STRONGROOM_HOME.",
    Exit.CANNOT_WRITE,
)
DEMO_SLOW = RefusalKind(
    "DEMO-SLOW",
    "The demo was not ready after {seconds} seconds; the lines above may say why. Try again.",
    Exit.TRY_AGAIN,
)
FILE_EXISTS = RefusalKind(
    "FILE-EXISTS",
    "{path} is there already and was left as it is. Name another file.",
    Exit.CANNOT_WRITE,
)
RESTORE_TARGET = RefusalKind(
    "RESTORE-TARGET",
    "A back-up is restored into something new, and {what} is not empty. Name a new home with "
    "--home, and a new database or folder with STRONGROOM_DATABASE_URL or "
    "STRONGROOM_STORAGE_FOLDER. Nothing was changed.",
    Exit.CANNOT_WRITE,
)
SERVE_PART = RefusalKind(
    "SERVE-PART", "There is no part {part!r}. The parts are {every}.", Exit.USAGE
)
UPLOAD_DAMAGED = RefusalKind(
    "UPLOAD-DAMAGED",
    "The stored upload {upload} is not what came in: {why}. Restore it from a back-up.",
    Exit.BAD_INPUT,
)
UPLOAD_UNKNOWN = RefusalKind(
    "UPLOAD-UNKNOWN",
    "There is no whole upload {upload}, or the beginning fits several. `strongroom upload list` "
    "shows what there is.",
    Exit.NOT_FOUND,
)
