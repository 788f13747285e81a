"""Worker processes: asked, limited in time, killed and replaced. The processes are real."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from strongroom.backends.encryption.openpgp.workers import (
    Worker,
    WorkerLimits,
    WorkerLost,
    WorkerPool,
    WorkerRefused,
)

START = Callable[[str], Worker]
ECHO = """
import json, sys
while header := sys.stdin.buffer.read(4):
    request = json.loads(sys.stdin.buffer.read(int.from_bytes(header)))
    answer = {"is_done": True} | ({} if request["do"] == "limit" else do(request))
    encoded = json.dumps(answer).encode()
    sys.stdout.buffer.write(len(encoded).to_bytes(4) + encoded)
    sys.stdout.buffer.flush()
"""


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


@pytest.fixture
def start(tmp_path: Path) -> Iterator[START]:
    """Starts workers that do what the given function `do` says."""
    started: list[Worker] = []

    def begin(code: str) -> Worker:
        program = tmp_path / f"{len(started)}.py"
        program.write_text(f"import os, time\n{code}\n{ECHO}")
        started.append(Worker(WorkerLimits(), program=program))
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()


def test_a_worker_answers_one_request_after_the_other(start: START) -> None:
    worker = start("def do(request): return {'doubled': request['text'] * 2}")
    for text in ("a", "b", "c" * 300_000):
        answer = worker.ask({"do": "double", "text": text}, deadline=soon())
        assert answer == {"doubled": text * 2}


def test_what_a_worker_refuses_leaves_it_alive(start: START) -> None:
    worker = start("def do(request): return {'is_done': False, 'errno': request['number']}")
    for number, expected in ((28, 28), (None, None), ("text", None)):
        with pytest.raises(WorkerRefused) as caught:
            worker.ask({"do": "x", "number": number}, deadline=soon())
        assert caught.value.errno == expected
        assert worker.is_alive


@pytest.mark.req("ATK-55")
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("def do(request): os._exit(0)", id="ends"),
        pytest.param("def do(request): os.kill(os.getpid(), 11)", id="crashes"),
        pytest.param("def do(request): os.write(1, b'\\xff' * 100); time.sleep(60)", id="too long"),
        pytest.param("def do(request): os.write(1, b'\\0\\0\\0\\2[]')", id="no object"),
        pytest.param("def do(request): os.write(1, b'\\0\\0\\0\\3{}x')", id="no JSON"),
        pytest.param("def do(request): os.write(1, b'\\0\\0\\0\\2{}')", id="no outcome"),
        pytest.param("def do(request): os.write(1, b'\\0\\0\\0\\9x'); os._exit(0)", id="half"),
    ],
)
def test_a_worker_that_dies_or_talks_nonsense_is_lost_and_gone(code: str, start: START) -> None:
    worker = start(code)
    with pytest.raises(WorkerLost):
        worker.ask({"do": "x"}, deadline=soon())
    assert not worker.is_alive
    with pytest.raises(WorkerLost):
        worker.ask({"do": "x"}, deadline=soon())


@pytest.mark.req("ATK-55", "ATK-58")
@pytest.mark.parametrize("size", [0, 1 << 20])
def test_a_worker_that_hangs_is_killed_in_time(size: int, start: START) -> None:
    worker = start("def do(request): time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(WorkerLost, match="too long"):
        worker.ask({"do": "x", "text": "x" * size}, deadline=soon(0.2))
    assert time.monotonic() - began < 2
    assert not worker.is_alive


def test_a_worker_that_does_not_come_up_leaves_no_process(tmp_path: Path) -> None:
    with pytest.raises(WorkerLost):
        Worker(WorkerLimits(), program=tmp_path / "missing.py")


def test_a_worker_knows_nothing_of_our_environment(
    start: START, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONGROOM_SECRET", "hidden")
    monkeypatch.setenv("RUST_BACKTRACE", "1")
    worker = start("def do(request): return {'names': list(os.environ), 'place': os.getcwd()}")
    answer = worker.ask({"do": "x"}, deadline=soon())
    names = answer["names"]
    assert isinstance(names, list)
    assert not {"STRONGROOM_SECRET", "RUST_BACKTRACE", "HOME", "PATH"} & set(names)
    assert answer["place"] == "/"


def test_a_pool_starts_no_more_workers_than_it_may_and_uses_them_again(start: START) -> None:
    code = "def do(request): time.sleep(0.02); return {'process': os.getpid()}"
    starts = []

    def begin(_deadline: float) -> Worker:
        starts.append(1)
        return start(code)

    pool, seen = WorkerPool(begin, most=2), set()

    def work() -> None:
        with pool.lease(deadline=soon()) as worker:
            seen.add(worker.ask({"do": "x"}, deadline=soon())["process"])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    assert 1 <= len(starts) <= 2
    assert len(seen) <= 2


def test_who_waits_too_long_for_a_worker_is_told_so(start: START) -> None:
    pool = WorkerPool(lambda _deadline: start("def do(request): return {}"), most=1)
    with pool.lease(deadline=soon()):  # noqa: SIM117 - the second must fail within the first
        with pytest.raises(WorkerLost, match="no worker was free"):
            with pool.lease(deadline=soon(0.05)):
                raise AssertionError
    pool.close()


def test_a_pool_that_is_closed_ends_its_workers_when_they_come_back(start: START) -> None:
    pool = WorkerPool(lambda _deadline: start("def do(request): return {}"), most=2)
    with pool.lease(deadline=soon()) as busy:
        with pool.lease(deadline=soon()) as idle:
            assert idle is not busy
        pool.close()
        assert not idle.is_alive
        assert busy.is_alive
    assert not busy.is_alive
    with pytest.raises(WorkerLost, match="sent home"), pool.lease(deadline=soon()):
        raise AssertionError


def test_a_start_that_fails_gives_its_place_free_again(start: START) -> None:
    failures = [OSError("no process")]

    def begin(_deadline: float) -> Worker:
        if failures:
            raise failures.pop()
        return start("def do(request): return {}")

    pool = WorkerPool(begin, most=1)
    with pytest.raises(OSError, match="no process"), pool.lease(deadline=soon()):
        raise AssertionError
    with pool.lease(deadline=soon(1)) as worker:
        assert worker.is_alive
    pool.close()


def test_a_killed_worker_leaves_no_zombie(start: START) -> None:
    worker = start("def do(request): return {}")
    worker.kill()
    with pytest.raises(ChildProcessError):
        os.waitpid(worker.pid, os.WNOHANG)
