"""The commitment machine, its guards, the legal end, outlook, milestones and certificates."""

import copy
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.dates import PartialDate, add_months
from pv.domain import approvals
from pv.domain.approvals import Code, Colour, Effect, MilestoneStatus, Why
from pv.domain.approvals import CommitmentEvent as Event
from pv.domain.approvals import CommitmentState as State

ROOT = Path(__file__).resolve().parents[3]
DATA = json.loads((ROOT / "pv/reference/commitments.json").read_text())
MACHINE = approvals.CommitmentMachine.from_dict(DATA)
LIMIT = approvals.LimitRule.from_dict(DATA["limits"][0])
DEFINITIONS = [approvals.Definition.from_dict(m) for m in DATA["milestones"]]
APPROVED = date(2024, 6, 26)
END = date(2028, 6, 26)
TODAY = date(2026, 11, 21)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))


def facts(**change):
    base = {
        "today": TODAY,
        "limit": LIMIT,
        "approval": APPROVED,
        "deadline": END,
        "forecast": date(2028, 3, 1),
        "happened_on": TODAY,
        "document": "CDE-2026-1",
        "acceptance_number": "CXSB2600001",
        "reason": "slow centres",
    }
    return approvals.Facts(**{**base, **change})


# --- the table


def test_codes_of_data_and_code_are_the_same():
    assert {s["code"] for s in DATA["states"]} == set(State)
    assert {e["code"] for e in DATA["events"]} == set(Event)
    assert {g["code"] for g in DATA["guards"]} == set(approvals.GUARDS)
    assert MACHINE.terminal == {State.FULFILLED, State.CANCELLED, State.WITHDRAWN, State.RELEASED}
    for group in ("states", "events", "types", "guards"):
        assert all(row["en"] and row["zh"] for row in DATA[group])
    assert all(row["citation"] and row["confidence"] for row in DATA["transitions"])
    assert {m["code"] for m in DATA["milestones"]} >= {"FPI", "LPLV", "CSR_FINAL", "PSUR"}


def test_every_state_is_reachable_and_every_open_one_can_end():
    edges = {(s, t.target) for (s, _), t in MACHINE.transitions.items()}
    seen, todo = set(), {State.DRAFT}
    while todo:
        state = todo.pop()
        seen.add(state)
        todo |= {b for a, b in edges if a is state} - seen
    assert seen == set(State)
    for state in set(State) - MACHINE.terminal:
        events = {e for s, e in MACHINE.transitions if s is state}
        assert {Event.WITHDRAW, Event.RELEASE} <= events
    assert not [s for s, _ in MACHINE.transitions if s in MACHINE.terminal]


@pytest.mark.parametrize(
    ("path", "end"),
    [
        (
            [
                Event.AGREED_WITH_CDE,
                Event.CERTIFICATE_ISSUED,
                Event.TRIAL_STARTED,
                Event.REPORT_FINAL,
                Event.SUPPLEMENT_ACCEPTED,
                Event.SUPPLEMENT_APPROVED,
            ],
            State.FULFILLED,
        ),
        (
            [Event.AGREED_WITH_CDE, Event.CERTIFICATE_ISSUED, Event.EXTENSION_REQUESTED],
            State.EXT_PENDING,
        ),
        (
            [
                Event.AGREED_WITH_CDE,
                Event.CERTIFICATE_ISSUED,
                Event.REPORT_FINAL,
                Event.SUPPLEMENT_ACCEPTED,
                Event.BENEFIT_NOT_SHOWN,
                Event.RESTRICT,
                Event.SUSPEND,
                Event.CANCEL,
            ],
            State.CANCELLED,
        ),
    ],
)
def test_paths_through_the_table(path, end):
    state = State.DRAFT
    for event in path:
        made = MACHINE.advance(state, event, facts())
        assert made.allowed, made.refusals
        state = made.state
    assert state is end


def test_approval_of_the_supplement_makes_the_indication_full():
    made = MACHINE.advance(State.UNDER_REVIEW, Event.SUPPLEMENT_APPROVED, facts())
    assert made.effects == (Effect.INDICATION_FULL,)


def test_no_such_transition_is_explained():
    made = MACHINE.advance(State.FULFILLED, Event.CANCEL, facts())
    assert made.state is State.FULFILLED
    assert made.refusals[0].code is Code.NO_SUCH_TRANSITION
    assert made.refusals[0].values == {"state": "FULFILLED", "event": "CANCEL"}


@pytest.mark.parametrize(
    ("state", "event", "change", "wanted"),
    [
        (State.DRAFT, Event.AGREED_WITH_CDE, {"document": " "}, [Code.DOCUMENT_MISSING]),
        (
            State.AGREED,
            Event.CERTIFICATE_ISSUED,
            {"approval": None},
            [Code.APPROVAL_DATE_MISSING],
        ),
        (State.AGREED, Event.CERTIFICATE_ISSUED, {"deadline": None}, [Code.DEADLINE_MISSING]),
        (
            State.AGREED,
            Event.CERTIFICATE_ISSUED,
            {"deadline": END + timedelta(days=1)},
            [Code.DEADLINE_BEYOND_CAP],
        ),
        (
            State.AGREED,
            Event.CERTIFICATE_ISSUED,
            {"deadline": END + timedelta(days=1), "override_reason": "2021 approval: five years"},
            [],
        ),
        (
            State.AGREED,
            Event.CERTIFICATE_ISSUED,
            {"deadline": date(2024, 6, 25)},
            [Code.DEADLINE_BEFORE_APPROVAL],
        ),
        (State.ACTIVE, Event.TRIAL_STARTED, {"happened_on": None}, [Code.DATE_MISSING]),
        (
            State.ACTIVE,
            Event.TRIAL_STARTED,
            {"happened_on": TODAY + timedelta(days=1)},
            [Code.DATE_IN_FUTURE],
        ),
        (State.ACTIVE, Event.RISK_SEEN, {}, [Code.NOTHING_LATE]),
        (State.ACTIVE, Event.RISK_SEEN, {"late_milestones": ("FPI",)}, []),
        (State.ACTIVE, Event.RISK_SEEN, {"forecast": END + timedelta(days=1)}, []),
        (State.ACTIVE, Event.RISK_SEEN, {"forecast": None}, [Code.NOTHING_LATE]),
        (State.AT_RISK, Event.RECOVERED, {}, []),
        (State.AT_RISK, Event.RECOVERED, {"forecast": None}, [Code.FORECAST_MISSING]),
        (State.AT_RISK, Event.RECOVERED, {"late_milestones": ("LPI",)}, [Code.STILL_LATE]),
        (State.ACTIVE, Event.EXTENSION_REQUESTED, {"reason": ""}, [Code.REASON_MISSING]),
        (State.ACTIVE, Event.EXTENSION_REQUESTED, {"today": END}, []),
        (
            State.AT_RISK,
            Event.EXTENSION_REQUESTED,
            {"today": END + timedelta(days=1), "reason": ""},
            [Code.DEADLINE_IS_PAST, Code.REASON_MISSING],
        ),
        (State.EXT_PENDING, Event.EXTENSION_GRANTED, {}, [Code.NEW_DEADLINE_MISSING]),
        (
            State.EXT_PENDING,
            Event.EXTENSION_GRANTED,
            {"new_deadline": END},
            [Code.NEW_DEADLINE_NOT_LATER],
        ),
        (State.EXT_PENDING, Event.EXTENSION_GRANTED, {"new_deadline": date(2029, 1, 1)}, []),
        (
            State.STUDY_COMPLETE,
            Event.SUPPLEMENT_ACCEPTED,
            {"acceptance_number": ""},
            [Code.ACCEPTANCE_NUMBER_MISSING],
        ),
        (State.ACTIVE, Event.DEADLINE_PASSED, {"today": END}, [Code.DEADLINE_NOT_PAST]),
        (State.ACTIVE, Event.DEADLINE_PASSED, {"today": END + timedelta(days=1)}, []),
        (State.DRAFT, Event.DEADLINE_PASSED, {"deadline": None}, [Code.DEADLINE_MISSING]),
        (
            State.UNDER_REVIEW,
            Event.DEADLINE_PASSED,
            {"today": END + timedelta(days=1), "submitted_on": END},
            [Code.ALREADY_SUBMITTED],
        ),
        (
            State.OVERDUE,
            Event.EXTENSION_GRANTED,
            {"new_deadline": date(2029, 1, 1)},
            [Code.REQUEST_NOT_IN_TIME],
        ),
        (
            State.OVERDUE,
            Event.EXTENSION_GRANTED,
            {"new_deadline": date(2029, 1, 1), "extension_requested_on": END},
            [],
        ),
        (State.OVERDUE, Event.RELEASE, {"reason": ""}, [Code.REASON_MISSING]),
    ],
)
def test_guards_say_why(state, event, change, wanted):
    made = MACHINE.advance(state, event, facts(**change))
    assert [r.code for r in made.refusals] == wanted
    assert made.allowed == (not wanted)
    assert (made.state is state) or made.allowed


def test_refusal_carries_the_values_a_page_shows():
    made = MACHINE.advance(State.AGREED, Event.CERTIFICATE_ISSUED, facts(deadline=date(2029, 1, 1)))
    values = made.refusals[0].values
    assert (values["latest"], values["months"]) == ("2028-06-26", "48")


def test_offers_are_the_events_of_the_state():
    offered = MACHINE.offers(State.EXT_PENDING, facts())
    assert set(offered) == {e for s, e in MACHINE.transitions if s is State.EXT_PENDING}
    assert not offered[Event.EXTENSION_GRANTED].allowed
    assert offered[Event.EXTENSION_REFUSED].state is State.AT_RISK


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"from": ["FULFILLED"]}, "cannot stand"),
        ({"from": ["DRAFT"], "event": "WITHDRAW"}, "cannot stand"),
        ({"guards": ["full_moon"]}, "full_moon"),
        ({"to": "HAPPY"}, "HAPPY"),
    ],
)
def test_broken_tables_are_refused(row, match):
    data = copy.deepcopy(DATA)
    data["transitions"].append({**data["transitions"][0], "from": ["ACTIVE"], **row})
    with pytest.raises(ValueError, match=match):
        approvals.CommitmentMachine.from_dict(data)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.sampled_from(Event), max_size=12),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.sampled_from([None, END, date(2029, 1, 1)]),
    st.booleans(),
)
def test_no_walk_leaves_a_terminal_state_or_changes_on_refusal(walk, today, deadline, proven):
    state = State.DRAFT
    empty = {} if proven else {"document": "", "acceptance_number": "", "reason": ""}
    for event in walk:
        made = MACHINE.advance(state, event, facts(today=today, deadline=deadline, **empty))
        if made.refusals:
            assert made.state is state
            assert made.effects == ()
        else:
            assert state not in MACHINE.terminal
            assert MACHINE.transitions[state, event].target is made.state
            assert proven or not {"document", "reason"} & set(
                MACHINE.transitions[state, event].needs
            )
        state = made.state


# --- legal end, history, outlook


def test_legal_end_is_four_years_and_held_to_the_earliest_day():
    assert approvals.legal_end(APPROVED, LIMIT).exact == END
    assert approvals.legal_end(date(2024, 2, 29), LIMIT).exact == date(2028, 2, 29)
    partial = approvals.legal_end(PartialDate(2022, 10), LIMIT)
    assert partial.exact is None
    assert (partial.earliest, partial.latest) == (date(2026, 10, 1), date(2026, 10, 31))
    within = facts(approval=PartialDate(2024, 6), deadline=date(2028, 6, 2))
    refused = MACHINE.advance(State.AGREED, Event.CERTIFICATE_ISSUED, within)
    assert [r.code for r in refused.refusals] == [Code.DEADLINE_BEYOND_CAP]
    fine = MACHINE.advance(
        State.AGREED, Event.CERTIFICATE_ISSUED, replace(within, deadline=date(2028, 6, 1))
    )
    assert fine.allowed


@pytest.mark.parametrize(
    ("p50", "p80", "submitted", "today", "colour", "why"),
    [
        (date(2028, 1, 1), date(2028, 6, 26), None, TODAY, Colour.GREEN, Why.ON_TIME),
        (date(2028, 1, 1), date(2028, 6, 27), None, TODAY, Colour.AMBER, Why.P80_LATE),
        (date(2028, 6, 27), date(2028, 9, 1), None, TODAY, Colour.RED, Why.P50_LATE),
        (date(2028, 6, 27), None, None, TODAY, Colour.RED, Why.P50_LATE),
        (END, date(2028, 9, 1), None, END, Colour.AMBER, Why.P80_LATE),
        (END, END, None, END, Colour.GREEN, Why.ON_TIME),
        (None, None, None, END, Colour.UNKNOWN, Why.NO_FORECAST),
        (None, None, None, TODAY, Colour.UNKNOWN, Why.NO_FORECAST),
        (date(2028, 1, 1), None, None, TODAY, Colour.UNKNOWN, Why.NO_FORECAST),
        (None, None, None, date(2028, 6, 27), Colour.RED, Why.DEADLINE_PASSED),
        (None, None, END, date(2029, 1, 1), Colour.GREEN, Why.SUBMITTED_IN_TIME),
        (None, None, date(2028, 6, 27), date(2029, 1, 1), Colour.RED, Why.SUBMITTED_LATE),
    ],
)
def test_colour_comes_from_the_forecast(p50, p80, submitted, today, colour, why):
    made = approvals.outlook(END, today, p50=p50, p80=p80, submitted_on=submitted)
    assert (made.colour, made.why) == (colour, why)


def test_no_deadline_has_no_colour_and_slack_is_counted_from_p80():
    none = approvals.outlook(None, TODAY, p50=TODAY, p80=TODAY, submitted_on=None)
    assert none.colour is Colour.UNKNOWN
    made = approvals.outlook(
        END, TODAY, p50=date(2028, 1, 1), p80=date(2028, 6, 16), submitted_on=None
    )
    assert made.slack_days == 10


# --- milestones, certificates, review clocks


def test_milestones_are_due_in_their_own_order():
    made = approvals.plan_milestones(DEFINITIONS, APPROVED, END)
    days = {d.code: d.due for d in made}
    assert days["FPI"] == date(2025, 6, 26)
    assert days["SUPPL_SUBMITTED"] == END
    assert days["SUPPL_APPROVED"] is None
    assert days["FPI"] < days["P25"] < days["P50"] < days["P75"] < days["LPI"]
    by_code = {d.code: d for d in DEFINITIONS}
    for due in made:
        for other in by_code[due.code].after:
            assert due.due is None or days[other] <= due.due
    nothing = approvals.plan_milestones(DEFINITIONS, None, None)
    assert {d.due for d in nothing} == {None}


def test_yearly_milestones():
    by_code = {d.code: d for d in DEFINITIONS}
    annual = approvals.yearly_milestones(by_code["ANNUAL_REPORT"], APPROVED, END)
    assert [d.due for d in annual] == [date(y, 4, 30) for y in (2025, 2026, 2027, 2028)]
    ltfu = approvals.yearly_milestones(by_code["LTFU_INTERIM"], APPROVED, END)
    assert [d.due for d in ltfu] == [
        add_months(APPROVED, 12 * n) + timedelta(days=60) for n in (1, 2, 3)
    ]
    for code, last in (("ANNUAL_REPORT", annual[-1].due), ("LTFU_INTERIM", ltfu[-1].due)):
        until = approvals.yearly_milestones(by_code[code], APPROVED, last)
        assert until[-1].due == last
        before = approvals.yearly_milestones(by_code[code], APPROVED, last - timedelta(days=1))
        assert len(before) == len(until) - 1
    with pytest.raises(ValueError, match="PSUR"):
        approvals.yearly_milestones(by_code["PSUR"], APPROVED, END)


@pytest.mark.parametrize(
    ("forecast", "actual", "today", "wanted"),
    [
        (None, date(2026, 1, 1), TODAY, MilestoneStatus.DONE),
        (None, date(2026, 12, 1), date(2027, 1, 1), MilestoneStatus.DONE),
        (None, date(2026, 12, 2), date(2027, 1, 1), MilestoneStatus.DONE_LATE),
        (date(2026, 12, 1), None, date(2026, 12, 1), MilestoneStatus.ON_TRACK),
        (None, None, TODAY, MilestoneStatus.UNKNOWN),
        (date(2026, 12, 1), None, TODAY, MilestoneStatus.ON_TRACK),
        (date(2026, 12, 2), None, TODAY, MilestoneStatus.FORECAST_LATE),
        (date(2026, 11, 1), None, date(2026, 12, 2), MilestoneStatus.LATE),
    ],
)
def test_status_of_a_milestone(forecast, actual, today, wanted):
    item = approvals.Milestone("FPI", date(2026, 12, 1), forecast, actual)
    assert approvals.milestone_status(item, today) is wanted
    expected = ("FPI",) if wanted in (MilestoneStatus.LATE, MilestoneStatus.FORECAST_LATE) else ()
    assert approvals.late([item], today) == expected


def test_a_milestone_without_a_due_day_is_unknown_not_on_track():
    item = approvals.Milestone("SUPPL_APPROVED", None, date(2029, 1, 1))
    assert approvals.milestone_status(item, TODAY) is MilestoneStatus.UNKNOWN


def test_order_of_milestones():
    def on(code, day):
        return approvals.Milestone(code, None, None, day)

    faults = approvals.check_order(
        [
            on("PROTOCOL_AGREED", date(2024, 9, 1)),
            on("ETHICS_FIRST", date(2024, 8, 1)),
            on("FPI", date(2024, 12, 1)),
            on("REGISTERED", None),
            on("LPI", date(2027, 1, 1)),
        ],
        DEFINITIONS,
        TODAY,
    )
    assert [(f.kind.value, f.code, f.other) for f in faults] == [
        ("before_predecessor", "ETHICS_FIRST", "PROTOCOL_AGREED"),
        ("predecessor_open", "FPI", "REGISTERED"),
        ("in_future", "LPI", ""),
    ]
    same_day = [on("PROTOCOL_AGREED", TODAY), on("ETHICS_FIRST", TODAY)]
    assert approvals.check_order(same_day, DEFINITIONS, TODAY) == ()
