"""Counts of a periodic report: every event once, unknown stays unknown, both ends included."""

import os
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cases.flags import Flags
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.periodic import (
    CaseRecord,
    Cells,
    Gathered,
    ReportedEvent,
    Seriousness,
    TabulatedSource,
    Tabulation,
    events,
    line,
)
from pv.domain.periodic.events import verbatim_of, words_of, written
from tests.examples import at_most

# A release compares a thousand registers: `./run oracle registers`.
REGISTERS = int(os.environ.get("EVERWATCH_EXAMPLES", "150"))
START, END = date(2026, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


def case(
    *reactions, serious=None, fatal=False, kind="1", received=START, entered=None, settled=True
):
    root = Node("", values={"C.1.3": kind})
    for number, values in enumerate(reactions):
        root.add("E.i", f"r{number}").values.update(values)
    stated = Flags(serious, None if serious is None else fatal, None)
    return CaseRecord("C26-0001", 2, received, entered or received, stated, Message(root), settled)


@pytest.mark.parametrize(
    ("values", "serious", "expected"),
    [
        ({"E.i.3.2a": "true"}, None, Seriousness.SERIOUS),
        ({"E.i.3.2f": "true"}, False, Seriousness.SERIOUS),
        ({"E.i.3.2a": Null("NI")}, None, Seriousness.UNKNOWN),
        ({}, None, Seriousness.UNKNOWN),
        ({}, False, Seriousness.NON_SERIOUS),
        # A serious case has a serious reaction: header, table and listing say the same.
        ({"E.i.3.2a": "false"}, True, Seriousness.SERIOUS),
        ({"E.i.7": "5"}, False, Seriousness.SERIOUS),
    ],
)
def test_seriousness_of_an_event(values, serious, expected):
    (event,) = events(case({"E.i.1.1a": "x", **values}, serious=serious))
    assert event.seriousness is expected


def test_both_days_of_the_period_belong_to_it():
    table = Tabulation(START, END)
    for day in (START - DAY, START, END, END + DAY):
        table.add(day, events(case({"E.i.1.1a": "发热"}, serious=False, received=day)))
    (row,) = table.rows()
    assert row.cell(TabulatedSource.SPONTANEOUS, Seriousness.NON_SERIOUS) == Cells(2, 3)


def test_a_code_gathers_its_wordings_and_words_alone_stand_for_themselves():
    table = Tabulation(START, END)
    coded = {"E.i.2.1b": "10042971", "E.i.2.1a": "27.1"}
    table.add(START, events(case({"E.i.1.1a": "T细胞淋巴瘤", **coded})))
    table.add(START, events(case({"E.i.1.1a": "T cell lymphoma", **coded})))
    table.add(START, events(case({"E.i.1.1a": "T细胞淋巴瘤", **coded})))
    table.add(START, events(case({"E.i.1.1a": "Fever"}, {"E.i.1.1a": "ＦＥＶＥＲ"})))
    first, second = table.rows()
    assert (first.code, first.term, first.wordings, first.cumulative) == (
        "10042971",
        "T细胞淋巴瘤",
        2,
        3,
    )
    assert (second.code, second.wordings, second.cumulative) == ("", 2, 2)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        Tabulation(END, START)


reported = st.builds(
    ReportedEvent,
    code=st.sampled_from(["", "10042971", "10037660"]),
    code_version=st.just("27.1"),
    verbatim=st.sampled_from(["发热", "fever", "Fever", "淋巴瘤"]),
    seriousness=st.sampled_from(Seriousness),
    source=st.sampled_from(TabulatedSource),
)


@settings(max_examples=at_most(100), deadline=None)
@given(st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2027, 12, 31)), reported), max_size=60))
def test_every_event_is_counted_once(found):
    table = Tabulation(START, END)
    for day, event in found:
        table.add(day, [event])
    total = table.total()
    assert total.cumulative == sum(day <= END for day, _event in found)
    assert total.interval == sum(START <= day <= END for day, _event in found)
    for source in TabulatedSource:
        for kind in Seriousness:
            mine = [d for d, e in found if (e.source, e.seriousness) == (source, kind)]
            assert total.cell(source, kind).cumulative == sum(day <= END for day in mine)
    assert sum(row.cumulative for row in table.rows()) == total.cumulative


def full_case(onset="20261105", given_on="20260820"):
    record = case({"E.i.1.1a": "淋巴瘤", "E.i.4": onset, "E.i.7": "3", "E.i.3.2a": "true"})
    drug = record.message.root.add("G.k", "d")
    drug.values.update({"G.k.1": "1", "G.k.2.2": "某产品"})
    drug.add("G.k.4.r").values.update({"G.k.4.r.4": given_on, "G.k.4.r.7": "A26"})
    return record


@pytest.mark.parametrize(
    ("onset", "given_on", "days"),
    [("20261105", "20260820", "77"), ("202611", "20260820", ""), ("20261105", "2026", "")],
)
def test_the_days_to_onset_need_both_days(onset, given_on, days):
    assert line(full_case(onset, given_on), "zh").days == days


def test_a_line_says_drug_reaction_and_seriousness_but_no_name():
    record = full_case()
    record.message.root.values.update({"D.1": "王小明", "D.5": "1", "D.2.2a": "58", "D.2.2b": "a"})
    found = line(record, "zh")
    assert "某产品" in found.drug
    assert "A26" in found.drug
    assert found.person == "58 岁 / 男"
    assert found.seriousness == "导致死亡"
    assert "王小明" not in repr(found)


@pytest.mark.parametrize(
    ("serious", "words"),
    [
        (False, ("Non-serious", "非严重")),
        (None, ("Not assessed", "未判断")),
        (True, ("Serious, criterion not stated", "严重，未说明标准")),
    ],
)
def test_a_line_without_a_criterion_says_whether_that_means_not_serious(serious, words):
    record = case({"E.i.1.1a": "发热"}, serious=serious)
    assert tuple(line(record, language).seriousness for language in ("en", "zh")) == words
    assert line(record, "en").causality == "—"


def test_what_was_learned_after_the_lock_does_not_change_its_judgement():
    """The open version already holds the criterion; by the lock its sources had said none."""
    record = case({"E.i.1.1a": "发热", "E.i.3.2c": "true"}, serious=False, settled=False)
    assert record.serious is False
    assert [e.seriousness for e in events(record)] == [Seriousness.NON_SERIOUS]


def test_a_serious_case_shows_which_reaction_is():
    record = case({"E.i.1.1a": "发热"}, {"E.i.1.1a": "肺炎", "E.i.3.2c": "true"}, serious=True)
    kinds = [e.seriousness for e in events(record)]
    assert kinds == [Seriousness.NON_SERIOUS, Seriousness.SERIOUS]


reaction_values = st.fixed_dictionaries(
    {"E.i.1.1a": st.sampled_from(["发热", "肺炎", "淋巴瘤"])},
    optional={
        "E.i.3.2a": st.sampled_from(["true", "false"]),
        "E.i.3.2f": st.just("true"),
        "E.i.7": st.sampled_from(["1", "3", "5"]),
    },
)
records = st.builds(
    lambda reactions, **more: case(*reactions, **more),
    st.lists(reaction_values, max_size=3),
    serious=st.sampled_from([True, False, None]),
    fatal=st.booleans(),
    received=st.dates(date(2025, 6, 1), date(2026, 12, 31)),
    settled=st.booleans(),
)


@settings(max_examples=REGISTERS, deadline=None)
@given(st.lists(records, max_size=25))
def test_header_table_and_listing_never_disagree(register):
    gathered = Gathered(Tabulation(START, END), "en")
    for record in register:
        gathered.take(record)

    def counted(name):
        return gathered.counts.get(name, [0, 0])

    def cases_with(kind, first=date.min):
        mine = [r for r in register if r.received_on >= first]
        return sum(any(e.seriousness is kind for e in events(r)) for r in mine)

    assert counted("serious") == [
        cases_with(Seriousness.SERIOUS, START),
        cases_with(Seriousness.SERIOUS),
    ]
    assert len(gathered.lines) == counted("serious")[0]
    assert counted("unjudged")[1] == cases_with(Seriousness.UNKNOWN)
    assert counted("fatal")[0] <= counted("serious")[0]
    assert counted("fatal")[1] <= counted("serious")[1]
    total = gathered.tabulation.total()
    assert total.cumulative == sum(len(list(events(r))) for r in register)
    assert counted("cases")[1] == len(register)


def test_words_that_are_only_shown_keep_their_punctuation():
    reaction = Node("E.i", values={"E.i.1.1a": "皮肤结节，活检：\nT细胞淋巴瘤"})
    assert words_of(reaction) == "皮肤结节，活检： T细胞淋巴瘤"
    assert written(reaction) == words_of(reaction)
    assert verbatim_of(reaction) == "皮肤结节,活检: T细胞淋巴瘤", "what is compared is folded"
    assert words_of(Node("E.i", values={"E.i.2.1b": "10049737"})) == "10049737"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_line_of_a_fatal_case_says_the_death_though_no_reaction_does(language):
    """Header and listing are read side by side: every fatal case is seen to be one."""
    unknown = case({"E.i.1.1a": "x", "E.i.7": "0"}, serious=True, fatal=True)
    unknown.message.root.values["D.9.1"] = "202611"
    assert line(unknown, language).outcome.endswith("2026-11-??")
    silent = case({"E.i.1.1a": "x", "E.i.7": "0"}, serious=True, fatal=True)
    assert line(silent, language).outcome.endswith("—")
    said = case({"E.i.1.1a": "x", "E.i.7": "5"}, serious=True, fatal=True)
    alive = case({"E.i.1.1a": "x", "E.i.7": "0"}, serious=True)
    assert ";" not in line(said, language).outcome + line(alive, language).outcome
