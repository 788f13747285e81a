"""Takes files away: a statement in clear, a recipient's encrypted copy, a receipt with its
signature, and several statements in one archive.

How bytes are read and packed is in `sending`; each download is put on record first.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.statements import sending
from strongroom.gateways.portal.statements.file_names import as_download, name_of, type_of
from strongroom.gateways.portal.statements.one import place_of, refuse_withheld
from strongroom.rules import login_refusals
from strongroom.rules.assurance import Assurance
from strongroom.rules.scopes import Leave, check_archive
from strongroom.statements.models import Receipt, Statement
from strongroom.statements.portal_reads import (
    encrypted_copy,
    find,
    find_all,
    reader_of,
    receipt_of,
)
from strongroom.statements.readings import note_downloads

MOST_STATEMENTS = 100
MOST_BYTES = 512 * 1024 * 1024


def clear(request: PortalRequest, statement: UUID) -> HttpResponseBase:
    """Hand out a statement's own file."""
    found = find(reader_of(request.known.user), statement)
    refuse_withheld(request, found)
    return _file(
        request, found, found.storage_key, name_of(found, request.portal.names), what="clear"
    )


def encrypted(request: PortalRequest, statement: UUID, copy: int) -> HttpResponseBase:
    """Hand out the file that was encrypted for a recipient."""
    found = find(reader_of(request.known.user), statement)
    taken = encrypted_copy(found, copy)
    return _file(request, found, taken.storage_key, taken.name, what="encrypted")


def _file(
    request: PortalRequest, statement: Statement, key: str, name: str, *, what: str
) -> HttpResponseBase:
    reader = sending.opened(request.portal.storage, key)
    try:
        note_downloads(
            request.known.user, [statement], place_of(request), act=request.act, what=what
        )
    except BaseException:
        reader.close()
        raise
    media = type_of(statement.extension) if what == "clear" else "application/octet-stream"
    response = StreamingHttpResponse(sending.Pieces(reader), content_type=media)
    response["Content-Length"] = str(reader.size)
    return as_download(response, name)


def receipt(request: PortalRequest, statement: UUID, receipt: UUID) -> HttpResponseBase:
    """Hand out a receipt, byte for byte as it was signed."""
    made = _receipt(request, statement, receipt)
    response = HttpResponse(bytes(made.body), content_type="application/json")
    return as_download(response, f"receipt-{made.pk}.json")


def receipt_signature(request: PortalRequest, statement: UUID, receipt: UUID) -> HttpResponseBase:
    """Hand out a receipt's detached signature (docs/formats/signatures.md)."""
    made = _receipt(request, statement, receipt)
    response = HttpResponse(bytes(made.signature), content_type="application/octet-stream")
    return as_download(response, f"receipt-{made.pk}.json.sig")


def _receipt(request: PortalRequest, statement: UUID, receipt_id: UUID) -> Receipt:
    return receipt_of(find(reader_of(request.known.user), statement), receipt_id)


def signers(request: PortalRequest) -> HttpResponseBase:
    """Hand out the line with which receipts are verified."""
    response = HttpResponse(request.portal.allowed_signers, content_type="text/plain")
    return as_download(response, "allowed_signers")


def archive(request: PortalRequest) -> HttpResponseBase:
    """Hand out the chosen statements as one ZIP. A restricted session may not (LATK-24, PHN-2)."""
    _refuse_archive(request)
    found = find_all(reader_of(request.known.user), _chosen(request))
    if sum(one.size for one in found) > MOST_BYTES:
        raise _too_big()
    for one in found:
        refuse_withheld(request, one)
    note_downloads(request.known.user, found, place_of(request), act=request.act, what="archive")
    response = StreamingHttpResponse(
        sending.zipped(_members(request, found)), content_type="application/zip"
    )
    return as_download(response, f"statements-{request.act.at:%Y%m%d-%H%M%S}.zip")


def _refuse_archive(request: PortalRequest) -> None:
    person = request.known
    leave = Leave(person.scope, person.is_restricted, person.frozen_until)
    check_archive(leave, now=request.act.at)
    if person.session.assurance <= Assurance.TEMPORARY:
        raise login_refusals.ARCHIVE_RESTRICTED.because()


def _chosen(request: PortalRequest) -> list[UUID]:
    """Read the chosen ids. Raises Refused: ARCHIVE-EMPTY, ARCHIVE-TOO-BIG, STATEMENT-NOT-THERE."""
    texts = request.POST.getlist("statement")
    if not texts:
        raise login_refusals.ARCHIVE_EMPTY.because()
    if len(texts) > MOST_STATEMENTS:
        raise _too_big()
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise login_refusals.STATEMENT_NOT_THERE.because() from error


def _too_big() -> Exception:
    return login_refusals.ARCHIVE_TOO_BIG.because(
        most=MOST_STATEMENTS, megabytes=MOST_BYTES // (1024 * 1024)
    )


def _members(request: PortalRequest, found: Sequence[Statement]) -> list[sending.Member]:
    storage, template = request.portal.storage, request.portal.names
    return [
        sending.Member(
            name_of(one, template),
            one.arrived_at,
            partial(sending.opened, storage, one.storage_key),
        )
        for one in found
    ]
