"""The quicker `migrate` of empty databases leaves what Django's own leaves."""

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState

from dev.engines import quick_migrations
from dev.engines.quick_migrations import Recipes
from followup.core import guards

FIELDS = [field for model in guards.own_models() for field in model._meta.local_fields]
ARRAY = ArrayField(models.CharField(max_length=2))
POSITIVE = models.CheckConstraint(condition=models.Q(size__gt=0), name="size_positive")


def test_every_field_of_ours_is_made_again_as_django_does() -> None:
    recipes, known = Recipes(), MigrationAutodetector(ProjectState(), ProjectState())
    for field in FIELDS:
        wanted = known.deep_deconstruct(field.clone())
        for made in (recipes.clone(field), recipes.clone(field)):
            assert made is not field
            assert known.deep_deconstruct(made) == wanted, field


@pytest.fixture
def state() -> ProjectState:
    """A drawn state of two related models."""
    state = ProjectState()
    number = {"id": models.AutoField(primary_key=True), "size": models.IntegerField()}
    owner = models.ForeignKey("shop.Shop", models.CASCADE)
    state.add_model(ModelState("shop", "Shop", list(number.items())))
    state.add_model(ModelState("shop", "Shelf", [*number.items(), ("shop", owner)]))
    assert state.apps.get_model("shop", "Shelf")
    return state


def test_a_constraint_is_in_the_state_and_in_the_drawn_model(state: ProjectState) -> None:
    before, drawn = state.clone(), state.apps.get_model("shop", "Shelf")
    quick_migrations._append(state, "shop", "shelf", "constraints", POSITIVE)
    assert state.models["shop", "shelf"].options["constraints"] == [POSITIVE]
    assert state.apps.get_model("shop", "Shelf")._meta.constraints == [POSITIVE]
    assert state.apps.get_model("shop", "Shelf") is drawn
    assert before.models["shop", "shelf"].options["constraints"] == []
    quick_migrations._remove(state, "shop", "shelf", "constraints", "size_positive")
    assert state.models["shop", "shelf"].options["constraints"] == []
    assert drawn._meta.constraints == []


def test_a_state_nobody_has_drawn_stays_so(state: ProjectState) -> None:
    state.clear_delayed_apps_cache()
    del vars(state)["apps"]
    quick_migrations._append(state, "shop", "shelf", "constraints", POSITIVE)
    assert "apps" not in vars(state)
    assert state.apps.get_model("shop", "Shelf")._meta.constraints == [POSITIVE]


def test_a_renamed_field_and_a_field_within_another_are_made_anew() -> None:
    recipes, field = Recipes(), models.ForeignKey("shop.Shop", models.CASCADE, to_field="old")
    assert recipes.clone(field).deconstruct()[3]["to_field"] == "old"
    assert isinstance(recipes.clone(ARRAY).base_field, models.CharField)
    assert recipes.clone(ARRAY).base_field is not recipes.clone(ARRAY).base_field

    def rename() -> None:
        field.remote_field.field_name = "new"

    recipes.forgetting(rename)()
    assert recipes.clone(field).deconstruct()[3]["to_field"] == "new"


def test_the_operations_still_call_what_is_replaced() -> None:
    """Another Django may write options by another way: then the spared drawing is lost."""
    names = vars(ProjectState)
    assert {"_append_option", "_remove_option", "rename_field", "rename_model"} <= set(names)
    assert "_append_option" in ProjectState.add_constraint.__code__.co_names
    assert "_append_option" in ProjectState.add_index.__code__.co_names
    assert "_remove_option" in ProjectState.remove_constraint.__code__.co_names
    assert "add_constraint" in migrations.AddConstraint.state_forwards.__code__.co_names
