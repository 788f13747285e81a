"""Tries that may fail: counted before they are judged, so that many at once find no gap.

How scores add up and fade is in `rules.penalties`; they are kept by `login.connections.penalties`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from strongroom.api.asking import Asked
from strongroom.login.connections import penalties
from strongroom.rules.penalties import Cause
from strongroom.rules.refusals import Refused


@contextmanager
def one_try(asked: Asked, cause: Cause, *wrong: str) -> Iterator[None]:
    """Count a try against its source; it is taken back unless it ends in a refusal `wrong`.

    `wrong` are codes of refusals. Raises Refused (ENROL-SLOW) when the source has none left.
    """
    penalties.take_try(asked.source, cause, asked.act)
    try:
        yield
    except Refused as refused:
        if refused.code not in wrong:
            penalties.forgive(asked.source, cause, asked.act)
        raise
    except Exception:
        penalties.forgive(asked.source, cause, asked.act)
        raise
    penalties.forgive(asked.source, cause, asked.act)
