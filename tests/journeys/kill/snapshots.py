"""What the database says, as plain values that a test can compare; it changes nothing."""

from typing import Any

from django.db.models import Model, QuerySet
from strongroom.runtime.home import Home


def snapshot(home: Home) -> dict[str, Any]:
    """Return the rows of every table that a statement goes through, and check the audit log."""
    from strongroom.audit.models import Event
    from strongroom.documents.models import Upload
    from strongroom.messages.models import Notice
    from strongroom.runtime.audit_check import verify_everything
    from strongroom.statements import models

    whole = verify_everything(home, told=lambda _: None)
    return {
        "audited": whole.seq,
        "verbs": list(Event.objects.order_by("seq").values_list("verb", flat=True)),
        "arrivals": _rows(models.Arrival.objects.order_by("arrived_at")),
        "statements": _rows(models.Statement.objects.order_by("revision"), "account__number"),
        "copies": _rows(
            models.Copy.objects.order_by("recipient__login", "number"), "recipient__login"
        ),
        "repositories": _rows(models.Repository.objects.all(), "recipient__login"),
        "manifests": _rows(
            models.Manifest.objects.order_by("recipient__login", "number"), "recipient__login"
        ),
        "receipts": _rows(models.Receipt.objects.order_by("fetched_at")),
        "notices": _rows(Notice.objects.order_by("created_at")),
        "uploads": _rows(Upload.objects.order_by("started_at")),
    }


def _rows(rows: "QuerySet[Any]", *more: str) -> list[dict[str, Any]]:
    model: type[Model] = rows.model
    names = [field.attname for field in model._meta.concrete_fields]
    return [{key: _plain(one) for key, one in row.items()} for row in rows.values(*names, *more)]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode()
    return value if isinstance(value, int | str | bool | dict | list | None) else str(value)
