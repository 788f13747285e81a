"""From the firm's record, or a bare refusal, to the cause that the doctor names."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.api.firm import Attempt, Explanation
from strongbox.doctor import causes, refusals
from strongbox.doctor.causes import of_refusal, of_silence, reference_in
from strongbox.doctor.firm_help import unlisted
from strongbox.doctor.report import Finding, Report, Stage, State, failed, fine
from strongbox.profiles.profile import Help, OwnKeys, Profile
from strongbox.refusal import Exit, RefusalKind, Refused
from strongbox.wire import refusals as wire_refusals
from strongroom.rules.login_advice import shown_cause
from strongroom.rules.login_causes import Cause

FINGERPRINT = "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
REFUSED = wire_refusals.LOGIN_REFUSED.because(
    login="acme", keys=FINGERPRINT, said="It says: Login ended. Reference: 7F3K-22"
)
TIMED_OUT = wire_refusals.NET_TIMEOUT.because(host="h", port=32, seconds="1", addresses="a")


@dataclass
class PaperKey:
    """A key of which only the fingerprint matters."""

    fingerprint_sha256: str = FINGERPRINT

    @property
    def public(self) -> "PaperKey":
        return self


@dataclass
class PaperHelp:
    """A firm's help with fixed answers."""

    explanation: Explanation | None = None
    seen: tuple[str, ...] = ()
    is_there: bool = True
    is_unknown: bool = False
    known: str = ""
    trouble: Refused | None = None
    keys: tuple[Any, ...] = (PaperKey(),)
    asked: list[str] = field(default_factory=list)
    profile: Profile = field(
        default_factory=lambda: Profile(
            "firm", "h", 32, "acme", (), OwnKeys(Path("k")), Path("in"), help=Help("https://h")
        )
    )

    def explain(self, reference: str = "") -> Explanation | None:
        self.asked.append(reference)
        return self.explanation

    def addresses(self) -> tuple[str, ...]:
        return self.seen

    def known_login(self) -> str:
        return self.known


def explanation(**changes: Any) -> Explanation:
    facts: dict[str, Any] = {
        "login_state": "enabled",
        "key_state": "active",
        "allowed": ("192.0.2.0/24",),
        "seen_address": "192.0.2.7",
        "is_seen_address_allowed": True,
        "attempts": (),
    }
    return Explanation(**{**facts, **changes})


def attempt(cause: str, reference: str = "7F3K-22", text: str = "Because.") -> Attempt:
    return Attempt(reference, "2026-11-22T10:00:00Z", cause, text, "192.0.2.7", 1, (FINGERPRINT,))


def found(help_: PaperHelp) -> Finding:
    return of_refusal(help_, REFUSED, "measured")  # type: ignore[arg-type]  # a firm on paper


TOLD = sorted({shown_cause(cause).value for cause in Cause})


@pytest.mark.req("SFTP-4")
@pytest.mark.parametrize("cause", TOLD)
def test_every_cause_that_a_firm_tells_has_a_code_and_a_status(cause: str) -> None:
    help_ = PaperHelp(explanation(attempts=(attempt("protocol", "AAAA-AA"), attempt(cause))))
    finding = found(help_)
    assert help_.asked == ["7F3K-22"]
    assert (finding.stage, finding.state) == (Stage.LOGIN, State.FAILED)
    assert finding.code.startswith("FIRM-")
    assert finding.exit in {Exit.REFUSED, Exit.LOGIN_UNKNOWN, Exit.TRY_AGAIN}
    assert "7F3K-22" in finding.measured
    if cause == "login-unknown":
        assert finding.exit is Exit.LOGIN_UNKNOWN
    if finding.code == "FIRM-SAYS":
        assert "Because." in finding.sentence


def test_a_cause_of_a_later_release_is_passed_on_in_the_firms_words() -> None:
    finding = found(PaperHelp(explanation(attempts=(attempt("moon-phase", text="It wanes."),))))
    assert finding.code == "FIRM-SAYS"
    assert "moon-phase" in finding.sentence
    assert "It wanes." in finding.sentence


@pytest.mark.parametrize("cause", ["", "KEY", "a b", "x" * 60, "key-\x1b[31m", "{login}"])
def test_a_cause_that_is_no_word_is_not_believed(cause: str) -> None:
    finding = found(PaperHelp(explanation(attempts=(attempt(cause),))))
    assert finding.code == "LOGIN-REFUSED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login_state": "disabled"}, "FIRM-LOGIN-DISABLED"),
        ({"key_state": "pending"}, "FIRM-KEY-PENDING"),
        ({"key_state": "rejected"}, "FIRM-KEY-REJECTED"),
        ({"key_state": "revoked"}, "FIRM-KEY-REVOKED"),
        ({"key_state": "expired"}, "FIRM-KEY-EXPIRED"),
        ({"is_seen_address_allowed": False}, "FIRM-ADDRESS"),
        ({}, "LOGIN-REFUSED"),
    ],
)
def test_without_a_record_of_the_attempt_the_states_tell(
    changes: dict[str, Any], code: str
) -> None:
    assert found(PaperHelp(explanation(**changes))).code == code


@pytest.mark.req("E-SFTP-1", "E-SFTP-2")
def test_a_firm_that_knows_neither_is_not_taken_for_one_that_knows_which() -> None:
    finding = found(PaperHelp(is_unknown=True))
    assert (finding.code, finding.exit) == ("FIRM-UNKNOWN", Exit.REFUSED)
    assert "acme" in finding.sentence
    assert FINGERPRINT in finding.sentence
    known = found(PaperHelp(is_unknown=True, known="acme-2"))
    assert (known.code, known.exit) == ("FIRM-LOGIN-UNKNOWN", Exit.LOGIN_UNKNOWN)


@pytest.mark.req("E-SFTP-3", "SFTP-5")
def test_a_silence_is_put_down_to_the_address_only_where_the_firm_does_not_list_it() -> None:
    def silent(**facts: Any) -> Finding:
        help_ = PaperHelp(**facts)
        return of_silence(help_, Stage.TCP, TIMED_OUT, "timed out")  # type: ignore[arg-type]

    listed = silent(explanation=explanation(), seen=("192.0.2.7",))
    assert listed.code == "NET-TIMEOUT"
    assert "lists your address" in listed.remedies[0]
    strange = silent(explanation=explanation(), seen=("192.0.2.7", "2001:db8::7"))
    assert (strange.code, strange.exit) == ("FIRM-ADDRESS", Exit.REFUSED)
    assert "2001:db8::7" in strange.sentence
    assert "192.0.2.7," not in strange.sentence
    alone = silent(is_there=False)
    assert alone.code == "NET-TIMEOUT"
    assert len(alone.remedies) == 4
    assert "2001:db8::7" in silent(seen=("2001:db8::7",), keys=()).measured


def test_addresses_are_compared_as_addresses_and_not_as_text() -> None:
    allowed = ("192.0.2.0/24", "2001:db8:0:0::/64", "nonsense", "10.0.0.0/8")
    seen = ("192.0.2.255", "192.0.3.1", "2001:db8::ffff", "2001:db8:1::1", "nonsense")
    assert unlisted(seen, allowed) == ("192.0.3.1", "2001:db8:1::1")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Login ended. Reference: 7F3K-22", "7F3K-22"),
        ("ref 7F3K-22.", "7F3K-22"),
        ("Reference: 7F3K-22\x1b[31m", "7F3K-22"),
        ("Reference: 7f3k-22", ""),
        ("Reference: 7F3K22", ""),
        ("", ""),
    ],
)
def test_the_reference_is_found_in_what_a_server_says(text: str, reference: str) -> None:
    assert reference_in(text) == reference


@given(st.text(max_size=300))
def test_no_servers_words_make_more_of_a_reference_than_it_is(text: str) -> None:
    assert len(reference_in(text)) <= 9
    assert set(reference_in(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def test_the_first_failure_gives_the_status_and_warnings_give_none() -> None:
    report = Report()
    assert report.exit is Exit.OK
    report.findings.append(fine(Stage.CLOCK))
    report.findings.append(failed(Stage.KEY, refusals.FIRM_NO_SUCH_LOGIN.because(login="x")))
    report.findings.append(failed(Stage.DISK, refusals.DISK_FULL.because(free=1, path=".",
                                                                       needed=2)))  # fmt: skip
    assert report.exit is Exit.LOGIN_UNKNOWN


def test_the_guide_explains_every_code_of_the_doctor() -> None:
    guide = Path("docs/recipients/doctor.md").read_text("utf-8")
    kinds = [one for one in vars(refusals).values() if isinstance(one, RefusalKind)]
    assert [kind.code for kind in kinds if f"`{kind.code}`" not in guide] == []
    assert all(kind in kinds for kind in causes._KINDS.values())
