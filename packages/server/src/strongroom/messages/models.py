"""The outbox: every notice and message that has to leave, with what became of it.

Rows are added by `notices` and `letters` inside the transaction that causes them (ATK-71).
"""

import uuid

from django.db import models

from strongroom.directory.models import PhoneNumber, User


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


class Channel(models.TextChoices):
    """The ways on which a person is reached."""

    MAIL = "mail"
    SMS = "sms"
    VOICE = "voice"


class LetterState(models.TextChoices):
    """The life of a letter; what a carrier reports comes after SENT."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class Letter(models.Model):
    """A message to one person over one channel.

    `sealed` holds what nobody may read in the queue (a code, a link) and is wiped when the letter
    is settled: once it left, or, for a call, once that ended. A letter to nobody is written for an
    unknown user and dropped by the worker, so that both take the same time (LATK-12). `failure` is
    the carrier's reason, one of ours.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="letters")
    phone = models.ForeignKey(PhoneNumber, null=True, on_delete=models.SET_NULL)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=10, choices=LetterState.choices, default=LetterState.WAITING
    )
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sender = models.CharField(max_length=20, blank=True)
    handle = models.CharField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["state", "next_try_at"], name="letter_waiting"),
            models.Index(fields=["phone", "created_at"], name="letter_of_phone"),
            models.Index(fields=["sender", "handle"], name="letter_by_handle"),
            models.Index(fields=["created_at"], name="letter_age"),
            models.Index(
                fields=["expires_at"],
                name="letter_unsettled",
                condition=models.Q(settled_at__isnull=True),
            ),
        )


class BellNotice(models.Model):
    """A line under the portal's bell."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bell")
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["user", "read_at", "at"], name="bell_of_user"),)
