"""Default rules of seriousness on a case: stated, written, answered by the holder."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import expectedness, guards, information, narratives
from pv.domain.cases import default_criteria, editing, pairing
from pv.domain.cases.flags import Flags, of_rules, of_tree
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node, Null
from pv.models import Case, CaseSource, CaseVersion, ReceivedReport
from pv.queries import case_links
from pv.queries import default_seriousness as queries
from pv.queries.clock_changes import Line
from pv.queries.obligations import DEFAULT_RULE
from pv.queries.seriousness_rules import Answered

LONGEST_REASON = 500
_CLOCKS = Actor.process("default rules")  # a reviewer may answer without the right to write


def _waiting(case: Case) -> list[CaseSource]:
    rows = CaseSource.objects.filter(case=case, kind=DEFAULT_RULE, adopted_at__isnull=True)
    return list(rows.order_by("taken_at", "id"))


def _put(root: Node, row: CaseSource) -> None:
    for path, value in pairing.offered(row.values).items():
        try:
            editing.put(root, path, value)
        except editing.PathError:
            continue  # a person took the reaction away


@part
def state(
    case: Case, said: Answered | None, reference: str, on: date, *, alone: bool = False
) -> CaseSource | None:
    """Keep what the default rules add to what was stated, or no more, where that changed.

    `said` is what they say, `reference` the statement of the hospital it follows from, `on` the day
    it became known: the holder knows what follows from it since that day. Taken before the
    statement itself, which is then read with it: one thing learned has one clock. `alone` other
    rules speak of the same statement: what they add starts a clock itself, and what a person
    assessed otherwise they do not state again. The message follows by `write`.
    """
    if said is None:
        return None
    rows = queries.history(case)
    if alone and rows and rows[-1].kind == queries.JUDGEMENT:
        said = said.without(queries.codes_stated(rows))
        if not said.added:
            return None
    if queries.unchanged(rows, said):
        return None
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    for row in _waiting(case):
        _put(root, row)
    made = default_criteria.changes(
        root, added=said.paths, written=queries.written(rows), stated=said.stated
    )
    flags = of_rules(said.criteria)
    return information.save_source(
        case,
        None,
        DEFAULT_RULE,
        f"{reference}:{'+'.join(said.codes)}",
        received_on=on,
        values={path: storage.value_to_data(value) for path, value in made.items()},
        flags=flags,
        starts_clock=alone and flags.risen(Flags(case.serious, case.fatal)),
    )


@part
def state_received(case: Case, row: ReceivedReport, number: int, on: date) -> Flags:
    """Keep what the default rules add to a report that is accepted as version `number`, or no more.

    Its message, as it is prepared, holds that already. Taken before the statement of the
    report itself, which is then read with it: one thing learned has one clock. What was added to an
    earlier message and no version says yet has no place any more. The answer is what the rules
    state of the case from now on.
    """
    if row.kind == ReceivedReport.Kind.NULLIFICATION:
        return Flags()
    for waiting in _waiting(case):
        waiting.adopted_at, waiting.adopted_version = time.now(), number
        waiting.save(update_fields=["adopted_at", "adopted_version"])
    said, rows = queries.answered(case, report=row), queries.history(case)
    if said is None or queries.unchanged(rows, said):
        return Flags()
    gone = {path: storage.value_to_data(Null("NI")) for path in queries.written(rows) - said.paths}
    flags = of_rules(said.criteria)
    information.save_source(
        case,
        None,
        DEFAULT_RULE,
        f"{row.id}:{'+'.join(said.codes)}",
        received_on=on,
        case_version=number,
        values=gone | dict.fromkeys(sorted(said.paths), storage.value_to_data("true")),
        flags=flags,
        starts_clock=False,
        adopted_at=time.now(),
        adopted_version=number,
    )
    return flags


@part
def apply(actor: Actor, case: Case, *, edition: str, on: date) -> list[Line] | None:
    """Let a locked case follow default rules that were loaded since; the open clocks that change.

    None where the rules say what they said.

    The reference names the rules, not a statement of the hospital: a day of awareness that it
    corrects moves nothing of what other rules add.
    """
    if state(case, queries.answered(case), edition, on, alone=True) is None:
        return None
    write(actor, case, on)
    return information.settle_telling(actor, case, reason=edition)[0]


def offerable(case: Case, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a source of the hospital offers, less the criteria a rule added and it left open."""
    held = queries.held_paths(case)
    return {path: value for path, value in values.items() if value == "true" or path not in held}


@part
def redate(case: Case, source: CaseSource) -> None:
    """Let what a rule added be known on the day of the hospital's statement it follows from."""
    rows = CaseSource.objects.filter(case=case, kind=DEFAULT_RULE)
    for row in rows.filter(reference__startswith=f"{source.reference}:"):
        row.received_on = source.received_on
        row.save(update_fields=["received_on"])


@part
def write_into(case: Case, number: int, root: Node) -> bool:
    """Let the tree of a version say what rules added since the one before; True if any did."""
    rows = _waiting(case)
    for row in rows:
        _put(root, row)
        row.adopted_at, row.adopted_version = time.now(), number
        row.save(update_fields=["adopted_at", "adopted_version"])
    return bool(rows)


@part
def write(actor: Actor, case: Case, on: date) -> None:
    """Let the open version say what the rules add; one that is signed or released stays as it is.

    An assessment of the holder that rested on what is retracted is retracted with it.
    """
    version = case.versions.select_for_update().get(number=case.current_version)
    if case.stage == Case.Stage.NULLIFIED or not case_links.open_version(actor, case, version):
        return
    root = storage.from_data(version.message)
    if not write_into(case, version.number, root):
        return
    _keep(actor, case, version, root)
    information.learned(case, version, on)


def _keep(actor: Actor, case: Case, version: CaseVersion, root: Node) -> None:
    version.message = storage.to_data(root)
    expectedness.follow(case, version)
    narratives.follow(actor, case, version)
    version.save(update_fields=["message", *narratives.FIELDS])
    case.lock_version += 1


@action("case.overrule_default", needs=Perm.CASE_READ)
def overrule(actor: Actor, case: Case, *, reason: str, lock_version: int) -> Case:
    """Assess, with a reason, that what a default rule added does not hold for this case.

    By the safety officer or the medical reviewer. That assessment governs the holder's side until
    the rules speak of new facts; what the reporter states stays, and in a version that was not
    released no clock depends on the rule any more. Conflict when the case was saved since
    `lock_version`.
    """
    row, version = guards.assessable(actor, case, lock_version, "case.overrule_default")
    rows = queries.history(row)
    standing = queries.standing(rows)
    if standing is None:
        raise Refused(_("No default rule adds a criterion to this case."))
    if not reason.strip():
        raise Refused({"reason": _("State why the default rule does not hold for this case.")})
    root = storage.from_data(version.message)
    undone = default_criteria.changes(root, added=(), written=queries.written(rows), stated=())
    for path, value in undone.items():
        editing.put(root, path, value)
    now = of_tree(root)
    if standing.case_version == version.number:
        standing.serious = standing.fatal = standing.life_threatening = None
        standing.save(update_fields=["serious", "fatal", "life_threatening"])
    information.save_source(
        row,
        None,
        queries.JUDGEMENT,
        f"v{version.number}:{row.lock_version}",
        received_on=time.today(),
        flags=now if now.urgent else Flags(False, False, False),
        starts_clock=False,
        values={queries.REASON: within(reason, LONGEST_REASON), "by": actor.name},
        adopted_at=time.now(),
        adopted_version=version.number,
    )
    _keep(actor, row, version, root)
    return information.settle(_CLOCKS, row, reason=reason.strip())
