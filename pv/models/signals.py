"""The signal register: what was seen, on which lock, and every step to the decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import DataLock, User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.domain.signals.steps import Decision, SignalState
from pv.models.states import SIGNAL_STATE, SIGNAL_WORDS

DECISIONS = (
    (Decision.CONFIRMED.value, pgettext_lazy("signal decision", "Confirmed")),
    (Decision.REFUTED.value, pgettext_lazy("signal decision", "Refuted")),
    (Decision.MONITOR.value, pgettext_lazy("signal decision", "Keep under observation")),
)


class Signal(models.Model):
    """One signal of a product. `evidence` holds the figures it rests on as they were shown.

    `since` is the day its present state began, `due` the last day of the step it waits for.
    """

    class Source(models.TextChoices):
        OBSERVED_EXPECTED = "observed", pgettext_lazy("signal source", "Observed and expected")
        SEQUENTIAL = "sequential", pgettext_lazy("signal source", "Sequential monitoring")
        SCREENING = "screening", pgettext_lazy("signal source", "Disproportionality")
        CASES = "cases", pgettext_lazy("signal source", "Review of cases")
        LITERATURE = "literature", pgettext_lazy("signal source", "Literature")
        AUTHORITY = "authority", pgettext_lazy("signal source", "Authority")
        TRIAL = "trial", pgettext_lazy("signal source", "Trial, investigator-initiated included")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="signals")
    number = models.CharField(max_length=20, unique=True)
    term = models.CharField(max_length=200)
    source = models.CharField(max_length=12, choices=Source.choices)
    detected_on = models.DateField()
    description = models.TextField()
    lock = models.ForeignKey(DataLock, on_delete=models.PROTECT, related_name="+", null=True)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=SIGNAL_STATE.choices)
    since = models.DateField()
    due = models.DateField(null=True)
    decision = models.CharField(max_length=12, choices=DECISIONS, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=SIGNAL_STATE.known(), name="signal_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[SignalState.DECIDED.value, SignalState.SIGNED.value])
                ^ Q(decision=""),
                name="signal_decided_has_decision",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.term}"


class SignalStep(models.Model):
    """One step of a signal with its reasons; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="steps")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=12, choices=SIGNAL_WORDS)
    state_before = models.CharField(max_length=16, choices=SIGNAL_STATE.choices)
    state_after = models.CharField(max_length=16, choices=SIGNAL_STATE.choices)
    reason = models.TextField()
    actor_name = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")
    insert_only = True

    class Meta:
        ordering = ("signal", "recorded_at")
        constraints = (
            models.CheckConstraint(
                condition=SIGNAL_STATE.known("state_before") & SIGNAL_STATE.known("state_after"),
                name="signal_step_states_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.signal_id} {self.event}"
