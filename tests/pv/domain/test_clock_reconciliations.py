"""From the clocks a case has to those it should have, whatever stood there before."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pv.domain import clocks
from pv.domain.clocks.deadlines import Clock, Deadline
from pv.domain.clocks.rules import Unit

D0 = date(2026, 1, 30)
RULES = ("CN-S", "CN-N", "CN-FU", "CN-D:investigation")


def day(number: int) -> date:
    return D0 + timedelta(days=number)


def duty(rule: str, zero: int, version: int, length: int, met: int | None) -> clocks.Obligation:
    limit = Deadline(
        code="report",
        due=day(zero + length),
        due_at=None,
        latest=None,
        amount=length,
        unit=Unit.CALENDAR_DAYS,
        label={},
        citation="art. 49",
        confidence="source",
    )
    clock = Clock(
        rule=rule,
        version="1",
        regime="CN",
        day_zero=day(zero),
        deadlines=(limit,),
        alternatives=(),
        citation="art. 49",
        confidence="source",
        provisional=False,
        predicted=False,
        missing=(),
        trail=(),
        authority="NMPA",
    )
    beside = ":" in rule
    met_on = None if beside or met is None else day(met)
    return clocks.Obligation(rule, beside, version, clock, limit, day(zero + length), met_on)


_duties = st.lists(
    st.builds(
        duty,
        st.sampled_from(RULES),
        st.integers(0, 3),
        st.integers(1, 2),
        st.sampled_from([7, 15]),
        st.sampled_from([None, 2, 9]),
    ),
    max_size=5,
    unique_by=lambda one: one.key,
)


def standing(one: clocks.Obligation, rule_set: str, met_on: date | None = None) -> clocks.Standing:
    met = one.met_on or met_on
    return clocks.Standing(one.rule, one.clock.day_zero, one.version, one.due, met, rule_set)


def applied(
    rows: list[clocks.Standing], change: clocks.Reconciliation, rule_set: str
) -> list[clocks.Standing]:
    gone = {one.clock.key for one in change.ended}
    met = {clock.key: on for clock, on in change.met}
    left = [
        clocks.Standing(
            row.rule, row.day_zero, row.version, row.due, met.get(row.key, row.met_on), row.rule_set
        )
        for row in rows
        if row.key not in gone
    ]
    return left + [
        clocks.Standing(one.rule, one.clock.day_zero, one.version, one.due, on, rule_set)
        for one, on in change.started
    ]


@given(_duties, _duties)
def test_what_is_applied_is_what_is_demanded_and_then_nothing_is_left_to_do(before, wanted):
    rows = [standing(one, "R 1", day(4) if one.beside else None) for one in before]
    change = clocks.reconciliation(rows, wanted, rule_set="R 1")
    after = applied(rows, change, "R 1")
    assert {(row.key, row.due) for row in after} == {(one.key, one.due) for one in wanted}
    reports = {one.key: one.met_on for one in wanted if not one.beside}
    assert {row.key: row.met_on for row in after if row.key in reports} == reports
    again = clocks.reconciliation(after, wanted, rule_set="R 1")
    assert (again.changed, again.moves()) == (0, [])


def still_open(rows: list[clocks.Standing]) -> Counter[tuple[str, date]]:
    return Counter((row.rule, row.due) for row in rows if row.met_on is None)


@given(_duties, _duties, st.sampled_from(["R 1", "R 2"]), st.booleans())
def test_the_moves_lead_from_the_days_that_were_open_to_those_that_are(
    before, wanted, rule_set, nullified
):
    rows = [standing(one, "R 1") for one in before]
    change = clocks.reconciliation(rows, wanted, rule_set=rule_set, nullified=nullified)
    days, moves = still_open(rows), change.moves()
    days.subtract((rule, day) for rule, day, _after in moves if day)
    assert min(days.values(), default=0) >= 0
    days.update((rule, day) for rule, _before, day in moves if day)
    assert +days == still_open(applied(rows, change, rule_set))
    assert all(before != after for _rule, before, after in moves)
    assert len(moves) <= change.changed


@given(_duties, _duties)
def test_other_rules_leave_every_met_clock_as_it_was_counted(before, wanted):
    rows = [standing(one, "R 1", day(4)) for one in before]
    same = {one.key: one for one in wanted}
    change = clocks.reconciliation(rows, wanted, rule_set="R 2")
    for ended in change.ended:
        # Its facts changed: another day zero or version of its rule, or its report was taken back.
        mine = [one for one in wanted if one.rule == ended.clock.rule]
        assert mine
        if ended.clock.key in same:
            assert same[ended.clock.key].met_on != ended.clock.met_on
    after = applied(rows, change, "R 2")
    assert len({row.key for row in after}) == len(after)
    assert clocks.reconciliation(after, wanted, rule_set="R 2").changed == 0


def test_a_nullified_case_keeps_what_was_met_and_owes_nothing_more():
    sent, due = duty("CN-S", 0, 1, 15, 3), duty("CN-FU", 5, 2, 15, None)
    change = clocks.reconciliation(
        [standing(sent, "R 1"), standing(due, "R 1")], (), rule_set="R 1", nullified=True
    )
    assert [(one.clock.rule, one.why) for one in change.ended] == [("CN-FU", clocks.Stop.NULLIFIED)]
    assert change.moves() == [("CN-FU", due.due, None)]


def test_the_move_of_an_open_clock_names_both_days():
    before, after = duty("CN-S", 0, 1, 15, None), duty("CN-S", 0, 1, 7, None)
    new = duty("CN-N", 0, 1, 15, None)
    change = clocks.reconciliation([standing(before, "R 1")], (after, new), rule_set="R 2")
    assert change.moves() == [("CN-S", day(15), day(7)), ("CN-N", None, day(15))]
    (ended,) = change.ended
    assert (ended.why, ended.days) == (clocks.Stop.DUE_MOVED, (day(15), day(7)))


def test_each_of_two_clocks_of_one_rule_moves_to_its_own_day():
    first, later = duty("CN-FU", 0, 2, 15, None), duty("CN-FU", 10, 3, 15, None)
    fresh = duty("CN-FU", 0, 2, 7, None), duty("CN-FU", 10, 3, 7, None)
    rows = [standing(later, "R 1"), standing(first, "R 1")]
    change = clocks.reconciliation(rows, fresh, rule_set="R 2")
    moved = [("CN-FU", day(15), day(7)), ("CN-FU", day(25), day(17))]
    assert change.moves() == moved
    assert {one.why for one in change.ended} == {clocks.Stop.DUE_MOVED}
    assert [("CN-FU", *one.days) for one in change.ended] == moved
    assert change.changed == 2


def test_what_was_done_beside_a_report_stays_done_of_its_own_clock_alone():
    done, still = (
        duty("CN-D:investigation", 0, 1, 15, None),
        duty("CN-D:investigation", 5, 2, 15, None),
    )
    fresh = duty("CN-D:investigation", 0, 1, 7, None), duty("CN-D:investigation", 5, 2, 7, None)
    rows = [standing(done, "R 1", day(3)), standing(still, "R 1")]
    change = clocks.reconciliation(rows, fresh, rule_set="R 1")
    assert {one.clock.day_zero: on for one, on in change.started} == {day(0): day(3), day(5): None}


def test_a_clock_that_is_met_or_opens_again_is_said():
    row, sent = duty("CN-S", 0, 1, 15, None), duty("CN-S", 0, 1, 15, 3)
    change = clocks.reconciliation([standing(row, "R 1")], (sent,), rule_set="R 1")
    assert change.moves() == [("CN-S", day(15), None)]
    change = clocks.reconciliation([standing(sent, "R 1")], (row,), rule_set="R 1")
    assert change.moves() == [("CN-S", None, day(15))]
