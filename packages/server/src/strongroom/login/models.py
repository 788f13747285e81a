"""The tables of logging in: first those of gateways that know keys, then those of people.

Rows change only through the verbs beside this file.
"""

import uuid

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from strongroom.directory.models import PhoneNumber, User


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


class StoredSession(AbstractBaseSession):
    """What a browser's cookie stands for. Its key is kept as SHA-256 alone (LATK-14, LATK-30)."""

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the engine that reads and writes these rows."""
        from strongroom.login.presence.session_store import SessionStore  # noqa: PLC0415 - it imports us

        return SessionStore


class Password(models.Model):
    """A user's password as Argon2id with its parameters."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE)
    hash = models.CharField(max_length=200)
    changed_at = models.DateTimeField()


class Standing(models.Model):
    """One row for each user: what holds for the whole login.

    `frozen_until` holds back high-risk acts after a change of contact or factor (LATK-25);
    `locked_at` is an operator's lock, which no waiting lifts.
    """

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE)
    preferred = models.UUIDField(null=True)
    opted_out_at = models.DateTimeField(null=True)
    frozen_until = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    locked_by = models.CharField(max_length=100, blank=True)
    first_signed_in_at = models.DateTimeField(null=True)
    times_signed_in = models.IntegerField(default=0)
    wants_security_statement = models.BooleanField(default=True)


class FactorKind(models.TextChoices):
    """The kinds of second factor; the values are stable and appear in tokens and audit."""

    SMS = "sms"
    VOICE = "voice"
    APP = "app"
    CARD = "card"
    CODE_CARD = "code-card"
    TEMPORARY = "temporary"
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY = "recovery"


class EnrolmentState(models.TextChoices):
    """The life of a user's factor."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Enrolment(models.Model):
    """A user's factor. `sealed` is its secret, openable only for this row (LATK-30).

    `version` rises with every accepted answer: an answer is accepted by the one conditional
    update that finds it unchanged (LATK-5, LATK-6). `failures` are consecutive. `cools_down` says
    that nothing as strong as the user's best factor vouched for it (LATK-18).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrolments")
    kind = models.CharField(max_length=12, choices=FactorKind.choices)
    label = models.CharField(max_length=60)
    state = models.CharField(
        max_length=10, choices=EnrolmentState.choices, default=EnrolmentState.PENDING
    )
    sealed = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    counter = models.BigIntegerField(default=-1)
    version = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    cools_down = models.BooleanField(default=False)
    phone = models.ForeignKey(PhoneNumber, null=True, on_delete=models.SET_NULL)
    shared_from = models.ForeignKey("Enrolment", null=True, on_delete=models.CASCADE)
    created_at = models.DateTimeField()
    created_via = models.CharField(max_length=40)
    confirmed_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=["user", "state"], name="enrolment_of_user"),)


class SignInState(models.TextChoices):
    """The states of F6."""

    PASSWORD_OK = "password-ok"  # noqa: S105 - a state's name
    DONE = "done"
    ENDED = "ended"


class SignIn(models.Model):
    """A login between its right password and its end; a browser's session names it until then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    state = models.CharField(max_length=12, choices=SignInState.choices)
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=200)
    trusted = models.ForeignKey("TrustedBrowser", null=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = (models.Index(fields=["user", "started_at"], name="sign_in_of_user"),)


class Purpose(models.TextChoices):
    """What a challenge is answered for; an answer never serves another purpose (LATK-18)."""

    SIGN_IN = "sign-in"
    STEP_UP = "step-up"
    ENROL = "enrol"
    VERIFY_PHONE = "verify-phone"
    CHANGE_EMAIL = "change-email"
    RESET = "reset"
    SFTP = "sftp"
    SHARE = "share"
    CARD_PIN = "card-pin"


class ChallengeState(models.TextChoices):
    """The life of a challenge; each change is one conditional update (LATK-6)."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Challenge(models.Model):
    """One question to one factor. `holder` is the sign-in or session that alone may answer.

    `kind` is the factor that asked: a number enrolled for SMS can be asked by voice. `asked` is
    what the person sees, `sealed` what the factor keeps to judge the answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    enrolment = models.ForeignKey(Enrolment, null=True, on_delete=models.CASCADE)
    phone = models.ForeignKey(PhoneNumber, null=True, on_delete=models.CASCADE)
    kind = models.CharField(max_length=12, choices=FactorKind.choices, blank=True, default="")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    holder = models.CharField(max_length=64)
    asked = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    most = models.IntegerField(default=5)
    message = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ChallengeState.choices, default=ChallengeState.PENDING
    )

    class Meta:
        indexes = (
            models.Index(fields=["user", "created_at"], name="challenge_of_user"),
            models.Index(fields=["holder", "state"], name="challenge_of_holder"),
        )


class WebSession(models.Model):
    """A person signed in. `proofs` are the factors that were proved, and when; `assurance` is the
    weakest of them (LATK-24). `stepped_up_at` is the last fresh factor, with `stepped_up_by`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="web_sessions")
    proofs = models.JSONField(default=list)
    assurance = models.SmallIntegerField()
    scope = models.CharField(max_length=20)
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=200)
    trusted = models.ForeignKey("TrustedBrowser", null=True, on_delete=models.SET_NULL)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    stepped_up_at = models.DateTimeField(null=True)
    stepped_up_by = models.CharField(max_length=12, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["user", "ended_at"], name="web_session_of_user"),
            models.Index(fields=["seen_at"], name="web_session_seen"),
        )


class TrustedBrowser(models.Model):
    """A browser that a user trusts: a rotating series whose old value betrays a thief (LATK-28)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trusted_browsers")
    series_sha256 = models.CharField(max_length=64, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField()
    label = models.CharField(max_length=200)
    address = models.CharField(max_length=45)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)


class Failures(models.Model):
    """Failed logins to a name since its last success, apart for known and unknown browsers
    (LATK-13).

    `source` is a trusted browser's id, `unknown` for all others together, or `factors`. A name
    that is nobody's is counted too, so that it costs the same statements (LATK-12). `recent` are
    the times, in seconds since 1970, of the last ones; `locked_until` ends by time alone.
    """

    name = models.CharField(max_length=8)
    source = models.CharField(max_length=36)
    recent = models.JSONField(default=list)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["name", "source"], name="failures_once"),)
        indexes = (models.Index(fields=["last_at"], name="failures_age"),)


class Allowance(models.Model):
    """How much of something was used in a window of time: messages to a prefix, tries of a source.

    Taken by one conditional update, so processes at once never pass the limit (LATK-22).
    """

    key = models.CharField(max_length=120, primary_key=True)
    began_at = models.DateTimeField()
    used = models.IntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["began_at"], name="allowance_age"),)


class RestrictionChange(models.Model):
    """One version of a user's list of addresses; which is in force is `rules.restrictions`' say.

    An unconfirmed change is rolled back at `roll_back_at`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="restriction_changes")
    networks = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=100)
    effective_at = models.DateTimeField()
    roll_back_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["user", "made_at"], name="restriction_of_user"),)


class LoginEvent(models.Model):
    """A line of a user's own history: logins, refusals, changes. Kept as long as statements are.

    A refusal of a name that is nobody's has a line without a user (LATK-12).
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="login_events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["user", "at"], name="login_event_of_user"),)


class Token(models.Model):
    """A secret that left by mail: for a reset, an undo, `this wasn't me`. Kept as SHA-256 alone.

    A reset of an unknown user has a row without one, so that both take the same time (LATK-12).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64, unique=True)
    facts = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class EmailChange(models.Model):
    """A change of the mail address: proved at the new one, undone from the old one (MON-2)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    old = models.CharField(max_length=254)
    new = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)


class CardState(models.TextChoices):
    """The life of a security card in the firm's drawer and out of it."""

    IN_STOCK = "in-stock"
    ASSIGNED = "assigned"
    SPENT = "spent"


class Card(models.Model):
    """A security card from the vendor's file (RFC 6030); `sealed` is its seed."""

    serial = models.CharField(max_length=64, primary_key=True)
    maker = models.CharField(max_length=60, blank=True)
    suite = models.CharField(max_length=80)
    sealed = models.TextField()
    counter = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CardState.choices, default=CardState.IN_STOCK)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=100)


class OrderState(models.TextChoices):
    """The life of an order for a security card (DSC-4)."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    ACTIVATED = "activated"
    CANCELLED = "cancelled"


class CardOrder(models.Model):
    """An order for a security card; `sealed` is the soft PIN chosen with it (DSC-2)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="card_orders")
    account = models.CharField(max_length=9)
    ship_to = models.TextField()
    sealed = models.TextField()
    hold_usd = models.DecimalField(max_digits=8, decimal_places=2)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.ORDERED)
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT)
    ordered_at = models.DateTimeField()
    ships_on = models.DateField()
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class RelyingParty(models.Model):
    """Another system of the firm that uses this login over OpenID Connect."""

    client_id = models.CharField(max_length=48, primary_key=True)
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=200, blank=True)
    redirect_uris = models.JSONField(default=list)
    is_platform = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=100)
    removed_at = models.DateTimeField(null=True)


class SsoCode(models.Model):
    """An authorization code (RFC 6749 section 4.1.2), once and for a minute; as SHA-256 alone."""

    code_sha256 = models.CharField(max_length=64, primary_key=True)
    party = models.ForeignKey(RelyingParty, on_delete=models.CASCADE)
    session = models.ForeignKey(WebSession, on_delete=models.CASCADE)
    redirect_uri = models.TextField()
    scope = models.CharField(max_length=200)
    nonce = models.CharField(max_length=200, blank=True)
    challenge = models.CharField(max_length=128)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SsoToken(models.Model):
    """An access token, as SHA-256 alone; it ends with its session."""

    token_sha256 = models.CharField(max_length=64, primary_key=True)
    party = models.ForeignKey(RelyingParty, on_delete=models.CASCADE)
    session = models.ForeignKey(WebSession, null=True, on_delete=models.CASCADE)
    code_sha256 = models.CharField(max_length=64, blank=True)
    scope = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
