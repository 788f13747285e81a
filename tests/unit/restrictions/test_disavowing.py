"""`This was not me`: the link of an alert undoes what the alert told of, and tells the staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.contact import mail_tokens
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, Standing, TrustedBrowser, WebSession
from strongroom.login.safety import restricting, restrictions
from strongroom.login.safety.restricting import Asker
from strongroom.login.visitor import Visitor
from strongroom.messages import user_desk
from strongroom.messages.models import Notice
from strongroom.rules.networks import parse_network
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.restrictions.listening import Listener

if TYPE_CHECKING:
    from tests.conftest import StillClock

Acts = Callable[..., Act]


def _factor(user: User, at: Act, label: str) -> Enrolment:
    return Enrolment.objects.create(
        user=user, kind="totp", label=label, state="active", created_at=at.at,
        confirmed_at=at.at, created_via="portal",
    )  # fmt: skip


def _token(secrets: dict[str, Secret]) -> Secret:
    return Secret(secrets["not_me"].reveal().rpartition("/")[2])


@pytest.mark.req("LATK-25", "MON-3", "MON-4")
def test_the_link_undoes_what_is_as_new_as_the_alert_and_nothing_older(
    join: Callable[..., User], house: LoginHouse, act: Acts, clock: "StillClock"
) -> None:
    ann = join("prima")
    old = _factor(ann, act(), "old")
    WebSession.objects.create(
        user=ann, assurance=30, scope="full", address="192.0.2.1", browser="x",
        opened_at=act().at, seen_at=act().at,
    )  # fmt: skip
    TrustedBrowser.objects.create(
        user=ann, series_sha256="a", secret_sha256="b", rotated_at=act().at, label="x",
        address="192.0.2.1", created_at=act().at, expires_at=act().at + timedelta(days=1),
    )  # fmt: skip
    clock.advance(days=1)
    thief = _factor(ann, act(), "thief")
    token = _token(mail_tokens.not_me(ann, house, act()))
    clock.advance(minutes=5)
    later = _factor(ann, act(), "later")
    user_desk.disavow(token, house, act("portal"))
    for row, state in ((old, "active"), (thief, "suspended"), (later, "suspended")):
        row.refresh_from_db()
        assert row.state == state
    assert not WebSession.objects.filter(ended_at=None).exists()
    assert not TrustedBrowser.objects.filter(ended_at=None).exists()
    frozen = Standing.objects.get(user=ann).frozen_until
    assert frozen is not None
    assert frozen > act().at
    assert Notice.objects.get(kind="disavowed").facts == {"user": ann.name}
    with pytest.raises(Refused) as no:
        user_desk.disavow(token, house, act("portal"))
    assert no.value.code == "LINK-OVER"


@pytest.mark.req("LATK-25", "IPR-14")
def test_a_thiefs_list_of_addresses_does_not_keep_the_owner_out(
    join: Callable[..., User], house: LoginHouse, act: Acts, herald: Listener
) -> None:
    ann = join("prima")
    asker = Asker(ann, Visitor("192.0.2.1", "x"))
    listed = (parse_network("192.0.2.1"),)
    change = restricting.propose(asker, ann, listed, house=house, act=act())
    restricting.confirm(change.pk, asker, act=act())
    assert restrictions.in_force(ann, act().at) == listed
    user_desk.disavow(_token(dict(herald.alerts[-1].secrets)), house, act("portal"))
    assert restrictions.in_force(ann, act().at) == ()
