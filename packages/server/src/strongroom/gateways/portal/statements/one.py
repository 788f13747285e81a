"""The page of one statement: what it is, its revisions, and how far each copy came; its preview.

Taking its files away is in `taking`.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import page
from strongroom.gateways.portal.statements import sending
from strongroom.gateways.portal.statements.file_names import name_of
from strongroom.gateways.portal.statements.rows import row_of
from strongroom.gateways.portal.statements.words import Saying, copy_saying
from strongroom.rules import login_refusals
from strongroom.rules.previews import ENOUGH_BYTES, Table, preview
from strongroom.statements.models import Statement
from strongroom.statements.portal_reads import (
    CopyView,
    copies_of,
    find,
    is_clear_withheld,
    reader_of,
    revisions_of,
)
from strongroom.statements.readings import Place, note_view


@dataclass(frozen=True, slots=True)
class ShownCopy:
    """A recipient's copy and the words for its state."""

    copy: CopyView
    saying: Saying


def show(request: PortalRequest, statement: UUID) -> HttpResponse:
    """Show all that is known of a statement."""
    person = request.known
    reader = reader_of(person.user)
    found = find(reader, statement)
    note_view(person.user, found, place_of(request), act=request.act)
    copies = [ShownCopy(one, copy_saying(one)) for one in copies_of(found)]
    shown = {
        "statement": found,
        "row": row_of(found, since=None),
        "name": name_of(found, request.portal.names),
        "copies": copies,
        "revisions": [row_of(one, since=None) for one in revisions_of(found, reader)],
        "kept_until": _kept_until(copies),
        "is_withheld": is_withheld(request, found),
        "has_receipts": any(one.copy.receipts for one in copies),
        "signers": request.portal.allowed_signers,
    }
    return page(request, "statements/one.html", shown)


def _kept_until(copies: list[ShownCopy]) -> date | None:
    """The day from which the last copy, and with it the statement, may be removed."""
    days = [one.copy.remove_on for one in copies]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def show_preview(request: PortalRequest, statement: UUID) -> HttpResponse:
    """Show the beginning of a statement's file as tables or text (RPT-13)."""
    person = request.known
    found = find(reader_of(person.user), statement)
    refuse_withheld(request, found)
    content, is_whole = sending.beginning(request.portal.storage, found.storage_key, ENOUGH_BYTES)
    note_view(person.user, found, place_of(request), act=request.act)
    made = preview(content, found.extension, is_whole=is_whole)
    shown = {
        "row": row_of(found, since=None),
        "name": name_of(found, request.portal.names),
        "preview": made,
        "tables": [_shown_table(table) for table in made.tables],
    }
    return page(request, "statements/preview.html", shown)


Cell = tuple[str, bool]
"""A cell's text, and whether its column holds amounts."""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A piece of a file, each cell with its column's nature."""

    title: str
    heading: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def _shown_table(table: Table) -> ShownTable:
    rows = tuple(tuple(zip(row, table.numeric, strict=True)) for row in table.rows)
    heading = tuple(zip(table.heading, table.numeric, strict=False))
    return ShownTable(table.title, heading, rows)


def place_of(request: PortalRequest) -> Place:
    """From where this request reads."""
    return Place(request.known.session.pk, request.visitor.address)


def is_withheld(request: PortalRequest, statement: Statement) -> bool:
    """Whether the firm gives only encrypted files of this statement's account."""
    return not request.portal.gives_clear_files and is_clear_withheld(statement)


def refuse_withheld(request: PortalRequest, statement: Statement) -> None:
    """Raises Refused (STATEMENT-CLEAR-WITHHELD)."""
    if is_withheld(request, statement):
        raise login_refusals.STATEMENT_CLEAR_WITHHELD.because(firm=request.portal.firm)
