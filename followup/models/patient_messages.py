"""Messages to patients: what leaves by SMS or WeChat, to which number, and what came of it."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import MessageChannel, User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.patient_messages import MessageAbout, MessageState
from followup.models.appointments import Appointment
from followup.models.patients import Patient
from followup.models.questionnaires import QuestionnaireLink
from followup.models.sites import Site
from followup.models.states import PATIENT_MESSAGE


class PatientMessage(models.Model):
    """One message about an appointment or a questionnaire; it waits until `not_before`.

    The number is looked up among those in use when the message leaves: the row keeps whose it is
    and its last four digits, empty once the identity is erased. `text` holds no link: whoever
    reads it could answer for the patient.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(MessageChannel, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=20, choices=[(a.value, a.value) for a in MessageAbout])
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="messages", null=True
    )
    questionnaire = models.ForeignKey(
        QuestionnaireLink, on_delete=models.PROTECT, related_name="messages", null=True
    )
    whose = models.CharField(max_length=20)
    tail = models.CharField(max_length=4, blank=True, help_text="Last digits of the number")
    call = models.CharField(max_length=120, help_text="Whom the patient calls: name and number")
    text = models.CharField(max_length=1000)
    state = models.CharField(
        max_length=10, choices=PATIENT_MESSAGE.choices, default=MessageState.WAITING
    )
    not_before = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    ambiguous = models.BooleanField(default=False, help_text="An attempt may have arrived")
    lease_until = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    planned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")
    out_of_trail = ("tail",)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=PATIENT_MESSAGE.known(), name="patient_message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    about="APPOINTMENT", appointment__isnull=False, questionnaire__isnull=True
                )
                | Q(about="QUESTIONNAIRE", appointment__isnull=True, questionnaire__isnull=False),
                name="patient_message_about_one",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("WAITING", "SENDING"), ended_at__isnull=True)
                | Q(
                    state__in=("SENT", "CANCELLED", "DROPPED", "REFUSED", "FAILED"),
                    ended_at__isnull=False,
                ),
                name="patient_message_ended",
            ),
        )
        indexes = (
            models.Index(
                fields=("not_before", "id"),
                condition=Q(state__in=("WAITING", "SENDING")),
                name="patient_message_open",
            ),
            models.Index(fields=("patient", "-id"), name="patient_message_ledger"),
        )

    def __str__(self) -> str:
        return f"{self.about} {self.state}"
