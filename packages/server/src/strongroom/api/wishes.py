"""What a recipient with a key in force asks for: the next key, other addresses; and tells.

Who asks is made sure of in `signed`; approving is the operators', but where the firm allows it.
"""

from strongroom_formats.canonical_json import JsonValue
from strongroom_formats.document_fields import Fields
from strongroom_formats.possession import KEY_LINE_MOST, Possession
from strongroom_formats.signed_request import Purpose
from strongroom_formats.sshsig_keys import LIMIT

from strongroom.api.asking import Asked
from strongroom.api.enrolling import addresses_in, prove
from strongroom.api.progress import State
from strongroom.api.searching import refuse_private
from strongroom.api.signed import read_signed
from strongroom.directory.models import KeyState
from strongroom.messages import enrolment_desk, key_desk
from strongroom.rules import refusals
from strongroom.rules.key_intake import read_submission
from strongroom.statements.acknowledgements import Word, acknowledge_all
from strongroom.statements.models import AcknowledgedState

MOST_ENTRIES = 500


def rotate(asked: Asked) -> dict[str, JsonValue]:
    """Take the next key in, proved by the old one and by itself (KEY-16)."""
    signed = read_signed(asked, Purpose.ROTATE)
    refuse_private(asked, lambda _: signed.login)
    fields = signed.body()
    line = fields.text("ssh_key", most=KEY_LINE_MOST)
    signature = fields.block("signature", most=LIMIT)
    fields.close()
    submission = read_submission(line.encode(), file_name="")
    prove(submission, Possession(signed.request.nonce, signed.login, line, None), signature)
    rules, act = asked.house.rules, asked.acting(f"recipient:{signed.login}")
    # What an operator turned down comes in by no other way than an operator.
    was_rejected = signed.key.recipient.ssh_keys.filter(
        fingerprint=submission.key.fingerprint_sha256, state=KeyState.REJECTED
    ).exists()
    key = enrolment_desk.take_rotation(signed.key, line.encode(), rules=rules.desk, act=act)
    if rules.is_automatic_rotation and not was_rejected:
        by_itself = asked.acting("api")
        key = key_desk.approve_ssh_key(
            signed.login, key.fingerprint, rules=rules.desk, act=by_itself
        )
    state = State.APPROVED if key.state == KeyState.ACTIVE else State.PENDING
    return {
        "fingerprint": key.fingerprint,
        "words": submission.key.words,
        "state": state.value,
    }


def request_address(asked: Asked) -> dict[str, JsonValue]:
    """Pass a wish for other addresses on to the operators."""
    signed = read_signed(asked, Purpose.REQUEST_ADDRESS)
    fields = signed.body()
    wanted = addresses_in(fields)
    fields.close()
    if not wanted:
        raise refusals.ENROL_BODY.because(why="it names no address")
    act = asked.acting(f"recipient:{signed.login}")
    enrolment_desk.ask_for_addresses(signed.login, wanted, seen=asked.address, act=act)
    return {"state": State.PENDING.value}


def acknowledge(asked: Asked) -> dict[str, JsonValue]:
    """Write down what the recipient says became of statements."""
    signed = read_signed(asked, Purpose.ACKNOWLEDGE)
    fields = signed.body()
    words = [_word(entry) for entry in fields.list_of("entries", most=MOST_ENTRIES)]
    fields.close()
    act = asked.acting(f"recipient:{signed.login}")
    unknown = acknowledge_all(signed.key, words, act=act)
    missing: list[JsonValue] = [*unknown]
    return {"recorded": len(words) - len(unknown), "unknown": missing}


def _word(entry: Fields) -> Word:
    word = Word(
        statement_id=entry.uuid("statement_id"),
        sha256=entry.sha256("sha256"),
        state=entry.choice("state", AcknowledgedState),
        said_at=entry.moment("at"),
    )
    entry.close()
    return word
