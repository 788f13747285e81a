"""A value that is read from files, and read again when they change.

Which value, and which files, is said by whoever makes one.
"""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from strongroom.rules.refusals import Refused

Value = TypeVar("Value")
_LOG = logging.getLogger(__name__)


class Reread(Generic[Value]):
    """Call it for the value: the same object until `marks` differ and `read` succeeded.

    `marks` has to be cheap and to change with the files. The first `read` may raise Refused; a
    later refusal is logged and the value read before stays.
    """

    def __init__(self, read: Callable[[], Value], marks: Callable[[], object]) -> None:
        self._read = read
        self._look = marks
        self._marks = marks()
        self._value = read()

    def __call__(self) -> Value:
        """Return the value of now."""
        marks = self._look()
        if marks != self._marks:
            try:
                self._value = self._read()
            except Refused as refused:
                _LOG.error("%s: %s What was read before stays in use.", refused.code, refused)
            self._marks = marks
        return self._value
