"""Erasures of a person's identity: asked by one person, decided by another, never undone."""

from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models import Job, User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.domain.erasures import ErasureGround, ErasureState
from followup.models.erasure_states import ERASURE
from followup.models.patients import Patient
from followup.models.sites import Site


class IdentityErasure(models.Model):
    """That the identity of a patient is to be erased, and what was done.

    `found` is what the search before the decision found: counts, and ids that name nobody
    (`followup.queries.erasure_searches`); files that came since `searched_at` are not in it. `job`
    is the search or the erasure that was started last.

    `people` are the patients whose keys went (the patient and registrations merged into it) and
    `files` the files whose keys went: the list a restore applies again. `done` holds
    counts and, as `copies`, the jobs whose files somebody had downloaded before.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    study_code = models.CharField(max_length=30)
    ground = models.CharField(max_length=14, choices=[(g.value, g.value) for g in ErasureGround])
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=ERASURE.choices, default=ErasureState.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", null=True)
    found = models.JSONField(default=dict)
    searched_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)
    erased_on = models.DateField(null=True)
    people = models.JSONField(default=list)
    files = models.JSONField(default=list)
    done = models.JSONField(default=dict)

    scope = Scope(
        read=Perm.PRIVACY_READ,
        site="site_id",
        product="patient__infusions__product_id",
        patient="patient_id",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=ERASURE.known(), name="erasure_state_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="erasure_has_reason"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="erasure_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state="DONE", erased_on__isnull=False, decided_by__isnull=False)
                | ~Q(state="DONE") & Q(erased_on__isnull=True),
                name="erasure_done_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="ERASING") | Q(decided_by__isnull=False),
                name="erasure_begun_by_decision",
            ),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(state__in=("ASKED", "ERASING", "DONE")),
                name="one_erasure_of_a_patient",
            ),
        )
        indexes = (models.Index(fields=("site", "-id"), name="erasure_site"),)

    def __str__(self) -> str:
        return f"{self.study_code} {self.state}"
