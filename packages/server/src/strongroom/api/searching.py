"""Looks for private keys in a body before anything else is done with it, and burns them (KEY-7).

What a private key looks like is known to `rules.key_intake`; tries are counted by the callers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from strongroom_formats import canonical_json
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid

from strongroom.api.asking import MOST_IN, Asked
from strongroom.directory.models import PgpKey, SshKey
from strongroom.messages import key_desk
from strongroom.rules import refusals
from strongroom.rules.key_intake import refuse_private_material
from strongroom.rules.refusals import Refused

STRANGER = "-"
"""Who is not known to be anybody; burns no key on record."""


def refuse_private(asked: Asked, whose: Callable[[Asked], str]) -> None:
    """Search a body as it came, and each text in it. Raises Refused: E-KEYREG-1, KEY-….

    `whose` returns the login that the body proves, or raises Refused. A body can name any public
    key, so it burns no key on record but that login's own: else strangers could end keys that they
    merely know (ATK-35).
    """
    with burning(asked, lambda: _sender(asked, whose)):
        for part in _parts(asked):
            refuse_private_material(part)


@contextmanager
def burning(asked: Asked, sender: Callable[[], str]) -> Iterator[None]:
    """Burn the pairs that a refusal in the block says were given away by this sender (KEY-7)."""
    try:
        yield
    except Refused as refused:
        if refused.code != refusals.KEY_PRIVATE.code:
            raise
        login = sender()
        act = asked.acting(f"recipient:{login}")
        key_desk.burn_given_away(login, _without_others(refused, login), act=act)
        raise


def _sender(asked: Asked, whose: Callable[[Asked], str]) -> str:
    try:
        return whose(asked)
    except (Refused, DocumentInvalid):
        return STRANGER


def _without_others(refused: Refused, login: str) -> Refused:
    """The same refusal without the keys that are on record for anyone but `login`."""
    ssh = SshKey.objects.exclude(recipient__login=login)
    pgp = PgpKey.objects.exclude(recipient__login=login)
    left: dict[str, object] = {}
    for name, others in (("fingerprints", ssh), ("certificates", pgp)):
        named = refused.facts.get(name, ())
        assert isinstance(named, tuple)
        kept = set(others.filter(fingerprint__in=named).values_list("fingerprint", flat=True))
        left[name] = tuple(one for one in named if one not in kept)
    return refusals.KEY_PRIVATE.because(**{**refused.facts, **left})


def _parts(asked: Asked) -> Iterator[bytes]:
    """The texts first: there a key stands without JSON's escapes, and its public half is read."""
    with suppress(Refused):  # what is no JSON is searched as it is, and refused for its form
        yield "\n".join(_texts(asked.json())).encode()
    yield asked.body


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.startswith("{"):  # a signed request is JSON in JSON
            with suppress(NotCanonical):
                yield from _texts(canonical_json.loads_free_form(value.encode(), MOST_IN))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
