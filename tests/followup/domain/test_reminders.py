"""Ladders: which rungs are crossed when, which one speaks, and how mail is repeated."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.core.permissions import Role
from followup.domain import reminders
from followup.domain.reminders import Anchor, Channel, Ladder, Retry, Rung

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = json.loads((ROOT / "followup/reference/reminders.json").read_text())
LADDERS = reminders.ladders(DOCUMENT)
DAYS = st.dates(date(1990, 1, 1), date(2150, 1, 1))
examples = settings(max_examples=int(os.environ.get("EVERWATCH_EXAMPLES", "100")), deadline=None)


def day(text: str) -> date:
    return date.fromisoformat(text)


def codes(rungs) -> list[str]:
    return [rung.code for rung in rungs]


def test_a_visit_is_told_when_its_window_opens_before_it_ends_and_after():
    visit = LADDERS["visit"]
    opens, due = day("2026-10-22"), day("2026-12-21")
    told = {rung.code: rung.day(opens, due) for rung in visit.rungs}
    assert told == {
        "opens": day("2026-10-22"),
        "ends_soon": day("2026-12-18"),
        "ended": day("2026-12-22"),
    }
    assert visit.rungs[0].channels == (Channel.IN_APP,)
    assert all(Channel.EMAIL in rung.channels for rung in visit.rungs[1:])


def test_report_clocks_are_told_seven_three_one_days_before_on_the_day_and_after():
    assert [rung.offset for rung in LADDERS["clock"].rungs] == [-7, -3, -1, 0, 1]
    for kind in ("milestone", "legal_end"):
        assert [r.offset for r in LADDERS[kind].rungs] == [-365, -180, -90, -30, -7, 0, 1]


def test_a_window_of_two_days_has_no_three_days_before_its_end():
    opens = day("2026-03-01")
    crossed = LADDERS["visit"].crossed(opens, opens, date.min, date.max)
    assert codes(crossed) == ["opens", "ended"]


def test_only_what_lies_after_the_watermark_is_crossed():
    visit = LADDERS["visit"]
    opens, due = day("2026-10-22"), day("2026-12-21")
    assert visit.crossed(opens, due, opens, day("2026-12-17")) == []
    assert codes(visit.crossed(opens, due, opens, day("2026-12-18"))) == ["ends_soon"]
    assert visit.crossed(opens, due, day("2026-12-18"), day("2026-12-18")) == []


def test_after_a_stop_of_days_only_the_latest_rung_speaks():
    clock = LADDERS["clock"]
    zero, due = day("2026-11-01"), day("2026-11-16")
    assert codes(clock.crossed(zero, due, day("2026-11-12"), day("2026-11-16"))) == [
        "due-3",
        "due-1",
        "due",
    ]
    assert clock.rung_on(zero, due, day("2026-11-16")).code == "due"
    assert clock.rung_on(zero, due, day("2026-11-08")) is None


@given(
    opens=DAYS, length=st.integers(0, 400), start=st.integers(-500, 500), span=st.integers(0, 90)
)
@examples
@pytest.mark.parametrize("kind", sorted(LADDERS))
def test_sweeping_day_by_day_finds_what_one_look_back_finds(kind, opens, length, start, span):
    ladder, due = LADDERS[kind], opens + timedelta(days=length)
    first = due + timedelta(days=start)
    last = first + timedelta(days=span)
    daily = []
    for number in range(span):
        before = first + timedelta(days=number)
        daily += ladder.crossed(opens, due, before, before + timedelta(days=1))
    assert daily == ladder.crossed(opens, due, first, last)
    current = ladder.rung_on(opens, due, last)
    assert daily == [] or daily[-1] == current


def test_each_rung_is_overtaken_by_those_after_it():
    clock = LADDERS["clock"]
    assert codes(clock.later(clock.rungs[2])) == ["due", "due+1"]
    assert clock.later(clock.rungs[-1]) == ()


def test_the_look_back_is_bounded_where_the_register_is_large():
    assert LADDERS["visit"].first_day(day("2026-03-02")) == day("2026-01-01")
    assert LADDERS["clock"].first_day(day("2026-03-02")) == date.min


def rung(code="a", anchor=Anchor.DUE, offset=0) -> Rung:
    return Rung(code, anchor, offset, (Channel.IN_APP,), ("nurse",))


@pytest.mark.parametrize(
    "rungs",
    [
        (),
        (rung("a"), rung("a", offset=1)),
        (rung("a", offset=1), rung("b")),
        (rung("a"), rung("b", Anchor.OPENS)),
        (rung("a"), rung("b")),
        (rung("a", Anchor.OPENS, -1),),
    ],
    ids=["none", "same code", "wrong order", "opens last", "same day", "before opening"],
)
def test_a_ladder_that_cannot_be_climbed_is_refused(rungs):
    with pytest.raises(ValueError, match="x"):
        Ladder("x", rungs, None, ())


def test_mail_waits_longer_each_time_and_never_longer_than_a_day():
    plan = reminders.retry(DOCUMENT)
    waits = [plan.wait(attempt) for attempt in range(1, 12)]
    assert waits[:4] == [timedelta(minutes=n) for n in (1, 5, 15, 60)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=1)
    assert Retry((7,), 5).wait(9) == timedelta(minutes=7)
    with pytest.raises(ValueError, match="step"):
        reminders.retry({"mail": {"retry_minutes": [], "poison_attempts": 1}})


def test_every_ladder_names_known_roles_and_its_source():
    known = {role.value for role in Role}
    for row in DOCUMENT["ladders"]:
        assert row["citation"]
        assert row["confidence"]
        assert all(set(entry["roles"]) <= known for entry in row["rungs"])


def test_the_states_of_a_commitment_are_those_that_have_not_ended():
    shipped = json.loads((ROOT / "pv/reference/commitments.json").read_text())
    living = {state["code"] for state in shipped["states"] if not state["terminal"]}
    assert set(LADDERS["milestone"].subject_states) == living
    assert set(LADDERS["legal_end"].subject_states) == living


def test_each_kind_of_obligation_is_called_in_both_languages():
    for chinese, name in ((True, "title_zh"), (False, "title_en")):
        called = {row["kind"]: row[name] for row in DOCUMENT["ladders"]}
        assert reminders.titles(DOCUMENT, chinese=chinese) == called
