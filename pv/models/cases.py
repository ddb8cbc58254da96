"""Cases: what safety makes of an event, in versions that are never overwritten."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import AdverseEvent, Patient, Product, Site
from pv.domain.cases.stages import CaseStage
from pv.domain.e2b.submissions import Delivery
from pv.models.case_images import CASE
from pv.models.states import CASE_STAGE, SUBMITTED_FILE


class Case(models.Model):
    """One case. Its content is the E2B(R3) message tree of its current version."""

    Stage = CaseStage

    class Origin(models.TextChoices):
        HOSPITAL = "hospital"
        IMPORT = "import"
        LITERATURE = "literature"
        DIRECT = "direct"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="cases", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases", null=True)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    stage = models.CharField(max_length=12, choices=CASE_STAGE.choices, default=CaseStage.DRAFTED)
    title = models.CharField(max_length=200)
    serious = models.BooleanField(null=True)
    fatal = models.BooleanField(null=True)
    unexpected = models.BooleanField(null=True, help_text="By the current version")
    related = models.BooleanField(null=True, help_text="By the current version")
    is_new_malignancy = models.BooleanField(default=False)
    received_on = models.DateField()
    day_zero = models.DateField(null=True, help_text="Null while the four elements are not met")
    day_zero_fallback = models.BooleanField(default=False)
    next_due = models.DateField(null=True, help_text="Earliest open clock")
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases", null=True)
    team = models.CharField(max_length=30, blank=True, help_text="Code of the document casework")
    worldwide_id = models.CharField(max_length=100, blank=True)
    receivers = models.JSONField(
        default=list, help_text="Profiles it is to be reported to; empty means China, post-market"
    )
    nullified_on = models.DateField(null=True, help_text="Day it turned out to be no case")
    current_version = models.PositiveIntegerField(default=1)
    lock_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    image_upgrades = CASE

    class Meta:
        indexes = (
            models.Index(
                fields=("next_due", "id"),
                name="case_open",
                condition=~Q(stage__in=("closed", "nullified")),
            ),
            models.Index(fields=("product", "received_on"), name="case_product"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(stage="nullified", nullified_on__isnull=False)
                | (~Q(stage="nullified") & Q(nullified_on__isnull=True)),
                name="nullified_case_has_its_day",
            ),
            models.CheckConstraint(condition=CASE_STAGE.known(), name="case_stage_known"),
        )

    def __str__(self) -> str:
        return self.number


class CaseVersion(models.Model):
    """One version of the content: `message` is the tree of `pv.domain.e2b.message` as JSON."""

    class Kind(models.TextChoices):
        INITIAL = "initial"
        FOLLOW_UP = "follow_up"
        AMENDMENT = "amendment"
        NULLIFICATION = "nullification"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="versions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=15, choices=Kind.choices)
    message = models.JSONField()
    narrative_zh = models.TextField(blank=True)
    narrative_en = models.TextField(blank=True)
    narrative_generated = models.BooleanField(default=True)
    narrative_basis = models.CharField(
        max_length=64, blank=True, help_text="Digest of the coded values it was written for"
    )
    information_on = models.DateField(help_text="Day the new information was received")
    serious = models.BooleanField(null=True, help_text="As known while this version was open")
    fatal = models.BooleanField(null=True, help_text="As known while this version was open")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, help_text="Set when a file of it was released")

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("case", "number")
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="case_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} v{self.number}"


class CaseStep(models.Model):
    """One step of a case from stage to stage, by whom and, where it went back, why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    version = models.PositiveIntegerField()
    stage_before = models.CharField(max_length=12, choices=CASE_STAGE.choices)
    stage_after = models.CharField(max_length=12, choices=CASE_STAGE.choices)
    comment = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    actor_name = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("case", "recorded_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=CASE_STAGE.known("stage_before") & CASE_STAGE.known("stage_after"),
                name="case_step_stages_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.stage_before} {self.stage_after}"


class CaseSource(models.Model):
    """What made the case known or changed it; clocks are reckoned from these rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sources")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=20)
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="case_sources", null=True
    )
    reference = models.CharField(max_length=100, blank=True)
    values = models.JSONField(default=dict, help_text="Element code to value as offered")
    received_on = models.DateField(help_text="Day of awareness, corrected with a reason")
    aware_at = models.DateTimeField(null=True, help_text="The hour too, where a clock counts hours")
    serious = models.BooleanField(null=True, help_text="What this source says, as the next two")
    fatal = models.BooleanField(null=True)
    life_threatening = models.BooleanField(null=True)
    starts_clock = models.BooleanField(default=True, help_text="New information on the case")
    case_version = models.PositiveIntegerField(default=1, help_text="First that can hold it")
    taken_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True)
    adopted_version = models.PositiveIntegerField(null=True)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("case", "kind", "reference"), name="case_source_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Submission(models.Model):
    """One released file for one receiver. A sent file is never rewritten."""

    State = Delivery

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="submissions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    profile = models.CharField(max_length=12)
    partner = models.CharField(
        max_length=12, blank=True, help_text="Whose report it is where several have the receiver"
    )
    authority = models.CharField(
        max_length=20,
        null=True,
        help_text="Whose clocks it meets once sent; empty: nobody's; null until it is settled",
    )
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    schema_check = models.CharField(max_length=10)
    findings = models.JSONField(default=list)
    state = models.CharField(
        max_length=24, choices=SUBMITTED_FILE.choices, default=Delivery.GENERATED
    )
    generated_at = models.DateTimeField()
    generated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    sent_on = models.DateField(null=True)
    proof = models.TextField(blank=True, help_text="How it is known that it was sent that day")
    acknowledgement = models.JSONField(null=True, help_text="The entry that decided, as read")
    batch_number = models.CharField(max_length=100, blank=True, help_text="N.1.2")
    report_number = models.CharField(max_length=100, blank=True, help_text="N.2.r.1 and C.1.1")
    answered_on = models.DateField(null=True, help_text="The receiver's day of its decision")
    answer_due = models.DateField(null=True, help_text="Last day an answer is awaited")
    answer_due_version = models.PositiveIntegerField(default=1)
    disputed = models.BooleanField(default=False, help_text="Contradicting acknowledgements")
    ambiguous = models.BooleanField(default=False, help_text="Sent, and nobody knows if it arrived")
    unplanned_because = models.CharField(max_length=500, blank=True, help_text="Plan asks for none")

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("version", "profile", "sha256"), name="submission_file_once"
            ),
            models.CheckConstraint(condition=SUBMITTED_FILE.known(), name="submission_state_known"),
        )
        indexes = (
            models.Index(fields=("batch_number",), name="submission_batch"),
            models.Index(fields=("report_number",), name="submission_report"),
            models.Index(
                fields=("answer_due",),
                name="submission_answer_due",
                condition=Q(answer_due__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.file_name
