"""The enrolment mail holds one public key, the last digits and the addresses, nothing private."""

import email
import email.policy
import re
import shlex
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner
from strongbox.commands.main import strongbox
from strongbox.enrolment import mail
from strongbox.enrolment.mail import Request, public_half
from strongbox.keys.files import write_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import KeyFormat
from strongbox.keys.writing import public_line, public_rfc4716, write_private
from strongbox.refusal import Exit, Refused
from strongroom_formats.private_material import find_private

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KEY = make_key(NewKind.ED25519, "me@here")


def ask() -> bytes:
    """The passphrase of the locked keys here."""
    return b"word"


def read(data: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def written(account: str = "U1234567", *addresses: str, to: str = "") -> EmailMessage:
    """The mail for one request."""
    given = addresses or ("8.8.8.8",)
    return read(mail.mail(Request(account, KEY.public, given, to, ""), at=NOW))


@pytest.mark.req("KEY-8", "KEY-10", "KEY-12", "KEY-9")
def test_the_mail_has_what_a_firm_asks_for_and_nothing_else() -> None:
    message = written("U1234567", "8.8.8.8", "2001:4860:4860::8888", to="keys@firm.example")
    assert "4567" in message["Subject"]
    assert "U1234567" not in message.as_string()
    assert message["To"] == "keys@firm.example"
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "public.key"
    assert attached.get_content().splitlines() == [KEY.public.openssh_line()]
    body = message.get_body()
    assert body is not None
    assert "8.8.8.8, 2001:4860:4860::8888" in body.get_content()
    assert KEY.public.words in body.get_content()


def test_the_mail_is_written_in_japanese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "say", lambda text, /, **facts: f"口座 {facts.get('digits')}")
    message = written()
    assert message["Subject"] == "口座 4567"
    assert b"=?utf-8?" in message.as_bytes()
    body = message.get_body()
    assert body is not None
    assert "口座" in body.get_content()


@pytest.mark.parametrize("account", ["", "U12", "U123456X", "1234\r\nBcc: x", "٣٤٥٦", "U" * 40])
def test_an_account_without_four_last_digits_is_refused(account: str) -> None:
    with pytest.raises(Refused) as caught:
        written(account)
    assert (caught.value.code, caught.value.kind.exit) == ("REQUEST-ACCOUNT", Exit.USAGE)


@pytest.mark.parametrize(
    "address", ["", "10.0.0.1", "192.168.1.7", "127.0.0.1", "fe80::1", "224.0.0.1", "firm.example"]
)
def test_an_address_that_the_internet_does_not_see_is_refused(address: str) -> None:
    with pytest.raises(Refused) as caught:
        written("U1234567", address)
    assert caught.value.code == "REQUEST-ADDRESS"


@pytest.mark.parametrize("to", ["nobody", "a@b\r\nBcc: c@d", "a b@c", "<a@b>", "a@b, c@d"])
def test_a_mail_address_cannot_bring_headers_along(to: str) -> None:
    with pytest.raises(Refused) as caught:
        written(to=to)
    assert caught.value.code == "REQUEST-MAILBOX"


PRIVATE = {
    form: write_private(KEY, form, lock)
    for form, lock in (
        (KeyFormat.OPENSSH, None),
        (KeyFormat.OPENSSH, b"word"),
        (KeyFormat.PPK3, b"word"),
        (KeyFormat.PKCS8, None),
        (KeyFormat.PKCS8, b"word"),
    )
}
PUBLIC = {
    "line": public_line(KEY.public, "a comment").encode(),
    "bare": KEY.public.openssh_line().encode(),
    "windows": b"\xef\xbb\xbf" + public_line(KEY.public, "x").replace("\n", "\r\n").encode(),
    "utf-16": public_line(KEY.public, "x").encode("utf-16"),
    "rfc4716": public_rfc4716(KEY.public, "a comment").encode(),
}


@pytest.mark.req("KEY-6", "KEY-7")
@pytest.mark.parametrize(
    "data",
    [*PRIVATE.values(), *PUBLIC.values()],
    ids=[*(f"{form.value}-{number}" for number, form in enumerate(PRIVATE)), *PUBLIC],
)
def test_of_every_file_the_public_half_alone_is_taken(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key_file(path, data)
    key = public_half(path, ask)
    assert key == KEY.public
    made = mail.mail(Request("U1234567", key, ("8.8.8.8",), "", ""), at=NOW)
    assert list(find_private(made)) == []


@pytest.mark.parametrize("data", [b"", b"hello", b"ssh-rsa AAAA", PUBLIC["line"] * 2])
def test_what_is_no_key_makes_no_mail(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key_file(path, data)
    with pytest.raises(Refused) as caught:
        public_half(path, ask)
    assert caught.value.kind.exit is Exit.DAMAGED


def test_the_command_writes_a_file_and_never_over_another(tmp_path: Path) -> None:
    write_key_file(tmp_path / "key", PRIVATE[KeyFormat.PPK3])
    write_key_file(tmp_path / "word", b"word\n")
    words = ["--box", str(tmp_path / "box"), "request", "--account", "U7654321"]
    words += ["--key", str(tmp_path / "key"), "--passphrase-from", f"file:{tmp_path / 'word'}"]
    words += ["--address", "8.8.8.8", "-o", str(tmp_path / "mail.eml")]
    done = CliRunner().invoke(strongbox, words)
    assert done.exit_code == 0, done.output
    assert KEY.public.fingerprint_sha256 in done.output
    message = read((tmp_path / "mail.eml").read_bytes())
    assert "4321" in message["Subject"]
    again = CliRunner().invoke(strongbox, words)
    assert again.exit_code == Exit.CANNOT_WRITE
    assert "REQUEST-FILE" in again.output


def test_the_line_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = Path("docs/recipients/enrolment.md").read_text("utf-8")
    [line] = re.findall(r"^strongbox (request .*?[^\\])$", guide, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    write_key_file(Path("privatekey.ppk"), write_private(KEY, KeyFormat.PPK3, None))
    done = CliRunner().invoke(strongbox, shlex.split(line.replace("\\\n", " ")))
    assert done.exit_code == 0, done.output
    message = read(Path("request.eml").read_bytes())
    assert (message["To"], "4567" in message["Subject"]) == ("keys@firm.example", True)
