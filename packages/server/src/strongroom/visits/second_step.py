"""The second step of a login as a conversation: which factor, then its code.

What can be asked, and whether an answer is right, is the desk's; how it looks on the wire the
gateway's.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from strongroom.rules import login_refusals
from strongroom.rules.secret import Secret
from strongroom.visits.bridge import Bridge
from strongroom.visits.ports import Prompt, Question, Visit


@dataclass(frozen=True, slots=True)
class Choice:
    """A factor that the person can use here; `name` is what it is called in the list."""

    enrolment: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Posed:
    """A challenge that waits for its answer; the texts are for the person."""

    challenge: str
    instruction: str
    prompt: str


class Desk(Protocol):
    """What the conversation asks of the product; every method blocks."""

    person: int

    @property
    def title(self) -> str: ...

    def choices(self) -> Sequence[Choice]:
        """Return the person's usable factors, the preferred one first; at least one.

        Raises Refused when the person may not log in, or has none.
        """
        ...

    def pose(self, choice: Choice) -> Posed:
        """Make the challenge, and send its code where one is sent. Raises Refused."""
        ...

    def judge(self, posed: Posed, answer: Secret) -> None:
        """Return when the answer is right. Raises Refused, and counts that."""
        ...


class FactorStep:
    """One person's step in one connection.

    The texts are English in every language: a terminal does not say which characters it can show.
    """

    def __init__(
        self, desk: Desk, bridge: Bridge, let_in: Callable[[int], Awaitable[Visit]]
    ) -> None:
        self._desk = desk
        self._bridge = bridge
        self._let_in = let_in
        self._choices: Sequence[Choice] = ()
        self._posed: Posed | None = None

    async def ask(self) -> Question:
        """See `SecondStep`."""
        self._posed = None
        # Hashing and sealed secrets take their time: not in the pool of quick look-ups.
        self._choices = await self._bridge.heavy(self._desk.choices)
        if len(self._choices) == 1:
            return await self._pose(self._choices[0])
        lines = [f"{number}) {one.name}" for number, one in enumerate(self._choices, 1)]
        text = "\n".join(["This login needs a code after the key. Choose how:", *lines])
        return Question(self._desk.title, text, (Prompt("Number [1]: ", is_shown=True),))

    async def _pose(self, choice: Choice) -> Question:
        self._posed = await self._bridge.heavy(self._desk.pose, choice)
        prompt = Prompt(self._posed.prompt)
        return Question(self._desk.title, self._posed.instruction, (prompt,))

    async def answer(self, given: Sequence[Secret]) -> Question | Visit:
        """See `SecondStep`."""
        [text] = given
        if self._posed is None:
            return await self._pose(self._chosen(text.reveal().strip()))
        posed, self._posed = self._posed, None
        await self._bridge.heavy(self._desk.judge, posed, text)
        return await self._let_in(self._desk.person)

    def _chosen(self, text: str) -> Choice:
        """The choice of that number; an empty line is the preferred one (SLS-10)."""
        wanted = {str(number): one for number, one in enumerate(self._choices, 1)}
        choice = wanted.get(text or "1")
        if choice is None:
            raise login_refusals.FACTOR_WRONG.because()
        return choice
