"""Writes that are killed, and writes that are measured, in processes of their own."""

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from strongroom.statements.ports import Storage

from tests.contracts.storage.members import Member, read_all
from tests.contracts.storage.storage_child import content_of

SIZES = {"local": 3_000_000, "s3": 20_000_000}
MEMORY_LIMIT = 48 << 20


def kill_in_the_middle(member: Member, seed: int) -> set[str]:
    """Kill a writing process at a random moment; return the keys of the writes that had ended."""
    command = [*member.command("write"), str(SIZES[member.kind])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.08 if member.kind == "local" else 0.5))
        child.kill()
        lines = [first, *child.stdout.readlines()]
    return {line.split()[1] for line in lines if line.startswith("ended") and line.endswith("\n")}


def require_whole(member: Member, storage: Storage, ended: set[str]) -> None:
    """Every write that ended is there, and whatever is there is whole."""
    there = {key for key, _ in storage.keys("")}
    assert ended <= there
    for key in there:
        assert read_all(storage, key) == b"".join(content_of(key, SIZES[member.kind]))
        storage.remove(key)


def kill_many_times(member: Member, rounds: int) -> None:
    storage = member.build()
    for seed in range(rounds):
        require_whole(member, storage, kill_in_the_middle(member, seed))
    require_whole(member, storage, set())  # A server may end the last request after its sender.
    storage.sweep(datetime.now(UTC) + timedelta(seconds=1))
    assert storage.check()


@pytest.mark.req("ATK-11")
def test_a_writer_that_is_killed_leaves_whole_objects_only(member: Member) -> None:
    kill_many_times(member, 20 if member.kind == "local" else 5)


@pytest.mark.soak
@pytest.mark.req("ATK-11")
def test_a_writer_that_is_killed_200_times_leaves_whole_objects_only(member: Member) -> None:
    kill_many_times(member, 200 if member.kind == "local" else 50)


def memory_taken(member: Member, size: int) -> int:
    """Bytes by which the memory of a process rises while it writes an object."""
    command = [*member.command("measure"), str(size)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_a_long_object_is_written_in_constant_memory(member: Member) -> None:
    assert memory_taken(member, 120 << 20) < MEMORY_LIMIT


@pytest.mark.soak
def test_a_very_long_object_is_written_in_constant_memory(member: Member) -> None:
    assert memory_taken(member, 2 << 30) < MEMORY_LIMIT
