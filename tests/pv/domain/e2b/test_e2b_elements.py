"""The element table against the reference tables, and the shape it gives a message."""

import csv
from pathlib import Path

import pytest

from pv.domain.e2b.elements import (
    CODE_LISTS,
    ELEMENTS,
    GROUPS,
    HEADINGS,
    Profile,
    group,
    label,
)
from pv.domain.e2b.schema_tree import tree, walk

DICTIONARIES = {"COUNTRY", "LANGUAGE", "MEDDRA", "MEDDRA_VERSION", "UNIT", "DOSE_UNIT"}


def reference() -> list[dict[str, str]]:
    """The elements of the guides: region, code, maximum length, null flavours FDA takes."""
    path = Path(__file__).parents[3] / "vectors" / "e2b_elements.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_reference_element_is_known() -> None:
    for row in reference():
        assert row["code"] in ELEMENTS or row["code"] in GROUPS or row["code"] in HEADINGS, row
    chinese = {row["code"] for row in reference() if row["region"] == "NMPA"}
    assert chinese <= {e.code for e in ELEMENTS.values() if e.home is Profile.NMPA}
    # Two of the nineteen are known by name only; their XML form was not seen.
    unseen = {"G.k.9.i.2.r.CN.1", "G.k.9.i.2.r.CN.2"}
    assert chinese | unseen == {code for code in ELEMENTS if ".CN." in code}
    assert len(chinese | unseen) == 19
    assert {e.code for e in ELEMENTS.values() if not e.written} == unseen


def test_lengths_and_nulls_are_the_references() -> None:
    for row in reference():
        if row["code"] not in ELEMENTS or row["fda_null_flavors"] == "*":
            continue
        item = ELEMENTS[row["code"]]
        if row["max_length"]:
            assert item.max_length == int(row["max_length"]), item.code
        assert set(item.nulls_for(Profile.FDA)) == set(row["fda_null_flavors"].split()), item.code


def test_every_element_is_named_placed_and_listed() -> None:
    assert len(ELEMENTS) == 297
    for item in ELEMENTS.values():
        assert item.name("en").isascii(), item.code
        assert not item.name("zh-hans").isascii() or item.code == "", item.code
        assert item.group in GROUPS, item.code
        assert item.code_list in {None, *CODE_LISTS, *DICTIONARIES}, item.code
    for found in GROUPS.values():
        assert found.parent is None or found.parent in GROUPS
    assert group("G.k.4.r").parent == "G.k"


@pytest.mark.parametrize("profile", list(Profile))
def test_every_element_has_one_place_in_its_profile(profile: Profile) -> None:
    # The devices of an advanced therapy are one place that stands below drug and dosage.
    roots = tree(profile, lenient=False).values()
    places = {id(place): place for root in roots for place in walk(root)}
    bound = [code for place in places.values() for code in place.bound() if code != "#id"]
    wanted = [
        e.code for e in ELEMENTS.values() if profile in e.profiles and not e.path.startswith("#")
    ]
    assert sorted(bound) == sorted(wanted)


def test_labels_and_unknown_codes() -> None:
    assert label("E.i.7", "5", "zh") == "死亡"
    assert label("E.i.7", "5", "en") == "Fatal"
    assert label("E.i.7", "8", "en") is None
    assert label("H.1", "5", "en") is None
    with pytest.raises(KeyError):
        label("Z.9", "5", "en")
