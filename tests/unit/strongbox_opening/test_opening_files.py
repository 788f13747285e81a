"""Opening files that Strongroom and others sent: verified, unsigned, in clear, or refused."""

import hashlib
import threading
from pathlib import Path

import pysequoia
import pytest
from strongbox.opening.opener import Keyring, Opener, Verdict, is_openpgp, open_file
from strongbox.refusal import Exit, Refused

from tests.unit.strongbox_opening.conftest import (
    CLEAR,
    PASSPHRASE,
    Gpg,
    Open,
    People,
    Refuse,
    certificate,
    generated,
    keyring_of,
)


@pytest.mark.req("MAIL-1")
def test_a_file_that_the_firm_signed_opens_and_is_called_verified(
    people: People, opened: Open
) -> None:
    found, clear = opened(people.sent())
    assert clear == CLEAR
    assert found.verdict is Verdict.VERIFIED
    assert found.signer == people.firm.extract_certificate().fingerprint.upper()
    assert (found.size, found.sha256) == (len(CLEAR), hashlib.sha256(CLEAR).hexdigest())


def test_an_armoured_file_opens_like_a_binary_one(people: People, opened: Open) -> None:
    text = pysequoia.armor(people.sent(), pysequoia.ArmorKind.Message)
    for form in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        found, clear = opened(form.encode())
        assert (found.verdict, clear) == (Verdict.VERIFIED, CLEAR)


def test_an_empty_statement_opens(people: People, opened: Open) -> None:
    assert opened(people.sent(b""))[1] == b""


def test_what_nobody_signed_is_refused(people: People, refused: Refuse) -> None:
    error = refused(people.sent(signer=None))
    assert (error.code, error.kind.exit) == ("OPEN-UNSIGNED", Exit.DAMAGED)


def test_what_nobody_signed_opens_only_with_a_mark_and_if_the_profile_says_so(
    people: People, opened: Open
) -> None:
    found, clear = opened(people.sent(signer=None), is_signature_needed=False)
    assert (found.verdict, found.signer, clear) == (Verdict.UNSIGNED, None, CLEAR)


@pytest.mark.parametrize("is_signature_needed", [True, False])
def test_what_somebody_else_signed_is_refused_and_the_key_named(
    people: People, refused: Refuse, is_signature_needed: bool
) -> None:
    error = refused(people.sent(signer="other"), is_signature_needed=is_signature_needed)
    assert error.code == "OPEN-OTHER-SIGNER"
    assert people.firm.extract_certificate().fingerprint.upper() in str(error)


def test_without_the_firms_certificate_no_signature_is_taken_on_trust(
    people: People, opened: Open, refused: Refuse
) -> None:
    assert refused(people.sent(), sender=None).code == "OPEN-SENDER-UNKNOWN"
    found, _ = opened(people.sent(), sender=None, is_signature_needed=False)
    assert found.verdict is Verdict.UNSIGNED


def test_a_file_for_another_key_names_the_key_that_is_missing(
    people: People, refused: Refuse
) -> None:
    stranger = generated("Stranger <s@example.com>")
    message = people.sent(to=certificate(stranger))
    error = refused(message)
    assert (error.code, error.kind.exit) == ("OPEN-KEY-MISSING", Exit.CONFIGURATION)
    assert message[4:12].hex().upper() in str(error) or message[5:13].hex().upper() in str(error)


def test_a_wrong_passphrase_is_called_wrong_or_damaged(people: People, refused: Refuse) -> None:
    error = refused(people.sent(), ask=lambda: b"not this")
    assert (error.code, error.kind.exit) == ("OPEN-PASSPHRASE", Exit.CONFIGURATION)
    assert "wrong" in str(error)
    assert "damaged" in str(error)


def test_an_expired_certificate_of_the_firm_is_refused(people: People, refused: Refuse) -> None:
    words = ("--faked-system-time", "20200101T000000", "--quick-gen-key")
    unlocked = Gpg(people.gpg.home, passphrase="")
    unlocked(*words, "old@example.com", "future-default", "default", "2020-02-01")
    expired = people.gpg("--export", "old@example.com")
    assert refused(people.sent(), sender=expired).code == "OPEN-SENDER-EXPIRED"


def test_a_revoked_certificate_of_the_firm_is_refused(people: People, refused: Refuse) -> None:
    firm = generated("Gone <gone@example.com>")
    public = firm.extract_certificate()
    revocation = bytes(public.revoke(firm.certifier()))
    revoked = pysequoia.Cert.from_bytes(bytes(public) + revocation)
    error = refused(people.sent(signer=firm), sender=bytes(revoked))
    assert error.code == "OPEN-SENDER-REVOKED"


@pytest.mark.parametrize("sender", [b"", b"no certificate", b"\x99\x00\x01"])
def test_a_certificate_that_is_none_is_refused(
    people: People, refused: Refuse, sender: bytes
) -> None:
    assert refused(people.sent(), sender=sender).code == "OPEN-SENDER-BROKEN"


def test_a_key_file_that_is_none_is_refused(
    people: People, refused: Refuse, tmp_path: Path
) -> None:
    for content in (b"", b"no key", people.secret.read_bytes()[:700], people.me):
        path = tmp_path / "key"
        path.write_bytes(content)
        assert refused(people.sent(), secret_keys=(path,)).code == "OPEN-KEY-FILE"


@pytest.mark.parametrize("is_signature_needed", [True, False])
def test_clear_text_from_a_firm_that_encrypts_is_refused(
    people: People, refused: Refuse, is_signature_needed: bool
) -> None:
    error = refused(CLEAR, is_signature_needed=is_signature_needed)
    assert (error.code, error.kind.exit) == ("OPEN-NOT-OPENPGP", Exit.DAMAGED)


def test_clear_text_from_a_firm_that_does_not_encrypt_is_called_clear(
    people: People, opened: Open
) -> None:
    found, clear = opened(CLEAR, sender=None, secret_keys=())
    assert (found.verdict, found.signer, clear) == (Verdict.CLEAR, None, CLEAR)


def test_a_target_that_exists_is_left_as_it_is(people: People, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(people.sent())
    target.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        open_file(source, target, keyring_of(people))
    assert target.read_bytes() == b"precious"


def test_the_passphrase_is_asked_for_once_for_many_files_and_never_without_need(
    people: People, tmp_path: Path
) -> None:
    asked: list[int] = []

    def ask() -> bytes:
        asked.append(1)
        return PASSPHRASE.encode()

    (tmp_path / "clear").write_bytes(CLEAR)
    (tmp_path / "in").write_bytes(people.sent())
    with Opener(keyring_of(people, ask=ask)) as opener:
        with pytest.raises(Refused):
            opener.open(tmp_path / "clear", tmp_path / "none")
        assert asked == []
        failed: list[BaseException] = []

        def work(number: int) -> None:
            try:
                found = opener.open(tmp_path / "in", tmp_path / f"out{number}")
                assert found.verdict is Verdict.VERIFIED
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failed.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        opener.open(tmp_path / "in", tmp_path / "last")
    assert asked == [1]


def test_what_the_passphrase_source_refuses_comes_through(people: People, tmp_path: Path) -> None:
    def ask() -> bytes:
        raise KeyboardInterrupt

    (tmp_path / "in").write_bytes(people.sent())
    with pytest.raises(KeyboardInterrupt):
        open_file(tmp_path / "in", tmp_path / "out", keyring_of(people, ask=ask))
    assert not (tmp_path / "out").exists()


def test_neither_passphrase_nor_keys_are_shown_by_a_keyring(people: People) -> None:
    keyring = Keyring((), None, is_signature_needed=True, ask=PASSPHRASE.encode)
    assert PASSPHRASE not in repr(keyring)


@pytest.mark.parametrize(
    "head",
    [b"", b"a", CLEAR, b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08\x00", b"\xef\xbb\xbfDate,",
     b"\xff\xfeD\x00", b"\xfe\xff\x00D", "日付,金額".encode("cp932"), "日付,金額".encode(),
     "Ärger".encode("cp1252"), b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
)  # fmt: skip
def test_no_other_kind_of_file_is_taken_for_an_encrypted_one(head: bytes) -> None:
    assert not is_openpgp(head)


def test_encrypted_files_are_known_by_their_first_bytes(people: People) -> None:
    for message in (people.sent(), people.sent_by_gpg(), people.sent_by_gpg("--armor")):
        assert is_openpgp(message[:64])
