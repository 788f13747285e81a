"""Every format of private keys is read, looked at without its passphrase, and bounded in cost."""

import base64
import codecs
import sys
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, x25519
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    generate_private_key,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from strongbox.keys import openssh
from strongbox.keys.reading import FILE_MOST, KeyFormat, look, read_private
from strongbox.keys.writing import public_line, public_rfc4716, write_private
from strongbox.refusal import Exit, Refused
from strongroom_formats.ppk import PpkLock, write_ppk
from strongroom_formats.ppk_numbers import public_of
from strongroom_formats.ssh_wire import wire_string

from tests.unit.strongbox_keys.key_makers import (
    KINDS,
    PASSPHRASE,
    key,
    make,
    never,
    numbers,
    private,
)

LOCKABLE = (KeyFormat.OPENSSH, KeyFormat.PKCS8, KeyFormat.PKCS8_DER, KeyFormat.PPK2, KeyFormat.PPK3)
SHOWN = (KeyFormat.OPENSSH, KeyFormat.PPK2, KeyFormat.PPK3)


def refused(data: bytes, ask: Callable[[], bytes] = never) -> Refused:
    """Why a key is not read."""
    with pytest.raises(Refused) as caught:
        read_private(data, ask)
    assert str(caught.value)
    return caught.value


def plain(form: KeyFormat, kind: str = "ed25519") -> bytes:
    """An unlocked file."""
    return write_private(key(kind), form, None)


def forms_of(kind: str) -> list[KeyFormat]:
    """The formats that have a place for a kind of key."""
    if kind.startswith("rsa"):
        return [form for form in KeyFormat if not form.startswith("sec1")]
    if kind.startswith("ecdsa"):
        return [form for form in KeyFormat if not form.startswith("pkcs1")]
    return list(LOCKABLE)


@pytest.mark.parametrize(
    ("kind", "form"), [(kind, form) for kind in KINDS for form in forms_of(kind)]
)
def test_an_unlocked_key_of_every_format_is_read_and_nobody_is_asked(
    kind: str, form: KeyFormat
) -> None:
    data = plain(form, kind)
    face, opened = look(data), read_private(data, never)
    assert (face.format, face.is_locked) == (form, False)
    assert (opened.format, opened.was_locked) == (form, False)
    assert numbers(opened.private) == numbers(private(kind))
    assert face.public == opened.public == key(kind).public
    has_comment = form in SHOWN
    assert face.comment == opened.comment == ("desk of acme" if has_comment else "")


@pytest.mark.parametrize("form", LOCKABLE)
@pytest.mark.parametrize("kind", ["rsa-2048", "ed25519", "ecdsa-384"])
def test_a_locked_key_opens_with_its_passphrase_and_shows_what_its_format_shows(
    kind: str, form: KeyFormat
) -> None:
    asked: list[int] = []

    def ask() -> bytes:
        asked.append(1)
        return PASSPHRASE

    data = write_private(key(kind), form, PASSPHRASE)
    face = look(data)
    assert (face.format, face.is_locked) == (form, True)
    assert face.public == (key(kind).public if form in SHOWN else None)
    opened = read_private(data, ask)
    assert opened.was_locked
    assert numbers(opened.private) == numbers(private(kind))
    assert len(asked) == 1


@pytest.mark.req("KEY-15")
@pytest.mark.parametrize("form", LOCKABLE)
def test_a_wrong_passphrase_is_called_wrong_or_damaged(form: KeyFormat) -> None:
    data = write_private(key("ed25519"), form, PASSPHRASE)
    refusal = refused(data, lambda: b"wrong")
    assert (refusal.code, refusal.kind.exit) == ("KEY-PASSPHRASE", Exit.REFUSED)
    assert "wrong or the file is damaged" in str(refusal)
    assert "cannot be recovered" in str(refusal)
    assert refused(data, lambda: b"").code == "KEY-LOCKED"


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "latin-1", "cp932"])
@pytest.mark.parametrize("form", [KeyFormat.PPK2, KeyFormat.PKCS8])
def test_a_passphrase_opens_what_another_machine_locked(form: KeyFormat, charset: str) -> None:
    typed = "鍵の箱" if charset == "cp932" else "Schlüssel"
    data = write_private(key("ed25519"), form, typed.encode(charset))
    assert read_private(data, typed.encode).public == key("ed25519").public


def test_a_passphrase_with_marks_opens_what_a_mac_locked() -> None:
    data = write_private(key("ed25519"), KeyFormat.PPK2, "Schlu\u0308ssel".encode())
    assert read_private(data, "Schlüssel".encode).public == key("ed25519").public


def test_a_passphrase_that_is_no_text_is_tried_as_it_is() -> None:
    data = write_private(key("ed25519"), KeyFormat.PPK2, b"\xff\xfe\x80")
    assert read_private(data, lambda: b"\xff\xfe\x80").public == key("ed25519").public
    assert refused(data, lambda: b"\xff\xfe\x81").code == "KEY-PASSPHRASE"


TEXTS = (KeyFormat.OPENSSH, KeyFormat.PKCS8, KeyFormat.PPK3)


@pytest.mark.parametrize("form", TEXTS)
def test_text_is_read_with_the_line_ends_and_marks_of_other_systems(form: KeyFormat) -> None:
    data = plain(form)
    text = data.decode()
    variants = [
        data.replace(b"\n", b"\r\n"),
        codecs.BOM_UTF8 + data,
        codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        b"\n\n" + data + b"\n\n",
    ]
    if form is not KeyFormat.PPK3:
        variants.append(b"\n".join(b"   " + line + b" " for line in data.split(b"\n")))
        variants.append(b"Here is my key:\n" + data + b"Regards\n")
    for variant in variants:
        assert look(variant).public == key("ed25519").public


def test_parameters_of_a_curve_may_stand_before_the_key() -> None:
    """As `openssl ecparam -genkey` writes it."""
    head = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert look(head + plain(KeyFormat.SEC1, "ecdsa-256")).public == key("ecdsa-256").public


def ask() -> bytes:
    """The right passphrase, for files that must not come so far."""
    return PASSPHRASE


def openssh_file(*, rounds: int = 1, cipher: bytes = b"aes256-ctr", count: int = 1) -> bytes:
    """A file that says what we like about its lock."""
    options = wire_string(bytes(16)) + rounds.to_bytes(4, "big")
    head = b"openssh-key-v1\0" + wire_string(cipher) + wire_string(b"bcrypt") + wire_string(options)
    body = wire_string(key("ed25519").public.blob) + wire_string(bytes(64))
    text = base64.encodebytes(head + count.to_bytes(4, "big") + body)
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b-----END OPENSSH PRIVATE KEY-----\n" % text


def der(tag: int, *parts: bytes) -> bytes:
    """One value of ASN.1, of less than 64 KiB."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes(2, "big") if size > 255 else bytes((size,))
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """A number of ASN.1."""
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def pkcs8_lock(derivation: str, *parameters: int, scheme: str = "2a864886f70d01050d") -> bytes:
    """A locked PKCS#8 file whose derivation costs what we like."""
    aes = der(0x30, der(6, bytes.fromhex("60864801650304012a")), der(4, bytes(16)))
    cost = der(0x30, der(4, bytes(16)), *map(integer, parameters))
    chosen = der(0x30, der(6, bytes.fromhex(derivation)), cost)
    if scheme != "2a864886f70d01050d":
        return der(0x30, der(0x30, der(6, bytes.fromhex(scheme)), cost), der(4, bytes(64)))
    lock = der(0x30, der(6, bytes.fromhex(scheme)), der(0x30, chosen, aes))
    return der(0x30, lock, der(4, bytes(64)))


PBKDF2, SCRYPT, MD5_DES = "2a864886f70d01050c", "2b06010401da47040b", "2a864886f70d010503"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (openssh_file(rounds=2**32 - 1), "KEY-COSTLY"),
        (openssh_file(rounds=1001), "KEY-COSTLY"),
        (openssh_file(rounds=0), "KEY-DAMAGED"),
        (openssh_file(rounds=1), "KEY-PASSPHRASE"),
        (openssh_file(cipher=b"chacha20-poly1305@openssh.com"), "KEY-CIPHER"),
        (openssh_file(cipher=b"none"), "KEY-CIPHER"),
        (openssh_file(count=2), "KEY-SEVERAL"),
        (openssh_file(count=0), "KEY-DAMAGED"),
        (pkcs8_lock(PBKDF2, 2**31 - 1), "KEY-COSTLY"),
        (pkcs8_lock(PBKDF2, 1), "KEY-PASSPHRASE"),
        (pkcs8_lock(SCRYPT, 2**40, 8, 1), "KEY-COSTLY"),
        (pkcs8_lock(SCRYPT, 2**14, 8, 10_000), "KEY-COSTLY"),
        (pkcs8_lock("2a864886f70d010599", 1), "KEY-CIPHER"),
        (pkcs8_lock("", 2**31 - 1, scheme=MD5_DES), "KEY-COSTLY"),
        (pkcs8_lock("", 1, scheme="2a864886f70d010799"), "KEY-CIPHER"),
    ],
)
def test_a_lock_cannot_be_made_to_cost_hours(data: bytes, code: str) -> None:
    start = time.monotonic()
    assert refused(data, ask).code == code
    assert time.monotonic() - start < 1


@pytest.mark.req("ATK-17")
def test_an_rsa_key_of_absurd_size_is_refused_at_once() -> None:
    huge = (1 << 60_000) + 1
    data = der(0x30, integer(0), *map(integer, (huge, 65537, huge, huge, huge, 3, 3, 3)))
    start = time.monotonic()
    assert refused(data).code in {"KEY-FILE-LARGE", "KEY-LONG", "KEY-DAMAGED"}
    assert time.monotonic() - start < 1


@pytest.mark.req("ATK-17")
def test_an_exponent_with_which_others_can_sign_is_refused() -> None:
    weak = generate_private_key(public_exponent=3, key_size=1024)
    refusal = refused(pem_of(weak))
    assert (refusal.code, "it is 3" in str(refusal)) == ("KEY-EXPONENT", True)


@pytest.mark.parametrize("form", [KeyFormat.OPENSSH, KeyFormat.PKCS1])
def test_rsa_numbers_that_do_not_fit_are_no_pair(form: KeyFormat) -> None:
    good = private("rsa-2048").private_numbers()  # type: ignore[union-attr]
    exponent = good.d + 2
    broken = RSAPrivateNumbers(
        p=good.p,
        q=good.q,
        d=exponent,
        dmp1=rsa_crt_dmp1(exponent, good.p),
        dmq1=rsa_crt_dmq1(exponent, good.q),
        iqmp=good.iqmp,
        public_numbers=good.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    layout = (
        PrivateFormat.OpenSSH if form is KeyFormat.OPENSSH else PrivateFormat.TraditionalOpenSSL
    )
    data = broken.private_bytes(Encoding.PEM, layout, NoEncryption())
    assert refused(data).code == "KEY-NOT-PAIR"


def test_an_openssh_file_with_another_public_half_is_refused() -> None:
    other = make("ed25519")
    lines = plain(KeyFormat.OPENSSH).split(b"\n")
    whole = base64.b64decode(b"".join(lines[1:-2]))
    forged = whole.replace(key("ed25519").public.blob, public_of(other).blob)
    text = base64.encodebytes(forged)
    data = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b-----END OPENSSH PRIVATE KEY-----\n" % text
    assert refused(data).code in {"KEY-NOT-PAIR", "KEY-DAMAGED"}


def test_without_bcrypt_a_locked_openssh_key_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = openssh.written(private("ed25519"), "acme", PASSPHRASE)
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    assert look(data).public == key("ed25519").public
    assert refused(data, ask).code == "KEY-LOCK-MISSING"


def pem_of(of: object, layout: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    """A key as cryptography writes it."""
    return of.private_bytes(Encoding.PEM, layout, NoEncryption())  # type: ignore[attr-defined,no-any-return]


def public_pem(of: object) -> bytes:
    """Its public half in PEM."""
    public = of.public_key()  # type: ignore[attr-defined]
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[no-any-return]


def line() -> str:
    """A public key as one line."""
    return public_line(key("ed25519").public, "desk")


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize(
    ("make_data", "code"),
    [
        (lambda: b"", "KEY-EMPTY"),
        (lambda: b" \r\n\n", "KEY-EMPTY"),
        (lambda: b"hello", "KEY-NOT-KEY"),
        (lambda: bytes(1000), "KEY-NOT-KEY"),
        (lambda: b"x" * (FILE_MOST + 1), "KEY-FILE-LARGE"),
        (lambda: line().encode(), "KEY-IS-PUBLIC"),
        (lambda: public_rfc4716(key("ed25519").public, "desk").encode(), "KEY-IS-PUBLIC"),
        (lambda: public_pem(private("rsa-2048")), "KEY-IS-PUBLIC"),
        (
            lambda: (
                private("rsa-2048")
                .public_key()
                .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            ),
            "KEY-IS-PUBLIC",
        ),
        (
            lambda: private("rsa-2048").public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
            "KEY-IS-PUBLIC",
        ),
        (lambda: b"[sftp.example.com]:32 " + line().encode(), "KEY-IS-HOST"),
        (lambda: b"|1|c2FsdA==|aGFzaA== " + line().encode(), "KEY-IS-HOST"),
        (lambda: b"ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5 me", "KEY-CERTIFICATE"),
        (
            lambda: b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "KEY-CERTIFICATE",
        ),
        (
            lambda: (
                b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxx\n-----END PGP PRIVATE KEY BLOCK-----"
            ),
            "KEY-IS-PGP",
        ),
        (
            lambda: (
                b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n-----END PGP PUBLIC KEY BLOCK-----"
            ),
            "KEY-IS-PGP",
        ),
        (lambda: b"\x99\x01\x0d\x04" + bytes(300), "KEY-IS-PGP"),
        (
            lambda: (
                b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/5\n"
                b"---- END SSH2 ENCRYPTED PRIVATE KEY ----\n"
            ),
            "KEY-IS-SSH-COM",
        ),
        (
            lambda: serialize_key_and_certificates(
                b"me",
                private("ecdsa-256"),  # type: ignore[arg-type]
                None,
                None,
                BestAvailableEncryption(b"x"),
            ),
            "KEY-IS-STORE",
        ),
        (
            lambda: b'{"kty":"RSA","n":"%b","e":"AQAB","d":"%b"}' % (b"A" * 300, b"A" * 300),
            "KEY-IS-WEB",
        ),
        (lambda: pem_of(dsa.generate_private_key(1024)), "KEY-DSA"),
        (
            lambda: pem_of(dsa.generate_private_key(1024), PrivateFormat.TraditionalOpenSSL),
            "KEY-DSA",
        ),
        (lambda: pem_of(ed448.Ed448PrivateKey.generate()), "KEY-KIND"),
        (lambda: pem_of(x25519.X25519PrivateKey.generate()), "KEY-KIND"),
        (lambda: pem_of(ec.generate_private_key(ec.SECP256K1())), "KEY-KIND"),
        (lambda: plain(KeyFormat.OPENSSH) * 2, "KEY-SEVERAL"),
        (lambda: plain(KeyFormat.OPENSSH)[:200], "KEY-DAMAGED"),
        (lambda: plain(KeyFormat.PKCS8).replace(b"MC4", b"M!4"), "KEY-DAMAGED"),
        (lambda: plain(KeyFormat.PKCS8_DER)[:-1], "KEY-DAMAGED"),
        (lambda: plain(KeyFormat.PPK3)[:-40], "KEY-DAMAGED"),
        (lambda: plain(KeyFormat.PPK3).replace(b"File-3", b"File-1"), "KEY-PPK-VERSION"),
    ],
)
def test_a_file_that_is_no_private_key_is_told_what_it_is(
    make_data: Callable[[], bytes], code: str
) -> None:
    data = make_data()
    assert refused(data).code == code
    with pytest.raises(Refused) as caught:
        look(data)
    assert caught.value.code == code


@pytest.mark.req("ATK-39", "ATK-69")
def test_a_comment_from_a_file_cannot_act_on_the_terminal() -> None:
    data = write_ppk(private("ed25519"), "acme", version=3, lock=PpkLock(PASSPHRASE, bytes(16)))
    hostile = data.replace(b"Comment: acme", b"Comment: \x1b]0;owned\x07\xe2\x80\xaeacme")
    assert "\x1b" not in look(hostile).comment
    assert "\u202e" not in look(hostile).comment


def test_a_key_tells_nothing_when_it_is_printed() -> None:
    assert str(key("ed25519").private) not in repr(key("ed25519"))
