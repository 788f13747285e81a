"""How far an enrolment is, kept so that a run that was killed goes on where it was.

What is done at each stage is in `running`.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from strongroom_formats import canonical_json
from strongroom_formats.bundle import Bundle
from strongroom_formats.canonical_json import JsonValue, NotCanonical
from strongroom_formats.document_fields import DocumentInvalid, Fields
from strongroom_formats.invitation import Invitation

from strongbox.enrolment import refusals
from strongbox.profiles.box import Box
from strongbox.profiles.files import check_name
from strongbox.profiles.private_files import replace_private

_SCHEMA = "strongbox-enrolment-1"
_FILE = "enrolment.json"
_LIMIT = 2 * 1024 * 1024
_MOST_ADDRESSES = 20


class Stage(StrEnum):
    """What has been done, durably."""

    AGREED = "agreed"
    """The person agreed; keys may be being made."""

    SENDING = "sending"
    """The keys are on the disk; the submission may or may not have arrived."""

    SENT = "sent"
    """The firm has the public halves; `ticket` asks for its decision."""

    APPROVED = "approved"
    """The profile is saved; the test statement has not been opened yet."""


class StateInvalid(DocumentInvalid):
    """Not a file that this program wrote."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment under way. `pgp_key` is None where nothing is encrypted.

    `secret` says where passphrases come from, as in profiles.
    """

    name: str
    stage: Stage
    invitation: Invitation
    bundle: Bundle
    ssh_key: Path
    is_own_key: bool
    pgp_key: Path | None
    landing: Path
    secret: str
    addresses: tuple[str, ...] = ()
    ticket: str = ""

    @property
    def pgp_certificate(self) -> Path | None:
        """Where the public half of the OpenPGP pair is."""
        return None if self.pgp_key is None else self.pgp_key.with_name("pgp-public.asc")


def path_of(box: Box, name: str) -> Path:
    """Where an enrolment's state is kept; it holds the code, so it is for the owner alone."""
    return box.state(name) / _FILE


def save(box: Box, enrolment: Enrolment) -> Enrolment:
    """Keep the state, durably and whole; returns it. Raises OSError."""
    replace_private(path_of(box, enrolment.name), _to_bytes(enrolment))
    return enrolment


def forget(box: Box, name: str) -> None:
    """The enrolment is over. Keys and profile stay."""
    path_of(box, name).unlink(missing_ok=True)


def name_of(box: Box, name: str) -> str:
    """The name of the enrolment that a person means; with "" the only one.

    A state that cannot be read has its name all the same. Raises Refused: ENROL-…, PROFILE-NAME.
    """
    if not name:
        name = only_one(box, "").name
    check_name(name)
    if not path_of(box, name).exists():
        raise refusals.ENROL_NONE_WAITS.because()
    return name


def waiting(box: Box) -> list[Enrolment]:
    """Every enrolment that was begun and not ended. Raises Refused: ENROL-STATE."""
    return [_read(path) for path in sorted((box.root / "state").glob(f"*/{_FILE}"))]


def only_one(box: Box, name: str) -> Enrolment:
    """The enrolment under way; with name "" the only one. Raises Refused: ENROL-…."""
    found = [one for one in waiting(box) if name in {"", one.name}]
    if not found:
        raise refusals.ENROL_NONE_WAITS.because()
    if len(found) > 1:
        raise refusals.ENROL_WHICH_ONE.because(names=", ".join(one.name for one in found))
    return found[0]


def _to_bytes(enrolment: Enrolment) -> bytes:
    addresses: list[JsonValue] = [*enrolment.addresses]
    document: dict[str, JsonValue] = {
        "schema": _SCHEMA,
        "name": enrolment.name,
        "stage": enrolment.stage.value,
        "invitation": enrolment.invitation.to_bytes().decode(),
        "bundle": enrolment.bundle.to_bytes().decode(),
        "ssh_key": str(enrolment.ssh_key),
        "is_own_key": enrolment.is_own_key,
        "pgp_key": None if enrolment.pgp_key is None else str(enrolment.pgp_key),
        "landing": str(enrolment.landing),
        "secret": enrolment.secret,
        "addresses": addresses,
        "ticket": enrolment.ticket,
    }
    return canonical_json.dumps(document)


def _read(path: Path) -> Enrolment:
    try:
        with path.open("rb") as file:
            fields = Fields(canonical_json.loads(file.read(_LIMIT), _LIMIT), StateInvalid)
        return _filled(fields)
    except (NotCanonical, DocumentInvalid) as error:
        raise refusals.ENROL_STATE.because(path=path, why=str(error)) from error


def _filled(fields: Fields) -> Enrolment:
    fields.constant("schema", _SCHEMA)
    pgp_key = fields.text_or_none("pgp_key", most=4096)
    found = Enrolment(
        name=fields.text("name", most=60),
        stage=fields.choice("stage", Stage),
        invitation=Invitation.from_bytes(fields.text("invitation", most=4096).encode()),
        bundle=Bundle.from_bytes(_raw(fields, "bundle").encode()),
        ssh_key=Path(fields.text("ssh_key", most=4096)),
        is_own_key=fields.flag("is_own_key"),
        pgp_key=None if pgp_key is None else Path(pgp_key),
        landing=Path(fields.text("landing", most=4096)),
        secret=fields.text("secret", most=4096),
        addresses=fields.texts("addresses", most=_MOST_ADDRESSES, most_each=60),
        ticket=_raw(fields, "ticket"),
    )
    fields.close()
    return found


def _raw(fields: Fields, name: str) -> str:
    value = fields.value(name)
    if not isinstance(value, str):
        fields.refuse(name, "not text")
    return value
