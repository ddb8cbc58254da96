"""Reminders: the notice a person gets, its way out, and the state of the sweep."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.scope import Scope


class Notice(models.Model):
    """One rung of one obligation for one recipient on one channel; made at most once.

    `obligation` is the kind and key of what is owed ("visit:123"), `due_version` grows when
    the due date moves, so that a moved obligation reminds again. `target` is the key of the page
    the notice leads to. An in-app notice is sent by being there; an e-mail waits in the outbox.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app"
        EMAIL = "email"

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        SUPERSEDED = "superseded"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    obligation = models.CharField(max_length=80)
    rung = models.CharField(max_length=30)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recipient = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="notices", db_index=False
    )
    due_version = models.PositiveIntegerField(default=1)
    due = models.DateField()
    label = models.CharField(max_length=120)
    target = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it was dropped")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    scope = Scope(own="recipient_id")
    # One entry per sweep and rung: a hundred thousand images would cost more than the sweep.
    audited_in_batches = "everwatch_record_notices"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("obligation", "rung", "channel", "recipient", "due_version"),
                name="notice_once",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") & ~Q(reason="") | ~Q(state="dropped") & Q(reason=""),
                name="dropped_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=("recipient", "-created_at", "id"), name="notice_recipient"),
            models.Index(
                fields=("recipient",),
                name="notice_unread",
                condition=Q(channel="in_app", state="sent", read_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.obligation} {self.rung}"


class Outbox(models.Model):
    """The way out of an e-mail notice: claimed with a lease, fenced by the attempt number.

    `ambiguous` is set when nobody can know whether an earlier attempt arrived: it ended between
    the final dot of a message and the server's answer to it.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        COMMITTING = "committing"
        SENT = "sent"
        RETRY = "retry"
        DEAD = "dead"
        DROPPED = "dropped"

    notice = models.OneToOneField(
        Notice, on_delete=models.PROTECT, primary_key=True, related_name="outbox"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField()
    ambiguous = models.BooleanField(default=False)
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    scope = Scope(own="notice__recipient_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("not_before", "notice"),
                name="outbox_open",
                condition=Q(state__in=("pending", "retry", "sending", "committing")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"


class Heartbeat(models.Model):
    """When a process (tick, sweep, send) last showed life."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    scope = Scope(reference=True)

    def __str__(self) -> str:
        return self.name


class Watermark(models.Model):
    """Up to which day a source of obligations has been swept, and what of the trail was seen.

    Seen is every entry up to `position` whose transaction lies before `horizon`: a transaction
    that was still open then may commit entries with lower numbers later.
    """

    name = models.CharField(max_length=60, primary_key=True)
    day = models.DateField()
    position = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)

    scope = Scope(reference=True)

    def __str__(self) -> str:
        return self.name
