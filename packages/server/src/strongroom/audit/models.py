"""The tables of the audit log: the chained events and the head of the chain.

Rows are added by `record` and read by `reads`; nothing changes or removes one.
"""

from django.db import models


class Event(models.Model):
    """One audit record. `record` is the canonical JSON that the hash covers; the other columns
    repeat parts of it for searching and are compared with it by `audit verify`."""

    seq = models.BigIntegerField(primary_key=True)
    record = models.TextField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)

    class Meta:
        indexes = (
            models.Index(fields=["subject", "seq"], name="audit_subject"),
            models.Index(fields=["at"], name="audit_at"),
        )


class Head(models.Model):
    """The end of the chain, one row: what the next event is chained to."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
