"""Rows of the register of a portion of subjects, by patient: the facts are made of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from followup.core import scope
from followup.core.actor import Actor
from followup.domain import infusion_details
from followup.domain.consents import Purpose
from followup.domain.protocols import Protocol
from followup.domain.visits import VisitState
from followup.models import (
    AdverseEvent,
    ConcomitantCare,
    Infusion,
    LaboratoryFinding,
    LaboratoryResult,
    Patient,
    PlannedVisit,
    Visit,
)
from followup.queries import consents
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.trials import versions

Row = Mapping[str, Any]
Rows = Mapping[UUID, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows by patient; `consented` is a day as far as known, `raised` events by laboratory value.

    `protocols` are the versions that planned the visits, by the id of their reference row.
    """

    patients: Mapping[UUID, Row]
    infusions: Rows
    events: Rows
    visits: Rows
    missed: Rows
    values: Rows
    care: Rows
    raised: Mapping[UUID, str]
    consented: Mapping[UUID, str]
    protocols: Mapping[UUID, Protocol]


_PATIENT = (
    "id study_code sex birth_year vital_status follow_up_state state_since last_contact_on "
    "died_on_text death_cause death_cause_code autopsy death_related"
).split()
_INFUSION = (
    "id infused_on lot chain_of_identity dose_cells lymphodepletion prior_lines recorded_at "
    "apheresis_on_text thawed_at"
).split() + [*infusion_details.TEXTS, *infusion_details.CODES, *infusion_details.NUMBERS]
_CARE = (
    "id kind detail name started_on_text ended_on_text ongoing dose dose_unit mutagenic "
    "live_vaccine given_for recorded_at"
).split()
_EVENT = (
    "id verbatim kind serious seriousness onset_text ended_text outcome causality grade "
    "grade_scale aware_on is_new_malignancy t_cell_suspected pregnancy_of pregnancy_outcome "
    "visit_id"
).split()
_VISIT = (
    "id vital_status contact_on contact_type informant progressed_on_text disease_status"
).split()
_LABORATORY = (
    "id measure comparator value unit written unit_written finding missing_because range_low "
    "range_text range_high flag lower_limit detection_limit specimen_on status laboratory"
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
    for values in scope.counting(actor, rows.filter(condition)).values_list(*columns):
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


def _raised(actor: Actor, choice: DatasetChoice, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The events that people reported from a rule a value met, by the value."""
    rows = LaboratoryFinding.objects.filter(
        patient_id__in=ids, product_id=choice.product, event__isnull=False
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for result, event in scope.counting(actor, rows).values_list("result_id", "event_id"):
        found[result].append(str(event))
    return {result: " ".join(sorted(each)) for result, each in found.items()}


def portion(actor: Actor, choice: DatasetChoice, ids: Sequence[UUID]) -> Portion:
    """The rows the actor may read of these subjects. Call inside `DatasetChoice.reading`."""
    columns = (*_PATIENT, "site__code")
    patients = {row["id"]: row for row in Patient.objects.filter(id__in=ids).values(*columns)}
    standing = Q(undone_at__isnull=True, replaced_by__isnull=True)
    infusions = _by_patient(
        actor, Infusion, ids, choice, _INFUSION, Q(retired=False), indication="indication__code"
    )
    events = _by_patient(actor, AdverseEvent, ids, choice, _EVENT, Q(withdrawn_at__isnull=True))
    visits = _by_patient(
        actor,
        Visit,
        ids,
        choice,
        _VISIT,
        standing,
        visit_code="planned__code",
        infusion="planned__schedule__infusion_id",
        protocol="planned__schedule__protocol_id",
    )
    missed = _by_patient(
        actor,
        PlannedVisit,
        ids,
        choice,
        ["id", "code"],
        Q(state=VisitState.MISSED),
        infusion="schedule__infusion_id",
        protocol="schedule__protocol_id",
    )
    current = Q(replaced_by__isnull=True, taken_back=False)
    values = _by_patient(actor, LaboratoryResult, ids, choice, _LABORATORY, current)
    care = _by_patient(actor, ConcomitantCare, ids, choice, _CARE, current)
    planned = [row for rows in (visits, missed) for own in rows.values() for row in own]
    return Portion(
        patients,
        infusions,
        events,
        visits,
        missed,
        values,
        care,
        _raised(actor, choice, ids),
        _consented(ids),
        versions(row["protocol"] for row in planned if row["protocol"]),
    )
