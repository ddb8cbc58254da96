"""Long work: one row a request, with honest counts and a file at the end."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.scope import Scope


class Job(models.Model):
    """A request for long work. The same request again is the same job."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_path = models.CharField(max_length=300, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_size = models.BigIntegerField(null=True)
    manifest = models.JSONField(default=dict)

    scope = Scope(own="user_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "kind", "idempotency_key"),
                condition=models.Q(state__in=("queued", "running", "done")),
                name="job_once",
            ),
        )
        indexes = (models.Index(fields=("user", "-requested_at"), name="job_user"),)

    def __str__(self) -> str:
        return self.title


class JobProgress(models.Model):
    """How far a running job has come; written often, so apart from the audited row."""

    job = models.OneToOneField(
        Job, on_delete=models.CASCADE, primary_key=True, related_name="progress"
    )
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    step = models.CharField(max_length=120, blank=True)
    beat_at = models.DateTimeField(null=True)

    scope = Scope(own="job__user_id")

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"
