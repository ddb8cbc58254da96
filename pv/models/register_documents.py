"""Documents beside an entry of the holder's registers; their bytes in rows that never change.

They are letters, plans and study reports between holder and authority: no file of a patient.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from followup.models.files import CONTENT, SCANS, TYPES


class RegisterDocument(models.Model):
    """A document of one entry; `sent_sha256` is of the file as it came, `sha256` as it is kept."""

    class Register(models.TextChoices):
        RISK_PLAN = "risk_plan", pgettext_lazy("register", "Risk management plan")
        CLASSIFICATION = "classification", pgettext_lazy("register", "ATMP classification")
        INTERACTION = "interaction", pgettext_lazy("register", "Interactions with the authority")
        EVIDENCE = "evidence", pgettext_lazy("register", "Evidence behind an approval")
        STUDY = "study", pgettext_lazy("register", "Investigator-initiated trials and INDs")
        CERTIFICATE = "certificate", pgettext_lazy("register", "Certificates")
        COMMITMENT = "commitment", pgettext_lazy("register", "Commitments")
        PRODUCT = "product", pgettext_lazy("register", "Products and indications")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    register = models.CharField(max_length=16, choices=Register.choices)
    record = models.UUIDField(help_text="The entry of the register")
    title = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=20, choices=TYPES)
    size = models.PositiveIntegerField(help_text="Bytes as kept")
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=12, choices=SCANS)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    removed_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.REPORT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("register", "record"), name="register_document_of_record"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_because="")
                | Q(removed_at__isnull=False) & ~Q(removed_because=""),
                name="register_document_removed_because",
            ),
            models.UniqueConstraint(
                fields=("register", "record", "sent_sha256"),
                condition=Q(removed_at__isnull=True),
                name="register_document_once",
            ),
        )

    def __str__(self) -> str:
        return self.title


class RegisterContent(models.Model):
    """The bytes of a document, encrypted."""

    id = models.BigAutoField(primary_key=True)
    document = models.OneToOneField(
        RegisterDocument, on_delete=models.PROTECT, related_name="content"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    content_sealed = models.TextField()

    scope = Scope(read=Perm.REPORT_READ, product="product_id")
    insert_only = True
    audited_in_batches = CONTENT
    batch_column = "document_id"

    def __str__(self) -> str:
        return str(self.document_id)
