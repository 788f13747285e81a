"""What a key shows to a person or a program: fingerprints, words, picture.

How it is printed is for the commands.
"""

import hashlib

from strongroom_formats.fingerprint_words import fingerprint_words
from strongroom_formats.ssh_public_key import SshPublicKey

from strongbox.keys.faces import KeyFace, KeyFormat
from strongbox.words import mark, say

FORMAT_NAMES = {
    KeyFormat.OPENSSH: "OpenSSH",
    KeyFormat.PKCS1: "PKCS#1 (PEM)",
    KeyFormat.PKCS1_DER: "PKCS#1 (DER)",
    KeyFormat.PKCS8: "PKCS#8 (PEM)",
    KeyFormat.PKCS8_DER: "PKCS#8 (DER)",
    KeyFormat.PPK2: mark("PuTTY, version 2 (weak lock)"),
    KeyFormat.PPK3: mark("PuTTY, version 3"),
    KeyFormat.SEC1: "SEC 1 (PEM)",
    KeyFormat.SEC1_DER: "SEC 1 (DER)",
}
"""The formats as people know them; names that are the same in every language are not marked."""


def words_of(public: SshPublicKey) -> str:
    """The fingerprint in five words, as the firm's screen shows them too."""
    return fingerprint_words(hashlib.sha256(public.blob).digest())


def facts_of(face: KeyFace, public: SshPublicKey) -> dict[str, object]:
    """What `keys show --json` says, but for the file's name; the names are stable."""
    return {
        "format": str(face.format),
        "locked": face.is_locked,
        "algorithm": str(public.algorithm),
        "bits": public.bits,
        "sha256": public.fingerprint_sha256,
        "md5": public.fingerprint_md5,
        "words": words_of(public),
        "comment": face.comment,
    }


def rows_of(face: KeyFace, public: SshPublicKey) -> dict[str, object]:
    """The same for a person, in the language of this run."""
    return {
        say("Format"): say(FORMAT_NAMES[face.format]),
        say("Locked"): say("yes") if face.is_locked else say("no"),
        say("Kind"): say("{algorithm}, {bits} bits", algorithm=public.algorithm, bits=public.bits),
        "SHA-256": public.fingerprint_sha256,
        "MD5": public.fingerprint_md5,
        say("In words"): words_of(public),
        say("Comment"): face.comment or "-",
    }
