"""Puts the HTTPS part together from settings and home: its addresses, the firm's facts, its rules.

What it answers is in `strongroom.api`; it is served by `web`.
"""

from strongroom_formats import sshsig
from strongroom_formats.bundle import Calendar
from strongroom_formats.invitation import Invitation

from strongroom.api.house import ApiHouse, ApiRules, Firm, PublicKeys
from strongroom.runtime import api_certificate, clock, meaning, registry, secret_keys
from strongroom.runtime.api_address import base_url, host_of, sftp_address, trusted_proxies
from strongroom.runtime.certificates import read_submission
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings


def build_api_house(settings: Settings, home: Home) -> ApiHouse:
    """Return what the end points work with. Raises Refused: API-OFF, CONFIGURATION-VALUE, …."""
    url = base_url(settings)
    host, port = sftp_address(settings)
    facts = meaning.firm_facts(settings)
    return ApiHouse(
        url=url,
        firm=Firm(
            name=settings.firm.name,
            support=settings.firm.support,
            host=host,
            port=port,
            calendar=Calendar(
                settings.firm.time_zone,
                tuple(sorted(facts.holidays)),
                meaning.expected_by(settings),
            ),
            names=settings.intake.names,
        ),
        rules=_rules(settings),
        trusted_proxies=trusted_proxies(settings),
        public_keys=lambda: _public_keys(home),
        read_certificate=read_submission,
        now=clock.now,
    )


def _rules(settings: Settings) -> ApiRules:
    desk = settings.key_desk
    return ApiRules(
        desk=registry.desk_rules(settings),
        is_automatic_approval=desk.automatic_approval,
        is_automatic_rotation=desk.automatic_rotation,
        private_addresses=desk.private_addresses,
    )


def _public_keys(home: Home) -> PublicKeys:
    """Read the firm's public keys; announced host keys are given as well, for the day they rule."""
    return PublicKeys(
        host_keys=tuple(key.public.openssh_line() for key in secret_keys.host_keys(home)),
        signers=(sshsig.public_key_line(secret_keys.evidence_key(home).public_key()),),
        certificate=secret_keys.firm_certificate(home).decode("ascii"),
    )


def invitation_with(code: str, settings: Settings, home: Home) -> Invitation:
    """Return the invitation to hand over. Raises Refused: API-OFF, CONFIGURATION-…, KEY-FILE."""
    url = base_url(settings)
    api_certificate.make_certificate(settings.api, home, host_of(settings))
    return Invitation(url, code, api_certificate.pin_of(settings.api, home))
