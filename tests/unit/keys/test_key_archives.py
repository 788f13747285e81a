"""Archives and mail are looked through within bounds, and are never taken as a key file."""

import gzip
import io
import os
import random
import time
import zipfile
import zlib
from email.message import EmailMessage

import pytest
from strongroom.rules.key_archives import (
    MOST_LAYERS,
    SUBMISSION_LIMIT,
    layers,
    wrapping_of,
)
from strongroom.rules.key_intake import read_submission, refuse_private_material
from strongroom.rules.key_views import Unsearchable
from strongroom.rules.refusals import Refused

MARKER = b"-----BEGIN OPENSSH PRIVATE KEY-----"
SECONDS = 8
"""Far more than any of these takes on a quiet machine (below 1), and far less than for ever."""


def in_zip(*contents: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"file-{number}", content)
    return file.getvalue()


def code_of(data: bytes) -> str:
    started = time.monotonic()
    with pytest.raises(Refused) as caught:
        read_submission(data, file_name="x")
    assert time.monotonic() - started < SECONDS
    return caught.value.code


def locked(archive: bytes) -> bytes:
    """Set the flag of encryption in the local header and in the directory (APPNOTE 4.4.4)."""
    changed = bytearray(archive)
    changed[6] |= 1
    changed[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


@pytest.mark.req("KEY-8")
@pytest.mark.parametrize("wrap", [in_zip, gzip.compress])
def test_an_archive_with_nothing_but_the_public_key_is_refused_kindly(rsa_line, wrap) -> None:
    with pytest.raises(Refused) as caught:
        read_submission(wrap(rsa_line), file_name="key.zip")
    assert caught.value.code == "KEY-WRAPPED"
    assert "Only the public key file may be attached" in str(caught.value)


@pytest.mark.req("KEY-8")
def test_a_mail_is_no_key_file_but_passes_the_search(rsa_line: bytes) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "me@example.com", "Key for 4567"
    message.set_content("My key is attached.\nJohn")
    message.add_attachment(
        rsa_line, maintype="text", subtype="plain; charset=us-ascii", filename="k"
    )
    message.add_attachment(
        random.Random(1).randbytes(500_000), maintype="image", subtype="jpeg", filename="logo.jpg"
    )
    refuse_private_material(message.as_bytes())
    assert wrapping_of(message.as_bytes()) == "mail message"
    assert code_of(message.as_bytes()) == "KEY-WRAPPED"


@pytest.mark.parametrize(
    "magic", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_an_archive_that_cannot_be_opened_is_refused_as_unsearchable(magic: bytes) -> None:
    assert code_of(magic + bytes(100)) == "KEY-UNSEARCHABLE"
    assert code_of(in_zip(magic + bytes(100))) == "KEY-UNSEARCHABLE"
    assert wrapping_of(magic) is not None


@pytest.mark.req("ATK-37")
@pytest.mark.parametrize(
    "archive",
    [
        locked(in_zip(b"who knows")),
        in_zip(b"who knows", method=zipfile.ZIP_BZIP2),
        in_zip(b"who knows", method=zipfile.ZIP_LZMA),
        in_zip(b"who knows" * 100)[:-40],
        b"PK\x05\x06" + bytes(18),
        gzip.compress(os.urandom(1000))[:-100],
        gzip.compress(b"hello")[:-6] + b"wrong!",
        b"\x1f\x8b\x08" + bytes(20),
        b"BZh9" + bytes(20),
        b"\xfd7zXZ\0" + bytes(20),
        b"".join(gzip.compress(b"") for _ in range(MOST_LAYERS + 1)),
    ],
    ids=range(11),
)
def test_what_stays_closed_is_refused_since_a_private_key_may_be_in_it(archive: bytes) -> None:
    assert code_of(archive) in {"KEY-UNSEARCHABLE", "KEY-WRAPPED"}
    if archive != b"PK\x05\x06" + bytes(18):
        assert code_of(archive) == "KEY-UNSEARCHABLE"


@pytest.mark.req("ATK-37")
@pytest.mark.parametrize(
    "bomb",
    [
        lambda: in_zip(bytes(50_000_000)),
        lambda: gzip.compress(bytes(50_000_000)),
        lambda: gzip.compress(gzip.compress(bytes(50_000_000))),
        lambda: in_zip(*[b"x%d" % number for number in range(MOST_LAYERS + 1)]),
        lambda: in_zip(*[bytes(1_000_000) + b"%d" % number for number in range(100)]),
    ],
    ids=["zip", "gzip", "gzip in gzip", "many files", "many large files"],
)
def test_a_bomb_is_refused_before_it_goes_off(bomb) -> None:
    assert code_of(bomb()) == "KEY-UNSEARCHABLE"


def test_an_archive_packed_too_often_is_refused(rsa_line: bytes) -> None:
    deep = rsa_line
    for _ in range(10):
        deep = in_zip(deep)
    assert code_of(deep) == "KEY-UNSEARCHABLE"


@pytest.mark.req("KEY-7")
def test_what_can_be_seen_counts_even_where_another_part_stays_closed() -> None:
    both = in_zip(MARKER, b"Rar!\x1a\x07\x01\0", bytes(50_000_000))
    assert code_of(both) == "E-KEYREG-1"


def test_layers_are_bounded_in_bytes_whatever_is_sent() -> None:
    seen: list[bytes] = []
    with pytest.raises(Unsearchable):
        seen.extend(layers(gzip.compress(bytes(100_000_000))))
    assert sum(map(len, seen)) < 5 * SUBMISSION_LIMIT


def tar_header(size_field: bytes) -> bytes:
    header = bytearray(512)
    header[:4] = b"file"
    header[124:136] = size_field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def test_a_tar_archive_whose_sizes_cannot_be_read_is_refused() -> None:
    assert code_of(tar_header(b"\x80" + bytes(11)) + bytes(1024)) == "KEY-UNSEARCHABLE"


def test_a_tar_archive_that_is_cut_off_is_searched_to_its_end() -> None:
    assert code_of(tar_header(b"00000100000\0") + MARKER.replace(b"-", b"\0-")) == "E-KEYREG-1"
    assert code_of(tar_header(b"00000100000\0") + b"hello") == "KEY-WRAPPED"


MEGABYTES = SUBMISSION_LIMIT
DENSE = {
    "zeros": bytes(MEGABYTES),
    "one line of base64": b"A" * MEGABYTES,
    "short lines": b"A\n" * (MEGABYTES // 2),
    "many runs": (b"A" * 60 + b" ") * (MEGABYTES // 61),
    "many starts": b"AAAAB3NzaC1yc2E " * (MEGABYTES // 16),
    "braces": b'"kty":"' + b"{" * (MEGABYTES - 8),
    "open angles": b"</" + b"<" * (MEGABYTES - 2),
    "entities": b"</" + b"&#45;" * (MEGABYTES // 5 - 1),
    "quotes": b" > " * (MEGABYTES // 3),
    "begins": b"-BEGIN" * (MEGABYTES // 6),
    "OpenPGP": b"\x94\xff\x04time\x01\x08\0" * (MEGABYTES // 10),
    "RSA": b"\x30\x82aa\x02\x01\0\x02\x82" * (MEGABYTES // 9),
    "EC": b"\x30\x82aa\x02\x01\x01\x04\x20" * (MEGABYTES // 9),
    "tar headers": tar_header(b"00000000000\0") * (MEGABYTES // 512),
    "quoted-printable": b"=3D" * (MEGABYTES // 3),
    "options": b'a="' * 20_000 + b" AAAAB3NzaC1yc2EAAAADAQAB",
    "continued headers": b"---- BEGIN SSH2 PUBLIC KEY ----\n" + b"a:\\\n" * 12_000,
    "begin lines": b"-----BEGIN A-----\n" * 3_600,
    "random": random.Random(1).randbytes(MEGABYTES),
}


@pytest.mark.req("ATK-37")
@pytest.mark.parametrize("kind", DENSE)
def test_no_submission_keeps_the_desk_busy_for_long(kind: str) -> None:
    assert code_of(DENSE[kind]).startswith(("KEY-", "E-KEYREG-1"))


def test_a_picture_or_a_compressed_file_is_not_taken_for_a_private_key() -> None:
    chance = random.Random(7)
    for _ in range(20):
        refuse_private_material(chance.randbytes(200_000))
        refuse_private_material(zlib.compress(chance.randbytes(50_000)))
