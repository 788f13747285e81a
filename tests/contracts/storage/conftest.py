"""The storages that the contract runs against, and the servers behind two of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from strongroom.statements.ports import Storage

from tests.contracts.storage.members import Member, local_member, s3_member
from tools import s3_servers


@pytest.fixture(autouse=True, scope="session")
def no_proxy() -> Iterator[None]:
    """Keep the loopback servers from being asked for through a proxy of the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def moto_server() -> Iterator[s3_servers.S3Server]:
    """Moto's server, which knows conditional writes but believes any signature."""
    with s3_servers.moto() as server:
        yield server


@pytest.fixture(scope="session")
def swift_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3_servers.S3Server]:
    """OpenStack Swift, which checks signatures but knows no conditional writes."""
    try:
        with s3_servers.swift(tmp_path_factory.mktemp("swift")) as server:
            yield server
    except s3_servers.CannotRun as error:
        pytest.skip(str(error))


@pytest.fixture(params=["local", "s3-moto", "s3-swift"])
def member(request: pytest.FixtureRequest, tmp_path: Path) -> Member:
    """Each member of the family in turn, empty."""
    match request.param:
        case "s3-moto":
            return s3_member(request.getfixturevalue("moto_server"))
        case "s3-swift":
            return s3_member(request.getfixturevalue("swift_server"))
        case _:
            return local_member(tmp_path / "objects")


@pytest.fixture
def storage(member: Member) -> Storage:
    """The member, built."""
    return member.build()
