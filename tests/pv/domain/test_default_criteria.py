"""Default rules of seriousness beside the reporter's own statement: flags, clocks, the message."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain import clocks
from pv.domain.cases import default_criteria
from pv.domain.cases.flags import Flags, Origin, of_event, of_rules, over_time
from pv.domain.e2b.message import Node, Null
from pv.domain.events import (
    EventFacts,
    EventKind,
    event_kind,
    read_event_rules,
    seriousness,
)

REFERENCE = Path(__file__).parents[3] / "pv" / "reference"
RULES = read_event_rules(json.loads((REFERENCE / "events.json").read_text(encoding="utf-8")))
CLOCKS = clocks.RuleSet.from_dict(
    json.loads((REFERENCE / "rule_sets.json").read_text(encoding="utf-8"))
)
FIRST = date(2026, 1, 30)
OTHER = "E.i[1].3.2f"


@pytest.mark.parametrize(
    ("category", "scale", "kind"),
    [
        ("", "ASTCT_CRS", EventKind.CRS),
        ("", "ASTCT_ICANS", EventKind.ICANS),
        ("NEUROLOGIC", "ASTCT_ICANS", EventKind.ICANS),
        ("", "IEC_HS", EventKind.IEC_HS),
        ("", "ICAHT_EARLY", EventKind.OTHER),
        ("", "CTCAE_5", None),  # grades events of every kind
        ("", "", None),
        ("CRS", "CTCAE_5", EventKind.CRS),
        ("CRS", "ASTCT_ICANS", EventKind.CRS),
        ("IEC_EC", "", EventKind.IEC_EC),
        ("RCL_POSITIVE", "", EventKind.RCL_POSITIVE),
        ("PREGNANCY", "", EventKind.OTHER),
        ("OTHER", "CTCAE_5", EventKind.OTHER),
    ],
)
def test_the_kind_is_what_is_recorded(category, scale, kind):
    assert event_kind(category=category, malignancy=False, scale=scale) is kind
    assert event_kind(category=category, malignancy=True, scale=scale) is EventKind.MALIGNANCY


def added(answer: bool | None, scale: str, grade: int | None) -> frozenset[str]:
    facts = EventFacts(
        reported=frozenset(),
        reported_not_serious=None if answer is None else not answer,
        kind=event_kind(category="", malignancy=False, scale=scale),
        scale=scale or None,
        grade=grade,
        outcome=None,
    )
    return frozenset(one.criterion.value for one in seriousness(RULES, facts).added)


statements = st.lists(
    st.tuples(
        st.integers(0, 9),  # days since the statement before
        st.booleans(),
        st.sampled_from(["ASTCT_CRS", "ASTCT_ICANS", "CTCAE_5", "ICAHT_LATE"]),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=6,
)


@given(statements)
def test_clocks_agree_with_the_last_facts_and_keep_the_first_serious_day(said):
    """In whatever order grades, scales and answers are corrected."""
    rows: list[tuple[Origin, Flags, date, bool]] = []
    day, before, serious_days = FIRST, frozenset(), []
    for gap, answer, scale, grade in said:
        day += timedelta(days=gap)
        now = added(answer, scale, grade)
        if now != before:
            rows.append((Origin.DEFAULT_RULE, of_rules(now), day, False))
        hospital = of_event(serious=answer, criteria=(), outcome="")
        rows.append((Origin.HOSPITAL, hospital, day, True))
        if answer or now:
            serious_days.append(day)
        before = now
    flags = list(over_time((origin, stated) for origin, stated, _day, _starts in rows))
    assert flags[-1].serious is (said[-1][1] or bool(before))
    known = [
        clocks.Information(on, 1, facts_of(now))
        for (_origin, _stated, on, starts), now in zip(rows, flags, strict=True)
        if starts
    ]
    owed = {duty.rule: duty.clock.day_zero for duty in clocks.obligations(CLOCKS, known, ())}
    assert owed.get("CN-S") == min(serious_days, default=None)


def facts_of(flags: Flags) -> clocks.CaseFacts:
    return clocks.CaseFacts(
        markets=frozenset({"CN"}),
        reporter=clocks.Reporter.MAH,
        setting=clocks.Setting.POST_MARKET,
        source=clocks.ReportSource.SPONTANEOUS,
        country="CN",
        serious=flags.serious,
        fatal=flags.fatal,
        life_threatening=flags.life_threatening,
        unexpected=None,
        related=None,
    )


def test_a_judgement_of_the_holder_answers_the_rules_before_it_and_not_those_after():
    rule = Flags(True, None, None)
    no = Flags(False, False, False)
    said = [
        (Origin.HOSPITAL, no),
        (Origin.DEFAULT_RULE, rule),
        (Origin.HOLDER, no),
        (Origin.DEFAULT_RULE, rule),
        (Origin.DEFAULT_RULE, of_rules(())),
    ]
    assert [one.serious for one in over_time(said)] == [False, True, False, True, False]


def test_a_rule_that_adds_nothing_states_nothing():
    assert of_rules(()) == Flags()
    assert of_rules({"DEATH"}) == Flags(True, True, None)


def tree(**stated: str) -> Node:
    root = Node("")
    root.add("E.i", "r").values.update({f"E.i.{key}": value for key, value in stated.items()})
    return root


def test_a_rule_writes_beside_the_reporter_and_takes_back_only_what_it_wrote():
    root = tree(**{"3.2c": "true"})
    new = {"added": {OTHER}, "written": (), "stated": {"E.i[1].3.2c"}}
    assert default_criteria.changes(root, **new) == {OTHER: "true"}
    root.each("E.i")[0].values["E.i.3.2f"] = "true"
    assert default_criteria.changes(root, **new) == {}
    gone = {"added": (), "written": {OTHER}}
    assert default_criteria.changes(root, **gone, stated=()) == {OTHER: Null("NI")}
    assert default_criteria.changes(root, **gone, stated={OTHER}) == {}
    assert default_criteria.changes(root, added=(), written=(), stated=()) == {}
    assert default_criteria.changes(Node(""), added={OTHER}, written=(), stated=()) == {}
