"""Tables of patients: exposure and person-time, and how follow-up was carried out. Counts only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.naming import localized_name
from followup.core.row_security import contexts
from followup.domain.visits import FollowUpState, VisitState
from followup.models import Indication, Infusion, Patient, PlannedVisit, Visit
from followup.models.states import PATIENT_FOLLOW_UP, PLANNED_VISIT
from pv.domain.cohorts.times import Member, death_of
from pv.domain.periodic.blocks import Block, Grid, Paragraph
from pv.domain.periodic.exposure import ExposureRow, ExposureTable, Treated, exposure_table
from pv.domain.periodic.sections import TableCode
from pv.domain.signals.expected import Person
from pv.queries import aggregates, rules
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.cohort_happenings import OF_DEATHS_IN_PART, last_alive
from pv.queries.exposure_labels import tier_words


@contexts.reads_whole
def treated(product_id: UUID, end: date) -> list[Treated]:
    """Everybody the register knows to be treated by `end`, for a reader who reports on the product.

    Like the count of infusions these are figures of the product; no patient is shown of them.
    """
    given = Infusion.objects.filter(product=product_id, retired=False)
    rows = scope.counted(given.filter(infused_on__lte=end))
    same = given.filter(patient=OuterRef("patient"))
    on, key = OuterRef("infused_on"), OuterRef("id")
    rows = rows.filter(~Exists(same.filter(Q(infused_on__lt=on) | Q(infused_on=on, id__lt=key))))
    labels = {row.id: localized_name(row) for row in Indication.objects.filter(product=product_id)}
    alive = last_alive(Visit.objects.filter(OF_DEATHS_IN_PART), end)
    columns = ("last_contact_on", "vital_status", "died_on_text", "sex", "birth_year")
    named = [f"patient__{name}" for name in columns]
    known = rows.order_by("id").values_list("patient_id", "infused_on", "indication_id", *named)
    found = []
    for patient, day0, indication, contact, vital, died, sex, born in known:
        dead = vital == Patient.VitalStatus.DEAD
        death = death_of(died, contact, alive.get(patient)) if dead else None
        person = Person(Member("", day0, contact, death), sex, born)
        found.append(Treated(person, labels.get(indication, "")))
    return found


def table(basis: Basis) -> ExposureTable:
    """The exposure of the period at the lock."""
    ages = rules.data("aggregate_reports")["ages"]
    people = treated(basis.product.id, basis.end)
    return exposure_table(people, basis.start, basis.end, ages)


def _sex_words() -> dict[str, str]:
    return {
        "MALE": pgettext("sex", "Male"),
        "FEMALE": pgettext("sex", "Female"),
        "UNKNOWN": pgettext("sex", "Not known"),
    }


def exposure(basis: Basis) -> list[Block]:
    """Patients, infusions and person-years, interval and cumulative, split four ways."""
    found = table(basis)
    infusions = aggregates.exposure(basis.product, basis.start, basis.end)
    unknown = pgettext("exposure", "Not known")
    tiers = {tier.value: words for tier, words in tier_words().items()}
    parts: list[tuple[str, Sequence[ExposureRow], Mapping[str, str]]] = [
        (pgettext("exposure", "All"), [found.total], {"": pgettext("exposure", "All patients")}),
        (pgettext("exposure", "Age at infusion"), found.ages, {"": unknown}),
        (pgettext("exposure", "Sex"), found.sexes, _sex_words()),
        (pgettext("exposure", "Indication"), found.indications, {"": unknown}),
        (pgettext("exposure", "All days since infusion"), found.tiers, tiers),
    ]
    rows = [
        [
            title,
            words.get(row.value, row.value),
            str(row.patients),
            str(row.patients_cumulative),
            f"{row.years:.2f}",
            f"{row.years_cumulative:.2f}",
        ]
        for title, each, words in parts
        for row in each
    ]
    headings = [
        pgettext("exposure", "By"),
        pgettext("exposure", "Group"),
        pgettext("exposure", "Patients first treated, period"),
        pgettext("exposure", "Patients, cumulative"),
        pgettext("exposure", "Person-years, period"),
        pgettext("exposure", "Person-years, cumulative"),
    ]
    note = _(
        "Infusions in the register: %(interval)s in the period, %(cumulative)s cumulative. "
        "Person-years run from infusion to death, the last contact or the end of the period."
    ) % {"interval": infusions.interval, "cumulative": infusions.cumulative}
    shares = (20, 30, 14, 14, 14, 14)
    return [Grid(_("Exposure"), headings, rows, note=note, shares=shares, numeric=2)]


@contexts.reads_whole
def _visits(product_id: UUID, start: date, end: date) -> dict[str, int]:
    rows = PlannedVisit.objects.filter(product=product_id, due__gte=start, due__lte=end)
    rows = scope.counted(rows)
    return dict(rows.values_list("state").annotate(number=Count("id")).order_by("state"))


@contexts.reads_whole
def _states(product_id: UUID, end: date) -> dict[str, int]:
    mine = Infusion.objects.filter(patient=OuterRef("pk"), product=product_id, infused_on__lte=end)
    rows = scope.counted(Patient.objects.filter(Exists(mine))).values_list("follow_up_state")
    return dict(rows.annotate(number=Count("id")).order_by("follow_up_state"))


def follow_up(basis: Basis) -> list[Block]:
    """Planned visits whose window ended in the period by their state, and patients by theirs."""
    visits = _visits(basis.product.id, basis.start, basis.end)
    patients = _states(basis.product.id, basis.end)
    rows = [
        [pgettext("report", "Planned visits due in the period"), str(words), str(visits[state])]
        for state, words in PLANNED_VISIT.choices
        if state in visits and state != VisitState.CANCELLED
    ]
    rows += [
        [pgettext("report", "Patients at the data lock"), str(words), str(patients[state])]
        for state, words in PATIENT_FOLLOW_UP.choices
        if state in patients
    ]
    if not rows:
        return [Paragraph(_("No patient of the product is followed up in the register."))]
    headings = [
        pgettext("report", "Counted"),
        pgettext("report", "State"),
        pgettext("report", "Number"),
    ]
    lost = patients.get(FollowUpState.LOST.value, 0)
    note = _("Lost to follow-up at the data lock: %(n)s.") % {"n": lost}
    return [Grid(_("Follow-up"), headings, rows, note=note, shares=(45, 35, 20), numeric=2)]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.EXPOSURE: exposure,
    TableCode.FOLLOW_UP: follow_up,
}
