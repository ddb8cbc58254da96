"""The facts of a portion of subjects, by data set. Call inside `DatasetChoice.reading`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.consents import Purpose
from followup.domain.visits import VisitState
from followup.models import AdverseEvent, Infusion, LaboratoryResult, Patient, PlannedVisit, Visit
from followup.queries import consents
from pv.domain.datasets import Facts, SdtmMapping, Subject
from pv.domain.datasets import facts as of
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.specimens import specimens

Row = Mapping[str, Any]
Rows = Mapping[UUID, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A subject with its facts by the code of the data set they belong to."""

    subject: Subject
    facts: Mapping[str, Sequence[Facts]]


_PATIENT = (
    "id study_code sex birth_year vital_status follow_up_state state_since last_contact_on "
    "died_on_text death_cause death_related"
).split()
_INFUSION = (
    "id infused_on lot chain_of_identity dose_cells lymphodepletion prior_lines recorded_at"
).split()
_EVENT = (
    "id verbatim kind serious seriousness onset_text ended_text outcome causality grade "
    "grade_scale aware_on is_new_malignancy t_cell_suspected pregnancy_of pregnancy_outcome"
).split()
_VISIT = (
    "id vital_status contact_on contact_type informant progressed_on_text disease_status"
).split()
_LABORATORY = (
    "id measure comparator value unit written unit_written finding missing_because range_low "
    "range_high flag lower_limit detection_limit specimen_on status laboratory"
).split()


def _by_patient(
    actor: Actor,
    model: type[Model],
    ids: Sequence[UUID],
    choice: DatasetChoice,
    names: Sequence[str],
    condition: Q,
    **renamed: str,
) -> Rows:
    """Rows of a table by patient; `renamed` are columns of other rows under names of their own."""
    rows = model._default_manager.filter(patient_id__in=ids, product_id=choice.product)
    columns = ["patient_id", *names, *renamed.values()]
    found: dict[UUID, list[Row]] = defaultdict(list)
    for values in scope.visible(actor, rows.filter(condition)).values_list(*columns):
        row = dict(zip(["patient_id", *names, *renamed], values, strict=True))
        found[row["patient_id"]].append(row)
    return found


def _consented(ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The day, as far as it is known, of the first paper that agrees to follow-up."""
    found = {}
    for key, known in consents.facts(ids).items():
        papers = [p for p in known.papers if Purpose.FOLLOW_UP.value in p.purposes]
        if papers:
            first = min(papers, key=lambda p: (p.counts_from, p.signed.isoformat()))
            found[key] = first.signed.isoformat()
    return found


def gathered(
    actor: Actor, choice: DatasetChoice, mapping: SdtmMapping, ids: Sequence[UUID]
) -> Iterator[Gathered]:
    """Each subject of a portion, in its order, with the facts the actor may read."""
    patients = {
        row["id"]: row for row in Patient.objects.filter(id__in=ids).values(*_PATIENT, "site__code")
    }
    standing = Q(undone_at__isnull=True, replaced_by__isnull=True)
    infusions = _by_patient(
        actor, Infusion, ids, choice, _INFUSION, Q(retired=False), indication="indication__code"
    )
    events = _by_patient(actor, AdverseEvent, ids, choice, _EVENT, Q(withdrawn_at__isnull=True))
    visits = _by_patient(
        actor, Visit, ids, choice, _VISIT, standing,
        visit_code="planned__code", infusion="planned__schedule__infusion_id",
    )  # fmt: skip
    missed = _by_patient(
        actor, PlannedVisit, ids, choice, ["id", "code"], Q(state=VisitState.MISSED),
        infusion="schedule__infusion_id",
    )  # fmt: skip
    current = Q(replaced_by__isnull=True, taken_back=False)
    values = _by_patient(actor, LaboratoryResult, ids, choice, _LABORATORY, current)
    kept = specimens(actor, choice, mapping, ids)
    consented = _consented(ids)
    for key in ids:
        row = {**patients[key], "site": patients[key]["site__code"]}
        given = sorted(infusions.get(key, ()), key=lambda each: (each["infused_on"], each["id"]))
        own = of.subject(row, given, consented.get(key))
        usubjid = f"{choice.study}-{row['study_code']}"
        subject = Subject(usubjid, str(own["first_infusion"] or ""), {**own, "usubjid": usubjid})
        yield Gathered(
            subject,
            {
                "DM": [subject.facts],
                "EX": [of.exposure(each) for each in given],
                **_events(events.get(key, ()), visits.get(key, ()), mapping),
                "DS": list(of.dispositions(row, consented.get(key))),
                **_visits(visits.get(key, ()), missed.get(key, ()), given),
                "LB": [of.laboratory(each) for each in values.get(key, ())],
                "DD": list(of.death_details(row)),
                **kept.get(key, {}),
            },
        )


def _events(
    events: Sequence[Row], visits: Sequence[Row], mapping: SdtmMapping
) -> dict[str, list[Facts]]:
    adverse = [row for row in events if row["kind"] not in mapping.clinical_events]
    clinical = [row for row in events if row["kind"] in mapping.clinical_events]
    return {
        "AE": [of.event(row) for row in adverse],
        "CE": [*map(of.event, clinical), *of.progressions(visits)],
    }


def _visits(
    visits: Sequence[Row], missed: Sequence[Row], infusions: Sequence[Row]
) -> dict[str, list[Facts]]:
    places = {row["id"]: number for number, row in enumerate(infusions, 1)}
    contacts = [of.contact(row, places.get(row["infusion"])) for row in visits]
    absent = [of.missed(row, places.get(row["infusion"])) for row in missed]
    return {
        "SS": contacts,
        "SV": [*contacts, *absent],
        "RS": [facts for facts in contacts if facts["disease_status"]],
    }
