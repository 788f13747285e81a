"""Checks of the clients' portal: where it is, and who carries its mail and codes.

What the settings say is looked at; nothing is sent from here.
"""

from collections.abc import Iterator
from datetime import timedelta

from strongroom.runtime import carriers, portal_address
from strongroom.runtime.api_certificate import refuse_foreign_key
from strongroom.runtime.checks.finding import Finding, Subject, bad, good, worth_a_look

_SOON = timedelta(days=30)


def address(subject: Subject) -> Iterator[Finding]:
    """What people type, and what their browsers are shown, makes sense."""
    portal = subject.settings.portal
    if not portal.listen:
        yield good("portal", "off (portal.listen is empty)")
        return
    site = portal_address.site_of(subject.settings)
    portal_address.trusted_proxies(subject.settings)
    files = portal_address.certificate_files(subject.settings)
    measured = f"{site}, served on {portal.listen}"
    if files is None:
        why = "for a proxy that does TLS" if portal.url else "for trying it out on this machine"
        yield good("portal", f"{measured} {why}")
        return
    ends = refuse_foreign_key(files).not_valid_after_utc
    measured, renew = f"{measured}, certificate until {ends:%Y-%m-%d}", "Renew the certificate."
    if ends <= subject.now:
        yield bad("portal", measured, renew)
    elif ends - subject.now < _SOON:
        yield worth_a_look("portal", measured, renew)
    else:
        yield good("portal", measured)


def senders(subject: Subject) -> Iterator[Finding]:
    """There is somebody who carries invitations and codes."""
    if not subject.settings.portal.listen:
        return
    settings = subject.settings
    carriers.letter_senders(settings, subject.home)
    kinds = {"mail": settings.mail.kind, "sms": settings.sms.kind, "voice": settings.voice.kind}
    measured = ", ".join(f"{name} {kind or 'off'}" for name, kind in kinds.items())
    if not kinds["mail"] or not (kinds["sms"] or kinds["voice"]):
        advice = "Set mail.kind, and sms.kind or voice.kind: invitations and codes need them."
        yield worth_a_look("senders", measured, advice)
    elif "console" in kinds.values():
        advice = "`console` is for trying it out: messages stay on this machine."
        yield worth_a_look("senders", measured, advice)
    else:
        yield good("senders", measured)
