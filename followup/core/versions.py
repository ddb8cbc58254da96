"""The version a record was opened at, beside what it is now: both sides of a stale form."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from followup.core.models import Change, User
from followup.core.problems import Conflict


def must_be(
    row: Model,
    version: int,
    *,
    mine: Mapping[str, Any] | None = None,
    column: str = "version",
    keeper: Model | None = None,
    differing: Callable[[], Mapping[str, Any]] | None = None,
) -> None:
    """Conflict unless the locked row is still at the version its form was opened with.

    The conflict carries the row as it was opened (from the trail; None when the trail has no such
    version), the row as it is, who saved last and when, and of `mine`, by column, what differs;
    `differing` answers that instead where the values are no columns. `keeper`: see `sides`.
    """
    if getattr(row if keeper is None else keeper, column) == version:
        return
    columns = {k: (v, getattr(row, k)) for k, v in (mine or {}).items() if getattr(row, k) != v}
    raise Conflict(
        dict(differing()) if differing else columns,
        **sides(row, version, column=column, keeper=keeper),
    )


def sides(
    row: Model, version: int, *, column: str = "version", keeper: Model | None = None
) -> dict[str, Any]:
    """What a `Conflict` takes beside its differences: both rows, who saved last, when.

    `keeper` is the row that counts the versions, where the row has none of its own (a milestone
    of a commitment); the keeper is then saved after the row, in the same transaction.
    """
    counting = row if keeper is None else keeper
    changes, counted = _changes(row), _changes(counting)
    # The first row of the version: an action may save the next values before it counts on.
    came = counted.filter(**{f"after__{column}": version}).order_by("id").first()
    opened = None
    if came is not None:
        opened = changes.filter(id__lte=came.id).order_by("-id").first()
        if opened is None and version == 1:  # made just after the row that counts
            opened = changes.order_by("id").first()
    last = counted.order_by("-id").first()
    return {
        "opened": image(type(row), opened.after) if opened and opened.after else None,
        "present": row,
        "saved_by": _person(last) if last else "",
        "saved_at": last.at if last else None,
        "version": getattr(counting, column),
    }


def _person(change: Change) -> str:
    """Who made a change as people know each other, not as they sign in."""
    if change.actor_id is None:
        return change.actor_name
    names = User.objects.filter(id=change.actor_id).values_list("display_name", flat=True)
    return names.first() or change.actor_name


def _changes(row: Model) -> QuerySet[Change]:
    return Change.objects.filter(table_name=row._meta.db_table, row_id=str(row.pk))


def image(model: type[Model], values: Mapping[str, Any]) -> Any:
    """An unsaved row made of an image of the trail; a column it lacks keeps its default."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(
        **{name: fields[name].to_python(value) for name, value in values.items() if name in fields}
    )
