"""Agreements as rules: which days, from which entry, for which territory; never two on one day."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pv.domain import clocks
from pv.domain.agreements import Days, Terms, rule_set, standing
from pv.domain.clocks import CaseFacts, Information, Reporter, ReportSource, Setting

ROOT = Path(__file__).resolve().parents[3]
BASE = clocks.RuleSet.from_dict(json.loads((ROOT / "pv/reference/rule_sets.json").read_text()))
D0 = date(2026, 1, 1)
MAYBE_DAYS = st.one_of(st.none(), st.integers(0, 30))


def day(number: int) -> date:
    return D0 + timedelta(days=number)


@st.composite
def entries(draw):
    found = []
    for order in range(draw(st.integers(0, 5))):
        first = draw(st.integers(0, 60))
        last = draw(st.one_of(st.none(), st.integers(first, 90)))
        found.append(
            Terms(
                draw(st.sampled_from(["JW", "KITE"])),
                f"SDEA {order}",
                order,
                Days(draw(MAYBE_DAYS), draw(MAYBE_DAYS), draw(MAYBE_DAYS)),
                frozenset(draw(st.sets(st.sampled_from(["CN", "SG"])))),
                day(first),
                None if last is None else day(last),
            )
        )
    return found


def facts(**more) -> CaseFacts:
    known = {"serious": True, "fatal": False, "life_threatening": False, "country": "CN"} | more
    return CaseFacts(
        markets=frozenset(),
        reporter=Reporter.MAH,
        setting=Setting.POST_MARKET,
        source=ReportSource.SPONTANEOUS,
        unexpected=None,
        related=None,
        **known,
    )


def owed(rows, partner, on, known):
    rules = rule_set(BASE, rows)
    regimes = frozenset(r.regime for r in rules.rules if r.authority == f"AG-{partner}")
    items = [Information(on, 1, replace(known, markets=regimes))]
    return [(d.rule, d.due, d.deadline.citation) for d in clocks.obligations(rules, items, ())]


@given(entries(), st.integers(0, 100))
def test_of_each_partner_the_entry_confirmed_last_holds_and_only_one(rows, number):
    on = day(number)
    for partner in ("JW", "KITE"):
        mine = [r for r in rows if r.partner == partner]
        begun = [r for r in mine if r.valid_from <= on]
        last = max(begun, key=lambda r: r.order, default=None)
        wanted = last if last and (last.valid_to is None or on <= last.valid_to) else None
        held = [
            r
            for r in standing(rows)
            if r.partner == partner
            and r.valid_from <= on
            and (r.valid_to is None or on <= r.valid_to)
        ]
        assert [r.order for r in held] == ([wanted.order] if wanted else [])


@given(
    entries(),
    st.integers(0, 100),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["CN", "SG", "US"]),
)
def test_the_clock_has_the_days_of_the_class_of_the_case(rows, number, serious, fatal, lt, country):
    on = day(number)
    serious = serious or fatal or lt
    known = facts(serious=serious, fatal=fatal, life_threatening=lt, country=country)
    for partner in ("JW", "KITE"):
        held = [
            r
            for r in standing(rows)
            if r.partner == partner
            and r.valid_from <= on
            and (r.valid_to is None or on <= r.valid_to)
        ]
        found = owed(rows, partner, on, known)
        if not held or (held[0].territory and country not in held[0].territory):
            assert found == []
            continue
        days = held[0].days.of(serious=serious, fatal=fatal or lt)
        if days is None:
            assert found == []
        else:
            assert [(due, cited) for _rule, due, cited in found] == [
                (on + timedelta(days=days), held[0].number)
            ]


def test_an_upgrade_starts_the_shorter_limit_from_its_own_day():
    rows = [Terms("JW", "SDEA 1", 0, Days(3, 10, 30), frozenset(), D0)]
    rules = rule_set(BASE, rows)
    markets = frozenset({rows[0].regime})
    first = Information(day(0), 1, replace(facts(serious=False), markets=markets))
    worse = Information(day(5), 1, replace(facts(fatal=True), markets=markets))
    found = clocks.obligations(rules, [first, worse], ())
    assert [(d.rule, d.due) for d in found] == [("AG-JW-F", day(8)), ("AG-JW-N", day(30))]
    sent = [clocks.Sending("AG-JW", 1, day(6))]
    assert {d.met_on for d in clocks.obligations(rules, [first, worse], sent)} == {day(6)}
