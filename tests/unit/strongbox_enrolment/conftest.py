"""What tests of enrolment share: a firm of paper, open for business.

`certificate`  a self-signed certificate, made once a run
`firm`         a `PaperFirm` served over HTTPS with that certificate, known by its pin
`help_at`      where the firm's web service is, as profiles keep it
"""

from collections.abc import Iterator

import pytest
from strongbox.profiles.profile import Help

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
