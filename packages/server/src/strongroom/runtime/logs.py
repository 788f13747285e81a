"""The log of the server's processes: one line an event on stderr, identifiers and no contents."""

import logging
import sys

from strongroom_formats.one_line import clean_text


class _OneLine(logging.Formatter):
    """Escapes whatever could make two lines of one record (ATK-69); tracebacks are folded in."""

    def format(self, record: logging.LogRecord) -> str:
        return clean_text(super().format(record), 8000)


def start(level: int = logging.INFO) -> None:
    """Send the log to stderr, each record on one line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _OneLine("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
