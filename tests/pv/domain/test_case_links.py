"""Links between reports: what may be linked, and what the message names after any order of steps.

Source of the kinds: ICH E2B(R3) implementation guide, C.1.10.r.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cases.case_links import (
    LINKED,
    CaseLinkKind,
    LinkParty,
    LinkProblem,
    mirrored,
    numbers,
    problem,
    write,
)
from pv.domain.e2b.checks import Profile, validate
from pv.domain.e2b.message import Message, Node

NAMES = st.sampled_from(["US-A-1", "CN-B-2", "DE-C-3", "CN-D-4"])


def tree(*names: str) -> Node:
    root = Node("")
    root.values["C.1.1"] = "CN-ME-0"
    for name in names:
        root.add(LINKED).values[LINKED] = name
    return root


@given(
    typed=st.lists(NAMES, max_size=3, unique=True),
    steps=st.lists(st.tuples(st.booleans(), NAMES), max_size=8),
)
def test_after_any_order_of_links_and_undoings_the_message_names_what_stands(typed, steps):
    root, links, undone = tree(*typed), [], set()
    for making, name in steps:
        if making and name not in links:
            links.append(name)
        elif not making and name in links:
            links.remove(name)
            undone.add(name)
            write(root, links, {name})
        write(root, links)
    left = [name for name in typed if name not in undone or name in links]
    assert set(numbers(root)) == set(left) | set(links)
    assert len(numbers(root)) == len(root.each(LINKED))
    assert write(root, links) is False
    assert root.values == {"C.1.1": "CN-ME-0"}


@given(kind=st.sampled_from(CaseLinkKind))
def test_the_other_side_of_a_link_sees_it_mirrored_and_back(kind):
    assert mirrored(mirrored(kind)) is kind
    assert (mirrored(kind) is kind) is (kind not in (CaseLinkKind.PARENT, CaseLinkKind.CHILD))


ONE, TWO = LinkParty(frozenset({"A"}), "p1"), LinkParty(frozenset({"B", "B2"}), "p2")


@pytest.mark.parametrize(
    ("mine", "other", "kind", "linked", "expected"),
    [
        (ONE, TWO, CaseLinkKind.PARENT, (), None),
        (ONE, TWO, CaseLinkKind.SAME_PATIENT, (), LinkProblem.TWO_PATIENTS),
        (ONE, LinkParty(frozenset({"B"}), "p1"), CaseLinkKind.SAME_PATIENT, (), None),
        (ONE, LinkParty(frozenset({"B"}), "p1"), CaseLinkKind.CHILD, (), LinkProblem.ONE_PATIENT),
        (ONE, LinkParty(frozenset({"B"}), "p1"), CaseLinkKind.SIBLING, (), LinkProblem.ONE_PATIENT),
        (ONE, LinkParty(frozenset({"B"})), CaseLinkKind.SAME_PATIENT, (), None),
        (ONE, LinkParty(frozenset({"A"})), CaseLinkKind.SAME_LOT, (), LinkProblem.ITSELF),
        (ONE, TWO, CaseLinkKind.SAME_LOT, ("B2",), LinkProblem.TWICE),
        (
            ONE,
            LinkParty(frozenset({"B"}), nullified=True),
            CaseLinkKind.LITERATURE,
            (),
            LinkProblem.NULLIFIED,
        ),
    ],
)
def test_what_cannot_be_linked(mine, other, kind, linked, expected):
    assert problem(mine, other, kind, linked) is expected


def test_a_report_that_names_itself_is_warned_of():
    def self_links(root: Node) -> list[str]:
        rows = validate(Message(root), Profile.ICH, now=date(2026, 3, 1))
        return [row.path for row in rows if "C.1.10.r" in row.rule and "SELF" in row.rule]

    assert self_links(tree("US-A-1", "CN-ME-0")) == ["C.1.10.r[2]"]
    assert self_links(tree("US-A-1")) == []
