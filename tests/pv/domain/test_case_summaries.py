"""The summary of a case and its next step: what is said stands there, what is not stays empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cases.next_steps import NextStep, Standing, next_step
from pv.domain.cases.sections import Shown
from pv.domain.cases.stages import CaseStage
from pv.domain.cases.summaries import asked, summary
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Node


def tree(onset: str = "20260912", given_on: str = "20260310") -> Node:
    root = Node("")
    event = root.add("E.i", id="r1")
    event.values |= {"E.i.1.1a": "T细胞淋巴瘤待排", "E.i.3.2f": "true", "E.i.7": "6"}
    event.values["E.i.4"] = onset
    drug = root.add("G.k")
    drug.values |= {"G.k.1": "1", "G.k.2.2": "瑞基奥仑赛"}
    drug.add("G.k.4.r").values.update({"G.k.4.r.4": given_on, "G.k.4.r.7": "A1"})
    link = drug.add("G.k.9.i")
    link.values |= {"G.k.9.i.1": "r1", "G.k.9.i.CN.1": "1"}
    for who, result in (("报告者", "可能"), ("持有人", "很可能")):
        link.add("G.k.9.i.2.r").values.update({"G.k.9.i.2.r.1": who, "G.k.9.i.2.r.3": result})
    other = root.add("G.k")
    other.values |= {"G.k.1": "2", "G.k.2.2": "Aspirin"}
    return root


def test_event_product_and_both_opinions() -> None:
    found = summary(tree())
    (event,) = found.reactions
    assert (event.words, event.day, event.criteria, event.outcome) == (
        "T细胞淋巴瘤待排",
        186,
        ("E.i.3.2f",),
        "6",
    )
    (product,) = found.products
    assert (product.name, product.lots) == ("瑞基奥仑赛", ("A1",))
    (pair,) = found.pairs
    said = [node.values for node in pair.link.each("G.k.9.i.2.r")]
    texts = tuple((one["G.k.9.i.2.r.1"], one["G.k.9.i.2.r.3"]) for one in said)
    assert texts == (("报告者", "可能"), ("持有人", "很可能"))
    assert pair.reaction == event
    assert pair.expectedness == "1"


@pytest.mark.parametrize(("onset", "given_on"), [("202609", "20260310"), ("20260912", "2026")])
def test_a_partial_date_gives_no_day(onset: str, given_on: str) -> None:
    assert summary(tree(onset, given_on)).reactions[0].day is None


def test_an_unknown_first_administration_of_one_suspect_gives_no_day() -> None:
    root = tree()
    root.add("G.k").values.update({"G.k.1": "1", "G.k.2.2": "Unknown start"})
    assert summary(root).reactions[0].day is None


def test_what_is_missing_falls_by_one_with_each_answer() -> None:
    shown = Shown(frozenset({Profile.ICH}))
    root = tree()
    before = asked(root, shown, [("E.i.9", "E.i[1].9")])
    assert ("E.i[1].9", "E.i.9") in before.missing
    root.each("E.i")[0].values["E.i.9"] = "CN"
    after = asked(root, shown, [])
    assert len(after.missing) == len(before.missing) - 1
    assert after.of == before.of - 1  # nobody asks a filled optional element
    assert ("C.1.1", "C.1.1") in after.missing


standings = st.builds(
    Standing, st.sampled_from(CaseStage), **{name: st.booleans() for name in Standing.__slots__[1:]}
)


@given(standings)
def test_every_standing_has_one_step_and_nothing_ends_with_something_undone(one: Standing) -> None:
    step = next_step(one)
    if one.stage is CaseStage.NULLIFIED:
        assert step in {NextStep.CORRECT_REJECTED, NextStep.SEND, NextStep.NOTHING}
    elif one.received:
        assert step is NextStep.REVIEW_RECEIVED
    if step is NextStep.CLOSE:
        assert not any((one.owed, one.unsent, one.unanswered, one.rejected, one.offered))
    if step is NextStep.NOTHING:
        assert one.stage in {CaseStage.CLOSED, CaseStage.NULLIFIED}
        assert not one.unsent
