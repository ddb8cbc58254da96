"""Files of laboratories as they came, what their codes mean here, and their lines in review."""

from django.db import models
from django.db.models import Q

from followup.core import stored_words
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.laboratory.messages import ChangeKind, Standing
from followup.models.laboratory import LaboratoryResult
from followup.models.laboratory_states import (
    IDENTIFIER_FINDING,
    LABORATORY_LINE,
    LABORATORY_MESSAGE,
)
from followup.models.patients import Patient
from followup.models.sites import Site

CHARSETS = (("utf-8", "UTF-8"), ("gb18030", "GB 18030"))
STANDINGS = [(each.value, each.value) for each in Standing]
CHANGES = [(each.value, each.value) for each in ChangeKind]
PROTOCOLS = (("HL7", "HL7 v2"), ("FHIR", "FHIR R4"))


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
    sender = models.CharField(max_length=80, blank=True, help_text="MSH-4, or MSH-3 of a message")
    charset = models.CharField(max_length=12, blank=True, choices=CHARSETS)
    addresses = models.CharField(max_length=200, blank=True, help_text="From which it may connect")

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "name"), name="laboratory_source_once"),
            models.UniqueConstraint(
                fields=("sender",), condition=~Q(sender=""), name="laboratory_sender_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class LaboratoryCode(models.Model):
    """What one item of one kind of specimen in one unit of a laboratory means, by a person's word.

    The same item means another thing in blood and in cerebrospinal fluid. An empty measure says
    that the item is not kept. A new meaning is a row that replaces the old.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(LaboratorySource, on_delete=models.PROTECT, related_name="codes")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    specimen_kind = models.CharField(max_length=40, blank=True, help_text="As the laboratory says")
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
                fields=("source", "item", "unit", "specimen_kind"),
                condition=Q(replaces__isnull=True),
                name="laboratory_code_of_specimen_once",
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
    specimen_on = models.DateField(null=True)
    specimen_at = models.DateTimeField(null=True)
    specimen_known = models.CharField(
        max_length=10, blank=True, help_text="Year or month, where the day was not sent"
    )
    standing = models.CharField(max_length=12, blank=True, choices=STANDINGS)
    observation = models.CharField(
        max_length=200, blank=True, help_text="The sender's name of the result"
    )
    item = models.CharField(max_length=80)
    written = models.CharField(max_length=80)
    unit = models.CharField(max_length=40, blank=True)
    specimen_kind = models.CharField(max_length=40, blank=True, help_text="As the laboratory says")
    range_text = models.CharField(max_length=80, blank=True)
    flag = models.CharField(max_length=10, blank=True)
    measure = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=12, choices=LABORATORY_LINE.choices)
    problem = models.CharField(max_length=500, blank=True)
    problem_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    result = models.ForeignKey(
        LaboratoryResult, on_delete=models.PROTECT, related_name="lines", null=True
    )
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("site", "id"),
                condition=Q(state__in=("REVIEW", "UNREADABLE")),
                name="laboratory_line_waiting",
            ),
            models.Index(fields=("source", "state", "item"), name="laboratory_line_item"),
            models.Index(
                fields=("source", "observation"),
                condition=~Q(observation=""),
                name="laboratory_line_observation",
            ),
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
            models.CheckConstraint(
                condition=Q(specimen_on__isnull=False) | ~Q(state="ACCEPTED"),
                name="laboratory_line_accepted_has_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.row} {self.item}"

    @property
    def problem_told(self) -> str:
        """The problem in the reader's language."""
        return stored_words.told(self.problem_words, self.problem)


class LaboratoryMessage(models.Model):
    """A message another system sent: the answer it got and what became of it.

    Of people who are not ours only time and hash are kept, and no file.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(LaboratorySource, on_delete=models.PROTECT, related_name="messages")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    file = models.OneToOneField(
        LaboratoryFile, on_delete=models.PROTECT, related_name="message", null=True
    )
    protocol = models.CharField(max_length=4, choices=PROTOCOLS)
    kind = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=80, blank=True, help_text="The sender's own")
    sha256 = models.CharField(max_length=64)
    answer = models.CharField(max_length=2, help_text="AA, AE or AR")
    state = models.CharField(max_length=12, choices=LABORATORY_MESSAGE.choices)
    problem = models.CharField(max_length=500, blank=True)
    problem_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    counts = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        indexes = (
            models.Index(fields=("source", "number"), name="laboratory_message_number"),
            models.Index(fields=("source", "-received_at"), name="laboratory_message_latest"),
            models.Index(
                fields=("id",), condition=Q(state="RECEIVED"), name="laboratory_message_unread"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("source", "sha256"), name="laboratory_message_once"),
            models.CheckConstraint(
                condition=LABORATORY_MESSAGE.known(), name="laboratory_message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="NOT_OURS", file__isnull=True, number="")
                | ~Q(state="NOT_OURS") & Q(file__isnull=False),
                name="laboratory_message_not_ours_is_not_kept",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def problem_told(self) -> str:
        """The problem in the reader's language."""
        return stored_words.told(self.problem_words, self.problem)


class IdentifierFinding(models.Model):
    """What a hospital says of the numbers or the death of a patient of ours; a person answers.

    Nothing is merged, replaced or recorded automatically. The numbers are in the sealed message.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(
        LaboratoryMessage, on_delete=models.PROTECT, related_name="identifier_findings"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", null=True)
    row = models.PositiveIntegerField(help_text="Place in the message")
    kind = models.CharField(max_length=16, choices=CHANGES)
    state = models.CharField(max_length=10, choices=IDENTIFIER_FINDING.choices)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("site", "id"), condition=Q(state="OPEN"), name="identifier_finding_open"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("message", "row"), name="identifier_finding_once"),
            models.CheckConstraint(
                condition=IDENTIFIER_FINDING.known(), name="identifier_finding_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", answered_at__isnull=True)
                | Q(state="ANSWERED", answered_at__isnull=False) & ~Q(answer=""),
                name="identifier_finding_answered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
