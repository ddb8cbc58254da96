"""Files beside a patient, a contact, an event or a sample, and what of them the holder may read.

A document names the patient: it belongs to the hospital alone (`IDENTITY_READ`). What a person has
found to name nobody is copied into a row of its own, so that the wall between hospital and holder
is one between tables. Contents are encrypted, in rows of their own that never change: the trail
holds their hash, not the bytes a second time.
"""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.files import DocumentKind, FileType
from followup.models.events import AdverseEvent
from followup.models.patients import Patient
from followup.models.products import Product
from followup.models.samples import Sample
from followup.models.sites import Site
from followup.models.visits import Visit

TYPES = [(each.value, each.value) for each in FileType]
KINDS = [(each.value, each.value) for each in DocumentKind]
SCANS = (("CLEAN", "CLEAN"), ("NOT_SCANNED", "NOT_SCANNED"))
CONTENT = "everwatch_record_content"


class PatientFile(models.Model):
    """A document of a patient; `sent_sha256` is of the file as it came, `sha256` as it is kept.

    A picture is encoded again, without the place and the camera it was taken with.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="files")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="files", null=True)
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="files", null=True
    )
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="files", null=True)
    kind = models.CharField(max_length=12, choices=KINDS)
    title = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=20, choices=TYPES)
    size = models.PositiveIntegerField(help_text="Bytes as kept")
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=12, choices=SCANS)
    scanned_by = models.CharField(
        max_length=120, blank=True, help_text="What the scanner calls itself"
    )
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    removed_because = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(visit__isnull=True, event__isnull=True)
                | Q(visit__isnull=True, sample__isnull=True)
                | Q(event__isnull=True, sample__isnull=True),
                name="patient_file_beside_one_record",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_because="")
                | Q(removed_at__isnull=False) & ~Q(removed_because=""),
                name="patient_file_removed_because",
            ),
        )
        indexes = (models.Index(fields=("patient", "-added_at"), name="patient_file_latest"),)

    def __str__(self) -> str:
        return self.title or self.name


class FileContent(models.Model):
    """The bytes of a document, and of a picture a small one to show in a list; encrypted.

    Under the key of the person the document is about (`key_owner`: the patient it was added for,
    whoever that is today), so that an erasure of the identity closes it too.
    """

    id = models.BigAutoField(primary_key=True)
    file = models.OneToOneField(PatientFile, on_delete=models.PROTECT, related_name="content")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    key_owner = models.UUIDField()
    content_sealed = models.TextField()
    thumbnail_sealed = models.TextField(blank=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="file__patient_id")
    insert_only = True
    audited_in_batches = CONTENT
    batch_column = "file_id"

    def __str__(self) -> str:
        return str(self.file_id)


class ReleasedFile(models.Model):
    """A document of an event that a person found to name nobody: safety may read it.

    Only while the patient agrees to passing coded data to the holder; withdrawn, it is not read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(PatientFile, on_delete=models.PROTECT, related_name="releases")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="released_files")
    kind = models.CharField(max_length=12, choices=KINDS)
    title = models.CharField(max_length=120)
    media_type = models.CharField(max_length=20, choices=TYPES)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=12, choices=SCANS)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    released_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.EVENT_READ, site="site_id", product="product_id", patient="patient_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("file",),
                condition=Q(withdrawn_at__isnull=True),
                name="released_file_once",
            ),
        )
        indexes = (models.Index(fields=("event",), name="released_file_event"),)

    def __str__(self) -> str:
        return self.title


class ReleasedContent(models.Model):
    """The bytes of a released document, encrypted for that row."""

    id = models.BigAutoField(primary_key=True)
    release = models.OneToOneField(ReleasedFile, on_delete=models.PROTECT, related_name="content")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    content_sealed = models.TextField()
    thumbnail_sealed = models.TextField(blank=True)

    scope = Scope(
        read=Perm.EVENT_READ,
        site="site_id",
        product="product_id",
        patient="release__patient_id",
    )
    insert_only = True
    audited_in_batches = CONTENT
    batch_column = "release_id"

    def __str__(self) -> str:
        return str(self.release_id)
