"""Whatever carriers call it: their words and codes become a reason that advice can be given for."""

import pytest
from strongroom.rules import sms_failures
from strongroom.rules.sms_failures import Failure


@pytest.mark.req("PHN-6", "SMS-1")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Number on DND register", Failure.DO_NOT_CALL),
        ("recipient opted-out", Failure.DO_NOT_CALL),
        ("VoIP numbers are not supported", Failure.VIRTUAL_NUMBER),
        ("outside of permitted hours", Failure.CARRIER_HOURS),
        ("Blocked by carrier", Failure.BLOCKED_BY_CARRIER),
        ("message filtered as SPAM", Failure.BLOCKED_BY_CARRIER),
        ("unknown_subscriber", Failure.UNKNOWN_NUMBER),
        ("Invalid 'To' number", Failure.UNKNOWN_NUMBER),
        ("handset switched off", Failure.UNREACHABLE),
        ("absent-subscriber", Failure.UNREACHABLE),
        ("answering machine", Failure.NO_KEY),
        ("no-answer", Failure.NOT_ANSWERED),
        ("unknown error", Failure.REFUSED),
        ("", Failure.REFUSED),
        ("x" * 10_000 + "spam", Failure.REFUSED),
    ],
)
def test_words_of_providers_become_reasons(said: str, expected: Failure) -> None:
    assert sms_failures.from_words(said) is expected


@pytest.mark.parametrize(
    ("state", "cause", "expected"),
    [
        ("UNDELIV", "001", Failure.UNKNOWN_NUMBER),
        ("undeliv", "999", Failure.UNREACHABLE),
        ("REJECTD", "", Failure.BLOCKED_BY_CARRIER),
        ("DELETED", "", Failure.REFUSED),
        ("NEWSTATE", "", Failure.REFUSED),
    ],
)
def test_receipts_become_reasons(state: str, cause: str, expected: Failure) -> None:
    assert sms_failures.from_smpp_receipt(state, cause) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(0x0B, Failure.UNKNOWN_NUMBER), (0x400, Failure.REFUSED), (0x58, Failure.REFUSED)],
)
def test_statuses_become_reasons(status: int, expected: Failure) -> None:
    assert sms_failures.from_smpp_status(status) is expected
