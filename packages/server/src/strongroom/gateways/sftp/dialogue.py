"""The words of keyboard-interactive, RFC 4256: a person's answers after the key was proved.

What is asked, and whether an answer is right, is behind the door.
"""

from strongroom.gateways.sftp.settings import SftpSettings
from strongroom.gateways.sftp.wire import Fields, Malformed, string, u32
from strongroom.rules.secret import Secret
from strongroom.visits.ports import Question, SecondStep, Visit

METHOD = b"keyboard-interactive"
INFO_REQUEST, INFO_RESPONSE = 60, 61


class Dialogue:
    """One question at a time; an answer that nobody was asked for breaks the protocol."""

    def __init__(self, step: SecondStep, settings: SftpSettings) -> None:
        self._step = step
        self._most = settings.answer_bytes_most
        self._open: Question | None = None

    async def begin(self, fields: Fields) -> Question:
        """Ask the first question; one that was open is given up (section 3.1).

        The language tag and the submethods are only hints, and no client in use gives any.
        Raises Refused, Malformed.
        """
        self._open = None
        fields.string(), fields.string()
        self._open = await self._step.ask()
        return self._open

    async def answer(self, payload: bytes) -> Question | Visit:
        """Judge one SSH_MSG_USERAUTH_INFO_RESPONSE, given whole (section 3.4).

        Raises Refused, Malformed.
        """
        asked, self._open = self._open, None
        if asked is None:
            raise Malformed("an answer to no question")
        fields = Fields(memoryview(payload)[1:])
        if fields.u32() != len(asked.prompts):
            raise Malformed("another number of answers than questions")
        given = [self._text(fields.string()) for _ in asked.prompts]
        outcome = await self._step.answer(given)
        if isinstance(outcome, Question):
            self._open = outcome
        return outcome

    def _text(self, raw: bytes) -> Secret:
        """An answer as text; what is too long is cut, and so can be no code."""
        return Secret(raw[: self._most + 1].decode(errors="replace"))


def encoded(question: Question) -> bytes:
    """Build SSH_MSG_USERAUTH_INFO_REQUEST without its number (section 3.2)."""
    parts = [string(question.title.encode()), string(question.instruction.encode()), string(b"")]
    parts.append(u32(len(question.prompts)))
    for prompt in question.prompts:
        parts += [string(prompt.text.encode()), bytes((prompt.is_shown,))]
    return b"".join(parts)
