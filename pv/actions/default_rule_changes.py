"""New default rules of seriousness: stored cases follow by a job, after a dry run.

What a new version of the rules adds is the holder's own decision of that day: its clock runs from
the day of the job. What it drops is retracted with its history; an assessment of a person stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Book
from followup.core.stored_words import Words
from pv.actions import clock_sources
from pv.actions.cases import default_seriousness as default_rules
from pv.models import Case
from pv.queries import clock_changes, default_seriousness, seriousness_rules
from pv.queries.clock_changes import Line

TRIAL, KIND = "default-rule-trial", "default-rule-assessment"
_RULES = Actor.process("default rules")


@dataclass(frozen=True, slots=True)
class Changed:
    """A case the rules in use answer otherwise: their codes before and after, its clocks."""

    case: UUID
    number: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    clocks: Sequence[Line]


def request(actor: Actor, *, trial: bool) -> Job:
    """A job over one's own cases, after default rules were loaded; refused before the dry run."""
    actor.require(Perm.CASE_WRITE)
    rules = seriousness_rules.rules_in_use()
    if not trial and not tried(actor):
        raise Refused(_("Make the dry run first and look at what it changes."))
    if trial:
        text = gettext_noop("Dry run of the default rules of seriousness: %(rules)s")
    else:
        text = gettext_noop("Cases assessed by the default rules of seriousness: %(rules)s")
    parameters = {"rules": rules, "at": clock.now().isoformat(timespec="minutes")}
    return jobs.request(
        actor, TRIAL if trial else KIND, title=Words(text, {"rules": rules}), parameters=parameters
    )


def tried(actor: Actor) -> bool:
    """Whether the actor made a dry run by the rules in use today."""
    return jobs.made_today(actor, TRIAL, {"rules": seriousness_rules.rules_in_use()})


@action("case.apply_default_rules", needs=Perm.SYSTEM)
def apply(actor: Actor, case_id: UUID, *, on: date) -> Changed | None:
    """Let one case follow the default rules in use; None where they say what they said."""
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if case.stage == Case.Stage.NULLIFIED:
        return None
    before = default_seriousness.stated_codes(case)
    rules = seriousness_rules.rules_in_use()
    lines = default_rules.apply(actor, case, edition=rules, on=on)
    if lines is None:
        return None
    after = default_seriousness.stated_codes(case)
    return Changed(case.id, case.number, before, after, lines)


@action("case.preview_default_rules", needs=Perm.SYSTEM)
def _preview(actor: Actor, case_id: UUID, *, on: date) -> Changed | None:
    """What would change of a case; all is undone."""
    with transaction.atomic():
        found = apply(actor, case_id, on=on)
        transaction.set_rollback(True)
    return found


@jobs.handler(TRIAL, needs=Perm.CASE_READ)
def trial(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Which cases the rules would answer otherwise, with their clocks; nothing is written."""
    return _each(actor, parameters, progress, write=False)


@jobs.handler(KIND, needs=Perm.CASE_READ)
def assess(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Case by case; started again it finds those done in line and goes on."""
    return _each(actor, parameters, progress, write=True)


def _each(actor: Actor, parameters: dict[str, Any], progress: Progress, *, write: bool) -> Result:
    if parameters["rules"] != seriousness_rules.rules_in_use():
        text = gettext_noop("Other default rules were loaded since: make the dry run again.")
        raise Refused(Words(text))
    ids = default_seriousness.judged_cases(actor)
    today, found = clock.today(), []
    for done, case_id in enumerate(ids):
        progress.report(done, len(ids))
        changed = (apply if write else _preview)(_RULES, case_id, on=today)
        if changed is not None:
            found.append(changed)
    progress.report(len(ids), len(ids))
    name = "default-rules.xlsx" if write else "default-rules-dry-run.xlsx"
    return _result(actor, progress, found, len(ids), name)


def _result(
    actor: Actor, progress: Progress, found: Sequence[Changed], total: int, name: str
) -> Result:
    path = Path(progress.folder) / name
    seen = clock_changes.shown(actor, {one.case for one in found})
    shown = [one for one in found if one.case in seen]
    with Book(path, title=name, made_at=clock.now()) as book:
        header = [_("Case"), _("Default rules before"), _("Default rules after")]
        rows = [[one.number, " ".join(one.before), " ".join(one.after)] for one in shown]
        book.sheet(_("Cases that change"), header, rows, widths=(14, 30, 30))
        lines = [line for one in shown for line in one.clocks]
        book.sheet(_("Clocks that change"), *clock_sources.sheet_of(lines))
    return Result(path, name, {"cases": total, "changed cases": len(found)})
