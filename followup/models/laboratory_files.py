"""Files of laboratories as they came, what their codes mean here, and their lines in review."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.laboratory import LaboratoryResult
from followup.models.patients import Patient
from followup.models.sites import Site
from followup.models.states import LABORATORY_LINE


class LaboratorySource(models.Model):
    """A laboratory that sends files to a hospital. `columns` leads from a role to its heading.

    A person confirms the columns; a file with other headings asks again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    columns = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "name"), name="laboratory_source_once"),
        )

    def __str__(self) -> str:
        return self.name


class LaboratoryCode(models.Model):
    """What one item in one unit of a laboratory means here, confirmed by a person.

    An empty measure says that the item is not kept. A new meaning is a row that replaces the old.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(LaboratorySource, on_delete=models.PROTECT, related_name="codes")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    measure = models.CharField(max_length=30, blank=True)
    rules_version = models.CharField(max_length=40)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("source", "item", "unit"), name="laboratory_code"),)
        constraints = (
            models.UniqueConstraint(
                fields=("source", "item", "unit"),
                condition=Q(replaces__isnull=True),
                name="laboratory_code_first_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} {self.unit}"


class LaboratoryFile(models.Model):
    """A file exactly as it came, sealed, before anything was made of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(LaboratorySource, on_delete=models.PROTECT, related_name="files")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    charset = models.CharField(max_length=12)
    content_sealed = models.TextField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    received_at = models.DateTimeField()

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")
    insert_only = True

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "sha256"), name="laboratory_file_once"),
        )

    def __str__(self) -> str:
        return self.name


class LaboratoryLine(models.Model):
    """One line of a file about a patient of ours, as written, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(LaboratoryFile, on_delete=models.PROTECT, related_name="lines")
    source = models.ForeignKey(LaboratorySource, on_delete=models.PROTECT, related_name="lines")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField(help_text="As the spreadsheet counts")
    specimen_on = models.DateField()
    specimen_at = models.DateTimeField(null=True)
    item = models.CharField(max_length=80)
    written = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    range_text = models.CharField(max_length=80, blank=True)
    flag = models.CharField(max_length=10, blank=True)
    measure = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=12, choices=LABORATORY_LINE.choices)
    problem = models.CharField(max_length=500, blank=True)
    result = models.ForeignKey(
        LaboratoryResult, on_delete=models.PROTECT, related_name="lines", null=True
    )
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("site", "id"), condition=Q(state="REVIEW"), name="laboratory_line_review"
            ),
            models.Index(fields=("source", "state", "item"), name="laboratory_line_item"),
        )
        constraints = (
            models.UniqueConstraint(fields=("file", "row"), name="laboratory_line_once"),
            models.CheckConstraint(
                condition=LABORATORY_LINE.known(), name="laboratory_line_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="ACCEPTED") | Q(result__isnull=False),
                name="laboratory_line_accepted_has_result",
            ),
        )

    def __str__(self) -> str:
        return f"{self.row} {self.item}"
