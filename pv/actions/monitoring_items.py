"""A transgene in one of a hundred cells calls for integration-site analysis within its days.

A site that is large, rising or in a cancer gene calls for a repeat of the analysis.
"""

from datetime import date
from typing import Any

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.assessments import Answer, Flag, Quantity, vector_positive
from followup.domain.assessments.markers import read_marker_rules
from followup.domain.assessments.quantities import Relation
from followup.domain.facts import MolecularResultReceived, RoutineResultReceived
from followup.models import MolecularResult
from pv.domain.malignancies import analysis_due
from pv.models import WatchItem
from pv.models.monitoring_items import INTEGRATION_SITES, REPEAT_ANALYSIS
from pv.queries import integration_sites, rules

TRANSGENE, ANALYSIS = "CAR_TRANSGENE", "ISA"
COPIES, SHARE = "transgene", "car_positive_cells"


def _quantity(result: MolecularResult) -> Quantity | None:
    """The number as reported: below quantification is somewhere under the limit, never zero."""
    if result.below_quantification:
        return Quantity(result.lower_limit, Relation.BELOW)
    if result.value is None:
        return None
    relation = Relation.ABOVE if result.comparator in (">", "≥") else Relation.EQUAL
    return Quantity(result.value, relation)


def _judged(result: MolecularResult) -> Flag | None:
    """Whether one cell in a hundred carries the vector; None for a number that says nothing."""
    quantity = _quantity(result)
    if quantity is None or result.measure not in (COPIES, SHARE):
        return None
    return vector_positive(
        read_marker_rules(rules.data("grading")["markers"]),
        copies_per_ug=quantity if result.measure == COPIES else None,
        vcn=None,
        percent_positive=quantity if result.measure == SHARE else None,
    )


def _close(result: MolecularResult, on: date, **which: Any) -> None:
    """Close what is open; saved row by row so that the trail shows each."""
    for row in WatchItem.objects.select_for_update().filter(closed_on__isnull=True, **which):
        row.closed_on, row.closed_by = on, result
        row.save(update_fields=["closed_on", "closed_by"])


def _repeat(actor: Actor, result: MolecularResult, on: date) -> WatchItem | None:
    """Let the latest collected analysis decide whether a repeat is owed, and until when.

    An earlier sample reported late or corrected does not end what the latest one calls for. A
    report that arrives after its last day is overdue on the day it is known, not before.
    """
    last = integration_sites.of_infusion(actor, result.sample.infusion_id)[-1]
    here = {"infusion_id": result.sample.infusion_id, "kind": REPEAT_ANALYSIS}
    open_ones = WatchItem.objects.filter(**here, closed_on__isnull=True)
    due = max(last.repeat_by, on) if last.repeat_by else None
    if due is not None and open_ones.filter(result=last.result).exists():
        return open_ones.get()
    _close(result, on, **here)
    if due is None:
        return None
    return WatchItem.objects.create(
        **here,
        result=last.result,
        site_id=result.site_id,
        product_id=result.product_id,
        citation=last.answer.citation,
        opened_on=on,
        due=due,
    )


@action("watch.note_result", needs=Perm.CASE_WRITE)
def on_result(
    actor: Actor, fact: MolecularResultReceived | RoutineResultReceived
) -> WatchItem | None:
    """Open an item on a transgene of 1 % or more, close it with the analysis or a correction.

    An analysis with a site to be monitored opens one for its repeat.

    The first analysis is due within 30 days of receipt (parameter; FDA long-term follow-up
    guidance, 2020). Where the copies a cell are not known and the limit is passed at one copy
    per cell, the item is opened too: it says that the share is open. In a work-up of a malignancy
    the analysis is part of the work-up, so only routine results open one.
    """
    result = MolecularResult.objects.select_related("sample").get(id=fact.result_id)
    if result.assay == ANALYSIS:
        _close(result, fact.aware_on, infusion_id=fact.infusion_id, kind=INTEGRATION_SITES)
        if isinstance(fact, RoutineResultReceived):
            return _repeat(actor, result, fact.aware_on)
    if result.replaces_id is not None:
        _close(result, fact.aware_on, result_id=result.replaces_id)
    if result.assay != TRANSGENE or not isinstance(fact, RoutineResultReceived):
        return None
    flag = _judged(result)
    passed = flag is not None and result.value is not None and flag.answer is not Answer.NO
    if flag is None or not passed:
        return None
    clonality = integration_sites.clonality_rules()
    item, _created = WatchItem.objects.get_or_create(
        infusion_id=result.sample.infusion_id,
        kind=INTEGRATION_SITES,
        closed_on=None,
        defaults={
            "result": result,
            "site_id": result.site_id,
            "product_id": result.product_id,
            "open_share": flag.answer is Answer.UNKNOWN,
            "citation": flag.citation,
            "opened_on": fact.aware_on,
            "due": analysis_due(clonality, fact.aware_on),
        },
    )
    return item
