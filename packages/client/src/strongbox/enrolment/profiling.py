"""The profile that an approved enrolment becomes.

What its fields mean is in profiles.profile.
"""

from pathlib import Path

from strongroom_formats.document_fields import day_text

from strongbox.enrolment.progress import Enrolment
from strongbox.keys.files import write_public_file
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Calendar, Folders, Help, OwnKeys, Profile, Sender

_SENDER = "firm-public.asc"


def keep_profile(box: Box, enrolment: Enrolment) -> Profile:
    """Save the profile, in place of the one that an earlier, killed run may have saved."""
    profile = _profile(enrolment, _sender_certificate(box, enrolment))
    files.save(box, profile)
    return profile


def _profile(enrolment: Enrolment, sender_certificate: Path | None) -> Profile:
    bundle, pgp = enrolment.bundle, enrolment.pgp_key
    folders, calendar = bundle.folders, bundle.calendar
    return Profile(
        name=enrolment.name,
        host=bundle.host,
        port=bundle.port,
        login=bundle.login,
        host_keys=bundle.host_keys,
        keys=OwnKeys(enrolment.ssh_key, pgp=() if pgp is None else (pgp,), secret=enrolment.secret),
        landing=enrolment.landing,
        firm=bundle.firm,
        folders=Folders(folders.outgoing, folders.manifests, folders.test, folders.incoming),
        calendar=Calendar(
            calendar.time_zone, calendar.expected_by, tuple(map(day_text, calendar.holidays))
        ),
        sender=Sender(bundle.signers, sender_certificate, sender_certificate is not None),
        help=Help(bundle.api, enrolment.invitation.pin),
    )


def _sender_certificate(box: Box, enrolment: Enrolment) -> Path | None:
    """The firm's certificate as a file; only what is encrypted is signed with it."""
    if enrolment.pgp_key is None or enrolment.bundle.sender_certificate is None:
        return None
    path = box.keys(enrolment.name).absolute() / _SENDER
    path.unlink(missing_ok=True)
    write_public_file(path, enrolment.bundle.sender_certificate.encode())
    return path
