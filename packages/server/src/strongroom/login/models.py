"""The tables of logging in: refused attempts, sessions and penalties.

Rows change only through the verbs beside this file.
"""

from django.db import models


class Attempt(models.Model):
    """A connection that did not get in, with its cause; equal ones are counted, not repeated."""

    reference = models.CharField(max_length=8, unique=True)
    at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.IntegerField(default=1)
    gateway = models.CharField(max_length=10)
    login = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    client = models.CharField(max_length=100)
    cause = models.CharField(max_length=40)
    offers = models.JSONField(default=list)

    class Meta:
        indexes = (
            models.Index(fields=["login", "last_at"], name="attempt_of_login"),
            models.Index(fields=["address", "login", "cause", "last_at"], name="attempt_again"),
            models.Index(fields=["last_at"], name="attempt_newest"),
        )


class Session(models.Model):
    """One visit over a gateway. `seen_at` moves on while it lives, so a killed gateway's end."""

    visit = models.UUIDField(primary_key=True)
    recipient_id = models.BigIntegerField()
    login = models.CharField(max_length=32)
    key_fingerprint = models.CharField(max_length=60)
    gateway = models.CharField(max_length=10)
    address = models.CharField(max_length=45)
    client = models.CharField(max_length=100)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["recipient_id", "closed_at"], name="session_of_recipient"),
            models.Index(fields=["opened_at"], name="session_opened"),
            models.Index(
                fields=["seen_at"], name="session_alive", condition=models.Q(closed_at=None)
            ),
        )


class Penalty(models.Model):
    """The score of one source (IPv4 address or IPv6 /64); shared by all gateways (ATK-35)."""

    source = models.CharField(max_length=43, primary_key=True)
    points = models.FloatField()
    at = models.DateTimeField()


class Nonce(models.Model):
    """A signed request that was taken; the same one again is refused while its time could fit."""

    login = models.CharField(max_length=64)
    nonce = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["login", "nonce"], name="nonce_once"),)
        indexes = (models.Index(fields=["at"], name="nonce_age"),)
