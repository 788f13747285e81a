"""The outbox: every notice that has to leave, with what became of it.

Rows are added by `notices` inside the transaction that causes them (ATK-71).
"""

import uuid

from django.db import models


class NoticeState(models.TextChoices):
    """Waiting, delivered to a sender, or given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Notice(models.Model):
    """One message to a recipient or to the operators. `sameness` makes a repeat impossible."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    sameness = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    recipient = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="notice_waiting"),)
