"""Molecular results: recorded once, corrected by a row that replaces them, told to safety."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions.samples import chain, report_parsing
from followup.actions.samples.chain import CustodyStep
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.domain.facts import (
    MolecularResultReceived,
    RclPositive,
    RoutineResultReceived,
)
from followup.domain.samples import (
    Comparator,
    CustodyEventKind,
    CustodyState,
    Measured,
    Moment,
    ResultProblem,
    day_problems,
    measured_problems,
)
from followup.models import AdverseEvent, CustodyEvent, MolecularResult, Sample
from followup.queries import samples

_TEXTS: dict[ResultProblem, str | Promise] = {
    ResultProblem.NOT_A_NUMBER: gettext_lazy("Enter a number in digits, for example 6.5."),
    ResultProblem.ZERO: gettext_lazy(
        "A result is never zero: below quantification, tick that and give the limit."
    ),
    ResultProblem.UNIT_MISSING: gettext_lazy("Choose what the number measures."),
    ResultProblem.LIMIT_MISSING: gettext_lazy(
        "Below quantification needs the lower limit of quantification."
    ),
    ResultProblem.VALUE_AND_FLAG: gettext_lazy(
        "Below quantification has no number: clear the number or the tick."
    ),
    ResultProblem.UNDER_LIMIT: gettext_lazy(
        "This is under the lower limit: tick below quantification instead."
    ),
    ResultProblem.LIMITS_CROSSED: gettext_lazy(
        "The limit of detection cannot be above the limit of quantification."
    ),
    ResultProblem.NEGATIVE_WITH_VALUE: gettext_lazy(
        "A negative finding has no number above the limit."
    ),
    ResultProblem.PERCENT: gettext_lazy("A percentage lies between 0 and 100."),
    ResultProblem.FUTURE: gettext_lazy("The date cannot be later than today."),
    ResultProblem.BEFORE_COLLECTION: gettext_lazy("The sample was collected later than this."),
    ResultProblem.RECEIVED_FIRST: gettext_lazy(
        "The report cannot be received before its own date."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultInput:
    """One report of a laboratory. None and empty mean: the report does not say.

    `received_on` is the day the reporting person learned of it; a follow-up clock starts there.
    `reported` is the number as the laboratory wrote it ("<50", ">10^6", "未检出"): the action reads
    comparator, value and limit from it. `sites`, `variants` and `markers` are the lines of the
    report as typed or pasted.
    """

    assay: str
    finding: str
    laboratory: str
    resulted_on: date
    received_on: date
    final: bool | None
    method: str = ""
    measure: str = ""
    reported: str = ""
    comparator: Comparator = Comparator.EXACT
    value: Decimal | None = None
    below_quantification: bool = False
    lower_limit: Decimal | None = None
    detection_limit: Decimal | None = None
    lod_met: bool | None = None
    tumour_content: Decimal | None = None
    same_clone: bool | None = None
    sites: str = ""
    variants: str = ""
    markers: str = ""
    comment: str = ""


def _collected_on(sample: Sample) -> date | None:
    rows = CustodyEvent.objects.filter(sample=sample, step="COLLECT", taken_back=False)
    row = rows.filter(replaced_by__isnull=True).order_by("-number").first()
    return row.happened_on if row else None


def _unit(actor: Actor, given: ResultInput) -> str:
    assay = samples.rules(actor).assays.assay(given.assay)
    measure = assay.measure(given.measure) if assay else None
    return measure.unit if measure else ""


def _problems(actor: Actor, sample: Sample, given: ResultInput) -> dict[str, Any]:
    problems = report_parsing.code_problems(samples.rules(actor).assays, given)
    measured = Measured(
        finding=given.finding,
        value=given.value,
        unit=_unit(actor, given),
        below_quantification=given.below_quantification,
        lower_limit=given.lower_limit,
        detection_limit=given.detection_limit,
    )
    days = day_problems(
        resulted_on=given.resulted_on,
        received_on=given.received_on,
        collected_on=_collected_on(sample),
        today=clock.today(),
    )
    for name, code in (measured_problems(measured) | days).items():
        problems.setdefault(name, str(_TEXTS[code]))
    return problems


_OF_THE_CHANGE = ("id", "recorded_by_id", "recorded_at", "replaces_id", "reason")


def _row(
    actor: Actor, sample: Sample, given: ResultInput, details: dict[str, Any], **more: Any
) -> MolecularResult:
    return MolecularResult(
        sample=sample,
        patient_id=sample.patient_id,
        site_id=sample.site_id,
        product_id=sample.product_id,
        assay=given.assay,
        method=given.method,
        finding=given.finding,
        measure=given.measure,
        reported=given.reported.strip(),
        comparator=given.comparator.value,
        value=given.value,
        below_quantification=given.below_quantification,
        unit=_unit(actor, given),
        lower_limit=given.lower_limit,
        detection_limit=given.detection_limit,
        lod_met=given.lod_met,
        tumour_content=given.tumour_content,
        same_clone=given.same_clone,
        details=details,
        comment=given.comment.strip(),
        laboratory=given.laboratory.strip(),
        final=bool(given.final),
        resulted_on=given.resulted_on,
        received_on=given.received_on,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **more,
    )


def _checked(
    actor: Actor, sample: Sample, typed: ResultInput
) -> tuple[ResultInput, dict[str, Any]]:
    """The input with its number read, and the details; Refused with every problem at once."""
    given, problems = report_parsing.number(samples.rules(actor).assays, typed)
    problems |= {k: v for k, v in _problems(actor, sample, given).items() if k not in problems}
    details, unreadable = report_parsing.details(given)
    problems |= unreadable
    if problems:
        raise Refused(problems)
    return given, details


def _move(actor: Actor, sample: Sample, result: MolecularResult) -> None:
    """Let the chain of custody follow: a result implies receipt and testing, on days unknown."""
    state = CustodyState(sample.state)
    if state is CustodyState.DESTROYED:
        return  # a late result of material that is gone
    implied = [CustodyEventKind.RESULT]
    if state not in (CustodyState.IN_TESTING, CustodyState.RESULTED):
        implied.insert(0, CustodyEventKind.START_TEST)
    if state is CustodyState.SHIPPED:
        implied.insert(0, CustodyEventKind.RECEIVE)
    number = sample.custody.count()
    for index, kind in enumerate(implied, 1):
        resulted = kind is CustodyEventKind.RESULT
        step = CustodyStep(
            kind=kind,
            happened=Moment(result.resulted_on if resulted else None),
            place=result.laboratory,
            result=result.id if resulted else None,
        )
        state = chain.follow(state, step)
        row = chain.write(actor, sample, step, number + index)
        chain.settle(sample, state)
        chain.report(actor, sample, row)


def _tell(actor: Actor, sample: Sample, result: MolecularResult, aware_on: date) -> None:
    fact = chain.fact(actor, sample, result.id, aware_on)
    collected = _collected_on(sample)
    taken = PartialDate.of(collected) if collected else None
    events = [event for event in chain.events_of(sample) if event is not None]
    if result.assay == "RCL":
        known = AdverseEvent.objects.filter(
            kind=EventCategory.RCL_POSITIVE, withdrawn_at__isnull=True
        )
        events += known.filter(infusion_id=sample.infusion_id)
    for event in events:
        received = MolecularResultReceived(
            **fact,
            adverse_event_id=event.id,
            assay=result.assay,
            result_id=result.id,
            resulted_on=result.resulted_on,
            final=result.final,
        )
        publish(actor, received)
    if result.assay == "RCL" and result.finding == "POSITIVE":
        positive = RclPositive(
            **fact,
            sample_number=sample.number,
            method=result.method,
            laboratory=result.laboratory,
            collected_on=taken,
            resulted_on=result.resulted_on,
        )
        publish(actor, positive)
    if not events:
        publish(actor, RoutineResultReceived(**fact, assay=result.assay, result_id=result.id))


def _locked(sample: Sample) -> Sample:
    rows = Sample.objects.select_for_update(of=("self",)).select_related("product")
    return rows.get(id=sample.id)


@action("sample.record_result", needs=Perm.SAMPLE_WRITE)
def record_result(actor: Actor, sample: Sample, *, given: ResultInput) -> MolecularResult:
    """Record a laboratory's report on a sample and tell safety in the same transaction.

    Refused for a sample that was never collected or found: record that first, so that nobody can
    doubt what was tested.
    """
    row = _locked(sample)
    if row.state in (CustodyState.PLANNED.value, CustodyState.UNOBTAINABLE.value):
        raise Refused(_("Record first that this sample was collected or found."))
    result = _row(actor, row, *_checked(actor, row, given))
    result.save(force_insert=True)
    _move(actor, row, result)
    _tell(actor, row, result, given.received_on)
    return result


@action("sample.correct_result", needs=Perm.SAMPLE_WRITE)
def correct_result(
    actor: Actor, result: MolecularResult, *, given: ResultInput, reason: str
) -> MolecularResult:
    """Replace a result by its correction; needs a reason, and safety learns of it as new."""
    sample = _locked(result.sample)
    if MolecularResult.objects.filter(replaces=result).exists():
        raise Conflict({"result": (result.finding, _("corrected meanwhile"))})
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    read, details = _checked(actor, sample, given)
    newer = _row(actor, sample, read, details, replaces=result, reason=reason.strip())
    names = [field.attname for field in MolecularResult._meta.concrete_fields]
    if all(getattr(newer, n) == getattr(result, n) for n in names if n not in _OF_THE_CHANGE):
        raise Refused(_("Nothing is different from what is recorded."))
    newer.save(force_insert=True)
    _tell(actor, sample, newer, clock.today())
    return newer
