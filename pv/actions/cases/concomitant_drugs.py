"""Treatments the hospital recorded, taken into a case as concomitant drugs by a person."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import guards
from pv.actions.cases.editing import keep, locked
from pv.domain.cases import concomitant_drugs as rules
from pv.domain.e2b import storage
from pv.models import Case
from pv.queries import concomitant_drugs as queries


@action("case.take_treatments", needs=Perm.CASE_WRITE)
def take_treatments(
    actor: Actor, case: Case, *, treatments: Collection[UUID], lock_version: int
) -> Case:
    """Take chosen treatments into the current version as concomitant drugs (G.k.1 = 2).

    What the actor may not read cannot be chosen. Nothing is coded and no clock starts: a
    treatment is no new information on a reaction. Conflict when the case was saved since
    `lock_version`; Refused once the version was exported, and where nothing would change.
    """
    row, version = locked(case, lock_version)
    guards.editable(actor, row, version)
    root = storage.from_data(version.message)
    taken = rules.take(root, row.id, queries.treatments(actor, row), treatments)
    if not taken:
        raise Refused({"treatments": _("Tick at least one treatment the case does not have.")})
    version.message = storage.to_data(root)
    keep(actor, row, version, clock.today())
    return row
