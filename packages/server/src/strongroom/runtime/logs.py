"""The log of the server's processes: one line an event on stderr, identifiers and no contents."""

import copy
import logging
import sys

from strongroom_formats.one_line import clean_text


class _OneLine(logging.Formatter):
    """Escapes whatever could make two lines of one record (ATK-69); tracebacks are folded in."""

    def format(self, record: logging.LogRecord) -> str:
        return clean_text(super().format(_without_address(record)), 8000)


def _without_address(record: logging.LogRecord) -> logging.LogRecord:
    """Name the page where Django names its address: a letter's link has a secret in it (LATK-29).

    Django puts the request beside what it says of it.
    """
    path = getattr(getattr(record, "request", None), "path", None)
    if path is None or not isinstance(record.args, tuple):
        return record
    found = getattr(record.request, "resolver_match", None)  # type: ignore[attr-defined]  # extra
    named = copy.copy(record)
    named.args = tuple((found.route if found else "no page") if arg == path else arg
                       for arg in record.args)  # fmt: skip
    return named


def start(level: int = logging.INFO) -> None:
    """Send the log to stderr, each record on one line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _OneLine("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Whoever sends another Host is answered 400, and cannot fill the log with tracebacks.
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)
