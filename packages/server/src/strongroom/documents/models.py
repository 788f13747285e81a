"""The table of uploads that recipients send in.

Rows change only through the verbs beside this file.
"""

import uuid

from django.db import models

from strongroom.directory.models import Recipient


class UploadState(models.TextChoices):
    """A part that can be resumed, a whole file, or one that its sender removed."""

    PART = "part"
    WHOLE = "whole"
    REMOVED = "removed"


class Upload(models.Model):
    """One file below /incoming. A part lies in the spool; a whole file in the storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.PART)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    storage_key = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    visit = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["recipient", "name", "state"],
                name="upload_name_once",
                condition=models.Q(state__in=["part", "whole"]),
            ),
        )
        indexes = (models.Index(fields=["state", "changed_at"], name="upload_state"),)
