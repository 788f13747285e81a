"""Puts the login together from settings and home: its factors, its policy, its herald.

What it does is in `strongroom.login`; the pages that use it are put together in `portal_house`.
"""

import secrets
from datetime import timedelta

from strongroom.login.house import LoginHouse, LoginPolicy
from strongroom.login.sealing import Sealing
from strongroom.messages.herald import OutboxHerald
from strongroom.rules import refusals
from strongroom.rules.sms_budgets import SmsBudgets
from strongroom.runtime import portal_address, registry, secret_keys
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Login, Settings

_PROFILES = ("core", "nist")


def build_sealing(home: Home) -> Sealing:
    """Return what seals the login's secrets. Raises Refused (KEY-FILE)."""
    return Sealing(secret_keys.login_key(home))


def build_login_house(settings: Settings, home: Home) -> LoginHouse:
    """Return what the verbs of the login work with. Raises Refused: KEY-FILE, CONFIGURATION-…."""
    sealing = build_sealing(home)
    return LoginHouse(
        firm=settings.firm.name,
        support=settings.firm.support,
        site=_site(settings),
        factors=registry.FACTORS,
        herald=OutboxHerald(sealing, _budgets(settings)),
        sealing=sealing,
        draw=secrets.token_bytes,
        policy=_policy(settings.login, settings.phones.countries),
    )


def _site(settings: Settings) -> str:
    """The portal's origin; a house without a portal still asks for codes over SFTP."""
    return portal_address.site_of(settings) if settings.portal.listen else ""


def _policy(login: Login, countries: tuple[str, ...]) -> LoginPolicy:
    if login.passwords not in _PROFILES:
        why = f"choose one of {', '.join(_PROFILES)}"
        raise refusals.CONFIGURATION_VALUE.because(key="login.passwords", why=why)
    return LoginPolicy(
        passwords=login.passwords,
        idle=timedelta(minutes=login.idle_minutes),
        absolute=timedelta(hours=login.absolute_hours),
        step_up=timedelta(minutes=login.step_up_minutes),
        failures_most=login.failures,
        failures_window=timedelta(hours=login.failures_hours),
        factor_failures_most=login.factor_failures,
        trusted_browser=timedelta(days=login.trusted_browser_days),
        restriction_delay=timedelta(hours=login.restriction_delay_hours),
        restriction_roll_back=timedelta(minutes=login.roll_back_minutes),
        private_addresses=login.private_addresses,
        change_freeze=timedelta(hours=login.freeze_hours),
        factor_cool_down=timedelta(hours=login.cool_down_hours),
        card_equity_usd=login.card_equity_usd,
        residences_without_opt_out=login.no_opt_out,
        countries=countries,
    )


def _budgets(settings: Settings) -> SmsBudgets:
    given = settings.phones
    return SmsBudgets(
        countries=given.countries,
        number_hour=given.number_hour,
        number_day=given.number_day,
        unverified_day=given.unverified_day,
        block_hour=given.block_hour,
        country_hour=given.country_hour,
    )
