"""Consents of a patient as facts, the forms of a site, who is left out."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.consents import (
    ConsentRules,
    Paper,
    Purpose,
    Standing,
    Withdrawal,
    read_consent_rules,
    standing,
)
from followup.models import (
    Consent,
    ConsentVersion,
    ConsentWithdrawal,
    Infusion,
    Patient,
    Schedule,
)
from followup.queries import reference


def rules() -> ConsentRules:
    """The ages as loaded; NotFound when the reference data are not loaded."""
    return read_consent_rules(reference.document(Actor.process("consents"), "consents"))


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """All papers and standing withdrawals of one patient."""

    papers: tuple[Paper, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    def standing(self, purpose: str) -> Standing:
        """Where a purpose stands."""
        return standing(purpose, self.papers)


def paper_of(row: Consent) -> Paper:
    """A row of a paper as the rules read it."""
    purposes, refused = frozenset(row.purposes), frozenset(row.refused)
    key = row.paper_id or row.id
    return Paper(key, row.signed, row.given_on, purposes, refused, row.withdrawn_on)


def facts(patients: Collection[UUID]) -> dict[UUID, ConsentFacts]:
    """What is recorded of each of these patients, whoever may see it."""
    papers: dict[UUID, list[Paper]] = {}
    for row in Consent.objects.filter(patient_id__in=patients).order_by("given_on", "id"):
        papers.setdefault(row.patient_id, []).append(paper_of(row))
    ended: dict[UUID, list[Withdrawal]] = {}
    rows = ConsentWithdrawal.objects.filter(patient_id__in=patients, undone_at__isnull=True)
    for each in rows.select_related("consent").order_by("withdrawn_on", "id"):
        key = each.consent.paper_id or each.consent_id
        told = Withdrawal(key, each.withdrawn_on, frozenset(each.purposes), each.earlier_too)
        ended.setdefault(each.patient_id, []).append(told)
    return {
        key: ConsentFacts(tuple(papers.get(key, ())), tuple(ended.get(key, ())))
        for key in {*patients, *papers, *ended}
    }


def standings(actor: Actor, patient: Patient) -> dict[str, Standing]:
    """Where each purpose stands for a patient the actor has found."""
    known = facts([patient.id])[patient.id]
    return {purpose.value: known.standing(purpose.value) for purpose in Purpose}


def withdrawals(actor: Actor, patient: Patient) -> list[ConsentWithdrawal]:
    """Withdrawals of a patient that stand, the latest first."""
    rows = ConsentWithdrawal.objects.filter(patient=patient, undone_at__isnull=True)
    return list(scope.visible(actor, rows).select_related("consent").order_by("-withdrawn_on"))


def withdrawal(actor: Actor, patient: Patient, key: UUID | str) -> ConsentWithdrawal:
    """One withdrawal of a patient; NotFound otherwise."""
    return scope.one(actor, ConsentWithdrawal.objects.filter(patient=patient), id=key)


def versions(actor: Actor) -> list[ConsentVersion]:
    """The forms of one's hospitals, the newest first."""
    rows = scope.visible(actor, ConsentVersion.objects.select_related("site", "product"))
    return list(rows.order_by("site__code", "-valid_from", "code"))


def version(actor: Actor, key: UUID | str) -> ConsentVersion:
    """One form; NotFound outside the actor's hospitals."""
    return scope.one(actor, ConsentVersion.objects.select_related("site"), id=key)


def fitting(
    site: UUID, products: Collection[UUID], protocols: Collection[str] | None = None
) -> list[ConsentVersion]:
    """The forms of a site for somebody with these products and protocols, the closest first.

    Without `protocols` (they follow from an infusion not yet stored) any protocol fits.
    """
    rows = ConsentVersion.objects.filter(site_id=site)
    rows = rows.filter(Q(product__isnull=True) | Q(product__in=products))
    if protocols is not None:
        rows = rows.filter(Q(protocol="") | Q(protocol__in=protocols))
    return sorted(
        rows.order_by("-valid_from"), key=lambda row: (row.product_id is None, row.protocol == "")
    )


def fitting_patient(patient: Patient) -> list[ConsentVersion]:
    """The forms a patient may sign."""
    given = Infusion.objects.filter(patient=patient).values_list("product_id", flat=True)
    plans = Schedule.objects.filter(patient=patient).values_list("protocol__code", flat=True)
    return fitting(patient.site_id, list(given), list(plans))
