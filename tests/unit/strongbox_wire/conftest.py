"""What the tests of the client's SSH share: a host's key, a recipient's, and silence."""

import logging
from collections.abc import Iterator

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from strongbox.keys.faces import KeyFormat, PrivateKey

from tests.unit.strongbox_wire.doors import Keys


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("asyncssh")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.fixture(scope="module")
def keys() -> Keys:
    own = PrivateKey(ed25519.Ed25519PrivateKey.generate(), "", KeyFormat.OPENSSH, was_locked=False)
    return Keys(asyncssh.generate_private_key("ssh-ed25519"), own)
