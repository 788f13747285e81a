"""The one place that names concrete backends and puts the product together.

Adding a member to a family means its folder and one line here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from strongroom_formats import sshsig

from strongroom.backends.encryption.openpgp import encryptor as openpgp
from strongroom.backends.factors.card import pskc
from strongroom.backends.factors.card.factor import CardFactor
from strongroom.backends.factors.code_card.factor import CodeCardFactor
from strongroom.backends.factors.passkey.factor import PasskeyFactor
from strongroom.backends.factors.recovery.factor import RecoveryFactor
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.backends.factors.temporary.factor import TemporaryFactor
from strongroom.backends.factors.totp.factor import TotpFactor
from strongroom.backends.factors.voice.factor import VoiceFactor
from strongroom.backends.papers.code_card import code_card_pdf
from strongroom.backends.papers.security_statement import security_statement_pdf
from strongroom.backends.storage.local import storage as local
from strongroom.backends.storage.s3 import settings as s3_settings
from strongroom.backends.storage.s3 import storage as s3
from strongroom.directory.ssh_keys import DeskRules
from strongroom.documents.uploads import Spool, UploadRules
from strongroom.gateways.sftp.settings import HostKeys, SftpSettings
from strongroom.login.models import FactorKind
from strongroom.login.ports import Factor
from strongroom.rules import refusals
from strongroom.rules.cards import CardFile
from strongroom.rules.code_cards import CodeCardFace
from strongroom.rules.secret import Secret
from strongroom.rules.security_statement import SecurityStatement
from strongroom.runtime import clock, meaning, secret_keys
from strongroom.runtime.home import Home
from strongroom.runtime.reread import Reread
from strongroom.runtime.settings import Settings
from strongroom.statements.pipeline import Folders, IntakeRules, Pipeline, WorkRules
from strongroom.statements.ports import Storage
from strongroom.visits.bridge import Bridge
from strongroom.visits.house import House


def _local_storage(settings: Settings, home: Home) -> Storage:
    return local.build(local.LocalSettings(root=home.root / settings.storage.folder))


def _s3_storage(settings: Settings, _home: Home) -> Storage:
    given = settings.storage
    return s3.build(
        s3_settings.S3Settings(
            bucket=given.bucket,
            access_key=given.access_key,
            secret_key=given.secret_key,
            endpoint=given.endpoint,
            region=given.region,
            prefix=given.prefix,
            second_write=_second_write(given.second_write),
            ca_certificates=Path(given.ca_certificates) if given.ca_certificates else None,
        )
    )


def _second_write(text: str) -> s3_settings.SecondWrite:
    try:
        return s3_settings.SecondWrite(text)
    except ValueError:
        why = f"choose one of {', '.join(kind.value for kind in s3_settings.SecondWrite)}"
        raise refusals.CONFIGURATION_VALUE.because(key="storage.second_write", why=why) from None


STORAGES: dict[str, Callable[[Settings, Home], Storage]] = {
    "local": _local_storage,
    "s3": _s3_storage,
}


def keeps_objects_here(settings: Settings) -> bool:
    """Whether the chosen storage is a folder of this machine, which a back-up takes along."""
    return settings.storage.kind == "local"


def build_storage(settings: Settings, home: Home) -> Storage:
    """Return the storage that the settings choose. Raises Refused (CONFIGURATION-VALUE)."""
    build = STORAGES.get(settings.storage.kind)
    if build is None:
        why = f"choose one of {', '.join(STORAGES)}"
        raise refusals.CONFIGURATION_VALUE.because(key="storage.kind", why=why)
    return build(settings, home)


FACTORS: dict[FactorKind, Factor] = {
    factor.traits.kind: factor
    for factor in (
        SmsFactor(),
        VoiceFactor(),
        CardFactor(),
        CodeCardFactor(),
        PasskeyFactor(),
        TotpFactor(),
        RecoveryFactor(),
        TemporaryFactor(),
    )
}


def read_card_file(data: bytes, secret: Secret | None, *, suite: str, now: datetime) -> CardFile:
    """Read a vendor's file of cards. Raises Refused: PSKC-…, CARD-SUITE, OCRA-SUITE.

    `secret` is its key in hexadecimal or its password, `suite` for a file that names none.
    """
    found = pskc.read_pskc(data, secret)
    return CardFile(pskc.cards_of(found, now, suite=suite), is_signed=found.is_signed)


def print_code_card(face: CodeCardFace) -> bytes:
    """Return an online code card as PDF."""
    return code_card_pdf(face)


def print_security_statement(facts: SecurityStatement) -> bytes:
    """Return a monthly security statement as PDF."""
    return security_statement_pdf(facts)


def build_pipeline(settings: Settings, home: Home) -> Pipeline:
    """Put together what the steps of a statement work with. Raises Refused."""
    evidence = secret_keys.evidence_key(home)
    return Pipeline(
        storage=build_storage(settings, home),
        encryptor=openpgp.build(
            openpgp.OpenPgpSettings(
                signing_key=secret_keys.firm_pgp_key(home),
                workers=settings.pgp.workers,
                time_limit=settings.pgp.time_limit_seconds,
            ),
            clock=clock.now,
        ),
        sign=lambda document, namespace: sshsig.sign(document, evidence, namespace),
        folders=folders_of(home),
        intake=IntakeRules(
            grammar=meaning.grammar(settings),
            largest_bytes=settings.intake.largest_bytes,
            settle=timedelta(seconds=settings.intake.settle_seconds),
            sidecar_wait=timedelta(seconds=settings.intake.sidecar_wait_seconds),
            keep_done=timedelta(days=settings.intake.keep_done_days),
        ),
        firm=meaning.firm_facts(settings),
        work=WorkRules(
            lease=timedelta(seconds=settings.worker.lease_seconds),
            batch=settings.worker.batch,
            encrypting=max(1, settings.pgp.workers),
            manifest_settle=timedelta(seconds=settings.manifests.settle_seconds),
            nothing_today=settings.manifests.nothing_today,
        ),
        retention=meaning.retention_policy(settings),
    )


def folders_of(home: Home) -> Folders:
    """Return the folders that files pass through."""
    return Folders(home.inbox, home.spool, home.root / "done", home.root / "parked")


def desk_rules(settings: Settings) -> DeskRules:
    """Return the rules of the key desk."""
    desk = settings.key_desk
    return DeskRules(
        four_eyes=desk.four_eyes,
        keys_per_recipient=desk.keys_per_recipient,
        life_days=desk.life_days,
    )


def upload_rules(settings: Settings) -> UploadRules:
    """Return the bounds of uploads."""
    given = settings.uploads
    return UploadRules(
        quota_bytes=given.quota_bytes,
        largest_bytes=given.largest_bytes,
        files=given.files,
        keep_parts=timedelta(days=given.part_days),
    )


def build_spool(pipeline: Pipeline) -> Spool:
    """Return where uploads lie until they are whole."""
    return Spool(Path(pipeline.folders.spool) / "uploads", pipeline.storage)


def build_house(settings: Settings, home: Home) -> House:
    """Put together what visits work with."""
    pipeline = build_pipeline(settings, home)
    return House(
        pipeline=pipeline,
        spool=build_spool(pipeline),
        uploads=upload_rules(settings),
        sessions_per_recipient=settings.sftp.sessions_per_recipient,
        allowed_signers=secret_keys.allowed_signers(home).encode(),
        now=clock.now,
        bridge=Bridge(),
    )


def sftp_settings(settings: Settings) -> SftpSettings:
    """Turn the [sftp] section into the gateway's own settings. Raises Refused."""
    given = settings.sftp
    try:
        proxies = tuple(ip_network(text) for text in given.trusted_proxies)
    except ValueError as error:
        raise refusals.CONFIGURATION_VALUE.because(key="sftp.trusted_proxies", why=error) from error
    return SftpSettings(
        listen=given.listen,
        trusted_proxies=proxies,
        login_grace_seconds=float(given.login_seconds),
        idle_seconds=float(given.idle_seconds),
        stall_seconds=float(given.stalled_seconds),
        failed_signatures_most=given.failed_signatures,
        half_open_most=given.half_open,
        half_open_per_source_most=given.half_open_per_source,
        silent_most=given.silent,
        handles_most=given.handles,
    )


def host_keys(home: Home) -> HostKeys:
    """Return the host keys in use and the announced ones. Raises Refused (KEY-FILE)."""
    found = secret_keys.host_keys(home)
    return HostKeys(
        active=tuple(key.private for key in found if not key.is_announced),
        announced=tuple(key.private for key in found if key.is_announced),
    )


def host_key_source(home: Home) -> Reread[HostKeys]:
    """Return what gives the gateway its host keys, and others once their files change."""
    return Reread(lambda: host_keys(home), lambda: secret_keys.host_key_marks(home))
