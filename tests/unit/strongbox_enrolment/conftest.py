"""What tests of enrolment share: a firm of paper, open for business.

`certificate`  a self-signed certificate, made once a run
`firm`         a `PaperFirm` served over HTTPS with that certificate, known by its pin
`help_at`      where the firm's web service is, as profiles keep it
`box`          an empty box
`proved`       proves without SFTP, which has journeys of its own; the profiles that were proved
`asked_kinds`  makes quick pairs; the kinds that were asked for
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from strongbox.enrolment import keeping, running, waiting
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import NewPgpKind, PgpPair, make_pgp_key
from strongbox.keys.reading import PrivateKey
from strongbox.opening.opener import Opened, Verdict
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Help, Profile

from tests.unit.strongbox_enrolment.paper_firm import (
    Certificate,
    PaperFirm,
    make_certificate,
    open_for_business,
    paper_bundle,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Its authority is nobody."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def firm(certificate: Certificate) -> Iterator[PaperFirm]:
    """Fresh for each test."""
    with open_for_business(PaperFirm(paper_bundle()), certificate) as firm:
        yield firm


@pytest.fixture
def help_at(firm: PaperFirm) -> Help:
    """The firm's address and pin."""
    return Help(firm.url, firm.pin)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What proxies this machine has does not matter, unless a test says so."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """An empty box."""
    return Box(tmp_path / "box")


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> list[Profile]:
    """The profiles that were proved: the way by SFTP has journeys of its own."""
    found: list[Profile] = []

    def prove(profile: Profile, keys: Sequence[PrivateKey], *_: object) -> Opened:
        assert [key.public for key in keys]
        found.append(profile)
        return Opened(Verdict.CLEAR, None, 100, "0" * 64)

    monkeypatch.setattr(running, "prove", prove)
    monkeypatch.setattr(waiting, "_FIRST_SECONDS", 0.01)
    return found


@pytest.fixture
def asked_kinds(monkeypatch: pytest.MonkeyPatch) -> list[NewKind]:
    """The kinds of pairs that were asked for; quicker ones are made."""
    kinds: list[NewKind] = []

    def make(kind: NewKind, login: str) -> PrivateKey:
        kinds.append(kind)
        return make_key(NewKind.ED25519, login)

    def make_pgp(user_id: str, passphrase: bytes | None, *, at: datetime) -> PgpPair:
        return make_pgp_key(user_id, passphrase, at=at, kind=NewPgpKind.CURVE25519)

    monkeypatch.setattr(keeping, "make_key", make)
    monkeypatch.setattr(keeping, "make_pgp_key", make_pgp)
    return kinds
