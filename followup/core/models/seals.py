"""The seal over the trail: a gapless chain, its anchors, verifications, reviews and locks."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope


class Seal(models.Model):
    """The place of one committed change in the chain; numbers have no gap and never change."""

    seq = models.BigIntegerField(primary_key=True)
    change_id = models.BigIntegerField(unique=True)
    content = models.BinaryField(max_length=32, help_text="SHA-256 of the canonical change")
    chain = models.BinaryField(max_length=32, help_text="SHA-256 over the seal before and this one")
    sealed_at = models.DateTimeField()

    scope = Scope(read=Perm.AUDIT_READ)

    def __str__(self) -> str:
        return str(self.seq)


class Anchor(models.Model):
    """The head of the chain as it was handed to somebody outside this database."""

    class Kind(models.TextChoices):
        FILE = "file"
        MAIL = "mail"
        TIME_STAMP = "time_stamp"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target = models.CharField(max_length=300)
    seq = models.BigIntegerField()
    chain = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    token = models.TextField(blank=True, help_text="Answer of the time-stamp service, base64")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, help_text="Empty while it waits")

    scope = Scope(read=Perm.AUDIT_READ)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "target", "seq"), name="anchor_once"),
        )
        indexes = (
            models.Index(fields=("made_at",), name="anchor_open", condition=Q(done_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"


class Verification(models.Model):
    """One walk over the chain: how far it went, and the first thing that was wrong."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    chain = models.CharField(max_length=64)
    checked = models.BigIntegerField(help_text="Changes whose content was compared")
    fault = models.CharField(max_length=40, blank=True)
    fault_seq = models.BigIntegerField(null=True)
    fault_row = models.CharField(max_length=200, blank=True)

    scope = Scope(read=Perm.AUDIT_READ)
    insert_only = True

    def __str__(self) -> str:
        return f"{self.first_seq}-{self.last_seq} {self.fault}"


class DataLock(models.Model):
    """A named number of the seal: what was known up to it, and the versions of the day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=200, blank=True)
    seq = models.BigIntegerField()
    chain = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    versions = models.JSONField(help_text="Dictionary, rules, code lists, protocols, code")

    scope = Scope(read=Perm.REPORT_READ)
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("-made_at", "-id"), name="datalock_latest"),)

    def __str__(self) -> str:
        return self.name


class TrailReview(models.Model):
    """That a person has reviewed the trail of a period, up to a number of the seal.

    Its signature is an electronic one (`Signature`, kind "trail_review").
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    since = models.DateField()
    until = models.DateField()
    site_id = models.UUIDField(null=True)
    seq = models.BigIntegerField()
    chain = models.CharField(max_length=64)
    changes = models.BigIntegerField()
    remarks = models.TextField(blank=True)
    reviewer_id = models.UUIDField()
    reviewer_name = models.CharField(max_length=120)
    reviewed_at = models.DateTimeField()

    scope = Scope(read=Perm.AUDIT_READ, site="site_id")
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("-reviewed_at", "-id"), name="trailreview_latest"),)

    def __str__(self) -> str:
        return f"{self.since} {self.until}"


class SystemEvent(models.Model):
    """A restore, a drill of one or an upgrade, which the trail must show like any change."""

    class Kind(models.TextChoices):
        RESTORE = "restore"
        UPGRADE = "upgrade"
        DRILL = "drill"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    scope = Scope(read=Perm.OPERATION_READ)
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("-at", "-id"), name="systemevent_latest"),)

    def __str__(self) -> str:
        return self.kind
