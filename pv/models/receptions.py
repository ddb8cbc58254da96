"""ICSRs as they came from a partner or an authority: kept as received, offered, decided."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.cases.stages import ReceivedState
from pv.models.cases import Case
from pv.models.states import RECEIVED_REPORT


class ReceivedReport(models.Model):
    """One received message of a case. It becomes a version only when a person accepts it.

    `message` is the message as `pv.domain.e2b.storage` writes it, what found no place included,
    and is never changed. `fingerprint` is of its content, so that the same message is kept once.
    """

    State = ReceivedState

    class Kind(models.TextChoices):
        INITIAL = "initial", pgettext_lazy("received report", "Initial report")
        FOLLOW_UP = "follow_up", pgettext_lazy("received report", "Follow-up")
        AMENDMENT = "amendment", pgettext_lazy("received report", "Amendment")
        NULLIFICATION = "nullification", pgettext_lazy("received report", "Nullification")
        UNCHANGED = "unchanged", pgettext_lazy("received report", "Nothing new")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="received")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=RECEIVED_REPORT.choices)
    sender = models.CharField(max_length=100, blank=True, help_text="N.2.r.2, else C.3.2")
    names = ArrayField(models.TextField(), help_text="C.1.8.1, C.1.1 and C.1.9.1.r.2 as received")
    information = models.CharField(max_length=30, blank=True, help_text="C.1.5 as received")
    message = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    aware_on = models.DateField(null=True, help_text="Day of awareness, told at acceptance")
    accepted_version = models.PositiveIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reason_code = models.CharField(
        max_length=30, blank=True, help_text="Why it was rejected, of the document casework"
    )
    reason = models.CharField(max_length=500, blank=True, help_text="In a person's own words")

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("case", "fingerprint"), name="received_report_once"),
            models.CheckConstraint(
                condition=Q(state__in=("to_review", "history"), decided_at__isnull=True)
                | Q(state__in=("accepted", "rejected"), decided_at__isnull=False),
                name="received_report_decided",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="accepted", accepted_version__isnull=False, aware_on__isnull=False
                )
                | (~Q(state="accepted") & Q(accepted_version__isnull=True)),
                name="received_report_version",
            ),
            models.CheckConstraint(condition=RECEIVED_REPORT.known(), name="received_report_known"),
            models.CheckConstraint(
                condition=(Q(state="rejected") & ~Q(reason_code=""))
                | (~Q(state="rejected") & Q(reason_code="")),
                name="received_report_reason",
            ),
        )
        indexes = (
            GinIndex(fields=("names",), name="received_report_names"),
            models.Index(
                fields=("id",), name="received_report_open", condition=Q(state="to_review")
            ),
        )

    def __str__(self) -> str:
        return f"{' '.join(self.names[:1])} {self.information}"
