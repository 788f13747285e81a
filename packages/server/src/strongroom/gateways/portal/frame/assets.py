"""The style sheet, scripts and pictures, each under an address with its hash: kept for ever.

Templates name them with `{% asset "portal.css" %}`; files that nobody listed are not served.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from strongroom.gateways.portal.frame import errors

_PORTAL = Path(__file__).parents[1]
_HTMX = "htmx-2.min.js"
_HASH_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that browsers fetch once."""

    address: str
    content: bytes
    content_type: str


def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a file; an address with another hash is not found, so no cache ever mixes versions."""
    asset = _BY_ADDRESS.get(f"/assets/{name}")
    if asset is None:
        return errors.not_found(request)
    response = HttpResponse(asset.content, content_type=asset.content_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def address_of(name: str) -> str:
    """Return the address of a file of `static/`, or of htmx. Raises KeyError."""
    return ASSETS[name].address


def _gathered() -> dict[str, Asset]:
    contents = {path.name: path.read_bytes() for path in sorted(_PORTAL.glob("*/static/*"))}
    vendored = files("django_htmx").joinpath("static", "django_htmx", _HTMX)
    contents["htmx.js"] = vendored.read_bytes()
    made = {name: _asset(name, content) for name, content in contents.items()}
    return {name: _with_addresses(name, asset, made) for name, asset in made.items()}


def _with_addresses(name: str, asset: Asset, made: dict[str, Asset]) -> Asset:
    """A style sheet names pictures as they lie in the folder; browsers get their addresses."""
    if not name.endswith(".css"):
        return asset
    content = asset.content
    for other, picture in made.items():
        content = content.replace(f'url("{other}")'.encode(), f'url("{picture.address}")'.encode())
    return _asset(name, content)


def _asset(name: str, content: bytes) -> Asset:
    stem, _, ending = name.rpartition(".")
    digest = sha256(content).hexdigest()[:_HASH_LENGTH]
    kind = mimetypes.types_map.get(f".{ending}", "application/octet-stream")
    text = "; charset=utf-8" if ending in ("css", "js", "svg") else ""
    return Asset(f"/assets/{stem}.{digest}.{ending}", content, kind + text)


ASSETS: Mapping[str, Asset] = MappingProxyType(_gathered())
_BY_ADDRESS = {asset.address: asset for asset in ASSETS.values()}
