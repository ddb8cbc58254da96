"""Tasks of a work-up: who does them until when, what shows that they are done, what is ordered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Conflict, NotFound, Refused
from pv.actions import workups
from pv.domain.malignancies import TaskKind, WorkUpState
from pv.models import WorkUp, WorkUpTask
from pv.queries import work_up_tasks

MOST_KITS = 50


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What a person says of a task; a task is done, waived, or still open."""

    owner: UUID | None = None
    due: date | None = None
    done_on: date | None = None
    evidence: str = ""
    waived_because: str = ""


def _open(work_up: WorkUp) -> WorkUp:
    row = workups.locked(work_up)
    if row.state == WorkUpState.CLOSED:
        raise Refused(_("The work-up is closed: reopen it first."))
    return row


def _problems(actor: Actor, work_up: WorkUp, given: TaskInput, automatic: bool) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    opened = work_up.opened_at.astimezone(clock.SHANGHAI).date()
    first = min(opened, work_up.event.aware_on or opened)
    owners = {user.id for user in work_up_tasks.owners(actor, work_up)}
    if given.owner is not None and given.owner not in owners:
        problems["owner"] = _("Choose a person who works on this case.")
    if given.done_on is not None:
        if automatic:
            problems["done_on"] = _("This ends by what is recorded: the report, result or step.")
        elif not first <= given.done_on <= clock.today():
            problems["done_on"] = _("Between the day of awareness and today.")
        if not given.evidence.strip():
            problems["evidence"] = _("Say what shows it: letter, consignment, file number.")
        if given.waived_because.strip():
            problems["waived_because"] = _("It is done or not needed, not both.")
    if given.due is not None and given.due < first:
        problems["due"] = _("Not before the day of awareness.")
    return problems


def _says_nothing(given: TaskInput) -> bool:
    days = given.due or given.done_on
    return not (given.owner or days or f"{given.evidence}{given.waived_because}".strip())


@action("work_up.set_task", needs=Perm.CASE_WRITE)
def set_task(
    actor: Actor, work_up: WorkUp, *, kind: str, code: str, given: TaskInput, version: int
) -> WorkUpTask:
    """Keep owner, day, end or waiver of a task; a reported one follows its clock.

    `version` is 0 for a target nobody has written about, which an empty answer does not begin.
    Conflict when somebody saved since.
    """
    row = _open(work_up)
    tasks = {task.key: task for task in work_up_tasks.of(actor, row, today=clock.today())}
    task = tasks.get(f"{kind}.{code}")
    if task is None or kind == work_up_tasks.REPORT:
        raise NotFound()
    stored = WorkUpTask.objects.filter(work_up=row, kind=kind, code=code).first()
    if (stored.version if stored else 0) != version:
        raise Conflict(_sides(given, stored))
    problems = _problems(actor, row, given, task.automatic)
    if stored is None and _says_nothing(given):
        problems[""] = _("Nothing is said yet: give an owner, a day, or how it ended.")
    if problems:
        raise Refused(problems)
    stored = stored or _new(row, kind, code)
    stored.owner_id, stored.due, stored.done_on = given.owner, given.due, given.done_on
    stored.evidence = within(given.evidence, 500, "evidence")
    stored.waived_because = within(given.waived_because, 500, "waived_because")
    stored.version = version + 1
    stored.save()
    return stored


def _sides(given: TaskInput, stored: WorkUpTask | None) -> Mapping[str, Any]:
    if stored is None:
        return {}
    names = ("due", "done_on", "evidence", "waived_because")
    pairs = {name: (getattr(given, name), getattr(stored, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _new(work_up: WorkUp, kind: str, code: str) -> WorkUpTask:
    return WorkUpTask(
        work_up=work_up,
        product_id=work_up.product_id,
        site_id=work_up.site_id,
        kind=kind,
        code=code,
        created_at=clock.now(),
    )


@action("work_up.order", needs=Perm.CASE_WRITE)
def order(
    actor: Actor, work_up: WorkUp, *, assay: str = "", text: str, owner: UUID | None = None
) -> WorkUpTask:
    """Order an assay, or a sampling kit when none is named; its day follows from the rules.

    Refused without saying from whom or what, and for an assay that is ordered already.
    """
    row = _open(work_up)
    rules = work_up_tasks.task_rules()
    problems: dict[str, Any] = {}
    if not text.strip():
        problems["text"] = _("Say what is ordered and from whom.")
    if assay and assay not in rules.assay_days:
        problems["assay"] = _("Choose the assay from the list.")
    if owner is not None and owner not in {u.id for u in work_up_tasks.owners(actor, row)}:
        problems["owner"] = _("Choose a person who works on this case.")
    kind = TaskKind.ASSAY if assay else TaskKind.KIT
    kits = row.tasks.filter(kind=TaskKind.KIT).count()
    code = assay or str(kits + 1)
    if assay and row.tasks.filter(kind=kind, code=code).exists():
        problems["assay"] = _("This assay is ordered already.")
    if not assay and kits >= MOST_KITS:
        problems["text"] = _("Not more than %(n)s kits.") % {"n": MOST_KITS}
    if problems:
        raise Refused(problems)
    made = _new(row, kind.value, code)
    days = rules.assay_days[assay] if assay else rules.kit_days
    made.text, made.owner_id = within(text, 300, "text"), owner
    made.due = clock.today() + timedelta(days=days)
    made.save(force_insert=True)
    return made
