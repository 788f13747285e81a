"""Makes the list of common passwords from text files: `tools/make_password_list.py FILE...`.

One password a line; a line `--` ends a file's introduction. Django's own list is added. Only
shortened digests are kept, so the product ships no passwords.
"""

import gzip
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import django.contrib.auth
from strongroom.login.credentials.breached import LEAST, MAGIC, digest

TARGET = Path("packages/server/src/strongroom/login/credentials/common_passwords.bin")
_DJANGO = Path(django.contrib.auth.__file__).with_name("common-passwords.txt.gz")


def lines_of(text: str) -> Iterator[str]:
    """Yield the passwords of a list, in the form in which they are looked up."""
    body = text.rpartition("\n--\n")[2]
    for line in body.splitlines():
        if line.strip():
            yield unicodedata.normalize("NFC", line.strip())


def make(texts: list[str]) -> bytes:
    """Return the file's bytes."""
    entries = {digest(line) for text in texts for line in lines_of(text)}
    if len(entries) < LEAST:
        raise SystemExit(f"{len(entries)} passwords are too few: {LEAST} are needed.")
    return MAGIC + b"".join(sorted(entries))


if __name__ == "__main__":
    given = [Path(name).read_text("utf-8", "replace") for name in sys.argv[1:]]
    TARGET.write_bytes(make([*given, gzip.decompress(_DJANGO.read_bytes()).decode()]))
