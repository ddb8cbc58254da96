"""The clocks a case owes follow from its facts alone, in whatever order they were entered."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain import clocks
from pv.domain.clocks import CaseFacts, Information, Reporter, ReportSource, Sending, Setting

ROOT = Path(__file__).resolve().parents[3]
RULES = clocks.RuleSet.from_dict(json.loads((ROOT / "pv/reference/rule_sets.json").read_text()))
D0 = date(2026, 11, 1)


def facts(*, serious: bool | None = True, fatal: bool | None = False, **more) -> CaseFacts:
    return CaseFacts(
        markets=frozenset({"CN"}),
        reporter=Reporter.MAH,
        setting=Setting.POST_MARKET,
        source=ReportSource.SPONTANEOUS,
        country="CN",
        serious=serious,
        fatal=fatal,
        life_threatening=False,
        unexpected=None,
        related=None,
        **more,
    )


def learned(day: int, version: int = 1, **more) -> Information:
    return Information(D0 + timedelta(days=day), version, facts(**more))


def sent(day: int, version: int = 1, authority: str = "NMPA") -> Sending:
    return Sending(authority, version, D0 + timedelta(days=day))


def owed(information, sendings=()):
    found = clocks.obligations(RULES, information, sendings)
    return {
        (o.rule, (o.clock.day_zero - D0).days): (
            (o.due - D0).days,
            (o.met_on - D0).days if o.met_on else None,
        )
        for o in found
    }


def test_the_first_report_counts_from_its_awareness_and_is_met_by_its_authority_alone():
    first = [learned(0)]
    assert owed(first) == {("CN-S", 0): (15, None)}
    assert owed(first, [sent(3)]) == {("CN-S", 0): (15, 3)}
    for other in ("", "CDE", "FDA", "EMA"):
        assert owed(first, [sent(3, authority=other)]) == {("CN-S", 0): (15, None)}


def test_nobody_judged_runs_on_the_serious_clock():
    assert owed([learned(0, serious=None, fatal=None)]) == {("CN-S", 0): (15, None)}


def test_an_upgrade_before_the_first_report_runs_beside_it_from_its_own_day():
    mild = learned(0, serious=False)
    assert owed([mild, learned(3)]) == {("CN-N", 0): (30, None), ("CN-S", 3): (18, None)}
    dead = owed([mild, learned(3, fatal=True)])
    assert dead == {
        ("CN-N", 0): (30, None),
        ("CN-D", 3): (3, None),
        ("CN-D:investigation", 3): (18, None),
    }


def test_what_came_after_the_first_report_is_follow_up_with_its_own_day():
    rows = [learned(0), learned(6, 2), learned(9, 2)]
    assert owed(rows, [sent(5)]) == {
        ("CN-S", 0): (15, 5),
        ("CN-FU", 6): (21, None),
        ("CN-FU", 9): (24, None),
    }
    assert owed(rows, [sent(5), sent(10, 2)])[("CN-FU", 6)] == (21, 10)
    assert owed(rows) == {("CN-S", 0): (15, None)}, "nothing was sent: all belongs to the first"


def test_a_death_after_the_first_report_is_due_at_once_and_investigated():
    found = owed([learned(0), learned(6, 2, fatal=True)], [sent(5)])
    assert found[("CN-FU", 6)] == (6, None)
    assert found[("CN-D:investigation", 6)] == (21, None)
    assert ("CN-D", 6) not in found


def test_two_follow_ups_of_one_day_in_two_versions_are_two_duties():
    rows = [learned(0), learned(6, 2), learned(6, 3)]
    found = clocks.obligations(RULES, rows, [sent(5), sent(6, 2)])
    follow_ups = [(o.version, o.met_on) for o in found if o.rule == "CN-FU"]
    assert follow_ups == [(2, D0 + timedelta(days=6)), (3, None)]


def test_a_later_first_day_than_what_builds_on_it_cannot_be():
    rows = [learned(9, serious=False), learned(3)]
    assert owed(rows) == {("CN-N", 3): (33, None), ("CN-S", 3): (18, None)}


def test_the_rule_names_its_authority():
    named = {r.id: r.authority for r in RULES.rules}
    assert named["CN-S"] == "NMPA"
    assert named["CN-SU7"] == "CDE"
    assert (named["EU-S"], named["US-15"], named["US-IND"]) == ("EMA", "FDA", "FDA_IND")
    assert all(named.values())


def test_nothing_learned_owes_nothing():
    assert clocks.obligations(RULES, [], [sent(1)]) == ()


def nullified(*sendings):
    day = D0 + timedelta(days=20)
    found = clocks.nullification(RULES, facts(), day=day, version=2, sendings=sendings)
    return [(o.rule, (o.due - D0).days, (o.met_on - D0).days if o.met_on else None) for o in found]


def test_a_nullification_is_follow_up_to_who_had_the_case_and_to_nobody_else():
    assert nullified() == []
    assert nullified(sent(3)) == [("CN-FU", 35, None)]
    assert nullified(sent(3), sent(22, 2)) == [("CN-FU", 35, 22)]
    assert nullified(sent(22, 2)) == [], "who only had the nullification was never told the case"


def test_a_cluster_is_investigated_at_once_and_moves_nothing_of_its_case():
    """GVP 2021 no. 65 art. 61 and 89: at once; order 81 art. 28: within 7 days."""
    day = D0 + timedelta(days=4)
    found = clocks.circumstances(RULES, facts(), [clocks.Circumstance("cluster", day)])
    assert [(o.rule, (o.due - D0).days, o.beside, o.met_on) for o in found] == [
        ("CN-CL:report", 4, True, None),
        ("CN-CL:investigation", 11, True, None),
    ]


# --- properties

_days = st.integers(0, 60)
_flags = st.tuples(st.sampled_from([True, False, None]), st.sampled_from([True, False]))


@st.composite
def histories(draw):
    version, rows = 1, []
    for number in range(draw(st.integers(1, 6))):
        version += draw(st.integers(0, 1)) if number else 0
        serious, fatal = draw(_flags)
        rows.append(learned(draw(_days), version, serious=True if fatal else serious, fatal=fatal))
    versions = st.integers(1, version)
    names = st.sampled_from(["NMPA", "CDE", "FDA", ""])
    out = st.builds(lambda day, number, who: sent(day, number, who), _days, versions, names)
    return rows, draw(st.lists(out, max_size=5))


@given(histories(), st.randoms())
def test_the_order_of_sendings_is_nothing_to_the_clocks(history, random):
    rows, out = history
    shuffled = list(out)
    random.shuffle(shuffled)
    assert clocks.obligations(RULES, rows, out) == clocks.obligations(RULES, rows, shuffled)


@given(histories())
def test_only_a_report_to_the_authority_meets_and_only_one_that_can_hold_it(history):
    rows, out = history
    for duty in clocks.obligations(RULES, rows, out):
        mine = [s.on for s in out if s.authority == "NMPA" and s.version >= duty.version]
        expected = None if duty.beside else min(mine, default=None)
        assert duty.met_on == expected


@given(histories())
def test_a_sending_adds_and_moves_no_duty_of_another_authority(history):
    """A sending to the CDE leaves every duty owed to the NMPA as it was."""
    rows, out = history
    before = clocks.obligations(RULES, rows, out)
    after = clocks.obligations(RULES, rows, [*out, sent(7, authority="CDE")])
    assert [d for d in after if d.clock.authority == "NMPA"] == [
        d for d in before if d.clock.authority == "NMPA"
    ]


@given(histories(), st.integers(0, 5), st.integers(1, 30))
def test_an_earlier_awareness_never_makes_the_first_duty_later(history, which, earlier):
    rows, out = history
    index = which % len(rows)
    moved = list(rows)
    moved[index] = replace(rows[index], known_on=rows[index].known_on - timedelta(days=earlier))
    before = clocks.obligations(RULES, rows, out)
    after = clocks.obligations(RULES, moved, out)
    assert min(d.due for d in after) <= min(d.due for d in before)


@given(histories())
def test_every_case_owes_something_and_each_duty_once(history):
    rows, out = history
    found = clocks.obligations(RULES, rows, out)
    assert found
    assert len({duty.key for duty in found}) == len(found)
    first = min(row.known_on for row in rows)
    assert min(duty.clock.day_zero for duty in found) == first


@pytest.mark.parametrize("fatal", [True, False])
def test_a_downgrade_moves_nothing(fatal):
    rows = [learned(0, fatal=fatal), learned(4, serious=False)]
    assert owed(rows) == owed(rows[:1])


def test_an_action_abroad_is_told_within_hours_of_the_moment_it_was_learned_of():
    """GVP 2021 no. 65 art. 51: within 24 hours; two of one day are one duty, the sooner counts."""
    zone = ZoneInfo("Asia/Shanghai")
    learned_at = datetime(2026, 11, 3, 15, 20, tzinfo=zone)
    later = learned_at + timedelta(hours=3)
    seen = [clocks.Circumstance("overseas_action", at.date(), at) for at in (later, learned_at)]
    (duty,) = clocks.circumstances(RULES, facts(), seen)
    assert (duty.rule, duty.beside) == ("CN-XA:report", True)
    assert duty.deadline.due_at == learned_at + timedelta(hours=24)
    assert duty.due == date(2026, 11, 4)


@given(versions=st.lists(st.integers(1, 5), min_size=1, max_size=5).map(sorted))
def test_each_item_is_assessed_in_the_last_version_before_the_next_information(versions):
    items = [learned(day, version) for day, version in enumerate(versions)]
    current = versions[-1] + 1
    found = clocks.assessed_in(items, current)
    assert found[-1] == current
    for item, number in zip(items, found, strict=True):
        assert number >= item.version
        assert not [one for one in items if item.version < one.version <= number]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("source", "rule"), [(ReportSource.LITERATURE, "CN-LIT"), (ReportSource.STUDY, "CN-STUDY")]
)
def test_an_upgrade_starts_the_shorter_limit_of_the_same_rule(source, rule):
    items = [
        replace(item, facts=replace(item.facts, source=source, related=True))
        for item in (learned(0, serious=False), learned(8), learned(9))
    ]
    assert owed(items) == {(rule, 0): (30, None), (rule, 8): (23, None)}


def test_a_hospital_owes_its_own_report_by_its_own_days():
    """Order 81 art. 21: new or serious 15 days, death at once, other 30 days."""
    mild = {"serious": False, "fatal": False}

    def hospital(day, **more):
        item = learned(day, **more)
        known = replace(item.facts, reporter=Reporter.HOSPITAL, unexpected=False)
        return replace(item, facts=known)

    assert owed([hospital(0, **mild)]) == {("CN-H", 0): (30, None)}
    assert owed([hospital(0)]) == {("CN-H", 0): (15, None)}
    assert owed([hospital(0, **mild), hospital(4)]) == {
        ("CN-H", 0): (30, None),
        ("CN-H", 4): (19, None),
    }
    assert owed([hospital(0, fatal=True)]) == {("CN-H", 0): (0, None)}
    (item,) = [hospital(0, **mild)]
    unanswered = replace(item, facts=replace(item.facts, unexpected=None))
    assert owed([unanswered]) == {("CN-H", 0): (15, None)}, "nobody knows if it is new"


def test_causality_that_came_with_a_follow_up_counts_from_its_own_day():
    """CN-STUDY judges causality first: what a follow-up makes related is due from that day."""
    study = {"source": ReportSource.STUDY}
    items = [
        replace(item, facts=replace(item.facts, **study, related=related))
        for item, related in ((learned(0), False), (learned(9, 2), True))
    ]
    assert owed(items) == {("CN-STUDY", 9): (24, None)}
