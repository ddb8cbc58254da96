"""What is asked of an event of each class: every item of its class, none of another."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.event_classes import (
    ASKED,
    CLASSIFIED,
    CODE_LISTS,
    ITEMS,
    EventClass,
    agrees,
    asked,
    category,
    class_of,
    not_asked,
)

classes = st.sampled_from(["", *(str(each) for each in EventClass), "SOMETHING_ELSE"])
answers = st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(["", "YES", "OTHER", "肺"]))


@pytest.mark.parametrize(
    ("event_class", "items"),
    [
        ("", set()),
        ("NEW_MALIGNANCY", set()),
        ("NEUROLOGIC", {"neurologic_type", "new_or_exacerbated"}),
        ("AUTOIMMUNE", {"new_or_exacerbated"}),
        ("HAEMATOLOGIC", {"haematologic_type"}),
        (
            "INFECTION",
            {"infection_type", "infection_organism", "infection_site", "iv_anti_infective"},
        ),
    ],
)
def test_each_class_asks_for_its_own_items(event_class: str, items: set[str]) -> None:
    assert set(asked(event_class)) == items


@given(classes, answers)
def test_an_item_is_taken_by_a_class_that_asks_for_it_and_by_no_other(
    event_class: str, said: Mapping[str, str]
) -> None:
    wrong = set(not_asked(event_class, said))
    given_items = {name for name, value in said.items() if value}
    assert wrong == given_items - set(asked(event_class))
    kept = {name: value for name, value in said.items() if name in asked(event_class)}
    assert not not_asked(event_class, kept)


@given(classes, st.booleans())
def test_a_new_malignancy_is_its_class_whatever_else_was_chosen(
    event_class: str, malignancy: bool
) -> None:
    stored = class_of(event_class, malignancy=malignancy)
    assert (stored == EventClass.NEW_MALIGNANCY) is malignancy or event_class == stored
    if agrees(event_class, malignancy=malignancy):
        assert agrees(stored, malignancy=malignancy)
        assert event_class in ("", stored)
    else:
        assert event_class
        assert (event_class == EventClass.NEW_MALIGNANCY) is not malignancy


@given(classes, st.sampled_from(["", "OTHER", "CRS", "ICANS", "DEATH"]))
def test_an_event_is_counted_once_under_what_it_was_named(event_class: str, kind: str) -> None:
    counted = category(kind, event_class)
    assert counted in (kind, event_class)
    if kind not in ("", "OTHER"):
        assert counted == kind
    elif event_class:
        assert counted == event_class


def test_every_item_is_asked_by_a_class_and_every_coded_one_has_a_list() -> None:
    assert set(ITEMS) == {name for names in ASKED.values() for name in names}
    assert set(CLASSIFIED) == {"event_class", *ITEMS}
    assert set(CODE_LISTS) == set(CLASSIFIED) - {"infection_organism", "infection_site"}
