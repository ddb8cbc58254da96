"""Rows of cases under their lock: one at the version it was read, two in one order."""

from collections.abc import Collection
from uuid import UUID

from followup.core.action import part
from followup.core.problems import Conflict
from pv.models import Case


@part
def at_version(case: Case, lock_version: int) -> Case:
    """The case as it is now, locked; Conflict when somebody saved it since `lock_version`."""
    row = Case.objects.select_for_update().get(id=case.id)
    if row.lock_version != lock_version:
        raise Conflict({"lock_version": (lock_version, row.lock_version)})
    return row


@part
def in_order(ids: Collection[UUID]) -> dict[UUID, Case]:
    """Cases as they are now by id, locked in one order whichever is asked about; those in reach.

    Two people who call each case the duplicate of the other must not nullify both.
    """
    rows = Case.objects.select_for_update().filter(id__in=ids).order_by("id")
    return {row.id: row for row in rows}


@part
def both(case: Case, other: Case) -> tuple[Case, Case]:
    """Two cases as they are now, locked `in_order`."""
    found = in_order((case.id, other.id))
    return found[case.id], found[other.id]
