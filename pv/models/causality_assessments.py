"""Assessments of causality: the answers given by a method, and the grade that came of them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.causality import Assessor, Method
from pv.models.cases import Case

ASSESSORS = (
    (Assessor.REPORTER.value, pgettext_lazy("causality", "Reporter")),
    (Assessor.HOLDER.value, pgettext_lazy("causality", "Holder")),
    (Assessor.AUTHORITY.value, pgettext_lazy("causality", "Authority")),
)
METHODS = (
    (Method.CHINA.value, pgettext_lazy("causality", "China's six grades")),
    (Method.WHO_UMC.value, pgettext_lazy("causality", "WHO-UMC system")),
    (Method.NARANJO.value, pgettext_lazy("causality", "Naranjo scale")),
)


class CausalityAssessment(models.Model):
    """One assessment of a pair of drug and event; the latest of an assessor and method counts.

    `computed` is what follows from the answers, `final_result` what stands: both are codes of the
    method's own scale, empty while the assessment is open.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="causality")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField()
    pair = models.CharField(max_length=200, help_text="Identifiers of drug and event")
    assessor = models.CharField(max_length=10, choices=ASSESSORS)
    method = models.CharField(max_length=10, choices=METHODS)
    method_answers = models.JSONField(
        default=dict, help_text="Answer by question; absent: not answered"
    )
    computed = models.CharField(max_length=20, blank=True, help_text="By the answers")
    score = models.SmallIntegerField(null=True, help_text="Naranjo's sum")
    rule = models.CharField(max_length=30, help_text="The rule that gave the computed result")
    final_result = models.CharField(max_length=20, blank=True, help_text="What stands")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it is not as computed")
    rules_version = models.CharField(max_length=20, help_text="Version of the document causality")
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    assessed_by_name = models.CharField(max_length=120)
    assessed_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("case", "assessed_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(final_result=F("computed")) | ~Q(reason=""),
                name="own_causality_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(method="naranjo"),
                name="causality_score_is_naranjo",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pair} {self.assessor} {self.method} {self.final_result}"
