"""The malignancy work-up of a case and every step it took."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import AdverseEvent, Product, Site
from pv.domain.malignancies import AttributionClass, Level, TaskKind
from pv.models.cases import Case
from pv.models.states import MALIGNANCY_WORK_UP

EVENTS = tuple((event.value, word) for event, word in MALIGNANCY_WORK_UP.events.items())
LEVELS = (
    (Level.SUSPECTED.value, pgettext_lazy("malignancy level", "Suspected")),
    (Level.PROBABLE.value, pgettext_lazy("malignancy level", "Probable T-cell malignancy")),
    (Level.CONFIRMED_SPM.value, pgettext_lazy("malignancy level", "Confirmed second primary")),
    (Level.CONFIRMED_TCM.value, pgettext_lazy("malignancy level", "Confirmed T-cell malignancy")),
    (Level.EXCLUDED.value, pgettext_lazy("malignancy level", "Excluded")),
)
TASK_KINDS = (
    (TaskKind.TARGET.value, pgettext_lazy("work-up task", "Step of the rules")),
    (TaskKind.KIT.value, pgettext_lazy("work-up task", "Sampling kit")),
    (TaskKind.ASSAY.value, pgettext_lazy("work-up task", "Assay")),
)


class WorkUp(models.Model):
    """The work-up of one case: its state, its level, its attribution class.

    `evidence` holds the answers a person gave by the name of the question; level and attribution
    follow from them and from the molecular results, with the reasoning beside them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="work_up")
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=24, choices=MALIGNANCY_WORK_UP.choices)
    level = models.CharField(max_length=20, choices=LEVELS)
    evidence = models.JSONField(default=dict)
    attribution = models.CharField(max_length=1, blank=True, help_text="Empty while undecided")
    provisional = models.BooleanField(default=False)
    reasoning = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=MALIGNANCY_WORK_UP.known(), name="work_up_state_known"
            ),
            models.CheckConstraint(
                condition=Q(attribution__in=["", *(c.value for c in AttributionClass)]),
                name="work_up_class_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class WorkUpStep(models.Model):
    """One step of a work-up, by a person or by what happened to its samples."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    work_up = models.ForeignKey(WorkUp, on_delete=models.PROTECT, related_name="steps")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=24, choices=EVENTS)
    state_before = models.CharField(max_length=24, choices=MALIGNANCY_WORK_UP.choices)
    state_after = models.CharField(max_length=24, choices=MALIGNANCY_WORK_UP.choices)
    reason = models.CharField(max_length=500, blank=True)
    actor_name = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("work_up", "recorded_at")
        constraints = (
            models.CheckConstraint(
                condition=MALIGNANCY_WORK_UP.known("state_before")
                & MALIGNANCY_WORK_UP.known("state_after"),
                name="work_up_step_states_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.work_up_id} {self.event}"


class WorkUpTask(models.Model):
    """One thing a work-up has to get done: by whom, until when, and by what it is known as done.

    A target of the rules has a row once a person wrote something about it; a kit or an assay has
    one from its order.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    work_up = models.ForeignKey(WorkUp, on_delete=models.PROTECT, related_name="tasks")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=TASK_KINDS)
    code = models.CharField(max_length=40, help_text="Target or assay; of a kit its number")
    text = models.CharField(max_length=300, blank=True, help_text="What was ordered, from whom")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    due = models.DateField(null=True, help_text="Where it is not the day of the rules")
    done_on = models.DateField(null=True)
    evidence = models.CharField(max_length=500, blank=True)
    waived_because = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("work_up", "created_at")
        constraints = (
            models.UniqueConstraint(fields=("work_up", "kind", "code"), name="work_up_task_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in TaskKind]),
                name="work_up_task_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | (~Q(evidence="") & Q(waived_because="")),
                name="work_up_task_done_has_evidence",
            ),
        )

    def __str__(self) -> str:
        return f"{self.work_up_id} {self.code}"


class WorkUpReading(models.Model):
    """What one reader made of the evidence: a class with its grounds, alone or in consensus."""

    class Expertise(models.TextChoices):
        HAEMATOPATHOLOGIST = (
            "HAEMATOPATHOLOGIST",
            pgettext_lazy("reader", "Haematopathologist"),
        )
        MOLECULAR_EXPERT = "MOLECULAR_EXPERT", pgettext_lazy("reader", "Molecular expert")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    work_up = models.ForeignKey(WorkUp, on_delete=models.PROTECT, related_name="readings")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    expertise = models.CharField(max_length=24, choices=Expertise.choices)
    attribution = models.CharField(max_length=1)
    consensus = models.BooleanField(default=False)
    evidence = models.CharField(max_length=1000)
    reason = models.CharField(max_length=1000)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reader_name = models.CharField(max_length=120)
    read_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("work_up", "read_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(attribution__in=[c.value for c in AttributionClass]),
                name="work_up_reading_class_known",
            ),
            models.CheckConstraint(
                condition=~Q(evidence="") & ~Q(reason=""), name="work_up_reading_has_grounds"
            ),
        )

    def __str__(self) -> str:
        return f"{self.work_up_id} {self.attribution}"
