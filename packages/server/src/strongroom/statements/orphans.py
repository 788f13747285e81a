"""Removes stored objects that no row names, left by a worker that was killed in between.

An object counts only after a day, so that no step under way can lose its own.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import islice

from strongroom.audit.act import Act
from strongroom.statements.models import Copy, Repository, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.ports import Storage

_AGE = timedelta(days=1)
_PAGE = 500


def remove_orphans(pipeline: Pipeline, act: Act) -> int:
    """Remove old objects of statements and copies that no row names; returns how many."""
    prefixes = ("statements/", "copies/")
    return sum(remove_unnamed(pipeline.storage, prefix, _named, act) for prefix in prefixes)


def remove_unnamed(
    storage: Storage, prefix: str, named: Callable[[list[str]], set[str]], act: Act
) -> int:
    """Remove the old objects below a prefix that `named` does not name; returns how many."""
    removed = 0
    old = (key for key, at in storage.keys(prefix) if act.at - at > _AGE)
    while page := list(islice(old, _PAGE)):
        for key in sorted(set(page) - named(page)):
            storage.remove(key)
            removed += 1
    return removed


def _named(keys: list[str]) -> set[str]:
    found = set(
        Statement.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True)
    )
    found |= set(Copy.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
    rehearsals = Repository.objects.filter(rehearsal_key__in=keys)
    return found | set(rehearsals.values_list("rehearsal_key", flat=True))
