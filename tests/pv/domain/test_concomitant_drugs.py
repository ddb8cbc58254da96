"""Treatments of the hospital as concomitant drugs (ICH E2B(R3), G.k): chosen, never made up."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from pv.domain.cases import compose
from pv.domain.cases.concomitant_drugs import (
    ENDED,
    NAME,
    STARTED,
    Standing,
    Treatment,
    When,
    drug_id,
    lines,
    take,
    values,
    when,
)
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from tests.pv.domain.test_narratives import CASE, REACTION

CASE_ID, KEY = UUID(int=7), UUID(int=1)
MONTH = PartialDate(2026, 9)


def day(text: str) -> PartialDate:
    return PartialDate.from_iso(text)


def case(*onsets: str) -> Node:
    root = compose(replace(CASE, reaction=replace(REACTION, onset=None))).root
    for number, text in enumerate(onsets):
        node = root.each("E.i")[0] if number == 0 else root.add("E.i", f"r{number}")
        node.values["E.i.4"] = text
    return root


partial_dates = st.one_of(
    st.dates(date(2020, 1, 1), date(2026, 11, 30)).map(PartialDate.of),
    st.dates(date(2020, 1, 1), date(2026, 11, 30)).map(lambda d: PartialDate(d.year, d.month)),
    st.integers(2020, 2026).map(PartialDate),
)
words = st.text("环磷酰胺abc 1", min_size=1, max_size=300).filter(str.strip)
treatments = st.builds(
    Treatment,
    key=st.uuids(),
    name=words,
    started=partial_dates,
    ended=st.none() | partial_dates,
    goes_on=st.booleans(),
    dose=st.just("") | words,
    given_for=st.just("") | words,
    stands=st.booleans(),
    once=st.booleans(),
)
many = st.lists(treatments, max_size=5, unique_by=lambda one: one.key)


@given(many, st.data())
def test_only_what_was_chosen_is_taken_and_exactly_as_it_was_said(rows, data) -> None:
    chosen = {one.key for one in rows if data.draw(st.booleans())}
    root = case("20260901")
    before = list(root.walk())
    taken = take(root, CASE_ID, rows, chosen)
    wanted = [one for one in rows if one.key in chosen and one.stands]
    assert [line.treatment for line in taken] == wanted
    drugs = root.each("G.k")
    assert len(drugs) == 1 + len(wanted)
    assert [row for row in root.walk() if row[1] in (n for _p, n, _e, _v in before)] == before
    for drug, one in zip(drugs[1:], wanted, strict=True):
        said = {element: value for _path, _node, element, value in drug.walk()}
        assert said == {"G.k.1": "2"} | values(one), "nothing coded, nothing filled in"
        assert said[NAME] == one.name, "not cut"
        assert said[STARTED] == one.started.isoformat().replace("-", "")
        assert (ENDED in said) is (one.ended is not None)


@given(many)
def test_what_was_taken_is_known_again_through_storage_and_taken_once(rows) -> None:
    root = case("202609")
    take(root, CASE_ID, rows, {one.key for one in rows})
    again = storage.from_data(storage.to_data(root))
    found = lines(again, CASE_ID, rows)
    assert {line.standing for line in found} <= {Standing.TAKEN}
    assert take(again, CASE_ID, rows, {one.key for one in rows}) == []
    assert storage.to_data(again) == storage.to_data(root)


@given(treatments, st.lists(partial_dates, min_size=1, max_size=3))
def test_a_partial_date_decides_only_what_every_day_of_it_decides(one, onsets) -> None:
    said = when(one, onsets)
    if said is When.BEGAN_AFTER:
        assert all(one.started.earliest > onset.latest for onset in onsets)
    ended = one.started if one.once else one.ended
    if said is When.ENDED_BEFORE:
        assert all(ended.latest < onset.earliest for onset in onsets)
    if said is When.AT_ONSET:
        assert any(one.started.earliest <= onset.latest for onset in onsets)
        assert ended is not None or one.goes_on


def test_when_it_was_given_to_the_onset() -> None:
    on = [day("2026-09-10")]
    one = Treatment(key=KEY, revision=KEY, name="x", started=day("2026-08-01"))
    assert when(one, []) is When.NOT_KNOWN
    assert when(one, on) is When.NOT_KNOWN, "nobody said whether it went on"
    assert when(replace(one, goes_on=True), on) is When.AT_ONSET
    assert when(replace(one, ended=day("2026-09-09")), on) is When.ENDED_BEFORE
    assert when(replace(one, ended=day("2026-09-10")), on) is When.AT_ONSET
    assert when(replace(one, ended=MONTH), on) is When.NOT_KNOWN
    assert when(replace(one, started=MONTH, goes_on=True), on) is When.NOT_KNOWN
    assert when(replace(one, started=day("2026-09-11")), on) is When.BEGAN_AFTER
    shot = replace(one, once=True)
    assert when(shot, on) is When.ENDED_BEFORE, "given on one day, whatever is said of an end"
    assert when(replace(shot, started=on[0]), on) is When.AT_ONSET
    assert when(replace(shot, started=MONTH), on) is When.NOT_KNOWN
    later = [*on, day("2026-10-01")]
    after = replace(one, started=day("2026-09-11"), goes_on=True)
    assert when(after, later) is When.AT_ONSET, "of the second reaction"


def test_a_correction_is_offered_by_element_and_leaves_what_a_person_wrote() -> None:
    root = case("20260910")
    one = Treatment(
        key=KEY, revision=KEY, name="来那度胺", started=PartialDate(2026, 8), goes_on=True
    )
    take(root, CASE_ID, [one], {KEY})
    drug = root.each("G.k")[1]
    assert drug.id == drug_id(CASE_ID, KEY) != drug_id(UUID(int=8), KEY)
    drug.values |= {"G.k.2.1.1b": "coded", "G.k.11": "officer"}
    right = replace(one, started=day("2026-08-12"), ended=MONTH, goes_on=False, dose="10 mg")
    (line,) = lines(root, CASE_ID, [right])
    assert (line.standing, line.place) == (Standing.DIFFERS, "G.k[2]")
    assert line.differing == {
        STARTED: ("20260812", "202608"),
        ENDED: ("202609", ""),
        "G.k.4.r.8": ("10 mg", ""),
    }
    take(root, CASE_ID, [right], {KEY})
    (dose,) = drug.each("G.k.4.r")
    assert (dose.values[STARTED], dose.values[ENDED]) == ("20260812", "202609")
    assert (drug.values["G.k.2.1.1b"], drug.values["G.k.11"]) == ("coded", "officer")
    (line,) = lines(root, CASE_ID, [one])
    assert line.differing[ENDED] == ("", "202609"), "it goes on after all"
    take(root, CASE_ID, [one], {KEY})
    assert ENDED not in dose.values


def test_what_was_retracted_is_shown_where_the_case_has_it_and_nowhere_else() -> None:
    root = case()
    gone = Treatment(key=KEY, revision=KEY, name="IVIG", started=MONTH, stands=False)
    assert lines(root, CASE_ID, [gone]) == []
    take(root, CASE_ID, [replace(gone, stands=True)], {KEY})
    (line,) = lines(root, CASE_ID, [gone])
    assert (line.standing, line.is_offered, line.may_be_taken) == (Standing.RETRACTED, True, False)


def test_a_revision_that_is_left_out_is_not_offered_and_its_correction_is() -> None:
    root = case()
    one = Treatment(key=KEY, revision=KEY, name="IVIG", started=MONTH)
    (line,) = lines(root, CASE_ID, [one], {KEY})
    assert (line.left_out, line.is_offered, line.may_be_left_out) == (True, False, False)
    assert line.may_be_taken, "a person may still take it"
    right = replace(one, revision=UUID(int=77), dose="10 g")
    (line,) = lines(root, CASE_ID, [right], {KEY})
    assert (line.left_out, line.is_offered, line.may_be_left_out) == (False, True, True)
    take(root, CASE_ID, [one], {KEY})
    (line,) = lines(root, CASE_ID, [one], {KEY})
    assert (line.left_out, line.may_be_left_out) == (False, False), "the case has it"
    (line,) = lines(root, CASE_ID, [right], {right.revision})
    assert (line.standing, line.left_out, line.is_offered) == (Standing.DIFFERS, True, False)


def test_a_drug_of_the_same_name_is_pointed_at() -> None:
    root = case()
    root.add("G.k", "typed").values.update({"G.k.1": "2", NAME: "Lenalidomide "})
    one = Treatment(key=KEY, revision=KEY, name="lenalidomide", started=MONTH)
    (line,) = lines(root, CASE_ID, [one])
    assert (line.standing, line.alike) == (Standing.NEW, "G.k[2]")
    root.each("G.k")[1].values["G.k.1"] = "1"
    assert lines(root, CASE_ID, [one])[0].alike == ""
