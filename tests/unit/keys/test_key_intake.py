"""What a client may send as a public key, in the forms that programs and mail make of it."""

import base64
import dataclasses

import pytest
from strongroom.rules.key_intake import KEY_FILE_LIMIT, Submission, read_submission
from strongroom.rules.key_text import Repair
from strongroom.rules.refusals import Audience, Exit, Refused
from strongroom_formats.ssh_public_key import ed25519_blob, rsa_blob
from strongroom_formats.ssh_wire import wire_string

MODULUS = (1 << 2047) + 0x1234567
KINDS = [
    ("rsa", 2048),
    ("rsa", 3072),
    ("ed25519", 0),
    ("ecdsa", 256),
    ("ecdsa", 384),
    ("ecdsa", 521),
]


def read(data: bytes, file_name: str = "public.key") -> Submission:
    return read_submission(data, file_name=file_name)


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read(data)
    assert caught.value.kind.audience is Audience.RECIPIENT
    assert "fingerprints" not in caught.value.facts, "only a private key may burn anything"
    return caught.value


def blob_of(line: bytes) -> bytes:
    return base64.b64decode(line.split()[1])


def line_of(blob: bytes, kind: bytes) -> bytes:
    return kind + b" " + base64.b64encode(blob) + b" me\n"


def broken_at(columns: int, text: bytes) -> bytes:
    return b"\n".join(text[at : at + columns] for at in range(0, len(text), columns)) + b"\n"


@pytest.mark.req("KEY-2", "KEY-4", "KEY-5", "KEY-6")
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_one_line_as_ssh_keygen_writes_it_is_taken_as_it_is(shop, kind, bits) -> None:
    taken = read(shop.public(kind, bits))
    assert taken.key.blob == blob_of(shop.public(kind, bits))
    assert taken.comment == f"{kind}@laptop"
    assert taken.repairs == ()
    assert not taken.needs_confirmation


@pytest.mark.req("KEY-2", "KEY-3", "KEY-6")
def test_every_public_form_of_puttygen_is_the_same_key(shop) -> None:
    path = str(shop.putty())
    line = read(shop.run("puttygen", "-L", path))
    saved = read(shop.run("puttygen", "-p", path))
    assert line.repairs == ()
    assert saved.repairs == (Repair.RFC4716,)
    assert saved.comment == line.comment == "from puttygen"
    assert saved.key == line.key
    assert not saved.needs_confirmation


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize(
    ("form", "kinds", "repair"),
    [
        ("RFC4716", KINDS, Repair.RFC4716),
        ("PKCS8", [kind for kind in KINDS if kind[0] != "ed25519"], Repair.PKCS8),
        ("PEM", [("rsa", 2048)], Repair.PKCS1),
    ],
)
def test_every_public_form_of_ssh_keygen_is_the_same_key(shop, form, kinds, repair) -> None:
    for kind in kinds:
        exported = shop.run("ssh-keygen", "-e", "-m", form, "-f", f"{shop.pair(*kind)}.pub")
        taken = read(exported)
        assert taken.key.blob == blob_of(shop.public(*kind))
        assert taken.repairs == (repair,)
        assert not taken.needs_confirmation


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize("kind", [("rsa", 2048), ("ecdsa", 384)])
def test_der_as_openssl_writes_it_is_taken(shop, kind) -> None:
    pem = shop.run("ssh-keygen", "-e", "-m", "PKCS8", "-f", f"{shop.pair(*kind)}.pub")
    source = str(shop.in_folder(f"{kind[0]}.spki", pem))
    taken = read(shop.run("openssl", "pkey", "-pubin", "-in", source, "-outform", "DER"))
    assert taken.key.blob == blob_of(shop.public(*kind))
    assert taken.repairs == (Repair.DER,)


def test_ed25519_and_pkcs1_in_der_are_taken(shop) -> None:
    blob = blob_of(shop.public("ed25519", 0))
    assert read(bytes.fromhex("302a300506032b6570032100") + blob[-32:]).key.blob == blob
    pem = shop.run("ssh-keygen", "-e", "-m", "PEM", "-f", f"{shop.pair('rsa', 2048)}.pub")
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    assert read(der).key.blob == blob_of(shop.public("rsa", 2048))


LINE_ENDINGS = {b"\n": (), b"\r\n": (Repair.LINE_ENDS,), b"\r": (Repair.LINE_ENDS,)}
REPAIRED = {
    "byte order mark": (lambda text: "\ufeff" + text, "utf-8", Repair.BYTE_ORDER_MARK),
    "PowerShell's UTF-16": (lambda text: "\ufeff" + text, "utf-16-le", Repair.UTF16),
    "UTF-16 the other way round": (lambda text: "\ufeff" + text, "utf-16-be", Repair.UTF16),
    "UTF-16 without its mark": (str, "utf-16-le", Repair.UTF16),
    "UTF-16 big-endian without its mark": (str, "utf-16-be", Repair.UTF16),
    "quotes": (lambda text: f'"{text.strip()}"\n', "utf-8", Repair.QUOTES),
    "single quotes": (lambda text: f"'{text.strip()}'", "utf-8", Repair.QUOTES),
    "a word processor's quotes": (lambda text: f"“{text.strip()}”", "utf-8", Repair.QUOTES),
    "no-break spaces": (lambda text: text.replace(" ", "\xa0"), "utf-8", Repair.NO_BREAK_SPACES),
    "an ideographic space": (
        lambda text: text.replace(" ", "\u3000", 1),
        "utf-8",
        Repair.NO_BREAK_SPACES,
    ),
    "invisible spaces": (
        lambda text: "\u200b" + text[:90] + "\u200b" + text[90:],
        "utf-8",
        Repair.NO_BREAK_SPACES,
    ),
    "no type word": (lambda text: text.split(" ", 1)[1], "utf-8", Repair.TYPE_WORD),
    "mail quotes": (lambda text: "> > " + text, "utf-8", Repair.MAIL_QUOTES),
    "options": (
        lambda text: 'from="192.0.2.1,*.example",command="echo \\"hi\\" there",no-pty ' + text,
        "utf-8",
        Repair.OPTIONS,
    ),
    "an option without a value": (lambda text: "restrict,pty " + text, "utf-8", Repair.OPTIONS),
    "a host name": (lambda text: "sftp.example.com " + text, "utf-8", Repair.HOST_NAME),
    "a known_hosts line": (
        lambda text: "[sftp.example.com]:32,192.0.2.1 " + text,
        "utf-8",
        Repair.HOST_NAME,
    ),
    "a hashed host name": (
        lambda text: "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " + text,
        "utf-8",
        Repair.HOST_NAME,
    ),
    "no type word behind a host name": (
        lambda text: "host " + text.split(" ", 1)[1],
        "utf-8",
        Repair.HOST_NAME,
    ),
}


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize("case", REPAIRED)
@pytest.mark.parametrize("kind", [("rsa", 2048), ("ed25519", 0)])
def test_a_slip_that_can_be_put_right_is_put_right_and_told(shop, case, kind) -> None:
    line = shop.public(*kind).decode()
    change, charset, repair = REPAIRED[case]
    taken = read(change(line).encode(charset))
    assert taken.key.blob == blob_of(line.encode())
    assert repair in taken.repairs
    assert taken.needs_confirmation
    assert taken.comment == f"{kind[0]}@laptop"


def test_a_type_word_with_capitals_is_put_right(rsa_line: bytes) -> None:
    taken = read(b"Ssh-RSA" + rsa_line[7:])
    assert (taken.key.blob, taken.repairs) == (blob_of(rsa_line), (Repair.TYPE_WORD,))


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize("end", LINE_ENDINGS, ids=repr)
@pytest.mark.parametrize("around", [b"", b"\n\n", b"  \t", b"# a remark\n"])
def test_line_ends_spaces_and_remarks_around_the_key_do_not_matter(rsa_line, end, around) -> None:
    taken = read((around + rsa_line + b"\n").replace(b"\n", end))
    assert taken.key.blob == blob_of(rsa_line)
    assert not taken.needs_confirmation


@pytest.mark.req("KEY-6")
@pytest.mark.parametrize("columns", [20, 64, 70, 72, 76, 78])
@pytest.mark.parametrize("kind", [("rsa", 2048), ("ecdsa", 521), ("ed25519", 0)])
def test_a_key_that_mail_broke_into_lines_is_joined(shop, columns, kind) -> None:
    line = shop.public(*kind)
    without_comment = line.rsplit(b" ", 1)[0]
    taken = read(broken_at(columns, without_comment))
    assert taken.key.blob == blob_of(line)
    assert Repair.WRAPPED_LINES in taken.repairs
    assert taken.needs_confirmation


@pytest.mark.req("KEY-6")
def test_a_broken_key_may_have_its_kind_before_and_its_comment_after_it(rsa_line: bytes) -> None:
    kind, body, comment = rsa_line.split()
    taken = read(b"\r\n".join([kind, *broken_at(64, body).split(), comment]))
    assert taken.key.blob == blob_of(rsa_line)
    assert taken.comment == "rsa@laptop"
    assert set(taken.repairs) == {Repair.LINE_ENDS, Repair.WRAPPED_LINES}


def test_a_quoted_broken_key_with_a_byte_order_mark_tells_all_its_repairs(rsa_line: bytes) -> None:
    quoted = b"".join(b"> " + line + b"\n" for line in broken_at(70, rsa_line.strip()).splitlines())
    taken = read("\ufeff".encode() + quoted)
    assert taken.key.blob == blob_of(rsa_line)
    assert taken.repairs == (Repair.BYTE_ORDER_MARK, Repair.MAIL_QUOTES, Repair.WRAPPED_LINES)


@pytest.mark.req("KEY-6", "E-KEYREG-3")
@pytest.mark.parametrize("missing", [1, 2, 3, 100, 255])
@pytest.mark.parametrize("comment", [b"", b" me@laptop"])
def test_a_truncated_key_is_told_how_many_bytes_are_missing(rsa_line, missing, comment) -> None:
    blob = blob_of(rsa_line)[:-missing]
    refused = refusal(b"ssh-rsa " + base64.b64encode(blob).rstrip(b"=") + comment)
    assert refused.code == "KEY-TRUNCATED"
    assert refused.facts["missing"] == missing
    assert f": {missing} byte{'s are' if missing > 1 else ' is'} missing" in str(refused)


@pytest.mark.parametrize("characters", [12, 14, 16, 20, 24])
def test_a_key_cut_off_before_its_length_has_at_least_so_much_missing(rsa_line, characters) -> None:
    refused = refusal(rsa_line[: 8 + characters])
    assert refused.code == "KEY-TRUNCATED"
    assert "at least" in str(refused)


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8"])
def test_a_truncated_block_is_told_so_too(shop, form) -> None:
    whole = shop.run("ssh-keygen", "-e", "-m", form, "-f", f"{shop.pair('rsa', 2048)}.pub")
    lines = whole.splitlines(keepends=True)
    assert refusal(b"".join(lines[:-3])).code == "KEY-TRUNCATED"
    assert refusal(b"".join([*lines[:-3], lines[-1]])).code == "KEY-TRUNCATED"


@pytest.mark.req("ATK-39")
@pytest.mark.parametrize("between", [b"", b"\r\n", b"\r", b"\n\n# the other:\n", b" ", b"\n> "])
def test_two_keys_are_refused_with_the_question_which_one(shop, rsa_line, between) -> None:
    other = shop.public("ed25519", 0)
    first = rsa_line if between == b"" else rsa_line.strip()
    refused = refusal(first + between + other)
    assert refused.code == "KEY-TWO"
    assert refused.facts["count"] == 2
    assert shop.fingerprint(shop.pair("rsa", 2048)) in str(refused)
    assert shop.fingerprint(shop.pair("ed25519", 0)) in str(refused)


def test_two_blocks_and_a_block_beside_a_line_are_two_keys(shop, rsa_line) -> None:
    block = shop.run("ssh-keygen", "-e", "-f", f"{shop.pair('ecdsa', 256)}.pub")
    assert refusal(block + block).code == "KEY-TWO"
    assert refusal(block + rsa_line).code == "KEY-TWO"
    assert refusal(rsa_line + block).code == "KEY-TWO"


@pytest.mark.req("KEY-8", "ATK-39")
@pytest.mark.parametrize(
    "change",
    [
        lambda line: b"Dear Sir, this is my key:\n" + line,
        lambda line: b"my new key " + line,
        lambda line: line + b"-- \nJohn Smith\n",
        lambda line: line + b"command=/bin/sh\n",
        lambda line: b"@cert-authority *.example.com " + line,
        lambda line: b"x" * 5000 + b"\n" + line,
        lambda line: b"# " + line,
        lambda line: b"#" + line,
        lambda line: b'command="never closed ' + line,
    ],
)
def test_other_text_besides_the_key_is_refused(rsa_line, change) -> None:
    assert refusal(change(rsa_line)).code == "KEY-MORE-TEXT"


@pytest.mark.parametrize("kind", [("rsa", 2048), ("ecdsa", 256)])
def test_a_word_on_the_next_line_is_not_joined_to_a_whole_key(shop, kind) -> None:
    without_comment = b" ".join(shop.public(*kind).split()[:2])
    assert refusal(without_comment + b"\nJohn\n").code == "KEY-MORE-TEXT"


def test_other_text_besides_a_block_is_refused(shop) -> None:
    block = shop.run("ssh-keygen", "-e", "-f", f"{shop.pair('rsa', 2048)}.pub")
    assert refusal(b"hello\n" + block).code == "KEY-MORE-TEXT"
    assert refusal(block + b"hello\n").code == "KEY-MORE-TEXT"


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b"ssh-rsa", b"ssh-ed25519", 1),
        lambda line: line.replace(b"AAAAB3NzaC1yc2EAAAADAQAB", b"AAAAB3NzaC1yc2EAAAADAQAB!", 1),
        lambda line: line[:60] + b"*" + line[60:],
        lambda line: line.split()[0] + b" " + base64.b64encode(blob_of(line) + b"\0\0\0"),
    ],
    ids=["kind and key differ", "foreign character", "other foreign character", "bytes behind"],
)
def test_a_damaged_key_is_refused_with_the_damage(rsa_line, change) -> None:
    refused = refusal(change(rsa_line))
    assert refused.code == "KEY-DAMAGED"
    assert refused.kind.exit is Exit.BAD_INPUT


@pytest.mark.req("ATK-18")
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\0" * 40,
        b"../../../../etc/passwd",
        b"/root/.ssh/id_rsa.pub",
        b"https://example.com/key.pub",
        b"' OR 1=1; DROP TABLE keys; --",
        b"{{ 7*7 }}${7*7}<%= 7*7 %>",
        b"ssh-rsa",
        b"ssh-rsa AAAA",
        b"ssh-rsa " + b"A" * 60_000,
        b"A" * 60_000,
        b"\xff\xfe\0",
        b"0",
        b"0*",
        b"\x30\x82",
        b"AAAAB3NzaC1yc2E" * 3000,
    ],
    ids=range(16),
)
def test_a_value_that_is_anything_but_a_key_is_refused(value: bytes) -> None:
    assert refusal(value).code in {*("KEY-UNREADABLE", "KEY-TRUNCATED", "KEY-DAMAGED", "KEY-LONG")}


@pytest.mark.req("ATK-18")
def test_a_very_long_text_is_refused_for_its_length(rsa_line) -> None:
    assert refusal(rsa_line + b"# remark\n" * KEY_FILE_LIMIT).code == "KEY-TOO-LARGE"
    assert refusal(bytes(3 * 1024 * 1024)).code == "KEY-TOO-LARGE"


@pytest.mark.req("KEY-5", "E-KEYREG-3")
def test_an_rsa_key_of_less_than_2048_bits_is_refused(shop) -> None:
    refused = refusal(shop.public("rsa", 1024))
    assert refused.code == "KEY-SHORT"
    assert refused.facts["bits"] == 1024


@pytest.mark.req("ATK-17")
@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (rsa_blob(65_537, (1 << 8192) + 1), "KEY-LONG"),
        (rsa_blob(65_537, (1 << 16_383) + 1), "KEY-LONG"),
        (rsa_blob(65_537, (1 << 16_384) + 1), "KEY-LONG"),
        (rsa_blob(1, MODULUS), "KEY-EXPONENT"),
        (rsa_blob(3, MODULUS), "KEY-EXPONENT"),
        (rsa_blob(2**521 - 1, MODULUS), "KEY-EXPONENT"),
        (ed25519_blob(b"\x58" * 31), "KEY-DAMAGED"),
        (ed25519_blob(bytes(32)), "KEY-DAMAGED"),
        (ed25519_blob(b"\1" + bytes(31)), "KEY-DAMAGED"),
    ],
)
def test_numbers_that_are_traps_are_refused(blob: bytes, code: str) -> None:
    kind = blob[4 : 4 + blob[3]]
    assert refusal(line_of(blob, kind)).code == code


def test_a_dsa_key_is_refused_by_name_in_every_form(shop) -> None:
    path = shop.pair("dsa", 1024)
    assert refusal(shop.public("dsa", 1024)).code == "KEY-DSA"
    for form in ("RFC4716", "PKCS8"):
        exported = shop.run("ssh-keygen", "-e", "-m", form, "-f", f"{path}.pub")
        assert refusal(exported).code == "KEY-DSA"


def test_a_certificate_is_refused_by_name(shop) -> None:
    authority, key = shop.pair("ed25519", 0), shop.pair("ecdsa", 256)
    shop.run("ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "me", f"{key}.pub")
    refused = refusal((key.parent / f"{key.name}-cert.pub").read_bytes())
    assert refused.code == "KEY-CERTIFICATE"
    assert "ecdsa-sha2-nistp256-cert-v01@openssh.com" in str(refused)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"sk-ssh-ed25519@openssh.com", "KEY-SECURITY-KEY"),
        (b"sk-ecdsa-sha2-nistp256@openssh.com", "KEY-SECURITY-KEY"),
        (b"ssh-ed448", "KEY-KIND"),
        (b"ssh-xmss@openssh.com", "KEY-KIND"),
    ],
)
def test_a_kind_that_is_not_taken_is_refused_by_name(name: bytes, code: str) -> None:
    refused = refusal(line_of(wire_string(name) + wire_string(bytes(32)), name))
    assert refused.code == code
    assert name.decode() in str(refused)


def test_keys_of_other_systems_are_refused_by_name(shop) -> None:
    name = shop.gpg_key("ed25519")
    for export in (shop.gpg("--armor", "--export", name), shop.gpg("--export", name)):
        refused = refusal(export)
        assert (refused.code, "OpenPGP" in str(refused)) == ("KEY-NOT-SSH", True)
    pem = str(shop.in_folder("pem", shop.pair("rsa", 2048, "", "PEM").read_bytes()))
    request = shop.run("openssl", "req", "-new", "-x509", "-subj", "/CN=me", "-key", pem)
    assert "X.509" in str(refusal(request))
    assert refusal(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n").code == (
        "KEY-NOT-SSH"
    )
    assert (
        refusal(b"-----BEGIN WHATEVER-----\nAAAA\n-----END WHATEVER-----\n").code == "KEY-NOT-SSH"
    )


def test_asn1_of_a_curve_or_kind_that_ssh_has_not_is_refused(shop) -> None:
    for kind in (["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], ["X25519"], ["ED448"]):
        private = shop.run("openssl", "genpkey", "-algorithm", *kind)
        source = str(shop.in_folder(f"{kind[-1][-6:]}.pem", private))
        public = shop.run("openssl", "pkey", "-pubout", "-in", source)
        assert refusal(public).code == "KEY-KIND"


@pytest.mark.req("ATK-39")
@pytest.mark.parametrize(
    "tail",
    [
        b"\x1b[31mred\x1b[0m",
        b"\x1b]0;title\x07",
        b"\x00",
        "\u202etxt".encode(),
        b"\x9b2J",
        b"x" * 9999,
    ],
)
def test_of_a_comment_only_a_short_printable_label_is_left(rsa_line, tail) -> None:
    taken = read(rsa_line.strip() + b" " + tail)
    assert taken.comment.isprintable()
    assert len(taken.comment) <= 64
    assert taken.key.blob == blob_of(rsa_line)


@pytest.mark.req("ATK-39")
def test_nothing_but_the_blob_the_label_and_the_repairs_is_kept(rsa_line) -> None:
    taken = read(b'command="/bin/evil",from="192.0.2.1" ' + rsa_line)
    assert {field.name for field in dataclasses.fields(taken)} == {"key", "comment", "repairs"}
    assert b"evil" not in repr(taken).encode()
    assert taken.key.openssh_line().encode() == b" ".join(rsa_line.split()[:2])


@pytest.mark.parametrize(
    ("file_name", "label"),
    [
        ("public.key", "public"),
        ("C:\\Users\\me\\id_rsa.pub", "id_rsa"),
        ("../../etc/passwd", "passwd"),
        ("", ""),
        ("\x1b[31m.pub", "\\u001b[31m"),
        ("x" * 5000, "x"),
    ],
)
def test_a_key_without_a_comment_is_labelled_by_its_file(rsa_line, file_name, label) -> None:
    taken = read(b" ".join(rsa_line.split()[:2]), file_name)
    assert taken.comment.startswith(label)
    assert len(taken.comment) <= 64


def test_rfc4716_headers_may_be_continued_and_are_not_part_of_the_key(rsa_line) -> None:
    block = (
        b"---- BEGIN SSH2 PUBLIC KEY ----\nSubject: me\n"
        b'Comment: "a long\\\n comment"\nX-Private: no\n'
        + broken_at(70, rsa_line.split()[1])
        + b"---- END SSH2 PUBLIC KEY ----\n"
    )
    taken = read(block)
    assert taken.key.blob == blob_of(rsa_line)
    assert taken.comment == "a long comment"


def test_a_latin1_comment_is_no_reason_to_refuse(rsa_line) -> None:
    assert read(rsa_line.strip() + b" M\xfcller").comment == "rsa@laptop Müller"
