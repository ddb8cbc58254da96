"""The element table against the reference tables, and the shape it gives a message."""

import json
from pathlib import Path

import pytest

from pv.domain.e2b.elements import (
    CODE_LISTS,
    ELEMENTS,
    GROUPS,
    HEADINGS,
    Profile,
    element,
    group,
    known_to,
    label,
)
from pv.domain.e2b.places import tree, walk

DICTIONARIES = {"COUNTRY", "LANGUAGE", "MEDDRA", "MEDDRA_VERSION", "UNIT", "DOSE_UNIT"}


def test_every_reference_element_is_known(e2b_shared: Path) -> None:
    rows = json.loads((e2b_shared / "tables" / "e2br3_elements.json").read_text())
    for row in rows:
        code = row["code"].replace("E.1.3.2", "E.i.3.2")
        assert code in ELEMENTS or code in GROUPS or code in HEADINGS, code
    regional = json.loads((e2b_shared / "tables" / "nmpa_regional.json").read_text())["elements"]
    assert {row["code"] for row in regional} == {
        e.code for e in ELEMENTS.values() if e.profiles == {Profile.NMPA}
    }


def test_lengths_and_nulls_are_the_references(e2b_shared: Path) -> None:
    for row in json.loads((e2b_shared / "tables" / "e2br3_elements.json").read_text()):
        if row["code"] not in ELEMENTS or not row.get("data_type"):
            continue
        item = element(row["code"])
        length = row.get("max_length")
        if length and length.isdigit():
            assert item.max_length == int(length), item.code
        assert set(item.nulls_for(Profile.FDA)) == set(row.get("fda_nf", [])), item.code


def test_every_element_is_named_placed_and_listed() -> None:
    assert len(ELEMENTS) == 295
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
    bound = [
        code
        for root in tree(profile, lenient=False).values()
        for place in walk(root)
        for code in place.bound()
        if code != "#id"
    ]
    wanted = [e.code for e in known_to(profile) if e.code != "G.k.9.i.1"]
    assert sorted(bound) == sorted(wanted)


def test_labels_and_unknown_codes() -> None:
    assert label("E.i.7", "5", "zh") == "死亡"
    assert label("E.i.7", "5", "en") == "Fatal"
    assert label("E.i.7", "8", "en") is None
    assert label("H.1", "5", "en") is None
    with pytest.raises(KeyError):
        element("Z.9")
