"""The malignancy work-up of a case with its samples and molecular results."""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.core import scope
from followup.core.actor import Actor
from followup.models import MolecularResult, Sample
from pv.models import Case, WorkUp


@dataclass(frozen=True, slots=True)
class WorkUpView:
    """The work-up with what it rests on."""

    work_up: WorkUp
    samples: Sequence[Sample]
    results: Sequence[MolecularResult]


def of_case(actor: Actor, case: Case) -> WorkUpView | None:
    """The work-up of a case, None when none was opened."""
    row = scope.visible(actor, WorkUp.objects.filter(case=case)).first()
    if row is None:
        return None
    samples = scope.visible(actor, Sample.objects.filter(event_id=row.event_id))
    results = scope.visible(
        actor,
        MolecularResult.objects.filter(
            sample__event_id=row.event_id, replaced_by__isnull=True
        ).select_related("sample"),
    )
    return WorkUpView(
        row,
        list(samples.order_by("timing", "code", "number")),
        list(results.order_by("resulted_on")),
    )
