"""What goes into a back-up beside the rows and keys: stored objects and files on their way.

The names that they have in the archive are in `names`.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from strongroom.documents.models import Upload
from strongroom.runtime.backup.names import FOLDERS, StoredObject
from strongroom.runtime.home import Home
from strongroom.statements.models import Copy, Repository, Statement


def objects() -> Iterator[StoredObject]:
    """Yield all objects that rows name; a clear copy shares its statement's object."""
    statements = Statement.objects.filter(removed_at=None).order_by("pk")
    copies = Copy.objects.filter(storage_key__startswith="copies/").order_by("pk")
    uploads = Upload.objects.exclude(storage_key="").order_by("pk")
    for found in (statements, copies, uploads):
        rows = found.values_list("storage_key", "size", "sha256")
        for key, size, sha256 in rows.iterator(chunk_size=1000):
            yield StoredObject(key, size, sha256)
    rehearsals = Repository.objects.exclude(rehearsal_key="").order_by("pk")
    sizes = rehearsals.values_list("rehearsal_key", "rehearsal_size")
    for key, size in sizes.iterator(chunk_size=1000):
        yield StoredObject(key, size, "")


def files(home: Home) -> Iterator[tuple[str, Path]]:
    """Yield the files on their way, by the name that each has in the archive."""
    for folder in FOLDERS:
        for place, folders, names in os.walk(home.root / folder):
            folders.sort()
            for name in sorted(names):
                path = Path(place, name)
                if _is_file(path):
                    yield path.relative_to(home.root).as_posix(), path


def _is_file(path: Path) -> bool:
    with suppress(FileNotFoundError):  # it moved on meanwhile, and is met there
        return stat.S_ISREG(path.lstat().st_mode)
    return False
