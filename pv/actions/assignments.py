"""Who works on which case: one person, a team, many cases at once, and a deputy for days away."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import advisory_locks
from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from pv.models import Absence, Case
from pv.queries import assignments

MOST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of a bulk assignment; `problem` is empty where it was given."""

    number: str
    problem: str = ""


@action("case.assign", needs=Perm.CASE_WRITE)
def assign(actor: Actor, case: Case, *, owner: UUID | None, team: str = "") -> Case:
    """Give a case to a person and a team, or to nobody.

    Refused for a person who does not work on cases of this site and product.
    """
    problems = {}
    if owner is not None and owner not in {p.id for p in assignments.owners(actor, case)}:
        problems["owner"] = _("Choose a person who works on this case.")
    if team and team not in assignments.teams():
        problems["team"] = _("Choose from the list.")
    if problems:
        raise Refused(problems)
    row = Case.objects.select_for_update().get(id=case.id)
    row.assigned_to_id, row.team = owner, team
    row.save(update_fields=["assigned_to", "team"])
    return row


def assign_many(
    actor: Actor,
    cases: Iterable[UUID | str],
    *,
    owner: UUID | None,
    team: str = "",
    keep: Collection[str] = (),
) -> list[Outcome]:
    """Give many cases; one that cannot be given is named with its reason and the rest goes on.

    `keep` names what each case keeps of its own: its `owner`, its `team`.
    """
    outcomes = []
    for case_id in list(cases)[:MOST]:
        try:
            case = assignments.case(actor, case_id)
        except NotFound:
            outcomes.append(Outcome("?", _("Not found, or you may not see it.")))
            continue
        try:
            assign(
                actor,
                case,
                owner=case.assigned_to_id if "owner" in keep else owner,
                team=case.team if "team" in keep else team,
            )
        except Refused as refused:
            texts = [str(text) for each in refused.fields.values() for text in each]
            outcomes.append(Outcome(case.number, " ".join(texts) or str(refused)))
        else:
            outcomes.append(Outcome(case.number))
    return outcomes


@action("absence.record", needs=Perm.CASE_WRITE)
def record_absence(actor: Actor, *, deputy: UUID, starts_on: date, ends_on: date) -> Absence:
    """Say who stands in for oneself, from the first to the last day away."""
    problems = {}
    if deputy == actor.id or deputy not in {person.id for person in assignments.colleagues(actor)}:
        problems["deputy"] = _("Choose another person who works on cases.")
    if ends_on < starts_on or ends_on < time.today():
        problems["ends_on"] = _("Not before the first day, and not in the past.")
    if problems or actor.id is None:
        raise Refused(problems)
    advisory_locks.wait_for("absence", str(actor.id))
    standing = Absence.objects.filter(person_id=actor.id, ended_at__isnull=True)
    known = standing.filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    for row in known.select_related("deputy")[:1]:
        text = _("%(deputy)s is the deputy from %(first)s to %(last)s already: end that first.")
        words = {"deputy": row.deputy, "first": row.starts_on, "last": row.ends_on}
        raise Refused({"starts_on": text % words})
    return Absence.objects.create(
        person_id=actor.id,
        deputy_id=deputy,
        starts_on=starts_on,
        ends_on=ends_on,
        recorded_at=time.now(),
    )


@action("absence.end", needs=Perm.CASE_WRITE)
def end_absence(actor: Actor, row: Absence) -> Absence:
    """Take one's own absence back before its last day."""
    kept = Absence.objects.select_for_update().get(id=row.id)
    if kept.person_id != actor.id:
        raise Refused(_("Only the person away ends this."))
    if kept.ended_at is not None:
        raise Refused(_("This has ended already."))
    kept.ended_at = time.now()
    kept.save(update_fields=["ended_at"])
    return kept
