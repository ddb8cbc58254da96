"""`migrate` for databases that start empty: the same statements in half the time.

After each operation Django draws again every model that is related to the touched one, and here
all are related through the accounts. `python -m dev.engines.quick_migrations` runs `migrate` and
spares two parts of it: a field is taken apart once and not for each drawing, and a model is not
drawn again for a constraint or an index, which change its options alone. A server that is
upgraded runs Django's own.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from django.core.management import ManagementUtility
from django.db.migrations.state import ProjectState
from django.db.models import Field

from followup.core.row_security import contexts

Recipe = tuple["Field[Any, Any]", list[Any], dict[str, Any]]


class Recipes:
    """How each field of the migrations' state is made again."""

    def __init__(self) -> None:
        self._kept: dict[int, Recipe] = {}  # with the field: its id stays its own

    def clone(self, field: "Field[Any, Any]") -> "Field[Any, Any]":
        """What `Field.clone` returns."""
        recipe = self._kept.get(id(field))
        if recipe is None:
            _name, _path, positional, named = field.deconstruct()
            recipe = (field, list(positional), dict(named))
            if not any(isinstance(value, Field) for value in named.values()):
                self._kept[id(field)] = recipe  # a field within is a new one each time
        _field, arguments, options = recipe
        return type(field)(*arguments, **options)

    def forgetting(self, change: Callable[..., None]) -> Callable[..., None]:
        """A change of the state that alters fields in their place: then all is read again."""

        def changed(*arguments: Any, **options: Any) -> None:
            self._kept.clear()
            change(*arguments, **options)

        return changed


def _append(state: Any, app: str, model: str, option: str, added: Any) -> None:
    _put(state, app, model, option, [*state.models[app, model].options[option], added])


def _remove(state: Any, app: str, model: str, option: str, name: str) -> None:
    left = [one for one in state.models[app, model].options[option] if one.name != name]
    _put(state, app, model, option, left)


def _put(state: Any, app: str, model: str, option: str, values: list[Any]) -> None:
    """Write an option into the state and, where the model is drawn, into the model."""
    state.models[app, model].options[option] = values
    if "apps" in vars(state):  # asking for it would draw them all
        options = state.apps.get_model(app, model)._meta
        setattr(options, option, list(values))
        vars(options).pop("total_unique_constraints", None)


def install() -> None:
    """Put the quicker parts in the place of Django's, for the rest of the process."""
    recipes, state = Recipes(), vars(ProjectState)
    replaced: dict[tuple[type, str], Any] = {
        (Field, "clone"): lambda field: recipes.clone(field),
        (ProjectState, "_append_option"): _append,
        (ProjectState, "_remove_option"): _remove,
        (ProjectState, "rename_field"): recipes.forgetting(state["rename_field"]),
        (ProjectState, "rename_model"): recipes.forgetting(state["rename_model"]),
    }
    for (owner, name), function in replaced.items():
        setattr(owner, name, function)


def main() -> None:
    """Run `migrate` with the arguments of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")
    contexts.declare()
    install()
    ManagementUtility(["manage.py", "migrate", *sys.argv[1:]]).execute()


if __name__ == "__main__":
    main()
