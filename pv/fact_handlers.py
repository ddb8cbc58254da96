"""The whole story of how follow-up wakes safety: a fact, and what runs in its transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from followup.domain import facts
from pv.actions import (
    aggregate_reports,
    cases,
    commitments,
    follow_up_requests,
    monitoring_items,
    reconciliations,
    signals,
    triage,
    workups,
)

# Facts of one happening have their turn in this order: a case exists before its work-up opens.
FACT_HANDLERS: Mapping[type, tuple[Callable[..., Any], ...]] = {
    facts.AdverseEventObserved: (cases.draft,),
    facts.AdverseEventChanged: (cases.on_change,),
    facts.AdverseEventWithdrawn: (cases.on_withdrawal,),
    facts.AdverseEventRestored: (cases.on_restoration,),
    facts.AdverseEventMoved: (cases.on_move, workups.on_move),
    facts.MalignancySuspected: (workups.open_for,),
    facts.MolecularResultReceived: (
        cases.on_result,
        workups.on_result,
        monitoring_items.on_result,
    ),
    facts.RoutineResultReceived: (monitoring_items.on_result,),
    facts.RclPositive: (cases.report_rcl_positive,),
    facts.SampleMoved: (workups.on_sample, cases.on_sample),
    facts.PatientDied: (cases.on_death, cases.report_death),
    facts.DeathRetracted: (cases.on_death, cases.retract_death),
    facts.InfusionCorrected: (cases.on_infusion,),
    facts.PatientIdentityChanged: (cases.on_identity,),
    facts.DataQueryAnswered: (follow_up_requests.on_answer,),
    facts.RecordSigned: (
        aggregate_reports.on_signature,
        cases.on_signature,
        commitments.on_signature,
        reconciliations.on_signature,
        signals.on_signature,
        triage.on_signature,
        workups.on_signature,
    ),
}
