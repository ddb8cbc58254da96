"""What an authority abroad did to the product over a case: told to ours within hours (CN-XA)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from pv.actions import locked_cases
from pv.actions.cases.information import save_source, settle
from pv.domain.e2b.elements import is_country
from pv.models import Case, CaseSource
from pv.queries import authorisations, rules
from pv.queries.obligations import OVERSEAS_ACTION

VOID = "overseas_void"  # kind of source: an action abroad that was entered by mistake
KINDS = ("suspended", "withdrawn")


@action("case.note_overseas_action", needs=Perm.CASE_WRITE)
def note_overseas_action(
    actor: Actor,
    case: Case,
    *,
    country: str,
    kind: str,
    learned_at: datetime,
    text: str,
    lock_version: int,
) -> Case:
    """Note that the product was suspended or withdrawn abroad for reasons of safety.

    The duty to tell it counts in hours from the moment it was learned of (GVP 2021 no. 65 art.
    51) and is met by being done, not by a report of the case.
    """
    row = locked_cases.at_version(case, lock_version)
    problems: dict[str, str] = {}
    name = country.strip().upper()
    domestic = rules.rule_set().domestic[authorisations.HOME]
    if not is_country(name) or name in domestic:
        problems["country"] = _("Two letters of a country abroad, such as US.")
    if kind not in KINDS:
        problems["kind"] = _("Choose suspension or withdrawal.")
    if learned_at > time.now():
        problems["learned_at"] = _("This time is still to come.")
    elif learned_at.astimezone(time.SHANGHAI).date() < row.received_on:
        problems["learned_at"] = _("Not before the first receipt of the case.")
    if not text.strip():
        problems["text"] = _("Say what the authority did and where it is written.")
    if row.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified already."))
    if problems:
        raise Refused(problems)
    save_source(
        row,
        None,
        OVERSEAS_ACTION,
        str(uuid7()),
        received_on=learned_at.astimezone(time.SHANGHAI).date(),
        aware_at=learned_at,
        values={
            OVERSEAS_ACTION: {"country": name, "kind": kind, "text": within(text, 2000, "text")}
        },
        starts_clock=False,
        adopted_at=time.now(),
        adopted_version=row.current_version,
    )
    row.lock_version += 1
    return settle(actor, row)


@action("case.retract_overseas_action", needs=Perm.CASE_WRITE)
def retract_overseas_action(
    actor: Actor, case: Case, *, source_id: UUID | str, reason: str, lock_version: int
) -> Case:
    """Retract an action abroad that was entered by mistake; its clock stops with the reason."""
    row = locked_cases.at_version(case, lock_version)
    found = CaseSource.objects.select_for_update().filter(
        case=row, kind=OVERSEAS_ACTION, id=source_id
    )
    source = found.first()
    if source is None:
        raise NotFound()
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    source.kind = VOID
    source.values |= {"retracted": within(reason, 500)}
    source.save(update_fields=["kind", "values"])
    row.lock_version += 1
    return settle(actor, row, reason=reason.strip())
