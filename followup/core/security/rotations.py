"""Sealed values put under the newest identity key, one by one; an unreadable one stops none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from followup.core.security import secrets


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows are under the newest key now, which were left, and how many never change.

    `unreadable` names table, row and reason; `staying` rows are written once, so that the older
    key they are under has to stay.
    """

    changed: int = 0
    unreadable: tuple[str, ...] = ()
    staying: int = 0

    def __add__(self, other: "Rotated") -> "Rotated":
        return Rotated(
            self.changed + other.changed,
            self.unreadable + other.unreadable,
            self.staying + other.staying,
        )


def each(rows: Iterable[Any], renew: Callable[[Any], bool]) -> Rotated:
    """Renew every row (`renew` says whether it changed); one that cannot be read is left as it is.

    `renew` reads before it writes, so that nothing of such a row is half done.
    """
    changed, unreadable = 0, list[str]()
    for row in rows:
        try:
            changed += renew(row)
        except secrets.Unreadable as error:
            unreadable.append(f"{row._meta.db_table} {row.pk}: {error}")
    return Rotated(changed, tuple(unreadable))


def column(rows: Iterable[Any], name: str, place: Callable[[Any], bytes]) -> Rotated:
    """A sealed column of every row, sealed again where it is not under the newest key.

    `place` is where the value of a row belongs, the data it is bound to.
    """

    def renew(row: Any) -> bool:
        value = getattr(row, name)
        if secrets.is_newest(value):
            return False
        setattr(row, name, secrets.encrypt(secrets.decrypt(value, place(row)), place(row)))
        row.save(update_fields=[name])
        return True

    return each(rows, renew)


def written_once(rows: QuerySet[Any], column: str) -> Rotated:
    """Rows nobody may change, counted where the newest key alone would not open them."""
    newest = secrets.under_newest()
    old = rows.exclude(**{column: ""}).exclude(**{f"{column}__startswith": newest})
    return Rotated(staying=old.count())
