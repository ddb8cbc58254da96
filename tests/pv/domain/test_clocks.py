"""Reporting clocks against the published vectors, the table of rules and their properties."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.calendars import HolidayTable
from pv.domain import clocks
from pv.domain.clocks import CaseFacts, Reporter, ReportSource, Setting, Unit

ROOT = Path(__file__).resolve().parents[3]
DATA = json.loads((ROOT / "pv/reference/rule_sets.json").read_text())
RULES = clocks.RuleSet.from_dict(DATA)
D0 = date(2026, 1, 30)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
SHANGHAI = "Asia/Shanghai"


def facts(**change):
    base = {
        "markets": frozenset({"CN"}),
        "reporter": Reporter.MAH,
        "setting": Setting.POST_MARKET,
        "source": ReportSource.SPONTANEOUS,
        "country": "CN",
        "serious": True,
        "fatal": False,
        "life_threatening": False,
        "unexpected": False,
        "related": True,
    }
    return CaseFacts(**{**base, **change})


def ids(selection):
    return [c.rule.id for c in selection]


def chosen(**change):
    return ids(clocks.select(RULES, facts(**change), D0).applies)


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ("CN-SU7", date(2026, 2, 6)),
        ("CN-S", date(2026, 2, 14)),
        ("CN-XS", date(2026, 2, 14)),
        ("CN-SU15", date(2026, 2, 14)),
        ("CN-SUFU", date(2026, 2, 14)),
        ("EU-S", date(2026, 2, 14)),
        ("US-15", date(2026, 2, 14)),
        ("CN-N", date(2026, 3, 1)),
        ("EU-N", date(2026, 4, 30)),
        ("CN-D", D0),
        ("CN-CL", D0),
        ("CN-XA", date(2026, 1, 31)),
        ("CN-XN", None),
        ("CN-DSUR", date(2026, 3, 30)),
    ],
)
def test_published_vectors(rule, due):
    assert clocks.due(RULES.rule(rule, D0), D0).due == due


@pytest.mark.parametrize(("days", "due"), [(60, (2026, 3, 31)), (70, (2026, 4, 10))])
def test_vectors_of_the_periodic_lengths(days, due):
    rule = RULES.rule("US-PER", D0)
    made = clocks.due(rule, D0)
    by_amount = {d.amount: d.due for d in (*made.deadlines, *made.alternatives)}
    assert by_amount[days] == date(*due)


def test_every_row_of_the_table_is_here_with_a_citation():
    table = [
        "CN-S",
        "CN-D",
        "CN-N",
        "CN-XS",
        "CN-XN",
        "CN-XA",
        "CN-FU",
        "CN-CL",
        "CN-H",
        "CN-LIT",
        "CN-STUDY",
        "CN-SU7",
        "CN-SU15",
        "CN-SUFU",
        "CN-DSUR",
        "EU-S",
        "EU-N",
        "US-15",
        "US-IND",
        "US-PER",
    ]
    assert {r.id for r in RULES.rules} == set(table)
    known = {c["code"] for c in DATA["confidences"]}
    for rule in RULES.rules:
        assert rule.citation
        assert rule.event["en"]
        assert rule.event["zh"]
        assert {limit.confidence for limit in rule.limits} | {rule.confidence} <= known


def test_secondary_duties():
    death = clocks.due(RULES.rule("CN-D", D0), D0)
    assert death.deadline("investigation").due == date(2026, 2, 14)
    assert death.deadline("investigation").confidence == "memory-high"
    susar = clocks.due(RULES.rule("CN-SU7", D0), D0)
    assert susar.deadline("complete").due == susar.due + timedelta(days=8)
    cluster = clocks.due(RULES.rule("CN-CL", D0), D0)
    assert cluster.deadline("investigation").due == date(2026, 2, 6)
    with pytest.raises(KeyError):
        death.deadline("complete")


def test_rule_version_by_day_zero():
    assert RULES.rule("CN-S", date(2021, 11, 30)).citation == "NMPA 2018 no. 66"
    assert "GVP" in RULES.rule("CN-S", date(2021, 12, 1)).citation
    with pytest.raises(clocks.RuleNotInForceError):
        RULES.rule("CN-S", date(2018, 12, 31))
    with pytest.raises(ValueError, match="not in force"):
        clocks.due(RULES.rule("CN-S", date(2021, 6, 1)), D0)


def test_overlapping_versions_are_refused():
    broken = json.loads(json.dumps(DATA))
    next(r for r in broken["rules"] if r["id"] == "CN-S")["valid_from"] = "2021-11-30"
    with pytest.raises(ValueError, match="CN-S"):
        clocks.RuleSet.from_dict(broken)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ["CN-S"]),
        ({"serious": False}, ["CN-N"]),
        ({"fatal": True}, ["CN-D"]),
        ({"country": "US"}, ["CN-XS"]),
        ({"country": "US", "fatal": True}, ["CN-XS"]),
        ({"country": "US", "serious": False}, ["CN-XN"]),
        ({"follow_up": True}, ["CN-FU"]),
        ({"source": ReportSource.LITERATURE}, ["CN-LIT"]),
        ({"source": ReportSource.LITERATURE, "fatal": True}, ["CN-D"]),
        ({"source": ReportSource.LITERATURE, "country": "DE", "fatal": True}, ["CN-LIT"]),
        ({"source": ReportSource.LITERATURE, "country": "DE", "serious": False}, []),
        ({"source": ReportSource.STUDY}, ["CN-STUDY"]),
        ({"source": ReportSource.STUDY, "related": False}, []),
        ({"cluster": True}, ["CN-S", "CN-CL"]),
        ({"overseas_action": True, "country": "DE"}, ["CN-XS", "CN-XA"]),
        ({"reporter": Reporter.HOSPITAL}, ["CN-H"]),
        ({"markets": frozenset({"EU"}), "country": "DE", "serious": False}, ["EU-N"]),
        ({"markets": frozenset({"EU"}), "country": "CN", "serious": False}, []),
        ({"markets": frozenset({"US"})}, []),
        ({"markets": frozenset({"US"}), "unexpected": True}, ["US-15"]),
        ({"markets": frozenset({"CN", "EU", "US"}), "unexpected": True}, ["CN-S", "EU-S", "US-15"]),
    ],
)
def test_selection_on_the_market(change, wanted):
    assert chosen(**change) == wanted


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ["CN-SU15"]),
        ({"fatal": True}, ["CN-SU7"]),
        ({"life_threatening": True}, ["CN-SU7"]),
        ({"follow_up": True}, ["CN-SUFU"]),
        ({"unexpected": False}, []),
        ({"related": False}, []),
        ({"markets": frozenset({"US"})}, ["US-IND"]),
    ],
)
def test_selection_in_a_trial(change, wanted):
    trial = {
        "reporter": Reporter.SPONSOR,
        "setting": Setting.TRIAL,
        "source": None,
        "unexpected": True,
    }
    assert chosen(**{**trial, **change}) == wanted


def test_a_limit_for_each_answer_runs_while_nobody_answered():
    """Order 81 art. 21: 15 days if new, else 30: the 15 days run until somebody says."""
    mild = {"serious": False, "fatal": False, "reporter": Reporter.HOSPITAL, "unexpected": None}
    (clock,) = clocks.running(RULES, facts(**mild), D0)
    assert (clock.rule, clock.days, clock.missing) == ("CN-H", 15, ("unexpected",))
    assert [each.amount for each in clock.alternatives] == [30]
    # A case abroad is told if serious, else not at all: an open answer leaves the rule open.
    abroad = facts(country="DE", serious=None, follow_up=True)
    assert "CN-FU" in ids(clocks.select(RULES, abroad, D0).undecided)
    # Nor does it run while the country, which has more than two answers, is what is not known.
    nowhere = facts(source=ReportSource.LITERATURE, country=None, serious=False)
    assert ids(clocks.select(RULES, nowhere, D0).undecided) == ["CN-LIT"]


def test_running_clocks_come_in_order_of_their_due_day():
    both = facts(markets=frozenset({"CN", "EU", "US"}), serious=True, unexpected=True)
    found = clocks.running(RULES, both, D0)
    assert [(c.due or date.max, c.rule) for c in found] == sorted(
        (c.due or date.max, c.rule) for c in found
    )
    assert len({c.rule for c in found}) == len(found) > 2


def test_unknown_fact_leaves_rules_undecided_and_names_it():
    found = clocks.select(RULES, facts(serious=None), D0)
    assert ids(found.applies) == []
    assert set(ids(found.undecided)) == {"CN-S", "CN-N"}
    assert found.missing == ("serious",)
    nowhere = clocks.select(RULES, facts(country=None), D0)
    assert "origin" in nowhere.missing
    assert not nowhere.applies


def test_expectedness_does_not_change_the_holder_in_china_but_does_the_hospital():
    assert chosen(unexpected=True) == chosen(unexpected=False)
    hospital = facts(reporter=Reporter.HOSPITAL, serious=False)
    for unexpected, days in ((True, 15), (False, 30)):
        made = clocks.running(RULES, clocks_replace(hospital, unexpected=unexpected), D0)
        assert [c.days for c in made] == [days]


def clocks_replace(case, **change):
    return CaseFacts(**{name: change.get(name, getattr(case, name)) for name in case.__slots__})


def test_limit_chosen_by_facts_and_by_their_absence():
    rule = RULES.rule("CN-LIT", D0)
    cn = RULES.domestic["CN"]
    lit = {"source": ReportSource.LITERATURE}
    sure = clocks.due(rule, D0, facts=facts(**lit, serious=False), domestic=cn)
    assert (sure.days, sure.provisional) == (30, False)
    unsure = clocks.due(rule, D0, facts=facts(**lit, serious=None), domestic=cn)
    assert (unsure.days, unsure.provisional, unsure.missing) == (15, True, ("serious",))
    assert [d.amount for d in unsure.alternatives] == [30]
    with pytest.raises(ValueError, match="fits the facts"):
        clocks.due(rule, D0, facts=facts(**lit, serious=False, country="DE"), domestic=cn)


def test_of_limits_in_different_units_the_shortest_is_taken_while_the_facts_are_open():
    data = json.loads(json.dumps(DATA["rules"][0]))
    amounts = [("months", 1), ("calendar_days", 29), ("working_days", 20), ("hours", 600)]
    data["limits"] = [
        {**data["limits"][0], "code": unit, "unit": unit, "amount": amount, "when": when}
        for (unit, amount), when in zip(
            amounts,
            ({"serious": [True]}, {"fatal": [True]}, {"unexpected": [True]}, {"related": [True]}),
            strict=True,
        )
    ]
    table = HolidayTable.from_dict(
        {
            "country": "CN",
            "version": "t",
            "citation": "t",
            "years": {"2026": "official"},
            "days_off": [],
            "working_weekends": [],
        }
    )
    made = clocks.due(clocks.Rule.from_dict(data), D0, holidays=table)
    # 600 hours are 25 days; 20 working days are 28 days, and 29 days come before a month.
    chosen_units = [d.code for d in (made.first, *made.alternatives)]
    assert chosen_units == ["hours", "working_days", "calendar_days", "months"]
    assert (made.provisional, made.missing) == (True, ("serious", "fatal", "unexpected", "related"))
    assert "not known: serious, fatal" in str(made.trail[-1])


def test_reasoning_is_readable_and_json():
    made = clocks.due(RULES.rule("CN-S", D0), D0)
    assert str(made.trail[0]) == "rule CN-S, GVP 2021 no. 65 art. 49, day zero 2026-01-30"
    assert str(made.trail[1]) == "report: 2026-01-30 + 15 calendar days = 2026-02-14"
    shown = json.loads(json.dumps(made.as_dict()))
    assert shown["rule"] == "CN-S"
    assert shown["due"] == "2026-02-14"
    assert shown["citation"] == "GVP 2021 no. 65 art. 49"


def test_hours_run_from_the_moment():
    aware = datetime(2026, 1, 30, 18, 30, tzinfo=ZoneInfo(SHANGHAI))
    made = clocks.due(RULES.rule("CN-XA", D0), D0, aware_at=aware)
    assert made.first.due_at == aware + timedelta(hours=24)
    assert not clocks.is_late(aware + timedelta(hours=24), made.first, SHANGHAI)
    assert clocks.is_late(aware + timedelta(hours=24, seconds=1), made.first, SHANGHAI)


def test_last_second_of_the_due_day_in_the_zone():
    deadline = clocks.due(RULES.rule("CN-S", D0), D0).first
    last = datetime(2026, 2, 14, 23, 59, 59, tzinfo=ZoneInfo(SHANGHAI))
    assert not clocks.is_late(last.astimezone(UTC), deadline, SHANGHAI)
    assert clocks.is_late((last + timedelta(seconds=1)).astimezone(UTC), deadline, SHANGHAI)
    with pytest.raises(ValueError, match="time zone"):
        clocks.is_late(last.replace(tzinfo=None), deadline, SHANGHAI)


def test_not_expedited_is_never_late_and_immediate_has_its_day_of_grace():
    none = clocks.due(RULES.rule("CN-XN", D0), D0).first
    moment = datetime(2036, 1, 1, tzinfo=UTC)
    assert not clocks.is_late(moment, none, SHANGHAI)
    death = clocks.due(RULES.rule("CN-D", D0), D0).first
    assert (death.due, death.latest) == (D0, date(2026, 1, 31))


def test_working_days_need_a_table():
    data = json.loads(json.dumps(DATA["rules"][0]))
    data["limits"][0] |= {"unit": "working_days", "amount": 5}
    rule = clocks.Rule.from_dict(data)
    with pytest.raises(ValueError, match="holiday table"):
        clocks.due(rule, D0)
    table = HolidayTable.from_dict(
        {
            "country": "CN",
            "version": "t",
            "citation": "t",
            "years": {"2026": "predicted"},
            "days_off": [{"date": "2026-02-03", "name": "x"}],
            "working_weekends": [],
        }
    )
    made = clocks.due(rule, D0, holidays=table)  # Friday: Mon, Wed, Thu, Fri, Mon
    assert made.due == date(2026, 2, 9)
    assert made.predicted
    assert made.kind is Unit.WORKING_DAYS


# --- day zero

ALL = frozenset(clocks.Element)
P, R, G, X = (clocks.Element(c) for c in ("PATIENT", "REPORTER", "DRUG", "REACTION"))


def aware(day, elements, party=clocks.Party.HOLDER, received=None):
    on = date(2026, 1, day) if day else None
    return clocks.Awareness(party, on, frozenset(elements), received)


def zero(*moments, overseas=False):
    return clocks.day_zero(moments, RULES.awareness, overseas=overseas)


def test_day_zero_is_the_earliest_complete_awareness():
    assert zero(aware(9, ALL), aware(5, ALL, clocks.Party.CONTRACTED_PARTY)).on == date(2026, 1, 5)


def test_elements_add_up_over_time():
    made = zero(aware(3, {P, R, G}), aware(7, {X}), aware(9, ALL))
    assert made.on == date(2026, 1, 7)
    assert dict(made.known_since)[X] == date(2026, 1, 7)


def test_hospital_does_not_start_the_holders_clock():
    made = zero(aware(1, ALL, clocks.Party.HOSPITAL), aware(4, ALL))
    assert made.on == date(2026, 1, 4)
    assert [r.code for r in made.trail] == ["not_counted", "day_zero"]


def test_overseas_holder_counts_only_for_overseas_cases():
    moment = aware(2, ALL, clocks.Party.OVERSEAS_HOLDER)
    assert zero(moment).on is None
    assert zero(moment, overseas=True).on == date(2026, 1, 2)


def test_incomplete_report_does_not_run_and_is_followed_up():
    made = zero(aware(3, {P, G, X}))
    assert not made.running
    assert made.missing == (R,)
    assert made.follow_up_by == date(2026, 1, 10)


def test_receipt_date_falls_back_with_a_flag():
    made = zero(aware(None, ALL, received=date(2026, 1, 8)))
    assert made.on == date(2026, 1, 8)
    assert made.flags == (clocks.Flag.DAY0_FALLBACK,)
    sure = zero(aware(None, ALL, received=date(2026, 1, 8)), aware(2, ALL))
    assert sure.flags == ()
    assert zero(aware(None, ALL)).flags == (clocks.Flag.DATE_MISSING,)


# --- properties

days = st.dates(date(2021, 12, 1), date(2150, 12, 31))
flags = st.booleans()
cases = st.builds(
    facts,
    markets=st.sets(st.sampled_from(["CN", "EU", "US"]), min_size=1).map(frozenset),
    reporter=st.sampled_from(Reporter),
    setting=st.sampled_from(Setting),
    source=st.sampled_from(ReportSource),
    country=st.sampled_from(["CN", "DE", "US", "JP", None]),
    **dict.fromkeys(
        ["serious", "fatal", "life_threatening", "unexpected", "related"],
        st.sampled_from([True, False, None]),
    ),
    **dict.fromkeys(["follow_up", "cluster", "overseas_action"], flags),
)


@settings(max_examples=EXAMPLES)
@given(cases, days)
def test_every_rule_is_answered_once_and_clocks_are_explained(case, day):
    found = clocks.select(RULES, case, day)
    every = ids(found.applies) + ids(found.undecided) + ids(found.excluded)
    assert sorted(every) == sorted(
        r.id for r in RULES.in_force(day) if r.kind == "expedited" and r.regime in case.markets
    )
    for considered in found.undecided:
        assert considered.missing
    for clock in clocks.running(RULES, case, day):
        assert clock.citation
        assert all(d.due is None or d.due >= day for d in clock.deadlines)
        assert all(clock.due <= other.due for other in clock.alternatives)


@settings(max_examples=EXAMPLES)
@given(cases, days, st.data())
def test_learning_a_fact_never_brings_back_an_excluded_rule(case, day, data):
    unknown = [n for n in ("serious", "fatal", "unexpected", "related") if getattr(case, n) is None]
    before = clocks.select(RULES, case, day)
    known = {n: data.draw(flags) for n in unknown}
    after = clocks.select(RULES, clocks_replace(case, **known), day)
    assert not set(ids(after.applies)) & set(ids(before.excluded))
    assert set(ids(before.applies)) <= set(ids(after.applies))


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from([ReportSource.SPONTANEOUS, ReportSource.SOLICITED, ReportSource.LITERATURE]),
    *[flags] * 4,
    st.sampled_from(["CN", "DE"]),
)
def test_a_domestic_case_of_the_holder_has_exactly_one_clock(source, s, f, u, fu, country):
    case = facts(
        source=source, serious=s or f, fatal=f, unexpected=u, follow_up=fu, country=country
    )
    applied = chosen_of(case)
    assert len(applied) == 1 or (not case.serious and country == "DE")


def chosen_of(case):
    return ids(clocks.select(RULES, case, D0).applies)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.tuples(st.integers(1, 28), st.sets(st.sampled_from(clocks.Element))), max_size=6)
)
def test_day_zero_is_the_first_day_the_union_is_complete(moments):
    made = zero(*(aware(day, elements) for day, elements in moments))
    complete = [
        day for day, _ in moments if set().union(*(e for d, e in moments if d <= day)) == set(ALL)
    ]
    assert made.on == (date(2026, 1, min(complete)) if complete else None)


def test_without_facts_every_limit_is_possible_and_the_shortest_stands():
    rule = next(r for r in RULES.rules if sum(bool(limit.when) for limit in r.limits) > 1)
    day = max(D0, rule.valid_from or D0)
    clock = clocks.due(rule, day)
    assert clock.provisional
    assert clock.missing
    known = [d.due for d in (*clock.deadlines, *clock.alternatives) if d.due is not None]
    assert clock.deadlines[0].due == min(known)


@pytest.mark.parametrize("amount", [None, 15])
def test_a_limit_has_an_amount_unless_nothing_is_expedited(amount):
    unit = "not_expedited" if amount else "calendar_days"
    with pytest.raises(ValueError, match="has no amount"):
        clocks.Limit.from_dict(
            {"code": "x", "amount": amount, "unit": unit, "label": {}}, "rule", "source"
        )


def test_a_rule_that_asks_for_no_fact_is_refused():
    with pytest.raises(KeyError, match="unknown fact"):
        facts().value("weather", frozenset())
