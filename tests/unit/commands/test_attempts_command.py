"""`strongroom attempts`: why a connection did not get in, in words a support desk can read out."""

from collections.abc import Callable

import pytest
from strongroom.rules.login_causes import EXPLANATIONS, Cause

from tests.unit.commands.conftest import Say

STRANGE = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
OWN = "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
Refuse = Callable[..., str]


@pytest.fixture
def refuse(db: None, act: Callable[..., object], clock: object) -> Refuse:
    """A factory: puts a refused connection on record, each a minute after the last."""
    from strongroom.login.connections.attempts import Refusal, record_attempt

    def make(cause: Cause, *offers: str, login: str = "acme", client: str = "OpenSSH_9.9") -> str:
        clock.advance(minutes=1)  # type: ignore[attr-defined]
        told = tuple({"fingerprint": o, "algorithm": "ssh-ed25519", "cause": cause} for o in offers)
        refusal = Refusal("sftp", login, "198.51.100.7", client, cause, told)
        return record_attempt(refusal, act("gateway"))

    return make


@pytest.mark.req("SFTP-4", "E-SFTP-1", "E-SFTP-2", "E-SFTP-3")
@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_is_shown_with_its_explanation(say: Say, refuse: Refuse, cause: Cause) -> None:
    reference = refuse(cause)
    said = say("attempts").out
    assert reference in said
    assert f"{cause}:" in said
    assert " ".join(EXPLANATIONS[cause].split()) in " ".join(said.split())


@pytest.mark.req("SFTP-4", "E-SFTP-2")
def test_what_is_known_of_each_offered_key_is_shown(
    say: Say, refuse: Refuse, act: Callable[..., object]
) -> None:
    from strongroom.directory.burnt_keys import burn
    from strongroom.directory.models import Recipient, SshKey

    now = act().at  # type: ignore[attr-defined]
    owner = Recipient.objects.create(login="other", created_at=now)
    SshKey.objects.create(
        recipient=owner, fingerprint=OWN, bits=256, state="active", label="desk", submitted_at=now
    )
    burn(STRANGE, reason="test", at=now)
    refuse(Cause.KEY_FOREIGN, OWN, STRANGE)
    [row] = say("attempts", "acme", "--json").rows
    known = {offer["fingerprint"]: offer["known"] for offer in row["offers"]}
    assert known == {
        OWN: "active key of other, called desk",
        STRANGE: "never sent in; burnt for ever",
    }
    assert row["address"] == "198.51.100.7"
    assert row["client"] == "OpenSSH_9.9"
    assert row["offers"][0]["algorithm"] == "ssh-ed25519"
    assert f"offered {OWN} ssh-ed25519: active key of other" in say("attempts").out


def test_the_newest_come_first_and_the_limit_holds(say: Say, refuse: Refuse) -> None:
    made = [refuse(cause) for cause in list(Cause)[:5]]
    rows = say("attempts", "--limit", "3", "--json").rows
    assert [row["reference"] for row in rows] == made[:1:-1]


def test_equal_attempts_are_counted_on_one_entry(say: Say, refuse: Refuse) -> None:
    assert refuse(Cause.KEY_UNKNOWN) == refuse(Cause.KEY_UNKNOWN)
    [row] = say("attempts", "--json").rows
    assert row["count"] == 2
    assert "2 times since" in say("attempts").out


def test_only_the_attempts_of_the_login_asked_for_are_shown(say: Say, refuse: Refuse) -> None:
    refuse(Cause.KEY_UNKNOWN)
    mine = refuse(Cause.LOGIN_UNKNOWN, login="nobody")
    assert [row["reference"] for row in say("attempts", "nobody", "--json").rows] == [mine]
    assert say("attempts", "someone").out == "No refused connection of someone.\n"


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "lower", "joined"])
def test_a_reference_is_found_however_it_was_read_out(say: Say, refuse: Refuse, typed: str) -> None:
    reference = refuse(Cause.KEY_UNKNOWN)
    refuse(Cause.NO_KEY_OFFERED)
    forms = {"lower": reference.lower(), "joined": reference.replace("-", "")}
    wanted = forms.get(typed, typed.format(reference))
    [row] = say("attempts", "--reference", wanted, "--json").rows
    assert row["reference"] == reference


def test_a_reference_that_nobody_gave_out_is_not_found(say: Say) -> None:
    assert say("attempts", "--reference", "7F3K-22", status=66).err.startswith("ATTEMPT-UNKNOWN")


@pytest.mark.req("ATK-69")
def test_a_strangers_text_cannot_move_the_cursor_or_forge_a_line(say: Say, refuse: Refuse) -> None:
    refuse(Cause.PROTOCOL, login="a\x1b[2J\nroot", client="x\r\n  offered SHA256:forged")
    said = say("attempts").out
    assert "\x1b" not in said
    assert "\r" not in said
    assert not any(line.startswith(("root", "  offered")) for line in said.splitlines())
