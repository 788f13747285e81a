"""The tables of statements: arrivals, statements, copies, manifests and receipts.

Rows change only through the steps beside this file. The rows are the queue: a step claims work
by a conditional update of `claimed_until`, so a killed worker's work is free again in time.
"""

import uuid

from django.db import models

from strongroom.directory.models import Account, Recipient, User


class ArrivalState(models.TextChoices):
    """The life of a file that came in."""

    WAITING = "waiting"
    DONE = "done"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    DISMISSED = "dismissed"


class Arrival(models.Model):
    """One file that came in, whatever became of it. Its original lies below spool/, done/ or
    parked/ in a folder named by `id`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    file_name = models.CharField(max_length=255)
    source = models.CharField(max_length=10)
    actor = models.CharField(max_length=100)
    state = models.CharField(
        max_length=10, choices=ArrivalState.choices, default=ArrivalState.WAITING
    )
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    named = models.JSONField(null=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    statement = models.ForeignKey("Statement", null=True, on_delete=models.PROTECT)
    arrived_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["state", "arrived_at"], name="arrival_state"),)


class Statement(models.Model):
    """One report for one account and period, with a revision; never overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=40)
    period_from = models.DateField()
    period_to = models.DateField()
    extension = models.CharField(max_length=10)
    revision = models.IntegerField()
    file_name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=60)
    arrived_at = models.DateTimeField()
    is_held = models.BooleanField(default=False)
    hold_reason = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account", "kind", "period_from", "period_to", "extension", "revision"],
                name="statement_revision_once",
            ),
            models.UniqueConstraint(
                fields=["account", "kind", "period_from", "period_to", "extension", "sha256"],
                name="statement_content_once",
                condition=models.Q(removed_at=None),
            ),
        )
        indexes = (models.Index(fields=["account", "arrived_at"], name="statement_of_account"),)


class CopyState(models.TextChoices):
    """The life of a recipient's copy."""

    WAITING = "waiting"
    HELD = "held"
    READY = "ready"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    EXPIRED = "expired"


class Copy(models.Model):
    """A recipient's copy of a statement, encrypted to the recipient where PGP is on.

    An expired copy keeps its row as the tombstone; `number` is its place in the recipient's
    gap-free sequence, given when it is published.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="copies")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="copies")
    state = models.CharField(max_length=10, choices=CopyState.choices, default=CopyState.WAITING)
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    name = models.CharField(max_length=255)
    encryption = models.CharField(max_length=10, default="none")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    storage_key = models.CharField(max_length=60, blank=True)
    number = models.BigIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    published_on = models.DateField(null=True)
    remove_on = models.DateField(null=True)
    manifest = models.ForeignKey("Manifest", null=True, on_delete=models.PROTECT)
    fetch_count = models.IntegerField(default=0)
    first_fetched_at = models.DateTimeField(null=True)
    last_fetched_at = models.DateTimeField(null=True)
    alarmed_days = models.IntegerField(default=0)
    notified_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["recipient", "statement"], name="copy_once"),
            models.UniqueConstraint(fields=["recipient", "number"], name="copy_number_once"),
        )
        indexes = (
            models.Index(fields=["recipient", "state", "name"], name="copy_listing"),
            models.Index(fields=["recipient", "name"], name="copy_by_name"),
            models.Index(
                fields=["state", "next_try_at"],
                name="copy_to_prepare",
                condition=models.Q(state__in=["waiting", "held", "ready"]),
            ),
            models.Index(
                fields=["recipient", "published_on"],
                name="copy_unmanifested",
                condition=models.Q(manifest=None, number__isnull=False),
            ),
            models.Index(
                fields=["remove_on"],
                name="copy_to_expire",
                condition=models.Q(state__in=["published", "hidden"]),
            ),
            models.Index(
                fields=["id"],
                name="copy_to_clear",
                condition=models.Q(state="expired") & ~models.Q(storage_key=""),
            ),
            models.Index(
                fields=["last_fetched_at"],
                name="copy_last_fetched",
                condition=models.Q(last_fetched_at__isnull=False),
            ),
            models.Index(
                fields=["published_at"],
                name="copy_never_fetched",
                condition=models.Q(state="published", first_fetched_at=None),
            ),
        )


class Repository(models.Model):
    """What this app counts for a recipient: the copies' sequence and the chain of manifests."""

    recipient = models.OneToOneField(Recipient, primary_key=True, on_delete=models.PROTECT)
    copy_number = models.BigIntegerField(default=0)
    manifest_number = models.BigIntegerField(default=0)
    manifest_sha256 = models.CharField(max_length=64, default="0" * 64)
    manifest_day = models.DateField(null=True)
    rehearsal_key = models.CharField(max_length=60, blank=True)
    rehearsal_size = models.BigIntegerField(default=0)
    rehearsal_for = models.CharField(max_length=64, blank=True)


class Manifest(models.Model):
    """A signed manifest, stored whole: `body` and `signature` are the delivered bytes."""

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="manifests")
    number = models.BigIntegerField()
    day = models.DateField()
    edition = models.IntegerField()
    name = models.CharField(max_length=60)
    body = models.BinaryField()
    signature = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["recipient", "number"], name="manifest_number_once"),
            models.UniqueConstraint(fields=["recipient", "name"], name="manifest_name_once"),
        )


class Receipt(models.Model):
    """Evidence that a copy was fetched whole with one key; `body` and `signature` as signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="receipts")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="receipts")
    key_fingerprint = models.CharField(max_length=60)
    fetched_at = models.DateTimeField()
    body = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["copy", "key_fingerprint"], name="receipt_once"),
        )
        indexes = (models.Index(fields=["recipient", "fetched_at"], name="receipt_of_recipient"),)


class AcknowledgedState(models.TextChoices):
    """How far a recipient says that a statement came on the recipient's side."""

    DECRYPTED = "decrypted"
    PROCESSED = "processed"


class Acknowledgement(models.Model):
    """A recipient's own word, signed with an SSH key on record, on what became of a copy."""

    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="acknowledgements")
    state = models.CharField(max_length=10, choices=AcknowledgedState.choices)
    said_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    key_fingerprint = models.CharField(max_length=60)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["copy", "state"], name="acknowledged_once"),)


class PartialFetch(models.Model):
    """Which bytes of a copy went out with one key in reads that were not whole, so that a client
    that resumes after a break gets its receipt in the end. Gone when the receipt is made."""

    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="partial_fetches")
    key_fingerprint = models.CharField(max_length=60)
    ranges = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["copy", "key_fingerprint"], name="partial_fetch_once"),
        )


class Reading(models.Model):
    """A statement that a user looked at or took in the portal: the portal's own receipt."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    session = models.UUIDField()
    address = models.CharField(max_length=45)
    is_download = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["statement", "user"], name="reading_of_statement"),)


class SecurityIssue(models.Model):
    """A monthly security statement that was handed to intake: once for an account and a month."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="security_issues")
    month = models.DateField()
    arrival = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "month"], name="security_issue_once"),
        )


class ClockLook(models.Model):
    """One row: when retention last believed the clock, to notice a jump (ATK-70)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    believed_at = models.DateTimeField()
