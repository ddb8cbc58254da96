"""Which reaction, drug and case of two files is the same: by name, by content, by what it is."""

import copy

import pytest

from pv.domain.e2b.message import Message, Node
from pv.domain.e2b.pairing import aligned, by_case
from pv.domain.e2b.versions import difference


def message(number: str = "CN-1", worldwide: str = "", *reactions: tuple[str, dict]) -> Message:
    root = Node("", None, {"C.1.1": number} | ({"C.1.8.1": worldwide} if worldwide else {}))
    for name, values in reactions:
        root.add("E.i", name).values.update(values)
    if reactions:
        drug = root.add("G.k", "d")
        drug.values["G.k.2.2"] = "Product"
        for name, _values in reactions:
            drug.add("G.k.9.i").values["G.k.9.i.1"] = name
    return Message(root)


FEVER = {"E.i.1.1a": "Fever", "E.i.7": "1"}
RASH = {"E.i.1.1a": "Rash", "E.i.7": "2"}


def names(found: Message) -> list[str | None]:
    links = found.each("G.k")[0].each("G.k.9.i")
    return [*(node.id for node in found.each("E.i")), *(n.text("G.k.9.i.1") for n in links)]


def test_parts_renamed_by_another_system_are_the_same_parts():
    before = message("CN-1", "", ("a", FEVER), ("b", RASH))
    after = message("CN-1", "", ("x", RASH), ("y", {**FEVER, "E.i.7": "5"}))
    after.root.groups["G.k"][0].id = "z"
    assert names(aligned(before, after)) == ["b", "a", "b", "a"]
    (change,) = difference(before, after)
    assert (change.path, change.before, change.after) == ("E.i[2].7", "1", "5")
    assert names(after) == ["x", "y", "x", "y"], "the later message itself stays as it was sent"


def test_the_same_names_change_nothing():
    before = message("CN-1", "", ("a", FEVER))
    after = copy.deepcopy(before)
    assert aligned(before, after) is after


@pytest.mark.parametrize(
    ("later", "same"),
    [
        ({"E.i.1.1a": "Fever, high", "E.i.7": "1", "E.i.9": "CN"}, True),  # half of it agrees
        ({"E.i.1.1a": "Headache", "E.i.7": "5"}, False),
    ],
)
def test_the_only_one_left_over_is_the_same_when_half_of_it_agrees(later, same):
    before = message("CN-1", "", ("a", FEVER))
    after = message("CN-1", "", ("x", later))
    assert (names(aligned(before, after))[0] == "a") is same


def test_cases_of_two_files_meet_by_number_then_by_worldwide_name():
    one = [message("A"), message("B", "W1"), message("C")]
    other = [message("D"), message("X", "W1"), message("A")]
    pairs = [
        (left and left.text("C.1.1"), right and right.text("C.1.1"))
        for left, right in by_case(one, other)
    ]
    assert pairs == [("A", "A"), ("B", "X"), ("C", None), (None, "D")]


def test_two_files_of_one_message_are_compared_whatever_they_are_called():
    one, other = message("A"), message("B")
    assert by_case([one], [other]) == [(one, other)]


def test_a_name_is_used_once():
    twice = [message("A"), message("A")]
    pairs = by_case(twice, [message("A"), message("B")])
    assert [(bool(left), bool(right)) for left, right in pairs] == [
        *((True, True), (True, False), (False, True)),
    ]
