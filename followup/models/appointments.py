"""What is agreed with patients: appointments on site, call-backs, who looks after whom."""

from django.db import models
from django.db.models import F, Q

from followup.core import stored_words
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.appointments import AppointmentState
from followup.models.patients import Patient
from followup.models.schedules import PlannedVisit
from followup.models.sites import Site
from followup.models.states import APPOINTMENT


class Appointment(models.Model):
    """A day on which a patient is expected; moved, it is followed by the one that `replaces` it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    planned = models.ForeignKey(
        PlannedVisit, on_delete=models.PROTECT, related_name="appointments", null=True
    )
    on = models.DateField()
    at = models.TimeField(null=True, help_text="Empty: some time that day")
    place = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=10, choices=APPOINTMENT.choices, default=AppointmentState.BOOKED
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why moved or cancelled")
    reason_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    booked_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=APPOINTMENT.known(), name="appointment_state_known"),
        )
        indexes = (models.Index(fields=("site", "on", "at"), name="appointment_day"),)

    def __str__(self) -> str:
        return f"{self.on} {self.state}"

    @property
    def why(self) -> str:
        """Why it was moved or cancelled; in the reader's language where the product says it."""
        return stored_words.told(self.reason_words, self.reason)


class CallBack(models.Model):
    """Something to be done for a patient on a day, at an hour if one was agreed, by somebody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="call_backs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=200)
    about_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    due_on = models.DateField()
    due_at = models.TimeField(null=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    outcome = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | ~Q(outcome=""), name="call_back_has_outcome"
            ),
        )
        indexes = (
            models.Index(
                fields=("site", "due_on"),
                name="call_back_open",
                condition=Q(done_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.due_on} {self.about}"

    @property
    def text(self) -> str:
        """What is to be done; in the reader's language where the product asks for it."""
        return stored_words.told(self.about_words, self.about)


class Carer(models.Model):
    """Who looks after a patient; nobody when there is no row."""

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="carer"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", patient="patient_id", follows=True)

    class Meta:
        indexes = (models.Index(fields=("user",), name="carer_user"),)

    def __str__(self) -> str:
        return str(self.user_id)


class Cover(models.Model):
    """A colleague's patients looked after by a deputy, from the first to the last day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first = models.DateField()
    last = models.DateField()
    ended_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="cover_in_order"),
            models.CheckConstraint(condition=~Q(deputy=F("absent")), name="cover_by_another"),
        )
        indexes = (models.Index(fields=("deputy", "last"), name="cover_deputy"),)

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"
