"""Opening the client for an S3 bucket from its settings alone; what it is used for is not known."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.store import S3Store

from strongroom.backends.storage.s3.settings import S3Settings
from strongroom.rules import refusals

if TYPE_CHECKING:  # obstore has these as types alone
    from obstore.store import ClientConfig, S3Credential

_CONNECT_LIMIT = timedelta(seconds=5)
_MOST_RETRIES = 4


def open_bucket(settings: S3Settings) -> S3Store:
    """Make the client. Every option is named, for obstore fills gaps from AWS_* variables.

    The keys go in through a callback: that also keeps a session token of the environment out.
    """

    def credential() -> "S3Credential":
        return {
            "access_key_id": settings.access_key,
            "secret_access_key": settings.secret_key.reveal(),
            "token": None,
            "expires_at": None,
        }

    client: ClientConfig = {
        "allow_http": settings.is_clear_text,
        "allow_invalid_certificates": False,
        "connect_timeout": _CONNECT_LIMIT,
        "timeout": settings.request_limit,
    }
    if settings.ca_certificates is not None:
        client["root_certificate"] = _read(settings.ca_certificates)
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        endpoint=settings.address,
        region=settings.region,
        virtual_hosted_style_request=not settings.is_path_style,
        skip_signature=False,
        unsigned_payload=False,
        request_payer=False,
        client_options=client,
        retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": settings.retry_limit},
        credential_provider=credential,
    )


def _read(certificates: Path) -> bytes:
    try:
        return certificates.read_bytes()
    except OSError as error:
        why = f"{certificates}: {error.strerror}"
        key = "storage.ca_certificates"
        raise refusals.CONFIGURATION_VALUE.because(key=key, why=why) from error
