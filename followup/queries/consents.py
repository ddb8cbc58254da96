"""Consents of a patient as facts, the forms of a site, who has to sign again, who is left out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.domain.consents import (
    ConsentRules,
    Paper,
    Purpose,
    Signer,
    Standing,
    Withdrawal,
    read_consent_rules,
    standing,
)
from followup.domain.dates import PartialDate
from followup.domain.visits import SEARCHED
from followup.models import (
    Consent,
    ConsentVersion,
    ConsentWithdrawal,
    Infusion,
    Patient,
    Schedule,
)
from followup.queries import reference

PAGE = 100
_RENEWAL = rf"\d{{4}}-\d{{2}}-\d{{2}}_(?:{keyset.UUID_PATTERN})?_{keyset.STUDY_CODE_PATTERN}"


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


@dataclass(frozen=True, slots=True)
class Renewal:
    """Somebody who has to sign again: a new form asks for it, or a child reached an age."""

    patient: Patient
    since: PartialDate
    form: ConsentVersion | None = None


def _followed(actor: Actor, rows: QuerySet[Patient]) -> QuerySet[Patient]:
    """Those who agree to follow-up: who withdrew or died is asked for nothing."""
    agreed = Consent.objects.filter(
        patient=OuterRef("pk"),
        purposes__contains=[Purpose.FOLLOW_UP.value],
        withdrawn_on__isnull=True,
    )
    return scope.visible(actor, rows.filter(follow_up_state__in=SEARCHED)).filter(Exists(agreed))


def _asks(form: ConsentVersion, today: date) -> bool:
    """Whether a form is in use and asks those who signed an earlier one."""
    ended = form.valid_until is not None and form.valid_until < today
    return form.renews and form.valid_from <= today and not ended


def _asking(actor: Actor, today: date) -> list[ConsentVersion]:
    """The forms of one's hospitals that ask for signatures, the oldest first."""
    forms = scope.visible(actor, ConsentVersion.objects.filter(renews=True))
    return [form for form in forms.order_by("valid_from") if _asks(form, today)]


def _meant(form: ConsentVersion) -> Q:
    """The patients of its site a form is meant for."""
    meant = Q(site_id=form.site_id)
    if form.product_id:
        given = Infusion.objects.filter(patient=OuterRef("pk"), product_id=form.product_id)
        meant &= Q(Exists(given))
    if form.protocol:
        plans = Schedule.objects.filter(patient=OuterRef("pk"), protocol__code=form.protocol)
        meant &= Q(Exists(plans))
    return meant


def _of_form(actor: Actor, form: ConsentVersion) -> QuerySet[Patient]:
    """Who still signs a form: nobody whom a newer one asks, which is signed in its place."""
    rows, today = _followed(actor, Patient.objects.filter(_meant(form))), clock.today()
    newer = ConsentVersion.objects.filter(site_id=form.site_id, valid_from__gt=form.valid_from)
    for each in newer.filter(renews=True):
        if _asks(each, today):
            rows = rows.exclude(_meant(each))
    papers = Consent.objects.filter(patient=OuterRef("pk"))
    as_new = Q(form=form) | Q(form__valid_from__gte=form.valid_from)
    typed = Q(form__isnull=True, form_version=form.code, given_on__gte=form.valid_from)
    return rows.filter(~Exists(papers.filter(as_new | typed)))


def _of_age(actor: Actor, today: date, patient: Patient | None = None) -> Iterator[Renewal]:
    """Children whose guardian signed last, or one; of their birth the year alone is asked."""
    papers = Consent.objects.filter(signed_by=Signer.GUARDIAN.value)
    asked = Patient.objects.all()
    if patient is not None:
        papers, asked = papers.filter(patient=patient), asked.filter(id=patient.id)
    if not scope.visible(actor, papers).exists():  # as on most days at most hospitals
        return
    known = rules()
    rows = _followed(actor, asked.filter(birth_year__gte=today.year - known.own_from - 1))
    guarded = Consent.objects.filter(patient=OuterRef("pk"), signed_by=Signer.GUARDIAN.value)
    children = list(rows.filter(Exists(guarded)).order_by("study_code"))
    papers = Consent.objects.filter(
        patient__in=children, purposes__contains=[Purpose.FOLLOW_UP.value]
    )
    latest = papers.order_by("patient_id", "-given_on", "-recorded_at").distinct("patient_id")
    last = {row.patient_id: row for row in latest}
    for patient in children:
        paper = last.get(patient.id)
        if paper is None or paper.signed_by != Signer.GUARDIAN or patient.birth_year is None:
            continue
        year = known.renewal_year(patient.birth_year, paper.signed.year, today.year)
        if year is not None:
            yield Renewal(patient, PartialDate(year))


def renewals(actor: Actor, *, key: str = "") -> tuple[list[Renewal], str]:
    """A page of who has to sign again, the longest due first, and the key of the next."""
    today, last = clock.today(), ("", "", "")
    if key := keyset.parse_cursor(key, _RENEWAL):
        day, form_id, code = key.split("_", 2)
        last = (day, code, form_id)
    found: list[Renewal] = []
    for form in _asking(actor, today):
        due = PartialDate.of(form.valid_from)
        if str(due.earliest) < last[0]:
            continue
        rows = _of_form(actor, form).order_by("study_code")
        if str(due.earliest) == last[0]:
            rows = rows.filter(study_code__gte=last[1])
        found += [Renewal(patient, due, form) for patient in rows[: PAGE + 2]]
    found += _of_age(actor, today)
    later = sorted((each for each in found if _place(each) > last), key=_place)
    return keyset.page(later, PAGE, _renewal_key)


def _place(each: Renewal) -> tuple[str, str, str]:
    """Where a line is in the order of the list."""
    form = str(each.form.id) if each.form else ""
    return str(each.since.earliest), each.patient.study_code, form


def _renewal_key(each: Renewal) -> str:
    day, code, form = _place(each)
    return f"{day}_{form}_{code}"


def renewals_of_form(
    actor: Actor, form: ConsentVersion, *, key: str = ""
) -> tuple[list[Patient], str]:
    """A page of those who sign this form still, if it asks for it, and the key of the next."""
    if not _asks(form, clock.today()):
        return [], ""
    last = keyset.parse_cursor(key, keyset.STUDY_CODE_PATTERN)
    rows = _of_form(actor, form).filter(study_code__gt=last)
    return keyset.page(rows.order_by("study_code")[: PAGE + 1], PAGE, lambda row: row.study_code)


def renewals_of(actor: Actor, patient: Patient) -> list[Renewal]:
    """Why one patient has to sign again."""
    today = clock.today()
    found = [
        Renewal(patient, PartialDate.of(form.valid_from), form)
        for form in fitting_patient(patient)
        if _asks(form, today) and _of_form(actor, form).filter(id=patient.id).exists()
    ]
    return [*found, *_of_age(actor, today, patient)]


def renewal_due(actor: Actor) -> bool:
    """Whether anybody has to sign again."""
    today = clock.today()
    if any(_of_form(actor, form).exists() for form in _asking(actor, today)):
        return True
    return any(True for _each in _of_age(actor, today))
