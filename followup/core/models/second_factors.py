"""Second factors of sign-in: authenticator apps, passkeys, recovery codes, and their reset."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.permissions import Perm
from followup.core.scope import Scope


class SecondFactor(models.Model):
    """One authenticator app or passkey of a person.

    `secret` is the app's key, encrypted; of a passkey only the public part exists here.
    `counter` is the app's last used time step, or the passkey's signature counter.
    """

    class Kind(models.TextChoices):
        APP = "app"
        PASSKEY = "passkey"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="second_factors")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=60)
    secret = models.TextField(blank=True)
    credential = models.TextField(blank=True)
    public = models.TextField(blank=True)
    host = models.CharField(max_length=253, blank=True)
    counter = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(own="user_id", joined=Perm.USER_READ)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=(Q(kind="app") & ~Q(secret="") & Q(credential=""))
                | (Q(kind="passkey", secret="") & ~Q(credential="") & ~Q(public="")),
                name="factor_has_its_part",
            ),
            models.UniqueConstraint(
                fields=("credential",),
                condition=~Q(credential="") & Q(removed_at__isnull=True),
                name="passkey_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("user",), name="factor_in_force", condition=Q(removed_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return self.label


class RecoveryCode(models.Model):
    """A code that replaces a lost second factor once; only its keyed index is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.BinaryField(max_length=16)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Used, or replaced by others")
    used = models.BooleanField(default=False)

    scope = Scope(own="user_id", joined=Perm.USER_READ)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return str(self.id)


class FactorReset(models.Model):
    """The request of one administrator to take a person's second factors away, and who agreed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="factor_resets")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed = models.BooleanField(null=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(agreed=False)
                | (~Q(decided_by=models.F("asked_by")) & ~Q(decided_by=models.F("user"))),
                name="reset_by_two_others",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=models.F("user")), name="reset_asked_by_another"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, agreed__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False, agreed__isnull=False),
                name="reset_decided_whole",
            ),
            models.UniqueConstraint(
                fields=("user",), condition=Q(decided_at__isnull=True), name="one_open_reset"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
