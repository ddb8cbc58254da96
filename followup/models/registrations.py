"""Registrations merged into another one or voided: the decision, and what it takes out of sight."""

from django.db import models
from django.db.models import F, Q

from followup.core import scope
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.registrations import RegistrationKind, RegistrationState
from followup.models.patients import Patient
from followup.models.sites import Site
from followup.models.states import REGISTRATION


class RegistrationDecision(models.Model):
    """That a registration is the same person as another, or none; a second person confirms.

    `code` is the study number of the registration that goes: its row is out of sight afterwards.
    `moved` are the columns of rows that a merge changed, with before and after, so that undoing
    finds each again; `added` says what the remaining identity took over, by blind index.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(
        max_length=8, choices=[(kind.value, kind.value) for kind in RegistrationKind]
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=30)
    state = models.CharField(
        max_length=10, choices=REGISTRATION.choices, default=RegistrationState.ASKED
    )
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.TextField(blank=True)
    moved = models.JSONField(default=list)
    added = models.JSONField(default=dict)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="MERGE", survivor__isnull=False)
                | Q(kind="VOID", survivor__isnull=True),
                name="merge_has_survivor",
            ),
            models.CheckConstraint(
                condition=Q(survivor__isnull=True) | ~Q(survivor=F("patient")),
                name="merge_of_two",
            ),
            models.CheckConstraint(condition=REGISTRATION.known(), name="registration_state_known"),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(state__in=("ASKED", "DONE")),
                name="one_decision_about_a_registration",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class RetiredPatient(models.Model):
    """A registration that counts nowhere; `survivor` stands for it, empty when it was voided.

    It holds numbers only, so that everyone's lists can leave it out and the old study number finds
    who it is today.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="retired"
    )
    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", null=True)
    study_code = models.CharField(max_length=30)

    scope = Scope(reference=True)

    def __str__(self) -> str:
        return self.study_code


class Standing(models.Func):
    """Whether the patient of a row is registered still: one look at a short list a statement."""

    template = (
        "(%(expressions)s <> ALL (ARRAY(SELECT patient_id FROM followup_retiredpatient)))"
        " IS NOT FALSE"
    )
    output_field = models.BooleanField()
    arity = 1


scope.state_standing(lambda path: Standing(F(path)))
