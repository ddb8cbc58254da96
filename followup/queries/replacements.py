"""Rows that are never changed: what took the place of one, and every version of it."""

from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


def replaced_by(row: M) -> M | None:
    """What corrected or retracted a row the actor has read; None while it stands."""
    rows: Any = type(row)._default_manager.filter(replaces=row)
    found: M | None = rows.select_related("recorded_by").first()
    return found


def versions(row: M) -> list[M]:
    """Every version of a row the actor has read, the first one first."""
    rows: list[Any] = [row]
    others: Any = type(row)._default_manager.select_related("recorded_by")
    while rows[0].replaces_id:
        rows.insert(0, others.get(id=rows[0].replaces_id))
    while newer := replaced_by(rows[-1]):
        rows.append(newer)
    return rows
