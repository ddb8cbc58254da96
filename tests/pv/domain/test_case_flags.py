"""Seriousness and death of a case, its pairs for a label, and the one next thing to do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from pv.domain.cases.flags import (
    Contradiction,
    Flags,
    Origin,
    contradictions,
    of_event,
    over_time,
)
from pv.domain.cases.label_events import label_event, pairs, reaction_code
from pv.domain.cases.next_steps import NextStep, Standing, following, next_step
from pv.domain.cases.stages import CaseStage
from pv.domain.e2b.message import Node

answers = st.none() | st.booleans()
flags = st.builds(Flags, answers, answers, answers)


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({}, Flags()),
        ({"serious": False}, Flags(False, False, False)),
        ({"serious": True}, Flags(True, False, False)),
        # GVP 2021 no. 65 art. 44: what killed is serious whatever stands at "serious?".
        ({"serious": False, "outcome": "FATAL"}, Flags(True, True, False)),
        ({"serious": None, "criteria": {"DEATH"}}, Flags(True, True, False)),
        ({"serious": False, "grade": ("CTCAE_5", 5)}, Flags(True, True, False)),
        ({"serious": None, "criteria": {"LIFE_THREATENING"}}, Flags(True, False, True)),
    ],
)
def test_an_event_as_the_hospital_stated_it(stated, found):
    base = {"serious": None, "criteria": frozenset(), "outcome": ""}
    assert of_event(**base | stated) == found


@given(flags, flags)
def test_a_yes_of_either_is_a_yes_and_rises_once(one, other):
    together = one | other
    assert together == other | one
    assert together.urgent == (one.urgent or other.urgent)
    assert not one.risen(together)
    assert together.risen(one) == _more(one, other)


def _more(one: Flags, other: Flags) -> bool:
    pairs_ = zip(
        (one.serious, one.fatal, one.life_threatening),
        (other.serious, other.fatal, other.life_threatening),
        strict=True,
    )
    return any(theirs is True and mine is not True for mine, theirs in pairs_)


def test_what_nobody_confirms_is_taken_back_and_what_nobody_knew_stays_unknown():
    before, now = Flags(True, True, None), Flags(True, None, None)
    assert before.without_what(now) == Flags(True, False, None)


def test_the_newest_statement_of_each_stands():
    hospital, partner = Origin.HOSPITAL, Origin.PARTNER
    statements = [
        (hospital, Flags(True, False, False)),
        (partner, Flags(True, True, None)),
        (None, Flags(True, True, True)),  # states nothing itself
        (partner, Flags(False, False, None)),
        (hospital, Flags(False, False, False)),
    ]
    assert [(one.serious, one.fatal) for one in over_time(statements)] == [
        (True, False),
        (True, True),
        (True, True),
        (True, False),
        (False, False),
    ]


def tree(*reactions: dict[str, str]) -> Node:
    root = Node("")
    for number, values in enumerate(reactions):
        root.add("E.i", f"r{number}").values.update(values)
    return root


def test_two_statements_of_one_reaction_that_cannot_both_hold():
    root = tree(
        {"E.i.3.2a": "true", "E.i.7": "1"},
        {"E.i.3.2a": "false", "E.i.7": "5"},
        {"E.i.3.2a": "true", "E.i.7": "5"},
        {"E.i.3.2a": "true", "E.i.7": "2"},
        {"E.i.7": "5"},
    )
    assert contradictions(root) == [
        (1, Contradiction.DEATH_RECOVERED),
        (2, Contradiction.FATAL_NOT_DEATH),
        (4, Contradiction.DEATH_RECOVERED),
    ]


def drug(root: Node, role: str, *links: str, **values: str) -> Node:
    node = root.add("G.k", f"d{len(root.each('G.k'))}")
    node.values.update({"G.k.1": role, **{f"G.k.{key}": text for key, text in values.items()}})
    for link in links:
        node.add("G.k.9.i").values["G.k.9.i.1"] = link
    return node


def test_the_pairs_of_a_label_are_those_of_the_product():
    root = tree({"E.i.2.1a": "27.0", "E.i.2.1b": "10000001"}, {})
    drug(root, "1", "r0", **{"2.2": "Other"})
    ours = drug(root, "3", "r0", "r1", "nobody")
    ours.add("G.k.2.3.r").values["G.k.2.3.r.1"] = " ExampleLeucel "
    drug(root, "2", "r0", **{"2.2": "exampleleucel"})  # concomitant
    found = list(pairs(root, {"exampleleucel"}))
    assert [(pair.path, pair.coded) for pair in found] == [
        ("G.k[2].9.i[1]", ("27.0", 10000001)),
        ("G.k[2].9.i[2]", None),
    ]
    assert found[0].key == f"{ours.id}|r0"


def test_where_no_drug_bears_a_name_the_first_suspect_is_the_product():
    root = tree({})
    drug(root, "2", "r0")
    drug(root, "1", "r0", **{"2.2": "Other"})
    drug(root, "1", "r0", **{"2.2": "Another"})
    assert [pair.path for pair in pairs(root, {"exampleleucel"})] == ["G.k[2].9.i[1]"]
    assert list(pairs(tree({}), {"exampleleucel"})) == []


@pytest.mark.parametrize("text", ["1000001", "100000012", "1000000x", "１００００００１"])
def test_a_code_that_is_no_meddra_code_is_none(text):
    assert reaction_code(tree({"E.i.2.1b": text}).each("E.i")[0]) is None


@pytest.mark.parametrize(
    ("onset", "first", "last"),
    [
        ("20261005", date(2026, 10, 5), date(2026, 10, 5)),
        ("20261005083000+0800", date(2026, 10, 5), date(2026, 10, 5)),
        ("202610", date(2026, 10, 1), date(2026, 10, 31)),
        ("", None, date(2026, 11, 1)),
        ("2026-10", None, date(2026, 11, 1)),
    ],
)
def test_an_event_for_a_label_is_as_early_and_late_as_it_may_be(onset, first, last):
    root = tree({"E.i.2.1b": "10000001", "E.i.4": onset, "E.i.7": "5", "E.i.9": "CN"})
    drug(root, "1", "r0")
    (pair,) = pairs(root, set())
    event = label_event(pair, 10000009, date(2026, 11, 1))
    assert (event.first, event.last) == (first, last)
    assert (event.codes, event.resolved) == ({10000001, 10000009}, True)
    assert (event.fatal, event.country) == (True, "CN")
    assert not label_event(pair, None, date(2026, 11, 1)).resolved
    assert PartialDate(2026, 10).latest == date(2026, 10, 31)


S = CaseStage


@pytest.mark.parametrize(
    ("case", "step"),
    [
        (Standing(S.ENTRY, received=True, rejected=True), NextStep.REVIEW_RECEIVED),
        (Standing(S.NULLIFIED, received=True), NextStep.NOTHING),
        (Standing(S.NULLIFIED, unsent=True), NextStep.SEND),
        (Standing(S.DRAFTED), NextStep.ACCEPT),
        (Standing(S.DRAFTED, withdrawn=True), NextStep.DECIDE_WITHDRAWAL),
        (Standing(S.CLOSED, rejected=True), NextStep.CORRECT_REJECTED),
        (Standing(S.MEDICAL, withdrawn=True, offered=True), NextStep.DECIDE_WITHDRAWAL),
        (Standing(S.ENTRY, offered=True), NextStep.ADOPT),
        (Standing(S.ENTRY, offered=True, locked=True), NextStep.OPEN_VERSION),
        (Standing(S.ENTRY, offered=True, locked=True, unsent=True), NextStep.ADOPT),
        (Standing(S.MEDICAL), NextStep.REVIEW),
        (Standing(S.QUALITY), NextStep.ADVANCE),
        (Standing(S.SUBMISSION), NextStep.EXPORT),
        (Standing(S.SUBMISSION, locked=True, unsent=True), NextStep.SEND),
        (Standing(S.SUBMISSION, locked=True, unanswered=True), NextStep.AWAIT_ANSWER),
        (Standing(S.SUBMISSION, locked=True, owed=True), NextStep.MEET_DUTIES),
        (Standing(S.SUBMISSION, locked=True), NextStep.CLOSE),
        (Standing(S.CLOSED), NextStep.NOTHING),
    ],
)
def test_what_is_wrong_comes_before_what_goes_on(case, step):
    assert next_step(case) is step


def test_a_case_goes_one_stage_at_a_time_to_its_close():
    path = [S.DRAFTED]
    while (stage := following(path[-1])) is not None:
        path.append(stage)
    assert path == [S.DRAFTED, S.ENTRY, S.QUALITY, S.MEDICAL, S.SUBMISSION, S.CLOSED]
    assert following(S.NULLIFIED) is None
