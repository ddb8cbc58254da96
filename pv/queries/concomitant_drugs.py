"""The treatments of a case's patient, as concomitant drugs the case may take.

They are read on the basis of whoever asks: whoever may not read the patient finds none.
"""

from collections.abc import Mapping
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.concomitant_care import DETAILS, MOMENTS, STAYS, YES, CareKind
from followup.domain.dates import PartialDate
from followup.models import ConcomitantCare
from followup.queries import codes
from pv.domain.cases.concomitant_drugs import Line, Outcome, Treatment, lines
from pv.domain.cases.icsr_builder import in_both
from pv.domain.e2b import storage
from pv.models import Case, CaseVersion, TreatmentDecision


def treatments(actor: Actor, case: Case) -> list[Treatment]:
    """What was given to the patient of a case, the earliest first; those retracted included.

    Empty for a case that is of no patient of a hospital here.
    """
    if case.patient_id is None:
        return []
    rows = scope.visible(actor, ConcomitantCare.objects.filter(patient_id=case.patient_id))
    every = {row.id: row for row in rows.exclude(kind__in=[kind.value for kind in STAYS])}
    replaced = {row.replaces_id for row in every.values()}
    found = [_treatment(row, every) for row in every.values() if row.id not in replaced]
    return sorted(found, key=lambda one: (one.started.earliest, one.started.latest, one.key))


def of_case(actor: Actor, case: Case, version: CaseVersion) -> list[Line]:
    """Each treatment beside what a version of the case has."""
    decided = {row.revision for row in left_out(case).values()}
    return lines(storage.from_data(version.message), case.id, treatments(actor, case), decided)


def left_out(case: Case) -> dict[UUID, TreatmentDecision]:
    """What was decided last of each treatment that is left out of a case, by its key.

    It holds for the revision it names: of a treatment corrected since nothing is decided.
    """
    rows = TreatmentDecision.objects.filter(case_id=case.id).select_related("decided_by")
    last = {row.treatment: row for row in rows.order_by("decided_at", "id")}
    return {key: row for key, row in last.items() if row.outcome == Outcome.LEFT_OUT}


def _first(row: ConcomitantCare, every: Mapping[UUID, ConcomitantCare]) -> UUID:
    """The row a treatment was first recorded in: it stays the same through every correction."""
    while row.replaces_id and row.replaces_id in every:
        row = every[row.replaces_id]
    return row.id


def _treatment(row: ConcomitantCare, every: Mapping[UUID, ConcomitantCare]) -> Treatment:
    return Treatment(
        key=_first(row, every),
        revision=row.id,
        name=row.name or _listed(row),
        started=PartialDate.from_iso(row.started_on_text),
        ended=PartialDate.from_iso(row.ended_on_text) if row.ended_on_text else None,
        goes_on=row.ongoing == YES,
        dose=_dose(row),
        given_for=row.given_for,
        stands=not row.taken_back,
        once=row.kind in MOMENTS,
    )


def _words(code_list: str, code: str) -> str:
    """An entry of a list in both languages: the element has one text for every receiver."""
    return in_both(codes.label(code_list, code, "zh-hans"), codes.label(code_list, code, "en"))


def _listed(row: ConcomitantCare) -> str:
    """What a treatment without a name is called: the entry of its list, or its kind."""
    kind = CareKind(row.kind)
    if kind is CareKind.IMMUNOGLOBULIN or not row.detail:
        return _words("concomitant_care_kind", row.kind)
    return _words(DETAILS[kind], row.detail)


def _dose(row: ConcomitantCare) -> str:
    """The dose as it was recorded: how often it was given nobody said."""
    if row.dose is None:
        return ""
    return f"{row.dose.normalize():f} {_words('care_dose_unit', row.dose_unit)}"
