"""Who has to sign a consent again: a new form asks for it, or a child reached an age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import DateField, Exists, OuterRef, Q, QuerySet, UUIDField

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.statements import Given, found_any, written_once
from followup.domain.consents import Purpose, Signer
from followup.domain.dates import PartialDate
from followup.domain.visits import SEARCHED
from followup.models import Consent, ConsentVersion, Infusion, Patient, Schedule
from followup.queries.consents import fitting_patient, rules

PAGE = 100
_KEY = rf"\d{{4}}-\d{{2}}-\d{{2}}_(?:{keyset.UUID_PATTERN})?_{keyset.STUDY_CODE_PATTERN}"


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
    rows = rows.filter(follow_up_state__in=SEARCHED)
    return scope.visible(actor, rows, home=True).filter(Exists(agreed))


def _asks(form: ConsentVersion, today: date) -> bool:
    """Whether a form is in use and asks those who signed an earlier one."""
    ended = form.valid_until is not None and form.valid_until < today
    return form.renews and form.valid_from <= today and not ended


def _asking(actor: Actor, today: date) -> list[ConsentVersion]:
    """The forms of one's hospitals that ask for signatures, the oldest first."""
    return [form for form in _renewing(actor) if _asks(form, today)]


@written_once
def _renewing(actor: Actor) -> QuerySet[ConsentVersion]:
    forms = scope.visible(actor, ConsentVersion.objects.filter(renews=True))
    return forms.order_by("valid_from")


@written_once
def _newer() -> QuerySet[ConsentVersion]:
    """The forms of a site that renew one of a day."""
    rows = ConsentVersion.objects.filter(site_id=Given("site", UUIDField()), renews=True)
    return rows.filter(valid_from__gt=Given("day", DateField()))


@dataclass(frozen=True, slots=True)
class _Form:
    """What of a form decides whom it asks: a statement is written once for it."""

    id: UUID
    site: UUID
    product: UUID | None
    protocol: str
    code: str
    valid_from: date

    @classmethod
    def of(cls, row: ConsentVersion) -> "_Form":
        """That of a row."""
        site, product = row.site_id, row.product_id
        return cls(row.id, site, product, row.protocol, row.code, row.valid_from)


def _meant(form: _Form) -> Q:
    """The patients of its site a form is meant for."""
    meant = Q(site_id=form.site)
    if form.product:
        given = Infusion.objects.filter(patient=OuterRef("pk"), product_id=form.product)
        meant &= Q(Exists(given))
    if form.protocol:
        plans = Schedule.objects.filter(patient=OuterRef("pk"), protocol__code=form.protocol)
        meant &= Q(Exists(plans))
    return meant


def _form_and_newer(form: ConsentVersion) -> tuple[_Form, tuple[_Form, ...]]:
    """A form, and those that ask in its place."""
    newer, today = _newer(site=form.site_id, day=form.valid_from), clock.today()
    return _Form.of(form), tuple(_Form.of(each) for each in newer if _asks(each, today))


def _of_form(actor: Actor, form: ConsentVersion) -> QuerySet[Patient]:
    """Who still signs a form: nobody whom a newer one asks, which is signed in its place."""
    return _signing(actor, *_form_and_newer(form))


def _signing(actor: Actor, form: _Form, newer: tuple[_Form, ...]) -> QuerySet[Patient]:
    rows = _followed(actor, Patient.objects.filter(_meant(form)))
    for each in newer:
        rows = rows.exclude(_meant(each))
    papers = Consent.objects.filter(patient=OuterRef("pk"))
    as_new = Q(form=form.id) | Q(form__valid_from__gte=form.valid_from)
    typed = Q(form__isnull=True, form_version=form.code, given_on__gte=form.valid_from)
    return rows.filter(~Exists(papers.filter(as_new | typed)))


@written_once
def _first_signing(actor: Actor, form: _Form, newer: tuple[_Form, ...]) -> QuerySet[Patient, Any]:
    return _signing(actor, form, newer).values_list("pk")[:1]


@written_once
def _first_guarded(actor: Actor) -> QuerySet[Consent, Any]:
    """Whether there is a paper a guardian signed, of any patient."""
    papers = Consent.objects.filter(signed_by=Signer.GUARDIAN.value)
    return scope.visible(actor, papers).values_list("pk")[:1]


def _of_age(actor: Actor, today: date, patient: Patient | None = None) -> Iterator[Renewal]:
    """Children whose guardian signed last, or one; of their birth the year alone is asked."""
    asked = Patient.objects.all()
    if patient is not None:
        asked = asked.filter(id=patient.id)
        papers = Consent.objects.filter(signed_by=Signer.GUARDIAN.value, patient=patient)
        guarded_once = scope.visible(actor, papers).exists()
    else:
        guarded_once = bool(_first_guarded(actor))
    if not guarded_once:  # as on most days at most hospitals
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
    if key := keyset.parse_cursor(key, _KEY):
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
    asked = [_first_signing.text(actor, *_form_and_newer(form)) for form in _asking(actor, today)]
    guarded, *signing = found_any([_first_guarded.text(actor), *asked])
    return any(signing) or (guarded and any(True for _each in _of_age(actor, today)))
