"""A private key in any form and any wrapping refuses the whole submission and burns the pair."""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, pkcs12
from strongroom.rules.key_intake import read_submission, refuse_private_material
from strongroom.rules.refusals import Audience, Refused
from strongroom_formats.ssh_public_key import sha256_fingerprint

PASSPHRASE = "correct horse"
Change = Callable[[bytes], bytes]


def private(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read_submission(data, file_name="public.key")
    refused = caught.value
    assert refused.code == "E-KEYREG-1", refused
    assert refused.kind.audience is Audience.RECIPIENT
    with pytest.raises(Refused) as again:
        refuse_private_material(data)
    assert again.value.facts == refused.facts
    return refused


def burnt(data: bytes) -> tuple[str, ...]:
    found = private(data).facts["fingerprints"]
    assert isinstance(found, tuple)
    return found


def fingerprint_of(shop, kind: str, bits: int) -> str:
    return sha256_fingerprint(base64.b64decode(shop.public(kind, bits).split()[1]))


def in_zip(data: bytes, name: str = "id_rsa", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("readme.txt", "see the other file")
        archive.writestr(name, data)
    return file.getvalue()


def in_tar(data: bytes, form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, content in (("readme.txt", b"hello"), ("keys/id_rsa", data)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def mail(body: str = "My key is attached.", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "me@example.com", "desk@example.net"
    message["Subject"] = "Key for 4567"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def attached(data: bytes, name: str = "key.ppk") -> bytes:
    message = mail()
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


FORMS = ("", "PEM", "PKCS8")


@pytest.mark.req("KEY-7", "ATK-37", "E-KEYREG-1")
@pytest.mark.parametrize("form", FORMS, ids=["OpenSSH", "PEM", "PKCS8"])
@pytest.mark.parametrize(
    ("kind", "bits"), [("rsa", 2048), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)]
)
def test_a_private_key_without_passphrase_is_refused_and_its_pair_burnt(
    shop, kind, bits, form
) -> None:
    path = shop.pair(kind, bits, "", form)
    expected = sha256_fingerprint(
        base64.b64decode((path.parent / f"{path.name}.pub").read_bytes().split()[1])
    )
    assert burnt(path.read_bytes()) == (expected,)


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize(("kind", "bits"), [("rsa", 2048), ("ed25519", 0), ("ecdsa", 521)])
def test_an_encrypted_openssh_key_is_burnt_by_its_readable_half(shop, kind, bits) -> None:
    path = shop.pair(kind, bits, PASSPHRASE)
    expected = shop.fingerprint(path)
    assert burnt(path.read_bytes()) == (expected,)


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize("form", ["PEM", "PKCS8"])
@pytest.mark.parametrize(("kind", "bits"), [("rsa", 2048), ("ecdsa", 256)])
def test_an_encrypted_pem_key_is_refused_although_its_pair_cannot_be_known(
    shop, kind, bits, form
) -> None:
    assert burnt(shop.pair(kind, bits, PASSPHRASE, form).read_bytes()) == ()


@pytest.mark.req("KEY-7")
def test_the_public_key_beside_a_locked_private_key_is_burnt_with_it(shop) -> None:
    path = shop.pair("rsa", 2048, PASSPHRASE, "PEM")
    together = path.read_bytes() + (path.parent / f"{path.name}.pub").read_bytes()
    assert burnt(together) == (shop.fingerprint(path),)


@pytest.mark.req("KEY-2", "KEY-7", "ATK-37")
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa"])
def test_a_ppk_is_refused_and_its_pair_burnt(shop, kind, version) -> None:
    path = shop.putty(kind, 384 if kind == "ecdsa" else 2048, version=version)
    line = shop.run("puttygen", "-L", str(path))
    assert burnt(path.read_bytes()) == (sha256_fingerprint(base64.b64decode(line.split()[1])),)
    assert "PuTTY" in str(private(path.read_bytes()))


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize("form", ["private-sshcom", "private-openssh", "private-openssh-new"])
def test_every_private_export_of_puttygen_is_refused(shop, form) -> None:
    private(shop.putty_export(shop.putty(), form))


@pytest.mark.parametrize(
    "text",
    [
        b"PuTTY-User-Key-File-1: ssh-rsa\nEncryption: none\n",
        b"Private-Lines: 14\nAAAB\n",
        b"Private-MAC: 0123456789abcdef0123456789abcdef\n",
        b"-----END OPENSSH PRIVATE KEY-----",
        b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----",
        b"-----BEGIN PGP SECRET KEY BLOCK-----",
        b"-----BEGIN ANY PRIVATE KEY-----",
        b"BEGIN RSA PRIVATE KEY",
        b"begin openssh private key",
        b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0",
        b"Key: (private-key (rsa (n #00C5#)",
        b"(21:protected-private-key(3:rsa",
    ],
)
@pytest.mark.req("KEY-7", "ATK-37")
def test_even_a_fragment_of_a_private_key_is_refused(text: bytes) -> None:
    private(text)
    private(b"See below:\n> " + text + b"\n")


@pytest.mark.parametrize(
    "text",
    [
        "I do not send private keys by mail.",
        "At the end private key files stay here; we begin, private key in hand.",
        "The private key stays with me, and PuTTY made it.",
    ],
)
def test_talk_about_private_keys_is_no_private_key(rsa_line: bytes, text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_submission(text.encode() + b"\n" + rsa_line, file_name="x")
    assert caught.value.code == "KEY-MORE-TEXT"


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("rsa", "PKCS8"), ("ecdsa", "PKCS8"), ("ed25519", "PKCS8")),
        *(("rsa", "TraditionalOpenSSL"), ("ecdsa", "TraditionalOpenSSL")),
    ],
)
def test_binary_der_is_refused_and_its_pair_burnt(shop, kind, form) -> None:
    bits = {"rsa": 2048, "ecdsa": 384, "ed25519": 0}[kind]
    key = load_ssh_private_key(shop.pair(kind, bits).read_bytes(), None)
    der = key.private_bytes(
        formats.Encoding.DER, getattr(formats.PrivateFormat, form), formats.NoEncryption()
    )
    expected = (fingerprint_of(shop, kind, bits),)
    assert burnt(der) == expected
    assert burnt(b"some bytes before" + der + b"and behind") == expected
    assert burnt(base64.b64encode(der)) == expected
    private(der[: len(der) * 2 // 3])


@pytest.mark.req("KEY-7", "ATK-37")
def test_encrypted_pkcs8_and_pkcs12_are_refused(shop) -> None:
    key = load_ssh_private_key(shop.pair("rsa", 2048).read_bytes(), None)
    locked = formats.BestAvailableEncryption(PASSPHRASE.encode())
    private(key.private_bytes(formats.Encoding.DER, formats.PrivateFormat.PKCS8, locked))
    for protection in (formats.NoEncryption(), locked):
        private(pkcs12.serialize_key_and_certificates(b"me", key, None, None, protection))


def test_a_private_key_of_dsa_or_of_another_curve_is_refused(shop) -> None:
    private(shop.pair("dsa", 1024).read_bytes())
    der = shop.run("openssl", "genpkey", "-algorithm", "ED448", "-outform", "DER")
    private(der)
    odd = ec.generate_private_key(ec.SECP224R1())
    private(
        odd.private_bytes(
            formats.Encoding.DER, formats.PrivateFormat.TraditionalOpenSSL, formats.NoEncryption()
        )
    )


def test_java_key_stores_and_bare_sshcom_bytes_are_refused(shop) -> None:
    private(b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1")
    private(b"\x3f\x6f\xf9\xeb\0\0\3\xf3\0\0\0\x37if-modn{sign{rsa")


def web_key(kind: str) -> tuple[dict[str, str], str]:
    def text(number: bytes) -> str:
        return base64.urlsafe_b64encode(number).decode().rstrip("=")

    if kind == "OKP":
        key = ed25519.Ed25519PrivateKey.generate()
        raw = formats.Encoding.Raw
        public = key.public_key().public_bytes(raw, formats.PublicFormat.Raw)
        members = {"kty": "OKP", "crv": "Ed25519", "x": text(public)}
        members["d"] = text(key.private_bytes_raw())
    else:
        key = ec.generate_private_key(ec.SECP256R1())
        numbers = key.private_numbers()
        x, y = numbers.public_numbers.x, numbers.public_numbers.y
        members = {
            "kty": "EC",
            "crv": "P-256",
            "x": text(x.to_bytes(32)),
            "y": text(y.to_bytes(32)),
        }
        members["d"] = text(numbers.private_value.to_bytes(32))
    line = key.public_key().public_bytes(formats.Encoding.OpenSSH, formats.PublicFormat.OpenSSH)
    return members, sha256_fingerprint(base64.b64decode(line.split()[1]))


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize("kind", ["OKP", "EC"])
def test_a_json_web_key_with_its_d_is_refused_and_its_pair_burnt(kind: str) -> None:
    members, fingerprint = web_key(kind)
    for text in (
        json.dumps(members),
        json.dumps({"keys": [members]}, indent=2),
        json.dumps(json.dumps(members)),
    ):
        assert burnt(text.encode()) == (fingerprint,)
    del members["d"]
    refuse_private_material(json.dumps(members).encode())


def test_an_rsa_json_web_key_is_burnt_by_its_modulus(shop) -> None:
    numbers = load_ssh_private_key(shop.pair("rsa", 2048).read_bytes(), None).private_numbers()
    public = numbers.public_numbers
    text = json.dumps(
        {
            name: base64.urlsafe_b64encode(number.to_bytes(size)).decode().rstrip("=")
            for name, number, size in (
                ("n", public.n, 256),
                ("e", public.e, 3),
                ("d", numbers.d, 256),
            )
        }
        | {"kty": "RSA"}
    )
    assert burnt(text.encode()) == (fingerprint_of(shop, "rsa", 2048),)


DISGUISES: dict[str, Change] = {
    "UTF-16 with its mark": lambda data: data.decode().encode("utf-16"),
    "UTF-16 without its mark": lambda data: data.decode().encode("utf-16-be"),
    "UTF-32": lambda data: data.decode().encode("utf-32"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "CR": lambda data: data.replace(b"\n", b"\r"),
    "mail quotes": lambda data: b"".join(b"> >" + line for line in data.splitlines(True)),
    "bars": lambda data: b"".join(b"| " + line for line in data.splitlines(True)),
    "indented": lambda data: b"".join(b"    " + line for line in data.splitlines(True)),
    "broken lines": lambda data: b"\n".join(data[at : at + 23] for at in range(0, len(data), 23)),
    "broken and quoted": lambda data: b"\n> ".join(
        data[at : at + 31] for at in range(0, len(data), 31)
    ),
    "no-break spaces": lambda data: data.replace(b" ", "\xa0".encode()),
    "base64": base64.encodebytes,
    "base64 on one line": base64.b64encode,
    "base64 for URLs": base64.urlsafe_b64encode,
    "base64 twice": lambda data: base64.encodebytes(base64.encodebytes(data)),
    "base64 of UTF-16": lambda data: base64.encodebytes(data.decode().encode("utf-16")),
    "JSON": lambda data: json.dumps({"key": data.decode()}).encode(),
    "prose around": lambda data: b"Dear Sir,\nhere it is:\n" + data + b"Yours\n",
    "zip": in_zip,
    "zip, stored": lambda data: in_zip(data, method=zipfile.ZIP_STORED),
    "zip in zip in zip": lambda data: in_zip(in_zip(in_zip(data), "b.zip"), "a.zip"),
    "zip behind a picture": lambda data: b"\x89PNG" + bytes(500) + in_zip(data),
    "tar": in_tar,
    "old tar": lambda data: in_tar(data, tarfile.USTAR_FORMAT),
    "gzip": gzip.compress,
    "two gzip streams": lambda data: gzip.compress(b"hello") + gzip.compress(data),
    "tar.gz": lambda data: gzip.compress(in_tar(data)),
    "tar.bz2": lambda data: bz2.compress(in_tar(data)),
    "tar.xz": lambda data: lzma.compress(in_tar(data)),
    "zip in tar.gz in zip": lambda data: in_zip(gzip.compress(in_tar(in_zip(data))), "a.tgz"),
    "mail body": lambda data: mail(data.decode()).as_bytes(),
    "attachment": attached,
    "attached zip": lambda data: attached(in_zip(data), "keys.zip"),
    "attached UTF-16": lambda data: attached(data.decode().encode("utf-16")),
    "mail in mail": lambda data: attached(attached(data), "forwarded.eml"),
    "mail as a page": lambda data: mail(
        html="<p>Key:</p><pre>" + data.decode().replace("\n", "<br>\n") + "</pre>"
    ).as_bytes(),
    "a page with entities": lambda data: (
        "<html><body>"
        + data.decode().replace("-", "&#45;").replace(" ", "&nbsp;")
        + "</body></html>"
    ).encode(),
    "quoted-printable": lambda data: mail("Ü: " + data.decode() + "é" * 20).as_bytes(),
    "an mbox": lambda data: b"From me Mon Jan 1 00:00:00 2026\n" + attached(data),
}


@pytest.mark.req("KEY-7", "ATK-37")
@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("kind", ["OpenSSH", "PPK", "PEM"])
def test_no_wrapping_hides_a_private_key(shop, disguise, kind) -> None:
    data = {
        "OpenSSH": lambda: shop.pair("rsa", 2048, PASSPHRASE).read_bytes(),
        "PPK": lambda: shop.putty().read_bytes(),
        "PEM": lambda: shop.pair("rsa", 2048, "", "PEM").read_bytes(),
    }[kind]()
    private(DISGUISES[disguise](data))


READABLE = sorted(set(DISGUISES) - {"CR", "JSON", "a page with entities", "broken and quoted"})


@pytest.mark.req("KEY-7")
@pytest.mark.parametrize("disguise", READABLE)
def test_the_pair_is_burnt_through_the_wrapping_too(shop, disguise) -> None:
    path = shop.pair("rsa", 2048, PASSPHRASE)
    assert shop.fingerprint(path) in burnt(DISGUISES[disguise](path.read_bytes()))


@pytest.mark.req("KEY-7", "KEY-8")
def test_the_public_key_that_travels_with_a_private_key_is_not_taken_either(shop, rsa_line) -> None:
    message = mail()
    for name, data in (("id.pub", rsa_line), ("id", shop.pair("ed25519", 0).read_bytes())):
        message.add_attachment(
            data, maintype="text", subtype="plain; charset=us-ascii", filename=name
        )
    assert set(burnt(message.as_bytes())) == {
        fingerprint_of(shop, "rsa", 2048),
        fingerprint_of(shop, "ed25519", 0),
    }
    assert fingerprint_of(shop, "rsa", 2048) in burnt(rsa_line + shop.putty().read_bytes())


def test_the_refusal_holds_no_private_number(shop) -> None:
    path = shop.pair("ed25519", 0)
    key = load_ssh_private_key(path.read_bytes(), None)
    refused = private(path.read_bytes())
    shown = repr(refused) + repr(refused.facts) + str(refused)
    assert key.private_bytes_raw().hex() not in shown
    assert base64.b64encode(key.private_bytes_raw()).decode() not in shown
    assert hashlib.sha256(path.read_bytes()).hexdigest() not in shown


def test_a_number_that_no_curve_has_is_still_a_private_key() -> None:
    assert burnt(b"\x30\x25\x02\x01\x01\x04\x20" + b"\xff" * 32) == ()
    assert burnt(b"\x30\x25\x02\x01\x01\x04\x20" + b"\x11" * 20) == ()


def test_more_json_or_base64_than_anyone_has_reason_to_send_is_refused() -> None:
    objects = b'{"kty":"RSA","n":"' + b"A" * 60 + b'"}'
    refuse_private_material(objects * 900)
    private(objects * 900 + b'{"kty":"oct","x":"y","d":"' + b"A" * 60 + b'"}')
    for too_much in (objects * 1100, (b"A" * 60 + b" ") * 1100):
        with pytest.raises(Refused) as caught:
            refuse_private_material(too_much)
        assert caught.value.code == "KEY-UNSEARCHABLE"
