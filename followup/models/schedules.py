"""Lifelong schedules and their planned visits: one narrow row per visit."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.visits import VisitState
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.products import Product, ReferenceItem
from followup.models.protocols import ProtocolAmendment
from followup.models.sites import Site
from followup.models.states import PLANNED_VISIT


class Schedule(models.Model):
    """The follow-up of one infusion under one protocol version; ends only with death."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="schedules")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="schedules")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    protocol = models.ForeignKey(ReferenceItem, on_delete=models.PROTECT, related_name="+")
    day_zero = models.DateField()
    planned_to = models.DateField(help_text="Rolling horizon of the lifelong tail")
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
    amendment = models.ForeignKey(
        ProtocolAmendment,
        on_delete=models.PROTECT,
        related_name="schedules",
        null=True,
        help_text="The move that led to the present protocol version",
    )

    scope = Scope(
        read=Perm.VISIT_READ,
        site="site_id",
        product="product_id",
        patient="patient_id",
        follows=True,
        former="patient_id",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("infusion", "protocol"),
                condition=Q(ended_on__isnull=True),
                name="one_open_schedule",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="")
                | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="schedule_end_has_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=("planned_to",), name="schedule_open", condition=Q(ended_on__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.infusion_id} {self.protocol_id}"


class PlannedVisit(models.Model):
    """One point of a schedule. `due` is the last day of its window.

    The state is stored where it is a fact (done, missed, cancelled, closed before the infusion
    was registered); whether a planned visit is open or overdue follows from its dates alone.
    """

    id = models.BigAutoField(primary_key=True)
    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, related_name="visits", db_index=False
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="planned_visits", db_index=True
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=12)
    window_start = models.DateField()
    target = models.DateField()
    due = models.DateField()
    state = models.CharField(
        max_length=20, choices=PLANNED_VISIT.choices, default=VisitState.PLANNED
    )
    done_on = models.DateField(null=True)
    snoozed_to = models.DateField(null=True)
    snoozed_at = models.TimeField(null=True, help_text="Hour of the next attempt, if agreed")
    unanswered = models.PositiveSmallIntegerField(default=0)
    due_version = models.PositiveSmallIntegerField(default=1)
    missing = ArrayField(
        models.CharField(max_length=20),
        null=True,
        help_text="What contacts on file have left open; null when there is none or it is done",
    )
    state_before = models.CharField(
        max_length=20, null=True, help_text="State before a contact closed it, for taking it back"
    )

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")
    audited_in_batches = True

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(window_start__lte=F("target")) & Q(target__lte=F("due")),
                name="window_holds_target",
            ),
            models.CheckConstraint(
                condition=Q(done_on__isnull=False, state__startswith="DONE")
                | (Q(done_on__isnull=True) & ~Q(state__startswith="DONE")),
                name="done_has_day",
            ),
            models.UniqueConstraint(fields=("schedule", "code"), name="point_once"),
            models.CheckConstraint(condition=PLANNED_VISIT.known(), name="visit_state_known"),
            models.CheckConstraint(
                condition=Q(state_before__isnull=True) | PLANNED_VISIT.known("state_before"),
                name="visit_state_before_known",
            ),
        )
        indexes = (
            models.Index(
                fields=("site", "due", "id"), name="visit_open", condition=Q(state="PLANNED")
            ),
            models.Index(
                fields=("window_start",), name="visit_sweep", condition=Q(state="PLANNED")
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.due}"
