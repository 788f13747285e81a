"""What `strongroom check` says of the portal and of those who carry its messages."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from strongroom.rules.refusals import Refused
from strongroom.runtime.settings import Mail, Portal, Settings, Sms

if TYPE_CHECKING:
    from strongroom.runtime.checks.finding import Finding
    from strongroom.runtime.home import Home

SERVED = Settings(
    portal=Portal(listen="127.0.0.1:8044", url="https://portal.example.com"),
    mail=Mail(kind="smtp", host="mail.example.com", sender="us@example.com"),
    sms=Sms(kind="smpp", host="sms.example.com", system_id="example"),
)


def findings(settings: Settings, home: "Home") -> "list[Finding]":
    from strongroom.runtime.checks import portal
    from strongroom.runtime.checks.finding import Subject

    subject = Subject(settings, home, datetime.now(UTC))
    return [*portal.address(subject), *portal.senders(subject)]


def test_check_says_that_the_portal_is_off(home: "Home") -> None:
    [found] = findings(Settings(), home)
    assert (found.level, found.name) == ("ok", "portal")


def test_check_says_what_people_type_and_who_carries_their_codes(home: "Home") -> None:
    where, who = findings(SERVED, home)
    assert (where.level, who.level) == ("ok", "ok")
    assert where.measured.startswith("https://portal.example.com, ")
    assert who.measured == "mail smtp, sms smpp, voice off"


@pytest.mark.parametrize(
    "missing", [{"mail": Mail()}, {"sms": Sms()}, {"sms": Sms(kind="console")}]
)
def test_check_warns_where_no_message_would_arrive(
    home: "Home", missing: dict[str, Mail | Sms]
) -> None:
    _where, who = findings(replace(SERVED, **missing), home)
    assert (who.level, bool(who.advice)) == ("warn", True)


@pytest.mark.parametrize(
    "portal",
    [
        Portal(listen="127.0.0.1:8044", url="portal.example.com"),
        Portal(listen="0.0.0.0:8044", url="https://portal.example.com"),
        Portal(listen="127.0.0.1:8044", trusted_proxies=("proxy",)),
        Portal(listen="127.0.0.1:8044", certificate="none.pem", certificate_key="none.pem"),
    ],
)
def test_check_refuses_an_address_that_would_not_be_served(home: "Home", portal: Portal) -> None:
    with pytest.raises(Refused):
        findings(replace(SERVED, portal=portal), home)
