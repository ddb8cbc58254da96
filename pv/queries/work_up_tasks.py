"""What a work-up has to get done: notifications, kits, assays and reports, with owner and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.models import User
from followup.core.naming import localized_name
from followup.core.permissions import Perm, Role
from followup.domain.samples import Coded
from followup.models import CustodyEvent, MolecularResult
from followup.queries import accounts, reference, samples
from pv.domain.malignancies import (
    Start,
    TaskKind,
    TaskRules,
    TaskState,
    WorkUpEvent,
    WorkUpState,
    next_open,
    read_task_rules,
    task_state,
)
from pv.models import ReportClock, WorkUp, WorkUpStep, WorkUpTask
from pv.queries import rules

PAGE = 50
REPORT = "REPORT"
OWNERS = (Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER, Role.STUDY_MANAGER)
ENDED = (WorkUpState.CLOSED.value,)


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the timeline. `automatic`: its end is on record; `left`: open at the closure."""

    kind: str
    code: str
    label: Coded | None
    due: date | None
    done_on: date | None
    state: TaskState
    automatic: bool = False
    row: WorkUpTask | None = None
    citation: str = ""
    left: bool = False

    @property
    def key(self) -> str:
        """What names it in a URL."""
        return f"{self.kind}.{self.code}"

    @property
    def said(self) -> str:
        """What shows that it is done, or why it is not needed."""
        return (self.row.evidence or self.row.waived_because) if self.row else ""


def title(task: Task) -> str:
    """What a task is called."""
    if task.kind == REPORT:
        return _("Report to the authority: %(rule)s") % {"rule": rules.words(task.code)}
    if task.kind == "KIT":
        return _("Sampling kit %(n)s") % {"n": task.code}
    label = localized_name(task.label) if task.label else task.code
    return _("Assay: %(assay)s") % {"assay": label} if task.kind == "ASSAY" else label


@dataclass(slots=True)
class _Facts:
    """What is on record of one work-up."""

    received_on: date | None = None
    results: list[MolecularResult] = field(default_factory=list)
    complete_on: date | None = None
    closed_on: date | None = None
    rows: dict[tuple[str, str], WorkUpTask] = field(default_factory=dict)
    clocks: list[ReportClock] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the board."""

    work_up: WorkUp
    open: int
    late: int
    next: Task | None


def task_rules() -> TaskRules:
    """The targets and turnaround times as loaded."""
    return read_task_rules(rules.data("attribution"))


def _labels() -> Mapping[str, Coded]:
    rows = rules.data("attribution")["targets"]
    return {row["code"]: Coded(row["code"], row["en"], row["zh"]) for row in rows}


def _facts(work_ups: Sequence[WorkUp]) -> dict[UUID, _Facts]:
    """The record of several work-ups, in as many queries as there are kinds of record."""
    known: dict[UUID, _Facts] = {row.id: _Facts() for row in work_ups}
    by_event = {row.event_id: known[row.id] for row in work_ups}
    by_case = {row.case_id: known[row.id] for row in work_ups}
    arrived = CustodyEvent.objects.filter(
        sample__event_id__in=by_event,
        step="RECEIVE",
        taken_back=False,
        replaced_by__isnull=True,
        happened_on__isnull=False,
    )
    for event_id, day in arrived.values_list("sample__event_id", "happened_on"):
        facts = by_event[event_id]
        if day is not None and (facts.received_on is None or day < facts.received_on):
            facts.received_on = day
    results = MolecularResult.objects.filter(
        sample__event_id__in=by_event, replaced_by__isnull=True
    ).select_related("sample")
    for result in results.order_by("resulted_on", "recorded_at"):
        if result.sample.event_id is not None:
            by_event[result.sample.event_id].results.append(result)
    steps = WorkUpStep.objects.filter(work_up__in=known).order_by("recorded_at", "id")
    for work_up_id, event, at in steps.values_list("work_up_id", "event", "recorded_at"):
        if event == WorkUpEvent.RESULTS_COMPLETE:
            known[work_up_id].complete_on = at.astimezone(clock.SHANGHAI).date()
        elif event == WorkUpEvent.CLOSE:
            known[work_up_id].closed_on = at.astimezone(clock.SHANGHAI).date()
        elif event == WorkUpEvent.REOPEN:
            known[work_up_id].complete_on = None
    for row in WorkUpTask.objects.filter(work_up__in=known).select_related("owner"):
        known[row.work_up_id].rows[row.kind, row.code] = row
    clocks = ReportClock.objects.filter(case_id__in=by_case, stopped_at__isnull=True)
    for one in clocks.order_by("due", "rule"):
        by_case[one.case_id].clocks.append(one)
    return known


def _task(
    kind: str, code: str, due: date | None, done_on: date | None, today: date, **more: Any
) -> Task:
    row = more.get("row")
    due = row.due if row is not None and row.due is not None else due
    done_on = row.done_on if row is not None and row.done_on is not None else done_on
    waived = bool(row is not None and row.waived_because)
    state = task_state(due, done_on, waived=waived, today=today)
    return Task(kind, code, more.pop("label", None), due, done_on, state, **more)


def _tasks(actor: Actor, work_up: WorkUp, facts: _Facts, today: date) -> list[Task]:
    known, labels = task_rules(), _labels()
    holidays = reference.holidays(actor)
    opened = work_up.opened_at.astimezone(clock.SHANGHAI).date()
    starts = {
        Start.AWARENESS: work_up.event.aware_on,
        Start.REPORTED: opened,
        Start.SAMPLE_RECEIVED: facts.received_on,
    }
    ends = {
        "SITE_INFORMS_HOLDER": opened,
        "RESULT_PRELIMINARY": facts.results[0].resulted_on if facts.results else None,
        "RESULT_FINAL": facts.complete_on,
    }
    found = [
        _task(
            TaskKind.TARGET.value,
            target.code,
            target.due(starts[target.start], holidays),
            ends.get(target.code),
            today,
            label=labels.get(target.code),
            automatic=target.code in ends,
            row=facts.rows.get((TaskKind.TARGET.value, target.code)),
            citation=target.citation,
        )
        for target in known.targets
        # What counts from the arrival of a sample is asked for once one has arrived.
        if starts[target.start] is not None and target.asked(work_up.evidence.get("suspicions", ()))
    ]
    found += [
        _task(REPORT, row.rule, row.due, row.met_on, today, automatic=True, citation=row.citation)
        for row in facts.clocks
    ]
    found += _orders(actor, facts, today)
    if work_up.state in ENDED:  # nothing is asked for any more
        found = [_ended(task, facts.closed_on) for task in found]
    return sorted(found, key=lambda task: (task.due or date.max, task.kind, task.code))


def _ended(task: Task, closed_on: date | None) -> Task:
    """A step of a closed work-up; what is owed to an authority runs on with the case."""
    still = task.state in (TaskState.OPEN, TaskState.LATE)
    if task.kind == REPORT:
        later = closed_on is not None and task.done_on is not None and task.done_on > closed_on
        return replace(task, left=still or later)
    return replace(task, state=TaskState.LEFT, left=True) if still else task


def _orders(actor: Actor, facts: _Facts, today: date) -> list[Task]:
    """The kits and assays that were ordered; an assay is done with its first result."""
    known = {row.code: row for row in assays(actor)}

    def first_result(row: WorkUpTask) -> date | None:
        ordered = row.created_at.astimezone(clock.SHANGHAI).date()
        days = (r.resulted_on for r in facts.results if r.assay == row.code)
        return min((day for day in days if day >= ordered), default=None)

    return [
        _task(
            kind,
            code,
            None,
            first_result(row) if kind == TaskKind.ASSAY else None,
            today,
            label=known.get(code),
            automatic=kind == TaskKind.ASSAY,
            row=row,
        )
        for (kind, code), row in facts.rows.items()
        if kind != TaskKind.TARGET
    ]


def of(actor: Actor, work_up: WorkUp, *, today: date) -> list[Task]:
    """The timeline of one work-up the actor has read: every task, the earliest day first."""
    return _tasks(actor, work_up, _facts([work_up])[work_up.id], today)


def open_of(actor: Actor, work_up: WorkUp, *, today: date) -> list[Task]:
    """What is still to be done in it; a report a closed one left is owed by its case."""
    return [task for task in signed_open(actor, work_up, today=today) if not task.left]


def signed_open(actor: Actor, work_up: WorkUp, *, today: date) -> list[Task]:
    """What the signature of a closure names: what is open before it, what was open after it."""
    found = of(actor, work_up, today=today)
    return [one for one in found if one.left or one.state in (TaskState.OPEN, TaskState.LATE)]


def board(
    actor: Actor, *, today: date, box: str = "open", key: str = "", size: int = PAGE
) -> Page[Item]:
    """One page of all work-ups, the newest first; `box` is open, closed or all."""
    related = ("case__patient", "product", "site", "event")
    rows = scope.visible(actor, WorkUp.objects.select_related(*related))
    if box == "open":
        rows = rows.exclude(state__in=ENDED)
    elif box == "closed":
        rows = rows.filter(state__in=ENDED)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    found, end = keyset.page(rows.order_by("-id")[: size + 1], size, lambda row: str(row.id))
    facts = _facts(found)
    return Page([_item(actor, row, facts[row.id], today) for row in found], end)


def _item(actor: Actor, work_up: WorkUp, facts: _Facts, today: date) -> Item:
    tasks = [task for task in _tasks(actor, work_up, facts, today) if not task.left]
    states = [task.state for task in tasks]
    late = states.count(TaskState.LATE)
    return Item(work_up, states.count(TaskState.OPEN) + late, late, next_open(tasks))


def owners(actor: Actor, work_up: WorkUp) -> list[User]:
    """Who may be asked to do a task: the people of safety and the study who see the case."""
    actor.require(Perm.CASE_READ, site=work_up.site_id, product=work_up.product_id)
    # Names of colleagues are no account data; reading accounts is another right.
    reader = Actor.process("work-up owners")
    found = {
        user.id: user
        for role in OWNERS
        for user in accounts.holding(reader, role, product=work_up.product_id)
    }
    return sorted(found.values(), key=lambda user: user.display_name)


def assays(actor: Actor) -> list[Coded]:
    """The assays that can be ordered, those with a turnaround in the rules."""
    known = task_rules().assay_days
    return [
        Coded(row.code, row.label_en, row.label_zh)
        for row in samples.rules(actor).assays.assays
        if row.code in known
    ]
