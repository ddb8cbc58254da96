"""What an approval rests on: the studies behind each indication, entered by two persons."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Indication, Product
from pv.models.second_persons import SecondPerson, second_person
from pv.models.studies import Study
from pv.models.withdrawals import withdrawn_whole


class ApprovalEvidence(SecondPerson):
    """One result behind an approval, as its document states it; an entry is never changed.

    What is wrong is entered again in place of it, or withdrawn with a reason.
    """

    class Kind(models.TextChoices):
        SINGLE_ARM = "SINGLE_ARM", pgettext_lazy("approval evidence", "Single-arm trial")
        BRIDGING = "BRIDGING", pgettext_lazy("approval evidence", "Bridging trial")
        OVERSEAS = "OVERSEAS", pgettext_lazy("approval evidence", "Overseas data")
        IIT = "IIT", pgettext_lazy("approval evidence", "Investigator-initiated trial")
        CONFIRMATORY = "CONFIRMATORY", pgettext_lazy("approval evidence", "Confirmatory trial")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    indication = models.ForeignKey(Indication, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+", null=True)
    study_number = models.CharField(max_length=60)
    participants = models.PositiveIntegerField(help_text="Analysed for this result")
    endpoint = models.CharField(max_length=200)
    result = models.CharField(max_length=200, help_text="As the document states it")
    interval = models.CharField(max_length=100, blank=True, help_text="As the document states it")
    data_cutoff = models.DateField(null=True)
    source = models.CharField(max_length=300, help_text="The document the entry was taken from")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "indication"), name="evidence_of_product"),)
        constraints = (
            *second_person("approval_evidence"),
            models.CheckConstraint(
                condition=Q(participants__gte=1), name="approval_evidence_has_participants"
            ),
            withdrawn_whole("approval_evidence"),
        )

    def __str__(self) -> str:
        return f"{self.study_number} {self.endpoint}"
