"""Where the HTTPS part is, how it is known, and what the settings must make sense of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from strongroom.rules.refusals import Refused
from strongroom.runtime import api_certificate
from strongroom.runtime.api_address import base_url, host_of, sftp_address, trusted_proxies
from strongroom.runtime.meaning import refuse_nonsense
from strongroom.runtime.settings import Api, Firm, Settings, Sftp

if TYPE_CHECKING:
    from strongroom.runtime.checks.finding import Finding
    from strongroom.runtime.home import Home


def given(**api: Any) -> Settings:
    return Settings(api=Api(**{"listen": "127.0.0.1:8043", **api}))


@pytest.mark.parametrize(
    ("api", "url"),
    [
        ({}, "https://127.0.0.1:8043"),
        ({"listen": "[::1]:443"}, "https://[::1]:443"),
        ({"certificate": "none"}, "http://127.0.0.1:8043"),
        ({"url": "https://keys.example.com/in"}, "https://keys.example.com/in"),
        ({"certificate": "none", "url": "https://keys.example.com"}, "https://keys.example.com"),
    ],
)
def test_the_base_url_is_the_firm_s_or_where_it_listens(api: dict[str, Any], url: str) -> None:
    assert base_url(given(**api)) == url


@pytest.mark.parametrize(
    ("api", "code"),
    [
        ({"listen": ""}, "API-OFF"),
        ({"listen": "8043"}, "CONFIGURATION-VALUE"),
        ({"listen": "0.0.0.0:8043", "certificate": "none"}, "CONFIGURATION-VALUE"),
        ({"listen": "[::]:8043"}, "CONFIGURATION-VALUE"),
        ({"url": "http://keys.example.com"}, "CONFIGURATION-VALUE"),
        ({"url": "https://keys.example.com/"}, "CONFIGURATION-VALUE"),
        ({"url": "keys.example.com"}, "CONFIGURATION-VALUE"),
    ],
)
def test_a_way_in_without_protection_is_not_served(api: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        base_url(given(**api))
    assert no.value.code == code


def test_the_sftp_address_is_that_of_the_url_unless_it_is_said() -> None:
    settings = replace(
        given(url="https://keys.example.com"), sftp=Sftp(listen=("0.0.0.0:32", "[::]:32"))
    )
    assert sftp_address(settings) == ("keys.example.com", 32)
    assert host_of(given(url="https://[2001:db8::1]/x")) == "2001:db8::1"
    said = given(sftp="sftp.example.com:2222")
    assert sftp_address(said) == ("sftp.example.com", 2222)


def test_a_proxy_that_is_no_network_stops_the_start() -> None:
    assert len(trusted_proxies(given(trusted_proxies=("10.0.0.0/8",)))) == 1
    with pytest.raises(Refused, match="trusted_proxies"):
        trusted_proxies(given(trusted_proxies=("10.0.0.1/8",)))


@pytest.mark.parametrize("hour", ["24:00", "7:30", "18:30:00", "evening"])
def test_an_hour_that_is_none_stops_every_command(hour: str) -> None:
    refuse_nonsense(Settings(firm=Firm(expected_by="18:30")))
    with pytest.raises(Refused, match="expected_by"):
        refuse_nonsense(Settings(firm=Firm(expected_by=hour)))


# The certificate


def test_a_self_signed_certificate_is_made_once_and_its_pin_outlives_it(home: "Home") -> None:
    api = Api(listen="127.0.0.1:8043")
    api_certificate.make_certificate(api, home, "127.0.0.1")
    pin = api_certificate.pin_of(api, home)
    assert len(pin) == 43
    files = api_certificate.certificate_files(api, home)
    assert files is not None
    before = files.chain.read_bytes()
    api_certificate.make_certificate(api, home, "127.0.0.1")
    assert files.chain.read_bytes() == before
    files.chain.unlink()
    api_certificate.make_certificate(api, home, "keys.example.com")
    assert files.chain.read_bytes() != before
    assert api_certificate.pin_of(api, home) == pin
    assert {path.stat().st_mode & 0o777 for path in (files.chain, files.key)} == {0o600}


def test_the_firm_s_own_certificate_needs_no_pin(home: "Home", tmp_path: Path) -> None:
    own = Api(listen="x:1", certificate=str(tmp_path / "c"), certificate_key=str(tmp_path / "k"))
    assert api_certificate.pin_of(own, home) == ""
    assert api_certificate.pin_of(Api(listen="x:1", certificate="none"), home) == ""
    api_certificate.make_certificate(own, home, "x")
    assert not (home.keys / "api_key.pem").exists()


def write_certificate(folder: Path, *, ends: datetime, key_of: str = "own") -> Api:
    key = ec.generate_private_key(ec.SECP256R1())
    shown = key if key_of == "own" else ec.generate_private_key(ec.SECP256R1())
    now = ends - timedelta(days=365 * 10)
    chain = api_certificate._self_signed(shown, "keys.example.com", now)
    (folder / "chain.pem").write_bytes(chain)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return Api(
        listen="127.0.0.1:8043",
        certificate=str(folder / "chain.pem"),
        certificate_key=str(folder / "key.pem"),
    )


@pytest.fixture
def findings(home: "Home") -> "Callable[[Api], list[Finding]]":
    from strongroom.runtime.checks import api as checks
    from strongroom.runtime.checks.finding import Subject

    def look(chosen: Api) -> "list[Finding]":
        subject = Subject(Settings(api=chosen), home, datetime.now(UTC))
        return [*checks.address(subject), *checks.certificate(subject)]

    return look


def test_check_says_that_enrolment_is_off(findings: "Callable[[Api], list[Finding]]") -> None:
    [found] = findings(Api())
    assert (found.level, found.name) == ("ok", "enrolment")


def test_check_knows_a_certificate_that_is_made_later(
    home: "Home", findings: "Callable[[Api], list[Finding]]"
) -> None:
    api = Api(listen="127.0.0.1:8043")
    assert "next start" in findings(api)[1].measured
    api_certificate.make_certificate(api, home, "127.0.0.1")
    found = findings(api)[1]
    assert found.level == "ok"
    assert api_certificate.pin_of(api, home) in found.measured


@pytest.mark.parametrize(("days", "level"), [(-1, "fail"), (10, "warn"), (90, "ok")])
def test_check_warns_before_a_certificate_ends(
    tmp_path: Path, findings: "Callable[[Api], list[Finding]]", days: int, level: str
) -> None:
    ends = datetime.now(UTC) + timedelta(days=days)
    found = findings(write_certificate(tmp_path, ends=ends))[1]
    assert (found.name, found.level) == ("certificate", level)


def test_check_refuses_a_key_of_another_certificate(
    tmp_path: Path, findings: "Callable[[Api], list[Finding]]"
) -> None:
    ends = datetime.now(UTC) + timedelta(days=90)
    api = write_certificate(tmp_path, ends=ends, key_of="another")
    with pytest.raises(Refused, match="not the key of"):
        findings(api)
    (tmp_path / "key.pem").write_bytes(b"nonsense")
    with pytest.raises(Refused, match=r"key\.pem"):
        findings(api)
    (tmp_path / "chain.pem").unlink()
    with pytest.raises(Refused, match=r"chain\.pem"):
        findings(api)
