"""Patients as clinical data knows them: a study code, never a name."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.practice import is_practice_code
from followup.domain.visits import FollowUpState
from followup.models.sites import Site
from followup.models.states import PATIENT_FOLLOW_UP


class Patient(models.Model):
    """A treated person under the study code. Who it is, the identity table says."""

    class Sex(models.TextChoices):
        MALE = "MALE"
        FEMALE = "FEMALE"
        UNKNOWN = "UNKNOWN"

    class VitalStatus(models.TextChoices):
        ALIVE = "ALIVE"
        DEAD = "DEAD"
        UNKNOWN = "UNKNOWN"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    study_code = models.CharField(max_length=30)
    sex = models.CharField(max_length=8, choices=Sex.choices)
    birth_year = models.PositiveSmallIntegerField(null=True)
    vital_status = models.CharField(max_length=8, choices=VitalStatus.choices)
    follow_up_state = models.CharField(
        max_length=20, choices=PATIENT_FOLLOW_UP.choices, default=FollowUpState.ACTIVE
    )
    state_since = models.DateField()
    last_contact_on = models.DateField(null=True)
    died_on_text = models.CharField(max_length=10, blank=True, help_text="Partial date allowed")
    death_cause = models.TextField(blank=True)
    death_cause_code = models.CharField(
        max_length=12, blank=True, help_text="ICD-10, underlying cause"
    )
    autopsy = models.CharField(max_length=8, blank=True)
    death_related = models.CharField(max_length=12, blank=True)
    version = models.PositiveIntegerField(default=1)
    registered_at = models.DateTimeField()

    scope = Scope(
        read=Perm.PATIENT_READ,
        site="site_id",
        product="infusions__product_id",
        patient="id",
        follows=True,
        former="id",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "study_code"), name="study_code_once"),
            models.CheckConstraint(
                condition=~Q(follow_up_state="DEAD") | Q(vital_status="DEAD"),
                name="dead_state_is_dead",
            ),
            models.CheckConstraint(
                condition=Q(vital_status="DEAD") | Q(death_cause_code="", autopsy=""),
                name="patient_autopsy_of_dead",
            ),
            models.CheckConstraint(
                condition=PATIENT_FOLLOW_UP.known(), name="follow_up_state_known"
            ),
        )

    def __str__(self) -> str:
        return self.study_code

    @property
    def practice(self) -> bool:
        """Whether it is a practice patient, as its number says."""
        return is_practice_code(self.study_code)
