"""Reveals of identities as they are read: one's own while it lasts, and those to be assessed."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import IdentityReveal
from followup.core.permissions import ROLES, Perm
from followup.core.problems import NotFound
from followup.core.row_security import contexts
from followup.core.security import access
from followup.domain.consents import Purpose
from followup.domain.visits import FollowUpState
from followup.models import Consent, Identity, Patient
from followup.queries import access_rules
from followup.queries.identity import PersonShown, displayed
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

OWN_SHOWN = 20


def reveals(actor: Actor, *, after: str = "") -> QuerySet[IdentityReveal]:
    """The reveals of patients of the reader's hospitals, the latest first; past the one `after`."""
    rows = IdentityReveal.objects.select_related("asked_by", "assessed_by")
    if after:
        rows = rows.filter(id__lt=after)
    return scope.visible(actor, rows).order_by("-id")  # the ids grow with time


def reveal(actor: Actor, reveal_id: UUID | str) -> IdentityReveal:
    """One reveal for whoever assesses or audits it; NotFound otherwise."""
    return scope.one(actor, reveals(actor), id=reveal_id)


@contexts.reads_whole
def own(actor: Actor) -> list[IdentityReveal]:
    """What the actor asked for, the latest first."""
    rows = IdentityReveal.objects.filter(asked_by_id=actor.id).order_by("-id")
    return list(rows[:OWN_SHOWN])


@contexts.reads_whole
def lasting(actor: Actor, reveal_id: UUID | str) -> IdentityReveal | None:
    """The actor's own reveal while its time runs; None otherwise."""
    rows = IdentityReveal.objects.filter(id=reveal_id, asked_by_id=actor.id)
    return rows.filter(expires_at__gt=clock.now()).first()


@contexts.reads_whole
def running(actor: Actor, patient: Patient) -> IdentityReveal | None:
    """The actor's own reveal of a patient while its time runs; None otherwise."""
    rows = IdentityReveal.objects.filter(patient_id=patient.id, asked_by_id=actor.id)
    return rows.filter(expires_at__gt=clock.now()).order_by("-id").first()


def may_be_shown(actor: Actor, patient: Patient) -> bool:
    """Whether a role of the actor reaches this patient by a reveal.

    Somebody who treats patients asks for one of another hospital; an auditor for one within the
    inspection. A role that reads on a consent never does: the consent covers coded data only.
    """
    roles = access_rules.rules().reveal_roles
    for grant in actor.granting(Perm.IDENTITY_REVEAL):
        inside = grant.covers(patient.site_id, None)
        treats = Perm.IDENTITY_READ in ROLES[grant.role].permissions
        if grant.role in roles and inside is not treats:
            return True
    return False


def consented(patient: Patient) -> bool:
    """Whether the patient's consent to follow-up is in force: without it nobody elsewhere reads."""
    if patient.follow_up_state == FollowUpState.WITHDRAWN_NEW_DATA:
        return False
    return Consent.objects.filter(
        patient=patient, withdrawn_on__isnull=True, purposes__contains=[Purpose.FOLLOW_UP]
    ).exists()


def opened(actor: Actor, reveal_id: UUID | str) -> tuple[IdentityReveal, PersonShown]:
    """A reveal of the actor's own while it lasts, with the person; each look is logged.

    NotFound once the time is over, the role is gone or the patient has withdrawn.
    """
    actor.require(Perm.IDENTITY_REVEAL)
    with contexts.using(contexts.SYSTEM):  # no login of a holder or an auditor reads identities
        row = lasting(actor, reveal_id)
        patient = Patient.objects.filter(id=row.patient_id).first() if row else None
        if row is None or patient is None:
            raise NotFound()
        if not may_be_shown(actor, patient) or not consented(patient):
            raise NotFound()
        person = Identity.objects.filter(patient=patient).first()
        if person is None:
            raise NotFound()
        why = f"reveal {row.id}"
        access.record(actor, "identity.open", patient.id, reason=why, site=patient.site_id)
        return row, displayed(person)


_OWED = """
SELECT reveal.id::text AS key, reveal.id::text AS target, 1 AS due_version,
    reveal.asked_on AS opens, reveal.asked_on AS due, reveal.study_code AS label,
    reveal.ground AS mark, reveal.site_id, NULL::uuid AS product_id,
    CASE WHEN reveal.assessed_at IS NULL THEN '' ELSE 'closed' END AS silence
FROM core_identityreveal AS reveal WHERE {condition}
"""
_TOUCHED = """
SELECT DISTINCT row_id FROM core_change
WHERE {fresh} AND table_name = 'core_identityreveal' AND at::date <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("Identity of %(code)s was revealed: assess it") % {"code": facts.label}


REVEALS = ObligationSource(
    kind="identity_reveal",
    needs=Perm.PRIVACY_REVIEW,
    page="identity-reveal",
    owed=_OWED,
    crossing={
        "opens": "reveal.asked_on BETWEEN %(first)s AND %(last)s",
        "due": "reveal.asked_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys="reveal.id = ANY(%(keys)s::uuid[])",
    any_keys="reveal.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (REVEALS,)
