"""Checks of the HTTPS part: where it is, and whether its certificate is good for some time."""

from collections.abc import Iterator
from datetime import timedelta

from strongroom.runtime.api_address import base_url, sftp_address, trusted_proxies
from strongroom.runtime.api_certificate import (
    certificate_files,
    pin_of_certificate,
    refuse_foreign_key,
)
from strongroom.runtime.checks.finding import Finding, Subject, bad, good, worth_a_look

_SOON = timedelta(days=30)
_RENEW = "Put a renewed certificate into api.certificate and start the server again."


def address(subject: Subject) -> Iterator[Finding]:
    """What invitations and bundles say makes sense."""
    if not subject.settings.api.listen:
        yield good("enrolment", "off (api.listen is empty)")
        return
    host, port = sftp_address(subject.settings)
    trusted_proxies(subject.settings)
    yield good("enrolment", f"{base_url(subject.settings)}, SFTP at {host}:{port}")


def certificate(subject: Subject) -> Iterator[Finding]:
    """The certificate can be read, is in its time, and the key is its own."""
    api = subject.settings.api
    files = certificate_files(api, subject.home) if api.listen else None
    if files is None:
        return
    if files.is_own and not files.chain.exists():
        yield good("certificate", "self-signed, made at the next start")
        return
    found = refuse_foreign_key(files)
    ends, begins = found.not_valid_after_utc, found.not_valid_before_utc
    said = f"until {ends:%Y-%m-%d}" + (f", pin {pin_of_certificate(found)}" * files.is_own)
    if not begins <= subject.now < ends:
        yield bad("certificate", f"valid from {begins:%Y-%m-%d} {said} alone", _RENEW)
    elif ends - subject.now < _SOON:
        yield worth_a_look("certificate", f"ends soon: {said}", _RENEW)
    else:
        yield good("certificate", said)
