"""One SFTP conversation: requests go out in batches, answers find who waits, silence has an end.

What is asked is decided in `session` and `transfer`; what carries the bytes is beside it.
"""

import asyncio
from collections.abc import Callable

from strongroom_formats.sftp_numbers import VERSION, Message, Status

from strongbox.refusal import Refused
from strongbox.wire import refusals
from strongbox.wire.answers import Answers, Waiter
from strongbox.wire.sftp_words import Fields, Nonsense, request, string

_LAST_NUMBER = 0xFFFF_FFFF
_TEXT_MOST = 64 * 1024
# A message counts as this many bytes, so that small answers are progress too.
_ANSWER_WORTH = 512


class Answer:
    """An answer that is no file data: its kind, its body, and the fields of that."""

    __slots__ = ("body", "fields", "kind")

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self.body = body
        self.fields = Fields(memoryview(body))

    def status(self) -> "Verdict":
        """Read it as STATUS. Raises Nonsense."""
        if self.kind != Message.STATUS:
            raise Nonsense(f"an answer of the kind {self.kind}")
        return Verdict.read(self.fields)


class Verdict:
    """What STATUS says: a code of section 7 and the server's own text."""

    __slots__ = ("code", "text")

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text

    @classmethod
    def read(cls, fields: Fields) -> "Verdict":
        """Read code and text; old servers leave the text out."""
        code = fields.u32()
        text = b"" if fields.is_at_end else fields.string(_TEXT_MOST)
        return cls(code, text.decode(errors="replace"))


class Conversation:
    """Request ids, batches and patience. One is lost as a whole: then nothing more is answered.

    `round_trip` is the shortest that an answer took, in seconds; 0 before there was one.
    """

    def __init__(self, host: str, patience: float, write: Callable[[bytes], None]) -> None:
        self.host = host
        self.problem: Refused | None = None
        self.round_trip = 0.0
        self.version: asyncio.Future[Answer]
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._write = write
        self._number = 0
        self._out: list[bytes] = []
        self._is_flush_due = False
        self._watch: asyncio.TimerHandle | None = None
        self._seen = 0
        self._answered = 0
        self._greeting = _Single(self)
        self.version = self._greeting.answer
        self._answers = Answers(self._greet)

    def begin(self) -> None:
        """Send INIT; `version` is set when the server has answered it."""
        self._write(request(Message.INIT, VERSION, b""))
        self._begin_watch()

    def _greet(self, version: int) -> Waiter:
        if version < VERSION:
            raise Nonsense(f"version {version} of SFTP")
        return self._greeting

    def send(self, kind: Message, body: bytes, waiter: Waiter) -> None:
        """Queue a request; it goes out with the others of this turn."""
        if self.problem is not None:
            waiter.failed(self.problem)
            return
        self._number = (self._number + 1) & _LAST_NUMBER
        self._answers.waiting[self._number] = waiter
        self._out.append(request(kind, self._number, body))
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush)
        self._begin_watch()

    async def ask(self, kind: Message, body: bytes) -> Answer:
        """Send a request and wait for its answer. Raises Refused."""
        single = _Single(self)
        began = self._loop.time()
        self.send(kind, body, single)
        answer = await single.answer
        took = self._loop.time() - began
        self.round_trip = min(took, self.round_trip or took)
        return answer

    def dismiss(self, handle: bytes) -> None:
        """Close a handle without waiting for the answer."""
        if self.problem is None:
            self.send(Message.CLOSE, string(handle), _Nobody())

    def feed(self, view: memoryview) -> None:
        """Take bytes of the server; nonsense ends the conversation."""
        if self.problem is not None:
            return
        try:
            self._answers.feed(view)
        except Nonsense as nonsense:
            self.give_up(refusals.SERVER_NONSENSE.because(host=self.host, why=str(nonsense)))

    def count_answer(self) -> None:
        """An answer came whole, which is progress however short it is."""
        self._answered += 1

    def give_up(self, problem: Refused) -> None:
        """End the conversation: everything that waits is told `problem`, and all that follows."""
        if self.problem is not None:
            return
        self.problem = problem
        if self._watch is not None:
            self._watch.cancel()
        waiting = list(self._answers.waiting.values())
        self._answers.waiting.clear()
        self._out.clear()
        for waiter in (self._greeting, *waiting):
            waiter.failed(problem)

    def _flush(self) -> None:
        self._is_flush_due = False
        if self._out:
            batch = b"".join(self._out)
            self._out.clear()
            self._write(batch)

    def _begin_watch(self) -> None:
        if self._watch is None:
            self._seen = self._progress()
            self._watch = self._loop.call_later(self._patience, self._look)

    def _look(self) -> None:
        """Give up where something is waited for and next to nothing came since the last look."""
        self._watch = None
        if not self._answers.waiting and self.version.done():
            return
        if self._progress() - self._seen < _ANSWER_WORTH:
            seconds = f"{self._patience:g}"
            self.give_up(refusals.STALLED.because(host=self.host, seconds=seconds))
            return
        self._begin_watch()

    def _progress(self) -> int:
        return self._answers.heard + self._answered * _ANSWER_WORTH


class _Single:
    """Waits for one answer that is no file data."""

    __slots__ = ("_talk", "answer")

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def answered(self, kind: int, body: memoryview) -> None:
        self._talk.count_answer()
        answer = Answer(kind, bytes(body))
        if not self.answer.done():
            self.answer.set_result(answer)
        elif kind == Message.HANDLE:
            # Who asked has left meanwhile; the server need not keep it open.
            self._talk.dismiss(answer.fields.string())

    def data_begins(self, size: int) -> None:
        raise Nonsense(f"{size} bytes of data that nobody asked for")

    def data(self, piece: memoryview) -> None:
        """Never called, since none begin."""

    def data_ends(self) -> None:
        """Never called, since none begin."""

    def failed(self, problem: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(problem)
            # It may be that nobody waits any more.
            self.answer.exception()


class _Nobody:
    """Waits for an answer that does not matter."""

    __slots__ = ()

    def answered(self, kind: int, body: memoryview) -> None:
        """Let it pass."""

    def data_begins(self, size: int) -> None:
        raise Nonsense(f"{size} bytes of data that nobody asked for")

    def data(self, piece: memoryview) -> None:
        """Never called, since none begin."""

    def data_ends(self) -> None:
        """Never called, since none begin."""

    def failed(self, problem: Exception) -> None:
        """Let it pass."""


def check_status(verdict: Verdict, path: str) -> None:
    """Nothing for OK. Raises Refused (FILE-…)."""
    match verdict.code:
        case Status.OK:
            return
        case Status.NO_SUCH_FILE:
            raise refusals.FILE_ABSENT.because(path=path)
        case Status.PERMISSION_DENIED:
            raise refusals.FILE_FORBIDDEN.because(path=path)
        case code:
            raise refusals.FILE_FAILED.because(path=path, words=verdict.text or f"status {code}")
