"""The verb that puts on record that a user looked at a statement, or took its file.

It is the portal's own receipt; what a recipient fetched over a gateway is in `fetch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import Line, record_all
from strongroom.directory.models import User
from strongroom.statements.models import Reading, Statement


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody reads: the web session and its address."""

    session: UUID
    address: str


def note_view(user: User, statement: Statement, place: Place, *, act: Act) -> None:
    """Record the first look of a session at a statement; looking again there adds nothing."""
    with transaction.atomic():
        _, is_first = Reading.objects.get_or_create(
            user=user,
            statement=statement,
            session=place.session,
            is_download=False,
            defaults={"address": place.address, "at": act.at},
        )
        if is_first:
            record_all(act, [_line("statement.viewed", statement, user, place)])


def note_downloads(
    user: User, statements: Sequence[Statement], place: Place, *, act: Act, what: str
) -> None:
    """Record that files are handed out; `what` is `clear`, `encrypted` or `archive`."""
    with transaction.atomic():
        Reading.objects.bulk_create(
            Reading(
                statement=statement,
                user=user,
                session=place.session,
                address=place.address,
                is_download=True,
                at=act.at,
            )
            for statement in statements
        )
        record_all(
            act,
            [_line("statement.taken", one, user, place, what=what) for one in statements],
        )


def _line(verb: str, statement: Statement, user: User, place: Place, **more: str) -> Line:
    facts = {"user": user.name, "session": str(place.session), "address": place.address}
    return Line(verb, f"statement:{statement.pk}", {**facts, **more})
