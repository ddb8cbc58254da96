"""Assessments of the demo: CRS of the first days, responses by the criteria of the disease.

Told for the first patients of the SH01 hospital, as their laboratory values are.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import partial

from followup.actions import clinical_assessments
from followup.core.permissions import Role
from followup.domain.clinical_assessments import RESPONSES, Instrument
from followup.domain.dates import PartialDate
from followup.models import Infusion
from pv.demo.facts import Life
from pv.demo.laboratory import MOST, SITE
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage

CRS: Mapping[str, str] = {
    "temperature": "38.9",
    "fever_other_cause": "NO",
    "treated": "NO",
    "fever_earlier": "NO",
    "hypotension": "NO",
    "oxygen": "NASAL_CANNULA",
    "flow": "3",
    "death_due_to_crs": "NO",
}
# By what a disease is assessed, and what stands for a complete response there.
COMPLETE: Mapping[str, tuple[Instrument, Mapping[str, str]]] = {
    "LBCL": (Instrument.LUGANO_PET, {"new_lesion": "NO", "deauville": "2"}),
    "FL": (Instrument.LUGANO_PET, {"new_lesion": "NO", "deauville": "3"}),
    "MCL": (Instrument.LUGANO_PET, {"new_lesion": "NO", "deauville": "1"}),
    "B_ALL": (
        Instrument.B_ALL,
        {
            "marrow_blasts": "1",
            "extramedullary": "NO",
            "anc": "2.1",
            "platelets": "156",
            "earlier_remission": "NO",
            "mrd": "<0.01",
        },
    ),
    "MM": (Instrument.IMWG, {}),
    "GASTRIC": (Instrument.RECIST, {}),
}


def steps(stage: Stage, life: Life, today: date) -> Iterable[DatedStep]:
    """What was assessed in the first days and at the contacts that assessed the disease."""
    if life.site != SITE or life.number >= MOST:
        return
    infused = life.infusion.infused_on
    died = life.died_on.earliest if life.died_on else today
    early = infused + timedelta(days=3)
    if life.registered_on <= early < died:
        step = partial(_assess, stage, life, Instrument.CRS, CRS, early)
        yield DatedStep(early, 4, life.number, step)
    if life.infusion.disease not in COMPLETE:
        return
    instrument, complete = COMPLETE[life.infusion.disease]
    for visit in life.visits:
        code = visit.response
        if code in RESPONSES[instrument] and life.registered_on <= visit.on < died:
            answers = complete if code == "CR" else {}
            step = partial(_assess, stage, life, instrument, answers, visit.on, stated=code)
            yield DatedStep(visit.on, 4, life.number, step)


def _assess(
    stage: Stage,
    life: Life,
    instrument: Instrument,
    answers: Mapping[str, str],
    on: date,
    stated: str = "",
) -> None:
    infusion = Infusion.objects.select_related("patient").get(
        chain_of_identity=life.infusion.chain_of_identity
    )
    clinical_assessments.record(
        stage.at(Role.NURSE, life.site),
        infusion.patient,
        instrument=instrument,
        on=PartialDate.of(on),
        answers=answers,
        stated=stated,
    )
