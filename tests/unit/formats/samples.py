"""Valid documents of every kind, fixed and drawn; the tests break them in their own ways."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from hypothesis import strategies as st
from strongroom_formats.audit_record import AuditHead, AuditRecord, StoredRow, chain_hash
from strongroom_formats.canonical_json import MOST_INTEGER, loads
from strongroom_formats.document_fields import NO_SHA256
from strongroom_formats.manifest import Encryption, Manifest, ManifestEntry
from strongroom_formats.one_line import is_clean
from strongroom_formats.receipt import Receipt

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def entry(number: int = 1) -> ManifestEntry:
    return ManifestEntry(
        number=number,
        statement_id=uuid(number),
        account="U1234567",
        kind="Activity",
        period_from=date(2026, 11, 21),
        period_to=date(2026, 11, 21),
        revision=1,
        replaces=None,
        name=f"U1234567_Activity_{number}.csv.pgp",
        size=5120,
        sha256=digest(f"delivered {number}"),
        content_size=4096,
        content_sha256=digest(f"clear {number}"),
        encryption=Encryption.OPENPGP,
        published_at=NOON,
        removed_on=date(2027, 3, 2),
    )


def manifest(*numbers: int) -> Manifest:
    """The first manifest of a recipient, with these copies."""
    return Manifest(
        firm="Example Brokers",
        recipient="pinetree",
        date=DAY,
        edition=1,
        number=1,
        previous_sha256=NO_SHA256,
        made_at=NOON,
        entries=tuple(entry(number) for number in numbers),
        nothing_today=not numbers,
        reason=None,
        audit_head=AuditHead(40, digest("audit")),
    )


def following(data: bytes, days: int, *numbers: int) -> Manifest:
    """The manifest after `data`, so many days later; 0 days make the day's next edition."""
    before = Manifest.from_bytes(data)
    repeated = () if days else before.entries
    entries = (*repeated, *(entry(number) for number in numbers))
    return replace(
        before,
        date=before.date + timedelta(days=days),
        edition=1 if days else before.edition + 1,
        number=before.number + 1,
        previous_sha256=sha256(data).hexdigest(),
        entries=entries,
        nothing_today=not entries,
        audit_head=AuditHead(before.audit_head.seq + 1, digest(f"audit {before.number}")),
    )


def receipt() -> Receipt:
    return Receipt(
        id=uuid(7),
        firm="Example Brokers",
        recipient="pinetree",
        statement_id=uuid(1),
        revision=1,
        name="U1234567_Activity_1.csv.pgp",
        size=5120,
        sha256=digest("delivered 1"),
        fetched_at=NOON + timedelta(seconds=3),
        opened_at=NOON,
        gateway="sftp",
        address="192.0.2.7",
        key_fingerprint="SHA256:" + "A" * 43,
        client="SSH-2.0-OpenSSH_9.2",
        visit=uuid(9),
    )


def record(seq: int) -> AuditRecord:
    return AuditRecord(
        seq=seq,
        at=NOON + timedelta(seconds=seq),
        actor="operator alice",
        verb="key.approved",
        subject="recipient pinetree",
        data={"fingerprint": f"key {seq}", "count": seq, "hosts": ["192.0.2.7", None, True]},
    )


def trail(*seqs: int) -> list[StoredRow]:
    """The rows of a log of these records, chained in this order."""
    rows: list[StoredRow] = []
    previous = bytes(32)
    for seq in seqs:
        previous = chain_hash(previous, record(seq))
        found = loads(record(seq).to_bytes(), 10_000)
        assert isinstance(found, dict)
        rows.append((found, previous))
    return rows


def clean(most: int, least: int = 1) -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=["Cs", "Cc"]).filter(is_clean)
    return st.text(letters, min_size=least, max_size=most)


MOMENTS = st.datetimes(
    NOON.replace(year=2, tzinfo=None),
    NOON.replace(year=9998, tzinfo=None),
    timezones=st.timezones(),
).map(lambda at: at.astimezone(UTC))
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
UUIDS = st.uuids().map(str)
WHOLES = st.integers(0, MOST_INTEGER)
FILE_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,40}[A-Za-z0-9]", fullmatch=True)


@st.composite
def entries(draw: st.DrawFn, number: int) -> ManifestEntry:
    """Any valid entry with this number; its name and statement hold the number."""
    first, last = sorted((draw(st.dates()), draw(st.dates())))
    revision = draw(st.integers(1, 9999))
    encryption = draw(st.sampled_from(Encryption))
    content = (draw(WHOLES), digest(draw(clean(5))))
    delivered = (draw(WHOLES), digest(draw(clean(5)) + "encrypted"))
    size, sha = content if encryption is Encryption.NONE else delivered
    return ManifestEntry(
        number=number,
        statement_id=uuid(number),
        account=draw(clean(40)),
        kind=draw(clean(60)),
        period_from=first,
        period_to=last,
        revision=revision,
        replaces=None if revision == 1 else draw(st.none() | UUIDS),
        name=f"{number}{draw(FILE_NAMES)}",
        size=size,
        sha256=sha,
        content_size=content[0],
        content_sha256=content[1],
        encryption=encryption,
        published_at=draw(MOMENTS),
        removed_on=draw(st.dates()),
    )


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Any valid manifest."""
    numbers = sorted(draw(st.sets(st.integers(1, 10**11), max_size=4)))
    number = draw(st.integers(1, MOST_INTEGER))
    return Manifest(
        firm=draw(clean(200)),
        recipient=draw(clean(64)),
        date=draw(st.dates()),
        edition=draw(st.integers(1, 9999)),
        number=number,
        previous_sha256=NO_SHA256 if number == 1 else draw(DIGESTS.filter(NO_SHA256.__ne__)),
        made_at=draw(MOMENTS),
        entries=tuple(draw(entries(copy)) for copy in numbers),
        nothing_today=not numbers,
        reason=None if numbers else draw(st.none() | clean(200)),
        audit_head=AuditHead(draw(WHOLES), draw(DIGESTS)),
    )


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    """Any valid receipt."""
    return Receipt(
        id=draw(UUIDS),
        firm=draw(clean(200)),
        recipient=draw(clean(64)),
        statement_id=draw(UUIDS),
        revision=draw(st.integers(1, 9999)),
        name=draw(FILE_NAMES),
        size=draw(WHOLES),
        sha256=draw(DIGESTS),
        fetched_at=draw(MOMENTS),
        opened_at=draw(MOMENTS),
        gateway=draw(st.sampled_from(["sftp", "ftp", "portal"])),
        address=str(draw(st.ip_addresses())),
        key_fingerprint=draw(
            st.none() | st.from_regex(r"SHA256:[A-Za-z0-9+/]{43}", fullmatch=True)
        ),
        client=draw(st.none() | clean(200)),
        visit=draw(UUIDS),
    )


SCALARS = st.none() | st.booleans() | st.integers(-MOST_INTEGER, MOST_INTEGER)
DATA = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    SCALARS | clean(80, least=0) | st.lists(SCALARS | clean(20, least=0), max_size=4),
    max_size=4,
)


@st.composite
def records(draw: st.DrawFn, seq: int = 1) -> AuditRecord:
    """Any valid record with this number."""
    return AuditRecord(
        seq=seq,
        at=draw(MOMENTS),
        actor=draw(clean(100)),
        verb=draw(st.sampled_from(["key.approved", "copy_fetched", "visit-ended"])),
        subject=draw(clean(200)),
        data=draw(DATA),
    )
