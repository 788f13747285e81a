"""Chooses who carries letters to people: mail, SMS and calls, as the settings say.

The kinds are named in `registry`; what is sent is in `strongroom.messages`.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from strongroom.messages.letter_sending import LetterSenders, Mailroom
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.models import Channel
from strongroom.messages.ports import LetterSender
from strongroom.rules import refusals
from strongroom.runtime import portal_address, registry
from strongroom.runtime.home import Home
from strongroom.runtime.login_house import build_sealing
from strongroom.runtime.settings import Settings

_Made = TypeVar("_Made")


def build_mailroom(settings: Settings, home: Home) -> Mailroom:
    """Return what the worker sends letters with. Raises Refused: CONFIGURATION-VALUE, KEY-FILE."""
    return Mailroom(letter_senders(settings, home), build_sealing(home), house_of(settings))


def house_of(settings: Settings) -> House:
    """Return who writes."""
    host = ""
    if settings.portal.listen:
        host = urlsplit(portal_address.site_of(settings)).hostname or ""
    return House(settings.firm.name, settings.firm.support, host)


def letter_senders(settings: Settings, home: Home) -> LetterSenders:
    """Return the sender of each channel that has one. Raises Refused (CONFIGURATION-VALUE)."""
    wanted = {
        Channel.MAIL: (settings.mail.kind, registry.MAIL_SENDERS),
        Channel.SMS: (settings.sms.kind, registry.SMS_SENDERS),
        Channel.VOICE: (settings.voice.kind, registry.VOICE_SENDERS),
    }
    chosen: dict[Channel, LetterSender] = {}
    for channel, (kind, kinds) in wanted.items():
        build = chosen_kind(f"{channel.value}.kind", kind, kinds)
        if build is not None:
            chosen[channel] = build(settings, home)
    return chosen


def chosen_kind(
    key: str, kind: str, kinds: Mapping[str, Callable[..., _Made]]
) -> Callable[..., _Made] | None:
    """Return the kind that a setting names, None for an empty one.

    Raises Refused (CONFIGURATION-VALUE).
    """
    if not kind:
        return None
    if kind not in kinds:
        why = f"choose one of {', '.join(kinds)}, or leave it empty"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=why)
    return kinds[kind]
