"""What moves clocks beside the facts of a case: rules, authorisations, agreements, labels.

Few cases follow at once; many follow as a job, one transaction a case, and one that was broken off
goes on. A dry run lists before what would change; it writes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Denied, NotFound, Refused
from followup.core.spreadsheets.workbooks import Book
from followup.core.stored_words import Words
from pv.actions import clocks as case_clocks
from pv.actions import confirmations
from pv.models import Authorisation, Case, LabelVersion, PartnerAgreement
from pv.queries import authorisations, clock_changes
from pv.queries.clock_changes import Line

TRIAL, KIND = "clock-trial", "clock-recalculation"
AT_ONCE = 100  # cases that follow within the request
BLOCK = 200
_CLOCKS = Actor.process("clock sources")
Entry = Authorisation | PartnerAgreement | LabelVersion
_ENTRIES: dict[str, type[Entry]] = {
    "authorisation": Authorisation,
    "agreement": PartnerAgreement,
    "label": LabelVersion,
}


def require_keeper(actor: Actor, product: UUID, action: str) -> None:
    """Safety and regulatory affairs keep authorisations and agreements."""
    if not any(actor.may(perm, product=product) for perm in authorisations.KEEPERS):
        raise Denied(action)


def since(row: Entry) -> date:
    """The first day anything changes by an entry."""
    return authorisations.since(row) if isinstance(row, Authorisation) else row.valid_from


@part
def follow(actor: Actor, row: Entry) -> None:
    """Bring the clocks of every case of a product into line that an entry may touch."""
    ids = clock_changes.of_product(row.product_id, since(row), AT_ONCE + 1)
    if len(ids) <= AT_ONCE:
        for case_id in ids:
            _recalculate(_CLOCKS, case_id, reason=str(row))
        return
    _ask(actor, KIND, _Scope(str(row.product_id), since(row).isoformat(), str(row)))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which cases are reckoned again and why: those of a product since a day, or all one's own.

    `entry` names what a dry run takes as confirmed.
    """

    product: str = ""
    since: str = ""
    reason: str = ""
    entry: str = ""
    entry_id: str = ""

    def ids(self, actor: Actor) -> list[UUID]:
        if not self.product:
            return list(clock_changes.open_cases(actor).values_list("id", flat=True))
        return clock_changes.of_product(UUID(self.product), date.fromisoformat(self.since))


def _ask(actor: Actor, kind: str, asked: _Scope) -> Job:
    if kind == TRIAL:
        text = gettext_noop("Dry run of the report clocks: %(why)s")
    else:
        text = gettext_noop("Report clocks reckoned again: %(why)s")
    # Of its minute: asked for again it is made again, pressed twice it is one.
    at = clock.now().isoformat(timespec="minutes")
    title = Words(text, {"why": asked.reason})
    return jobs.request(actor, kind, title=title, parameters={**asdict(asked), "at": at})


def request_trial(actor: Actor, name: str, row: Entry) -> Job:
    """A job that lists what the confirmation of an entry would change of the clocks."""
    perms = (Perm.CASE_ASSESS, *authorisations.KEEPERS)
    if not any(actor.may(perm, product=row.product_id) for perm in perms):
        raise Denied(f"{name}.trial")
    confirmations.require_undecided(actor, row)
    asked = _Scope(str(row.product_id), since(row).isoformat(), str(row), name, str(row.id))
    return _ask(actor, TRIAL, asked)


def request(actor: Actor, *, trial: bool) -> Job:
    """A job over one's own open cases, after reporting rules or holidays were loaded.

    Refused before the dry run by the same rules.
    """
    actor.require(Perm.CASE_WRITE)
    asked = _Scope(reason=clock_changes.rules_in_use())
    if not trial and not tried(actor):
        raise Refused(_("Make the dry run first and look at what it changes."))
    return _ask(actor, TRIAL if trial else KIND, asked)


def resume(actor: Actor, job_id: UUID | str) -> Job:
    """Go on with a job that was broken off: what is in line by now is left as it is.

    By whoever answers for the cases; one over somebody's own open cases follows a dry run again.
    """
    open_ = {str(each.id): each for each in clock_changes.broken_off(actor, KIND)}
    if str(job_id) not in open_:
        raise NotFound()
    left = open_[str(job_id)]
    if left.product is None:
        return request(actor, trial=False)
    return _ask(actor, KIND, _Scope(**{name: left.asked[name] for name in asdict(_Scope())}))


def tried(actor: Actor) -> bool:
    """Whether the actor made a dry run by the rules in use today."""
    by = {"reason": clock_changes.rules_in_use(), "product": ""}
    return jobs.made_today(actor, TRIAL, by)


@action("clock.recalculate", needs=Perm.SYSTEM)
def _recalculate(actor: Actor, case_id: UUID, *, reason: str) -> list[Line]:
    """Reckon one case again where anything of its clocks would change; what did."""
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    found, changed = clock_changes.lines([case])
    if changed:
        case_clocks.reconcile(actor, case, reason=reason)
    return found


@action("clock.preview", needs=Perm.SYSTEM)
def _preview(actor: Actor, ids: Sequence[UUID], asker: Actor, asked: _Scope) -> list[Line]:
    """What would change of these cases, with an entry as if it were confirmed; all is undone."""
    with transaction.atomic():
        if asked.entry:
            entry = _ENTRIES[asked.entry].objects.select_for_update().get(id=asked.entry_id)
            confirmations.confirm(asker, entry)
        rows = Case.objects.filter(id__in=ids).order_by("id")
        found, _changed = clock_changes.lines(rows)
        transaction.set_rollback(True)
    return found


def _blocks(ids: Sequence[UUID], progress: Progress) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BLOCK):
        progress.report(start, len(ids))
        yield ids[start : start + BLOCK]
    progress.report(len(ids), len(ids))


def _scope(parameters: dict[str, Any]) -> _Scope:
    """What was asked for; refused once other rules are in use, as no dry run has shown those."""
    asked = _Scope(**{name: parameters[name] for name in asdict(_Scope())})
    if not asked.product and asked.reason != clock_changes.rules_in_use():
        text = gettext_noop("Other rules or holidays were loaded since: make the dry run again.")
        raise Refused(Words(text))
    return asked


@jobs.handler(TRIAL, needs=Perm.CASE_READ)
def trial(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Which clocks of which case would move from which day to which; nothing is written."""
    asked = _scope(parameters)
    ids = asked.ids(actor)
    found: list[Line] = []
    for block in _blocks(ids, progress):
        found += _preview(_CLOCKS, block, actor, asked)
    return _result(actor, progress, found, len(ids), "clocks-dry-run.xlsx")


@jobs.handler(KIND, needs=Perm.CASE_READ)
def recalculate(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Reckon case by case; started again it finds those done in line and goes on."""
    asked = _scope(parameters)
    ids = asked.ids(actor)
    found: list[Line] = []
    for done, case_id in enumerate(ids):
        progress.report(done, len(ids))
        found += _recalculate(_CLOCKS, case_id, reason=asked.reason)
    progress.report(len(ids), len(ids))
    return _result(actor, progress, found, len(ids), "clocks.xlsx")


def sheet_of(found: Sequence[Line]) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of clocks that change."""
    head = [_("Case"), _("Receiver"), _("Rule"), _("Due day before"), _("Due day after")]
    rows = [
        [line.number, line.receiver, line.rule, str(line.before or ""), str(line.after or "")]
        for line in found
    ]
    return head, rows


def _result(
    actor: Actor, progress: Progress, found: Sequence[Line], total: int, name: str
) -> Result:
    """The clocks that change: those of the actor's cases line by line, all of them counted."""
    seen = clock_changes.shown(actor, {line.case for line in found})
    header, lines = sheet_of([line for line in found if line.case in seen])
    counts = Counter(line.receiver or "—" for line in found)
    path = Path(progress.folder) / name
    with Book(path, title=name, made_at=clock.now()) as book:
        book.sheet(_("Clocks that change"), header, lines, widths=(14, 18, 20, 14, 14))
        summary: list[list[str | int]] = [[name, n] for name, n in sorted(counts.items())]
        book.sheet(_("By receiver"), [_("Receiver"), _("Number")], summary)
    manifest = {
        "cases": total,
        "changed cases": len({line.case for line in found}),
        "clocks": dict(counts),
        "not shown": len(found) - len(lines),
    }
    return Result(path, name, manifest)
