"""Long work: one row per request, with honest counts and a file at the end."""

from enum import StrEnum

from django.db import models
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.core.states import StateColumn
from followup.core.stored_words import Words
from followup.state_machines import Machine, row


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEvent(StrEnum):
    """What moves a job: its requester, the worker that has it, a worker lost."""

    CLAIM = "CLAIM"
    CLAIM_AGAIN = "CLAIM_AGAIN"
    FINISH = "FINISH"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    STOP = "STOP"
    REQUEST_AGAIN = "REQUEST_AGAIN"


_S, _E = JobState, JobEvent
JOB = StateColumn(
    Machine(
        JobState,
        JobEvent,
        initial=(_S.QUEUED,),
        rows=(
            row(_E.CLAIM, _S.QUEUED, _S.RUNNING),
            # A worker that shows no life has lost its job; another takes it.
            row(_E.CLAIM_AGAIN, _S.RUNNING, _S.RUNNING),
            row(_E.FINISH, _S.RUNNING, _S.DONE),
            row(_E.FAIL, (_S.QUEUED, _S.RUNNING), _S.FAILED),
            row(_E.CANCEL, _S.QUEUED, _S.CANCELLED),
            row(_E.STOP, _S.RUNNING, _S.CANCELLED),
            # The file of a done job is gone: the same request does the work once more.
            row(_E.REQUEST_AGAIN, _S.DONE, _S.QUEUED),
        ),
    ),
    "state",
    pgettext_lazy("state machine", "Job"),
    {
        _S.QUEUED: pgettext_lazy("job state", "Waiting"),
        _S.RUNNING: pgettext_lazy("job state", "Running"),
        _S.DONE: pgettext_lazy("job state", "Done"),
        _S.FAILED: pgettext_lazy("job state", "Failed"),
        _S.CANCELLED: pgettext_lazy("job state", "Cancelled"),
    },
    {
        _E.CLAIM: pgettext_lazy("job event", "A worker takes it"),
        _E.CLAIM_AGAIN: pgettext_lazy("job event", "Another worker takes it"),
        _E.FINISH: pgettext_lazy("job event", "The work is done"),
        _E.FAIL: pgettext_lazy("job event", "The work fails"),
        _E.CANCEL: pgettext_lazy("job event", "Cancel"),
        _E.STOP: pgettext_lazy("job event", "Stop"),
        _E.REQUEST_AGAIN: pgettext_lazy("job event", "Request again"),
    },
    frozenset({_E.CLAIM, _E.CLAIM_AGAIN, _E.FINISH, _E.FAIL}),
)


class Job(models.Model):
    """A request for long work. The same request again is the same job."""

    State = JobState

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200, help_text="As its requester read it")
    # Title and error as words with their values (`stored_words`): each reader has a language. And
    # `language`, in which the file is written for who has chosen none.
    words = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=JOB.choices, default=JobState.QUEUED)
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

    scope = Scope(own="user_id", joined=Perm.REPORT_READ)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "kind", "idempotency_key"),
                condition=models.Q(state__in=("queued", "running", "done")),
                name="job_once",
            ),
            models.CheckConstraint(condition=JOB.known(), name="job_state_known"),
        )
        indexes = (models.Index(fields=("user", "-requested_at"), name="job_user"),)

    def __str__(self) -> str:
        return str(Words.of(self.words.get("title", {})) or self.title)

    @property
    def problem(self) -> str:
        """What went wrong, in the reader's language where it was kept as words."""
        return str(Words.of(self.words.get("error", {})) or self.error) if self.error else ""


class JobProgress(models.Model):
    """How far a running job has come; written often, so apart from the audited row.

    `kept` is what a handler needs to go on where an attempt that was lost had come to.
    """

    job = models.OneToOneField(
        Job, on_delete=models.CASCADE, primary_key=True, related_name="progress"
    )
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    step = models.CharField(max_length=120, blank=True)
    beat_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=dict)

    scope = Scope(own="job__user_id", joined=Perm.REPORT_READ)

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"
