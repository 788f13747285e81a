"""Chooses who carries letters and notices: mail, SMS and calls, as the settings say.

The senders are named here as the other backends are in `registry`; adding one means its folder and
one line. What is sent is in `strongroom.messages`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from strongroom.backends.senders.console.sender import ConsoleBoard, ConsoleSender
from strongroom.backends.senders.folder.sender import FolderSender
from strongroom.backends.senders.https_sms.sender import HttpsSmsSender, HttpsSmsSettings
from strongroom.backends.senders.https_voice.sender import HttpsVoiceSender, HttpsVoiceSettings
from strongroom.backends.senders.provider.https import Endpoint
from strongroom.backends.senders.smpp.sender import SmppSender
from strongroom.backends.senders.smpp.settings import SmppSettings
from strongroom.backends.senders.smtp.sender import SmtpNotices, SmtpSender
from strongroom.backends.senders.smtp.settings import Protection, SmtpSettings
from strongroom.directory.contacts import mail_addresses_of
from strongroom.login.sealing import Sealing
from strongroom.messages.calls import CallDesk
from strongroom.messages.letter_sending import LetterSenders, Mailroom
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.models import Channel
from strongroom.messages.ports import LetterSender, ReportReader, Sender
from strongroom.messages.providers import Providers
from strongroom.rules import refusals
from strongroom.runtime import portal_address
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings


def build_sender(settings: Settings, home: Home) -> Sender:
    """Return what takes notices out: mail where there is a server, else files in outbox/."""
    folder = FolderSender(home.outbox, firm=settings.firm.name)
    if settings.mail.kind != "smtp":
        return folder
    operators = settings.mail.operators
    return SmtpNotices(
        _smtp(settings),
        addresses=lambda recipient: mail_addresses_of(recipient) if recipient else operators,
        otherwise=folder,
    )


def _smtp(settings: Settings) -> SmtpSettings:
    given = settings.mail
    try:
        protection = Protection(given.protection)
    except ValueError:
        why = f"choose one of {', '.join(kind.value for kind in Protection)}"
        raise refusals.CONFIGURATION_VALUE.because(key="mail.protection", why=why) from None
    return SmtpSettings(
        host=given.host,
        port=given.port,
        sender=given.sender,
        firm=settings.firm.name,
        protection=protection,
        user=given.user,
        password=given.password,
        ca_certificates=_path(given.ca_certificates),
    )


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def console_folder(home: Home) -> Path:
    """Return where a development house keeps letters for its own eyes."""
    return home.outbox / "console"


def _console(channel: Channel) -> Callable[[Settings, Home], LetterSender]:
    return lambda _settings, home: ConsoleSender(console_folder(home), channel=channel.value)


def _https_sms(settings: Settings, _home: Home) -> LetterSender:
    given = settings.sms
    return HttpsSmsSender(
        HttpsSmsSettings(
            Endpoint(given.url, given.authorization, _path(given.ca_certificates)),
            signing_secret=given.signing_secret,
            origin=given.origin,
            fields=_fields(given.fields),
            id_path=given.id_path,
            error_path=given.error_path,
            report_id_path=given.report_id_path,
            report_status_path=given.report_status_path,
            report_reason_path=given.report_reason_path,
            delivered=given.delivered,
            passing=given.passing,
        )
    )


def _fields(lines: tuple[str, ...]) -> dict[str, str]:
    pairs = [line.partition("=") for line in lines]
    if not all(name and equals for name, equals, _ in pairs):
        why = "each is NAME=FORM, such as to={to}"
        raise refusals.CONFIGURATION_VALUE.because(key="sms.fields", why=why)
    return {name: form for name, _, form in pairs}


def _smpp(settings: Settings, _home: Home) -> LetterSender:
    given = settings.sms
    return SmppSender(
        SmppSettings(
            host=given.host,
            port=given.port,
            system_id=given.system_id,
            password=given.password,
            system_type=given.system_type,
            origin=given.origin,
            is_protected=given.tls,
            ca_certificates=_path(given.ca_certificates),
        )
    )


def _https_voice(settings: Settings, _home: Home) -> LetterSender:
    given = settings.voice
    site = portal_address.site_of(settings)
    return HttpsVoiceSender(
        HttpsVoiceSettings(
            Endpoint(given.url, given.authorization, _path(given.ca_certificates)),
            signing_secret=given.signing_secret,
            callback_url=f"{site}/callbacks/calls/",
            origin=given.origin,
        )
    )


BuildSender = Callable[[Settings, Home], LetterSender]

MAIL_SENDERS: dict[str, BuildSender] = {
    "smtp": lambda settings, _home: SmtpSender(_smtp(settings)),
    "console": _console(Channel.MAIL),
}
SMS_SENDERS: dict[str, BuildSender] = {
    "smpp": _smpp,
    "https": _https_sms,
    "console": _console(Channel.SMS),
}
VOICE_SENDERS: dict[str, BuildSender] = {
    "https": _https_voice,
    "console": _console(Channel.VOICE),
}


def build_mailroom(settings: Settings, home: Home, sealing: Sealing) -> Mailroom:
    """Return what the worker sends letters with. Raises Refused (CONFIGURATION-VALUE)."""
    return Mailroom(letter_senders(settings, home), sealing, house_of(settings))


def build_providers(settings: Settings, home: Home, sealing: Sealing) -> Providers:
    """Return what call-backs are answered with. Raises Refused (CONFIGURATION-VALUE)."""
    senders = letter_senders(settings, home)
    sms, voice = senders.get(Channel.SMS), senders.get(Channel.VOICE)
    reports: dict[str, ReportReader] = {}
    for sender in (sms, voice):
        if isinstance(sender, HttpsSmsSender):
            reports[sender.name] = sender
    is_console = "console" in {settings.mail.kind, settings.sms.kind, settings.voice.kind}
    return Providers(
        reports=reports,
        calls=voice if isinstance(voice, HttpsVoiceSender) else None,
        desk=CallDesk(sealing, house_of(settings)),
        board=ConsoleBoard(console_folder(home)) if is_console else None,
    )


def house_of(settings: Settings) -> House:
    """Return who writes."""
    host = ""
    if settings.portal.listen:
        host = urlsplit(portal_address.site_of(settings)).hostname or ""
    return House(settings.firm.name, settings.firm.support, host)


def letter_senders(settings: Settings, home: Home) -> LetterSenders:
    """Return the sender of each channel that has one. Raises Refused (CONFIGURATION-VALUE)."""
    wanted = {
        Channel.MAIL: (settings.mail.kind, MAIL_SENDERS),
        Channel.SMS: (settings.sms.kind, SMS_SENDERS),
        Channel.VOICE: (settings.voice.kind, VOICE_SENDERS),
    }
    return {
        channel: _chosen(f"{channel.value}.kind", kind, kinds)(settings, home)
        for channel, (kind, kinds) in wanted.items()
        if kind
    }


def _chosen(key: str, kind: str, kinds: Mapping[str, BuildSender]) -> BuildSender:
    if kind not in kinds:
        why = f"choose one of {', '.join(kinds)}, or leave it empty"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=why)
    return kinds[kind]
