"""Every setting of the product: its section, name, type, default and meaning.

How they are read from file and environment is in `configuration`. The reference page
docs/operate/configuration.md is made from this file, and a test compares the two.
"""

from dataclasses import dataclass, field
from typing import Any

from strongroom.rules.secret import Secret


def setting(default: Any, meaning: str) -> Any:  # Any: dataclasses type their own `field` so
    """A field with its default and the sentence that documents it."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Firm:
    """[firm] Who sends the statements."""

    name: str = setting(
        "Example Securities", "The firm's name, in manifests, receipts and notices."
    )
    time_zone: str = setting("UTC", "IANA name of the zone whose midnight ends a business day.")
    support: str = setting(
        "",
        "Whom a notice tells the recipient to ask. Empty says `the firm's support desk`, in the "
        "language of the notice.",
    )
    holidays: tuple[str, ...] = setting(
        (), "Dates (YYYY-MM-DD) without statements, beside weekends."
    )
    expected_by: str = setting(
        "",
        "HH:MM in `time_zone` by which a business day's statements are there; recipients' programs "
        "miss them from then on. Empty says nothing.",
    )


@dataclass(frozen=True, slots=True)
class Database:
    """[database] Where the rows live."""

    url: Secret = setting(
        Secret("sqlite:strongroom.sqlite3"),
        "`sqlite:FILE` (relative to the home) or `postgresql://USER:PASSWORD@HOST:PORT/NAME`.",
    )
    wait_seconds: int = setting(20, "How long a statement waits for a locked SQLite database.")


@dataclass(frozen=True, slots=True)
class Storage:
    """[storage] Where the files live."""

    kind: str = setting("local", "`local` for a folder in the home, `s3` for an S3 object store.")
    folder: str = setting("objects", "local: the folder, relative to the home.")
    endpoint: str = setting(
        "", "s3: the address of the object store, empty for the provider's own."
    )
    bucket: str = setting("", "s3: the bucket.")
    prefix: str = setting("", "s3: a prefix of every key, for a bucket that is shared.")
    region: str = setting("us-east-1", "s3: the region.")
    second_write: str = setting(
        "server",
        "s3: who refuses a second write of a key: `server`, or `look-first` where the "
        "server cannot (docs/operate/storage.md).",
    )
    ca_certificates: str = setting("", "s3: a file of certificate authorities to trust instead.")
    access_key: str = setting("", "s3: the access key id.")
    secret_key: Secret = setting(Secret(""), "s3: the secret key.")


@dataclass(frozen=True, slots=True)
class Sftp:
    """[sftp] The SFTP gateway."""

    listen: tuple[str, ...] = setting(
        ("0.0.0.0:32", "[::]:32"), "HOST:PORT to listen on, IPv6 in brackets (DEL-3, DEL-15)."
    )
    trusted_proxies: tuple[str, ...] = setting(
        (), "Networks whose connections begin with a PROXY v2 header; nobody else's is read."
    )
    login_seconds: int = setting(60, "Time to log in before the connection is closed.")
    idle_seconds: int = setting(900, "A session without any request for so long is closed.")
    stalled_seconds: int = setting(120, "A client that does not read its answers is closed then.")
    failed_signatures: int = setting(6, "Failed login tries before the connection is closed.")
    half_open: int = setting(400, "Connections of all sources that have not logged in.")
    half_open_per_source: int = setting(20, "The same of one source (IPv4 address or IPv6 /64).")
    silent: int = setting(2000, "Unanswered connections kept open at a time.")
    sessions_per_recipient: int = setting(16, "Sessions of one recipient at a time.")
    sessions: int = setting(10000, "Sessions in one gateway process at a time.")
    handles: int = setting(64, "Open files and folders of one session.")


@dataclass(frozen=True, slots=True)
class Web:
    """[web] The status page."""

    listen: str = setting(
        "127.0.0.1:8032", "HOST:PORT of the status page; leave it on the loopback."
    )


@dataclass(frozen=True, slots=True)
class Api:
    """[api] Enrolment and questions of recipients over HTTPS."""

    listen: str = setting("", "HOST:PORT to listen on; empty: recipients cannot enrol over HTTPS.")
    url: str = setting(
        "",
        "The base URL that recipients reach it at, without a slash at the end; it goes into "
        "invitations. Empty: https:// and `listen`.",
    )
    certificate: str = setting(
        "",
        "A file with the certificate chain (PEM). Empty: a self-signed one is made in keys/ and "
        "invitations carry its pin. `none`: plain HTTP behind a proxy, on the loopback alone.",
    )
    certificate_key: str = setting("", "The file with the certificate's private key (PEM).")
    trusted_proxies: tuple[str, ...] = setting(
        (), "Networks whose X-Forwarded-For is believed; nobody else's is read."
    )
    sftp: str = setting(
        "",
        "HOST:PORT of the SFTP gateway as recipients reach it. Empty: the host of `url` with the "
        "port of `sftp.listen`.",
    )
    invitation_days: int = setting(7, "So many days an invitation can be used.")


@dataclass(frozen=True, slots=True)
class Portal:
    """[portal] The clients' pages."""

    listen: str = setting("", "HOST:PORT to listen on; empty: there are no pages for clients.")
    url: str = setting(
        "",
        "The address that clients type, such as https://portal.example.com, without a slash at the "
        "end; passkeys are bound to it. Empty: http://localhost and the port of `listen`, for "
        "trying it out on this machine.",
    )
    certificate: str = setting(
        "",
        "A file with the certificate chain (PEM). Empty: plain HTTP, on the loopback alone, behind "
        "a proxy that does TLS.",
    )
    certificate_key: str = setting("", "The file with the certificate's private key (PEM).")
    trusted_proxies: tuple[str, ...] = setting(
        (), "Networks whose X-Forwarded-For is believed; nobody else's is read (LATK-21)."
    )
    clear_files: bool = setting(
        True,
        "Whether statements can be taken in clear, over HTTPS, of accounts whose recipients all "
        "get encrypted copies (DEL-4). Off: such copies are offered alone.",
    )
    threads: int = setting(4, "Threads that answer requests in one process.")
    workers: int = setting(1, "Processes that answer requests.")
    invitation_days: int = setting(7, "So many days an invitation to become a user can be used.")


@dataclass(frozen=True, slots=True)
class Login:
    """[login] How people sign in; section 26 of the requirements is the default."""

    passwords: str = setting(
        "core",
        "`core`: 6 to 40 characters with a letter and a digit. `nist`: 12 to 128, no other rule. "
        "Both refuse common and breached passwords.",
    )
    idle_minutes: int = setting(15, "A session without a request for so long is over.")
    absolute_hours: int = setting(12, "A session is over after so long whatever happens.")
    step_up_minutes: int = setting(5, "How long a fresh factor allows sensitive acts.")
    failures: int = setting(10, "Failed logins in a row that lock (LOGIN-4).")
    failures_hours: int = setting(24, "The lock ends so long after the last failure (LOGIN-4).")
    factor_failures: int = setting(10, "Wrong answers in a row that suspend a factor.")
    trusted_browser_days: int = setting(30, "How long a browser that was trusted is known.")
    restriction_delay_hours: int = setting(
        0, "Address restrictions take effect so much later; 24 is IPR-8's nightly restart."
    )
    roll_back_minutes: int = setting(
        30, "An unconfirmed change of address restrictions is undone after so long."
    )
    private_addresses: bool = setting(
        False, "Let address restrictions name private and loopback addresses, for tests."
    )
    freeze_hours: int = setting(
        72, "High-risk acts wait so long after a change of contact; so long it can be undone."
    )
    cool_down_hours: int = setting(
        24, "High-risk acts wait so long after a factor was added beside a stronger one."
    )
    card_equity_usd: int = setting(500000, "Equity from which a security card can be ordered.")
    no_opt_out: tuple[str, ...] = setting(
        ("HK", "IN"), "Countries (ISO 3166) whose residents cannot opt out (SLS-6)."
    )


@dataclass(frozen=True, slots=True)
class Phones:
    """[phones] Which numbers get codes, and how many (LATK-23)."""

    countries: tuple[str, ...] = setting(
        (), "Countries (ISO 3166) whose numbers are taken; empty: all of them."
    )
    number_hour: int = setting(8, "Codes to one number in an hour.")
    number_day: int = setting(25, "Codes to one number in a day.")
    unverified_day: int = setting(
        5, "Codes to a number that nobody has verified, in a day, over all users."
    )
    block_hour: int = setting(
        12, "Codes to one block of ten thousand numbers in an hour; fraudsters rent whole blocks."
    )
    country_hour: int = setting(500, "Codes to one country in an hour.")


@dataclass(frozen=True, slots=True)
class Mail:
    """[mail] How mails to clients leave."""

    kind: str = setting(
        "",
        "`smtp`, or `console` for development: kept readable in the home. Empty: mails to clients "
        "are not sent, and notices become files in outbox/.",
    )
    host: str = setting("", "smtp: the mail server.")
    port: int = setting(587, "smtp: its port.")
    sender: str = setting("", "smtp: the address that mails come from.")
    protection: str = setting(
        "starttls", "smtp: `starttls`, `tls`, or `none` for a server on the same machine."
    )
    user: str = setting("", "smtp: the user name, empty to send without logging in.")
    password: Secret = setting(Secret(""), "smtp: the password.")
    ca_certificates: str = setting("", "smtp: a file of certificate authorities to trust instead.")
    operators: tuple[str, ...] = setting((), "Addresses that get the operators' notices.")


@dataclass(frozen=True, slots=True)
class Sms:
    """[sms] How codes leave by SMS."""

    kind: str = setting("", "`smpp`, `https`, or `console` for development. Empty: no SMS is sent.")
    origin: str = setting("", "The number or name that messages come from.")
    url: str = setting("", "https: where the provider takes messages.")
    authorization: Secret = setting(
        Secret(""), "https: the whole Authorization header, as `Bearer TOKEN`."
    )
    signing_secret: Secret = setting(Secret(""), "https: what the provider signs its reports with.")
    ca_certificates: str = setting("", "A file of certificate authorities to trust instead.")
    host: str = setting("", "smpp: the carrier's server.")
    port: int = setting(2775, "smpp: its port.")
    system_id: str = setting("", "smpp: our name there.")
    password: Secret = setting(Secret(""), "smpp: our password there.")
    system_type: str = setting("", "smpp: our system type there, where the carrier wants one.")
    tls: bool = setting(True, "smpp: whether the connection is encrypted and verified.")
    fields: tuple[str, ...] = setting(
        ("to={to}", "from={from}", "text={text}", "reference={id}"),
        "https: the members of a request, each NAME=FORM with {to}, {from}, {text} or {id}.",
    )
    id_path: str = setting("id", "https: where an answer names the message, a dotted path.")
    error_path: str = setting("error", "https: where an answer says what is wrong.")
    report_id_path: str = setting("id", "https: where a report names the message.")
    report_status_path: str = setting("status", "https: where a report has its status.")
    report_reason_path: str = setting("reason", "https: where a report says why it failed.")
    delivered: tuple[str, ...] = setting(("delivered",), "https: statuses that mean delivered.")
    passing: tuple[str, ...] = setting(
        ("accepted", "queued", "sent", "buffered"), "https: statuses that say nothing yet."
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """[voice] How codes are read out by telephone."""

    kind: str = setting("", "`https`, or `console` for development. Empty: nobody is called.")
    origin: str = setting("", "The number that calls come from.")
    url: str = setting("", "https: where the provider takes calls.")
    authorization: Secret = setting(
        Secret(""), "https: the whole Authorization header, as `Bearer TOKEN`."
    )
    signing_secret: Secret = setting(
        Secret(""), "https: what the provider signs its call-backs with."
    )
    ca_certificates: str = setting("", "A file of certificate authorities to trust instead.")


@dataclass(frozen=True, slots=True)
class Intake:
    """[intake] How report files come in."""

    names: str = setting(
        "{account}_{kind}_{from}[_{to}].{ext}", "The file-name grammar (RPT-17); [] is optional."
    )
    extensions: tuple[str, ...] = setting(
        ("csv", "txt", "xml", "pdf", "html", "json", "zip"), "Endings that a report may have."
    )
    settle_seconds: float = setting(
        2.0, "A dropped file that nobody writes to and that is so long unchanged is complete."
    )
    sidecar_wait_seconds: float = setting(
        10.0, "How long a file whose name says nothing waits for its sidecar manifest."
    )
    largest_bytes: int = setting(16 * 1024**3, "A larger file is parked.")
    keep_done_days: int = setting(7, "Originals in done/ are removed after so many days.")


@dataclass(frozen=True, slots=True)
class Uploads:
    """[uploads] What recipients send in."""

    quota_bytes: int = setting(
        1024**3, "Room for uploads of one recipient; what is removed counts for a day more."
    )
    largest_bytes: int = setting(256 * 1024**2, "The largest single upload.")
    files: int = setting(
        1000, "Files of one recipient in /incoming; what is removed counts for a day more."
    )
    part_days: int = setting(7, "An unfinished upload can be resumed for so many days.")


@dataclass(frozen=True, slots=True)
class Retention:
    """[retention] How long statements stay."""

    days: int = setting(100, "Statements are removed after so many days (DEL-11, SFTP-8).")
    notice_days: int = setting(7, "So many days before, the recipient is told.")
    unfetched_alarm_days: tuple[int, ...] = setting(
        (1, 7, 30), "Days without a fetch after which the firm and the recipient are told."
    )


@dataclass(frozen=True, slots=True)
class Manifests:
    """[manifests] The signed daily list."""

    settle_seconds: float = setting(
        2.0, "A manifest follows when nothing more waits for the recipient for so long."
    )
    nothing_today: bool = setting(True, "Issue a manifest on days without a statement too.")


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """[key_desk] Rules for recipients' keys."""

    four_eyes: bool = setting(
        False, "Refuse an approval by the operator who submitted the key (ATK-40)."
    )
    keys_per_recipient: int = setting(4, "Keys of one recipient that are pending or in use.")
    life_days: int = setting(0, "Keys end so many days after approval; 0 means they do not.")
    automatic_approval: bool = setting(
        False,
        "Approve what comes with an invitation that was made with --automatic at once: the keys, "
        "and the address it came from.",
    )
    automatic_rotation: bool = setting(
        False, "Approve a new key at once that the old key signed for."
    )
    private_addresses: bool = setting(
        False, "Let allow-lists name private and loopback addresses, for tests and branch offices."
    )


@dataclass(frozen=True, slots=True)
class Pgp:
    """[pgp] Encryption of statements."""

    workers: int = setting(2, "Encryption processes of one worker.")
    time_limit_seconds: float = setting(60.0, "Time for one file up to 64 MiB; more pro rata.")


@dataclass(frozen=True, slots=True)
class Worker:
    """[worker] The process that moves statements along."""

    poll_seconds: float = setting(0.5, "How often it looks for work when idle.")
    lease_seconds: int = setting(120, "A killed worker's work is free again after so long.")
    batch: int = setting(100, "Rows that one transaction moves along.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections; one frozen value, read once."""

    firm: Firm = field(default_factory=Firm)
    database: Database = field(default_factory=Database)
    storage: Storage = field(default_factory=Storage)
    sftp: Sftp = field(default_factory=Sftp)
    web: Web = field(default_factory=Web)
    api: Api = field(default_factory=Api)
    portal: Portal = field(default_factory=Portal)
    login: Login = field(default_factory=Login)
    phones: Phones = field(default_factory=Phones)
    mail: Mail = field(default_factory=Mail)
    sms: Sms = field(default_factory=Sms)
    voice: Voice = field(default_factory=Voice)
    intake: Intake = field(default_factory=Intake)
    uploads: Uploads = field(default_factory=Uploads)
    retention: Retention = field(default_factory=Retention)
    manifests: Manifests = field(default_factory=Manifests)
    key_desk: KeyDesk = field(default_factory=KeyDesk)
    pgp: Pgp = field(default_factory=Pgp)
    worker: Worker = field(default_factory=Worker)
