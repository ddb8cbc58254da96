"""Questions about recorded data, each with its thread."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.data_queries import QueryState
from followup.models.events import AdverseEvent
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.sites import Site
from followup.models.states import DATA_QUERY
from followup.models.visits import Visit


class DataQuery(models.Model):
    """One question about a contact, an event or the patient; `rule` is empty if a person asked.

    `field` is the column it is about, empty for the whole record. What the holder asked about the
    event of a case (`by_holder`) is closed by the holder.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="data_queries")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, related_name="data_queries", null=True
    )
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="data_queries", null=True
    )
    by_holder = models.BooleanField(default=False, help_text="Asked by safety about its case")
    due_on = models.DateField(null=True, help_text="Last day an answer is awaited")
    due_version = models.PositiveIntegerField(default=1)
    asked_for = models.JSONField(default=list, help_text="Names of what is asked for, by language")
    field = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=10, choices=DATA_QUERY.choices, default=QueryState.OPEN)
    raised_on = models.DateField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=DATA_QUERY.known(), name="data_query_state_known"),
            models.UniqueConstraint(
                fields=("visit", "rule", "field"),
                condition=~Q(rule=""),
                name="data_query_of_rule_once",
            ),
            models.CheckConstraint(
                condition=Q(by_holder=False) | Q(event__isnull=False, due_on__isnull=False),
                name="question_of_the_holder_has_event_and_day",
            ),
        )
        indexes = (
            models.Index(
                fields=("site", "raised_on", "id"),
                name="data_query_open",
                condition=~Q(state="CLOSED"),
            ),
            models.Index(
                fields=("due_on",), name="data_query_due", condition=Q(due_on__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule or 'asked'} {self.field}"


class DataQueryEntry(models.Model):
    """One entry of the thread: asked, answered, asked again, closed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    query = models.ForeignKey(DataQuery, on_delete=models.PROTECT, related_name="entries")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    written_at = models.DateTimeField()

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id", patient="patient_id")
    insert_only = True

    def __str__(self) -> str:
        return f"{self.kind} {self.written_at}"
