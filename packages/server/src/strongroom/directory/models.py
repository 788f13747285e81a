"""The tables of the directory: accounts, users and their numbers, recipients, networks and keys.

Rows change only through the verbs beside this file, each with its audit line.
"""

from django.db import models


class Account(models.Model):
    """A client's account at the firm."""

    number = models.CharField(max_length=9, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    equity_usd = models.DecimalField(max_digits=18, decimal_places=2, null=True)


class User(models.Model):
    """A person's login name: five chosen letters and three digits, never changed (LOGIN-1).

    `residence` is the ISO 3166 country that decides about opting out (SLS-6); `identity` is the
    firm's own reference of the person, equal for one person's several users (SHARE-1).
    """

    name = models.CharField(max_length=8, unique=True)
    full_name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    language = models.CharField(max_length=2, default="en")
    residence = models.CharField(max_length=2, blank=True)
    identity = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    accounts = models.ManyToManyField(Account, through="Right", related_name="users")


class Role(models.TextChoices):
    """What a user is to an account (USR-1); what each may do is in `rules.rights`."""

    PRIMARY = "primary"
    SECOND = "second"
    ATTORNEY = "attorney"
    ATTORNEY_SECOND = "attorney-second"


class Right(models.Model):
    """A user's place at one account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="rights")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rights")
    role = models.CharField(max_length=20, choices=Role.choices)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=100)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "account"], name="right_once"),
            models.UniqueConstraint(
                fields=["account"], name="primary_once", condition=models.Q(role="primary")
            ),
        )


class UserInvitation(models.Model):
    """Leave for one person to become a user. The code is kept as SHA-256 alone."""

    code_sha256 = models.CharField(max_length=64, unique=True)
    full_name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    language = models.CharField(max_length=2, default="en")
    residence = models.CharField(max_length=2, blank=True)
    identity = models.CharField(max_length=64, blank=True)
    rights = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=100)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)


class PhoneNumber(models.Model):
    """A user's telephone number in E.164 (PHN-7). A removed one stays for the record.

    `kind` is what the public number plan says of it; `hours_from` and `hours_to` are the hours of
    the day between which its carrier delivers, in the number's own time zone. `replaces` is the
    number in whose place it comes, `is_proved` whether more than SMS confirmed that, and
    `usable_from` when login codes may go to it (LATK-25). `swapped_at` is when the carrier
    replaced its SIM card last, as far as it told at `looked_at` (LATK-2).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="numbers")
    number = models.CharField(max_length=18)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=20)
    label = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    usable_from = models.DateTimeField(null=True)
    is_do_not_call = models.BooleanField(default=False)
    hours_from = models.SmallIntegerField(null=True)
    hours_to = models.SmallIntegerField(null=True)
    swapped_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    is_proved = models.BooleanField(default=False)
    replaces = models.ForeignKey(
        "PhoneNumber", null=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "number"],
                name="number_once",
                condition=models.Q(removed_at=None),
            ),
        )
        indexes = (models.Index(fields=["number"], name="number_lookup"),)


class PgpPolicy(models.TextChoices):
    """Whether a recipient's statements are encrypted with PGP (DEL-4)."""

    OFF = "off"
    REQUIRED = "required"


class Recipient(models.Model):
    """A delivery end point: one login name and its repository.

    Where `second_factor_of` names a user, SFTP asks for a code of that user's after the key.
    """

    login = models.CharField(max_length=32, unique=True)
    pgp = models.CharField(max_length=10, choices=PgpPolicy.choices, default=PgpPolicy.OFF)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    first_entered_at = models.DateTimeField(null=True)
    accounts = models.ManyToManyField(Account, related_name="recipients")
    second_factor_of = models.ForeignKey(User, null=True, on_delete=models.PROTECT)


class AllowedNetwork(models.Model):
    """One line of a recipient's allow-list, as canonical CIDR text."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="networks")
    network = models.CharField(max_length=43)
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["recipient", "network"], name="network_once"),
        )
        indexes = (models.Index(fields=["network"], name="network_lookup"),)


class KeyState(models.TextChoices):
    """The life of a key (F1). Expiring is ACTIVE with an end in sight; it is not stored.

    REPLACED is a certificate in whose place another was approved; it was in force till then.
    """

    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REPLACED = "replaced"


class SshKey(models.Model):
    """A recipient's public key. `blob` is the canonical base64 of the wire form (ATK-39).

    `reason` is what the operator said when it was turned down.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="ssh_keys")
    fingerprint = models.CharField(max_length=60, unique=True)
    fingerprint_md5 = models.CharField(max_length=60)
    algorithm = models.CharField(max_length=40)
    bits = models.IntegerField()
    blob = models.TextField()
    label = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.PENDING)
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=100)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    first_used_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=45, blank=True)
    offered_pending_at = models.DateTimeField(null=True)
    is_possession_proved = models.BooleanField(default=False)
    replaces = models.ForeignKey(
        "SshKey", null=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )

    class Meta:
        indexes = (models.Index(fields=["recipient", "state"], name="ssh_key_of_recipient"),)


class PgpKey(models.Model):
    """A recipient's OpenPGP certificate; `certificate` is the canonical public part in base64.

    A renewed certificate keeps its fingerprint, so the one in force and the one that waits for
    approval can be two rows of the same fingerprint.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="pgp_keys")
    fingerprint = models.CharField(max_length=64)
    certificate = models.TextField()
    user_ids = models.JSONField(default=list)
    encryption_key_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.PENDING)
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=100)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    warned_days = models.IntegerField(null=True)
    replaces = models.ForeignKey(
        "PgpKey", null=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["fingerprint"],
                name="pgp_key_pending_once",
                condition=models.Q(state="pending"),
            ),
            models.UniqueConstraint(
                fields=["fingerprint"],
                name="pgp_key_active_once",
                condition=models.Q(state="active"),
            ),
        )
        indexes = (
            models.Index(fields=["recipient", "state"], name="pgp_key_of_recipient"),
            models.Index(fields=["fingerprint"], name="pgp_key_fingerprint"),
        )


class BurntKey(models.Model):
    """A fingerprint that can never be enrolled again, by anyone (KEY-7)."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    burnt_at = models.DateTimeField()
    reason = models.CharField(max_length=100)


class AccessClock(models.Model):
    """One row that moves on with every change of who may enter, so that gateways look again."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    ticks = models.BigIntegerField(default=0)


class Invitation(models.Model):
    """Leave for one submission of keys over HTTPS. Code and ticket are kept as SHA-256 alone.

    `challenge` is what the new key signs. What was submitted is named by its fingerprints; the
    addresses are only proposed until an operator allows them.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="invitations")
    code_sha256 = models.CharField(max_length=64, unique=True)
    challenge = models.CharField(max_length=64)
    is_automatic = models.BooleanField(default=False)
    allow_seen_address = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=100)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    ticket_sha256 = models.CharField(max_length=64, null=True, unique=True)
    ssh_fingerprint = models.CharField(max_length=60, blank=True)
    pgp_fingerprint = models.CharField(max_length=64, blank=True)
    seen_address = models.CharField(max_length=45, blank=True)
    proposed = models.JSONField(default=list)
    client = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["recipient", "made_at"], name="invitation_of_recipient"),
            models.Index(fields=["ssh_fingerprint"], name="invitation_of_key"),
        )
