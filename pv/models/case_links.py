"""Links between reports that are to be read together, as each side tells them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.cases.case_links import CaseLinkKind
from pv.models.cases import Case


class CaseLink(models.Model):
    """One report a case is read together with (C.1.10.r); undone, never deleted.

    A link between two cases is two rows, one on each side, so that each is read with its own case.
    """

    class Kind(models.TextChoices):
        SAME_PATIENT = "same_patient", pgettext_lazy("case link", "Same patient")
        SAME_LOT = "same_lot", pgettext_lazy("case link", "Same cluster or lot")
        SIBLING = "sibling", pgettext_lazy("case link", "Sibling")
        PARENT = "parent", pgettext_lazy("case link", "Report on the parent")
        CHILD = "child", pgettext_lazy("case link", "Report on the child or foetus")
        LITERATURE = "literature", pgettext_lazy("case link", "Same article")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    number = models.CharField(max_length=100, help_text="C.1.10.r, the worldwide identifier")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=500)
    linked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    linked_at = models.DateTimeField()
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undone_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("case", "linked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("case", "number"),
                condition=Q(undone_at__isnull=True),
                name="case_link_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in CaseLinkKind]),
                name="case_link_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("case")), name="case_link_to_another"
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(number=""), name="case_link_has_number_and_reason"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_because="")),
                name="case_link_undone_with_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=("number",), name="case_link_number", condition=Q(undone_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.number}"
