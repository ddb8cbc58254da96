"""The submission plan says what the clocks say, for any facts, and names the rule behind it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pv.domain import clocks
from pv.domain.clocks import (
    Authorised,
    CaseFacts,
    Information,
    Reporter,
    ReportSource,
    Sending,
    Setting,
    Verdict,
)

ROOT = Path(__file__).resolve().parents[3]
RULES = clocks.RuleSet.from_dict(json.loads((ROOT / "pv/reference/rule_sets.json").read_text()))
D0 = date(2026, 10, 1)
MARKETS = ("CN", "EU", "US")
EVERYWHERE = [Authorised(m, s, date.min) for m in MARKETS for s in Setting]
UNSURE = st.sampled_from([True, False, None])
FACTS = st.builds(
    CaseFacts,
    markets=st.just(frozenset(MARKETS)),
    reporter=st.sampled_from(Reporter),
    setting=st.sampled_from(Setting),
    source=st.sampled_from([*ReportSource, None]),
    country=st.sampled_from(["CN", "DE", "US", None]),
    serious=UNSURE,
    fatal=UNSURE,
    life_threatening=UNSURE,
    unexpected=UNSURE,
    related=UNSURE,
    overseas_action=st.booleans(),
)
ITEMS = st.lists(
    st.builds(
        Information,
        known_on=st.integers(0, 20).map(lambda n: D0 + timedelta(days=n)),
        version=st.integers(1, 3),
        facts=FACTS,
    ),
    max_size=4,
)
SENDINGS = st.lists(
    st.builds(
        Sending,
        authority=st.sampled_from(["NMPA", "CDE", "EMA", "FDA", "FDA_IND", ""]),
        version=st.integers(1, 3),
        on=st.integers(0, 40).map(lambda n: D0 + timedelta(days=n)),
    ),
    max_size=3,
)


def by_market(items, authorised=EVERYWHERE):
    return {market: clocks.under(authorised, market, items) for market in MARKETS}


@given(ITEMS, SENDINGS)
def test_the_plan_and_the_clocks_agree_for_any_facts(items, sendings):
    rows = clocks.plan(RULES, by_market(items), sendings)
    whole = [replace(item, facts=replace(item.facts, markets=frozenset(MARKETS))) for item in items]
    engine = clocks.obligations(RULES, whole, sendings)
    planned = [duty for row in rows for duty in row.duties]
    assert sorted(d.key for d in planned) == sorted(d.key for d in engine)
    assert {(d.key, d.due, d.met_on) for d in planned} == {(d.key, d.due, d.met_on) for d in engine}
    for row in rows:
        mine = {d.key for d in engine if d.clock.authority == row.authority}
        assert (row.verdict is Verdict.REPORT) == bool(mine)
        assert {d.key for d in row.duties} == mine


@given(FACTS, st.integers(0, 20))
def test_the_row_of_one_piece_of_news_follows_from_its_rules(facts, days):
    """Without the engine: an authority is owed a report where a rule with a limit in days holds."""
    day = D0 + timedelta(days=days)
    rows = clocks.plan(RULES, by_market([Information(day, 1, facts)]), ())
    for row in rows:
        asked = replace(clocks.complete(facts), markets=frozenset({row.market}))
        # What nobody has called expected or unrelated is unexpected and related (ICH E2D 2.4).
        asked = replace(
            asked, unexpected=asked.unexpected is not False, related=asked.related is not False
        )
        chosen = clocks.select(RULES, asked, day)
        dues = [c.due for c in clocks.running(RULES, asked, day) if c.authority == row.authority]
        dues = [due for due in dues if due is not None]
        open_rules = [c for c in chosen.undecided if c.rule.authority == row.authority]
        assert row.verdict is (
            Verdict.REPORT if dues else Verdict.UNDECIDED if open_rules else Verdict.NOT_OWED
        )
        assert [d.due for d in row.reports][:1] == sorted(dues)[:1]
        if row.verdict is Verdict.UNDECIDED or row.provisional:
            assert row.missing
        named = {c.rule.id for c in (*row.applies, *row.undecided, *row.excluded)}
        wanted = {
            r.id
            for r in RULES.in_force(day)
            if r.kind == "expedited" and r.regime == row.market and r.authority == row.authority
        }
        assert named == wanted
        assert all(c.rule.citation for c in (*row.applies, *row.undecided, *row.excluded))


def test_a_market_counts_from_the_day_of_its_authorisation_to_its_end():
    serious = CaseFacts(
        markets=frozenset(),
        reporter=Reporter.MAH,
        setting=Setting.POST_MARKET,
        source=ReportSource.SPONTANEOUS,
        country="CN",
        serious=True,
        fatal=False,
        life_threatening=False,
        unexpected=True,
        related=None,
    )
    items = [Information(D0, 1, serious), Information(D0 + timedelta(days=10), 2, serious)]

    def days(*held):
        return [i.known_on for i in clocks.under(held, "US", items)]

    ten = D0 + timedelta(days=10)
    sold = Authorised("US", Setting.POST_MARKET, D0 + timedelta(days=1))
    assert days() == []
    assert days(sold) == [ten]
    assert days(replace(sold, since=D0)) == [D0, ten]
    assert days(replace(sold, since=D0, until=D0 + timedelta(days=9))) == [D0]
    assert days(replace(sold, since=D0, until=ten)) == [D0, ten]
    # An IND alone owes nothing for what happens on the market.
    assert days(replace(sold, since=D0, setting=Setting.TRIAL)) == []
    rows = clocks.plan(RULES, {"US": clocks.under([sold], "US", items)}, ())
    fda = next(row for row in rows if row.authority == "FDA")
    assert (fda.verdict, fda.reports[0].due) == (Verdict.REPORT, ten + timedelta(days=15))


def test_a_missing_fact_is_a_question_and_never_a_no():
    facts = CaseFacts(
        markets=frozenset(),
        reporter=Reporter.MAH,
        setting=Setting.POST_MARKET,
        source=ReportSource.SPONTANEOUS,
        country="CN",
        serious=True,
        fatal=False,
        life_threatening=False,
        unexpected=None,
        related=None,
    )

    def planned(known: CaseFacts):
        made = clocks.plan(RULES, by_market([Information(D0, 1, known)]), ())
        return {row.authority: row for row in made}

    rows = planned(facts)
    fda = rows["FDA"]
    assert (fda.verdict, fda.missing) == (Verdict.REPORT, ("unexpected",))
    # Until somebody answers it runs, as what is not known to be expected is unexpected.
    assert [(d.rule, d.due - D0, d.clock.missing) for d in fda.duties] == [
        ("US-15", timedelta(days=15), ("unexpected",))
    ]
    assert fda.duties[0].clock.trail[-1].code == "assumed"
    assert planned(replace(facts, unexpected=False))["FDA"].verdict is Verdict.NOT_OWED
    known = planned(replace(facts, unexpected=True))["FDA"]
    assert ([d.clock.provisional for d in known.duties], known.provisional) == ([False], False)
    trial = replace(facts, setting=Setting.TRIAL, source=None, fatal=True)
    assert [(d.rule, (d.due - D0).days) for d in planned(trial)["CDE"].duties] == [
        ("CN-SU7", 7),
        ("CN-SU7:complete", 15),
    ]
    assert planned(replace(trial, related=False))["CDE"].verdict is Verdict.NOT_OWED
    nowhere = planned(replace(facts, country=None, serious=False))
    assert nowhere["EMA"].verdict is Verdict.UNDECIDED, "nobody can suppose a country"
    assert rows["NMPA"].verdict is Verdict.REPORT
    assert rows["CDE"].verdict is Verdict.NOT_OWED
    assert {c.rule.id for c in rows["CDE"].excluded} == {"CN-SU7", "CN-SU15", "CN-SUFU"}
