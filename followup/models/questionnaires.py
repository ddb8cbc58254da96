"""Questionnaires given to patients, and the answers that came back and wait for a person."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.questionnaires import ReportState
from followup.models.appointments import CallBack
from followup.models.events import AdverseEvent
from followup.models.infusions import Infusion
from followup.models.patients import Patient
from followup.models.schedules import PlannedVisit
from followup.models.sites import Site
from followup.models.states import PATIENT_REPORT
from followup.models.visits import Visit


class QuestionnaireLink(models.Model):
    """A link that is answered once. It is signed, not stored: it can be printed again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="questionnaire_links"
    )
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="+")
    planned = models.ForeignKey(PlannedVisit, on_delete=models.PROTECT, related_name="+", null=True)
    call = models.CharField(max_length=120, help_text="Whom the patient calls: name and number")
    expires_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(revoked_at__isnull=True),
                name="questionnaire_answered_or_revoked",
            ),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(answered_at__isnull=True, revoked_at__isnull=True),
                name="questionnaire_one_open",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class PatientReport(models.Model):
    """What a patient or somebody near answered; no contact before a person has taken it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    link = models.OneToOneField(QuestionnaireLink, on_delete=models.PROTECT, related_name="report")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="patient_reports")
    answers = models.JSONField()
    red_flags = models.JSONField(default=list)
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=PATIENT_REPORT.choices, default=ReportState.WAITING
    )
    task = models.ForeignKey(CallBack, on_delete=models.PROTECT, related_name="+", null=True)
    visit = models.OneToOneField(
        Visit, on_delete=models.PROTECT, related_name="patient_report", null=True
    )
    event = models.ForeignKey(
        AdverseEvent, on_delete=models.PROTECT, related_name="patient_reports", null=True
    )
    review_note = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reviewed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=PATIENT_REPORT.known(), name="patient_report_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="TAKEN", visit__isnull=False)
                | Q(state="SET_ASIDE", visit__isnull=True) & ~Q(review_note="")
                | Q(state="WAITING", visit__isnull=True),
                name="patient_report_taken_is_a_contact",
            ),
        )
        indexes = (
            models.Index(
                fields=("site", "received_at"),
                condition=Q(state="WAITING"),
                name="patient_report_waiting",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def reported(self) -> AdverseEvent | None:
        """The event reported after these answers, while it stands with this patient."""
        event = self.event
        stands = event and not event.withdrawn_at and event.patient_id == self.patient_id
        return event if stands else None
