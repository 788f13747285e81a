"""A firm with two recipients behind its HTTPS part."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.conftest import StillClock

if TYPE_CHECKING:  # they need Django, which pytest_configure starts
    from strongroom.audit.act import Act

    from tests.unit.api.firm import Firm


@pytest.fixture
def firm(clock: StillClock, act: "Callable[..., Act]", settings: Any) -> "Iterator[Firm]":
    """A firm that approves nothing by itself, with two recipients."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    from tests.unit.api.firm import Firm, add_recipients, house_on

    settings.MIDDLEWARE = []
    add_recipients(act())
    signals = (request_started, request_finished)
    for signal in signals:  # a test's transaction would end with the request; as Django's client
        signal.disconnect(close_old_connections)
    yield Firm(house_on(clock), act)
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def automatic(firm: "Firm") -> "Firm":
    """The same firm where invitations and rotations may approve by themselves."""
    return firm.with_rules(is_automatic_approval=True, is_automatic_rotation=True)


@pytest.fixture
def key(firm: "Firm") -> Ed25519PrivateKey:
    """The approved key of `fund`."""
    return firm.enrolled("fund")
