"""Commitments of conditional approvals, their milestones, enrolment and history."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Indication, Product
from pv.domain.approvals import CommitmentState

# Their words stand beside the transitions, in the reference data.
STATES = [(state.value, state.value) for state in CommitmentState]


class Commitment(models.Model):
    """What a holder owes for an indication, until which statutory deadline."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="commitments")
    indication = models.ForeignKey(Indication, on_delete=models.PROTECT, related_name="commitments")
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=200)
    trial_number = models.CharField(max_length=60, blank=True)
    dossier_number = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=24, choices=STATES)
    approved_on = models.DateField(help_text="Earliest day the approval date can mean")
    approved_precision = models.CharField(max_length=5)
    legal_end = models.DateField(help_text="The day to hold: of a span the earliest")
    legal_end_latest = models.DateField(help_text="Last day the legal end can mean")
    legal_end_version = models.PositiveIntegerField(default=1)
    limit_rule = models.CharField(max_length=60, help_text="Rule and version it was set by")
    override_reason = models.TextField(blank=True)
    condition_text = models.TextField(blank=True)
    condition_source = models.CharField(max_length=200, blank=True)
    citation = models.TextField(blank=True)
    target_enrolment = models.PositiveIntegerField(null=True)
    maturity_days = models.PositiveIntegerField(null=True, help_text="Follow-up to the endpoint")
    forecast_p50 = models.DateField(null=True)
    forecast_p80 = models.DateField(null=True)
    forecast_on = models.DateField(null=True, help_text="Cut-off of the forecast; empty: none")
    forecast_seed = models.PositiveIntegerField(null=True)
    forecast_window = models.PositiveSmallIntegerField(null=True, help_text="Months learnt from")
    forecast_chance = models.FloatField(null=True, help_text="Of being in time, 0 to 1")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="commitments", null=True)
    lock_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("indication", "kind", "title"), name="commitment_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in CommitmentState]),
                name="commitment_state_known",
            ),
            models.CheckConstraint(
                condition=Q(legal_end__gt=models.F("approved_on")), name="end_after_approval"
            ),
            models.CheckConstraint(
                condition=Q(legal_end_latest__gte=models.F("legal_end")), name="end_is_a_span"
            ),
            models.CheckConstraint(
                condition=Q(forecast_on__isnull=False, forecast_seed__isnull=False)
                | Q(forecast_on=None, forecast_seed=None, forecast_p50=None, forecast_p80=None),
                name="forecast_has_its_cut_off",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """One milestone of a commitment: due, forecast, actual, evidence.

    `period` counts the years of a yearly report; 0 for a milestone that comes once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="milestones")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    period = models.PositiveSmallIntegerField(default=0)
    order = models.PositiveSmallIntegerField()
    baseline = models.DateField(null=True)
    due = models.DateField(null=True)
    forecast = models.DateField(null=True)
    actual = models.DateField(null=True)
    evidence = models.CharField(max_length=200, blank=True)
    due_version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("commitment", "order", "period")
        constraints = (
            models.UniqueConstraint(fields=("commitment", "code", "period"), name="milestone_once"),
        )
        indexes = (
            models.Index(fields=("due",), name="milestone_open", condition=Q(actual__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.period}" if self.period else self.code


class CommitmentEvent(models.Model):
    """One step in the life of a commitment or one slip of a milestone, with its reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="events")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=40)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, blank=True)
    milestone = models.ForeignKey(
        Milestone, on_delete=models.PROTECT, related_name="events", null=True
    )
    milestone_code = models.CharField(max_length=24, blank=True)
    old_date = models.DateField(null=True)
    new_date = models.DateField(null=True)
    old_document = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=200, blank=True)
    happened_on = models.DateField(null=True, help_text="Empty: not known to the day")
    reason = models.TextField(blank=True)
    citation = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("recorded_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(from_state__in=["", *(state.value for state in CommitmentState)])
                & Q(to_state__in=["", *(state.value for state in CommitmentState)]),
                name="commitment_event_states_known",
            ),
        )
        indexes = (models.Index(fields=("commitment", "recorded_at"), name="commitment_history"),)

    def __str__(self) -> str:
        return self.event


class EnrolmentCount(models.Model):
    """How many patients a trial had on a day, as counted by a person; never overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="counts")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    counted_on = models.DateField()
    enrolled = models.PositiveIntegerField()
    lost = models.PositiveIntegerField(null=True, help_text="Before the primary endpoint")
    matured = models.PositiveIntegerField(null=True, help_text="Reached the primary endpoint")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("counted_on", "recorded_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(lost__isnull=True)
                | Q(matured__isnull=True)
                | Q(enrolled__gte=models.F("lost") + models.F("matured")),
                name="enrolment_adds_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.counted_on} {self.enrolled}"


class TrialCentre(models.Model):
    """One centre of a confirmatory trial with its patients month by month.

    `monthly` maps "2026-05" to a count; a month that is not there was not reported.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="centres")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    planned_on = models.DateField(null=True)
    opened_on = models.DateField(null=True)
    closes_on = models.DateField(null=True)
    monthly = models.JSONField(default=dict)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("commitment", "name"), name="trial_centre_once"),
        )

    def __str__(self) -> str:
        return self.name


class ForecastScenario(models.Model):
    """A scenario kept beside the record: what it changes, and what followed from it that day.

    Dates and chances are those of the submission; the recorded ones stand beside them as they were
    when the scenario was kept, so that both rest on the same count.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="scenarios")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    changes = models.JSONField()
    window = models.PositiveSmallIntegerField(null=True, help_text="Months learnt from")
    counted_on = models.DateField(help_text="Cut-off of the forecast")
    seed = models.PositiveIntegerField()
    p50 = models.DateField(null=True, help_text="Empty: not reached")
    p80 = models.DateField(null=True, help_text="Empty: not reached")
    chance = models.FloatField(help_text="Of submitting in time, 0 to 1")
    recorded_p50 = models.DateField(null=True, help_text="Of the record; empty: not reached")
    recorded_p80 = models.DateField(null=True, help_text="Of the record; empty: not reached")
    recorded_chance = models.FloatField(help_text="Of the record, 0 to 1")
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    kept_at = models.DateTimeField()
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    removed_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        ordering = ("kept_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("commitment", "name"),
                condition=Q(removed_at__isnull=True),
                name="forecast_scenario_named_once",
            ),
            models.CheckConstraint(
                condition=Q(chance__range=(0, 1), recorded_chance__range=(0, 1)),
                name="forecast_scenario_chances",
            ),
        )

    def __str__(self) -> str:
        return self.name
