"""The whole story of how follow-up wakes safety: a fact, and what runs in its transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from followup.domain import facts
from pv.actions import cases, watches, workups

FACT_HANDLERS: Mapping[type, tuple[Callable[..., Any], ...]] = {
    facts.AdverseEventObserved: (cases.draft,),
    facts.AdverseEventChanged: (cases.note_change,),
    facts.AdverseEventWithdrawn: (cases.note_withdrawal,),
    facts.AdverseEventRestored: (cases.note_restoration,),
    facts.AdverseEventMoved: (cases.note_move, workups.note_move),
    facts.MalignancySuspected: (workups.open_for,),
    facts.MolecularResultReceived: (
        cases.note_result,
        workups.note_result,
        watches.note_result,
    ),
    facts.RoutineResultReceived: (watches.note_result,),
    facts.RclPositive: (cases.report_virus,),
    facts.SampleMoved: (workups.note_sample, cases.note_sample),
    facts.PatientDied: (cases.note_death, cases.report_death),
    facts.DeathRetracted: (cases.note_death, cases.retract_death),
    facts.InfusionCorrected: (cases.note_infusion,),
    facts.PatientIdentityChanged: (cases.note_identity,),
}
