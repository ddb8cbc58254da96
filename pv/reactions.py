"""The whole story of how follow-up wakes safety: a fact, and what runs in its transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from followup.domain import facts
from pv.actions import cases, workups

REACTIONS: Mapping[type, tuple[Callable[..., Any], ...]] = {
    facts.AdverseEventObserved: (cases.draft,),
    facts.AdverseEventChanged: (cases.note_change,),
    facts.MalignancySuspected: (workups.open_for,),
    facts.MolecularResultReceived: (cases.note_result, workups.note_result),
    facts.SampleMoved: (workups.note_sample,),
    facts.PatientDied: (cases.note_death,),
}
