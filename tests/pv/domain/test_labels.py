"""Which label counts on a day, and what it makes of an event."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.labels import (
    Basis,
    LabelEvent,
    LabelKind,
    LabelText,
    ListedTerm,
    Why,
    asks_for,
    changed_codes,
    expectedness,
    in_force,
    read_bases,
    typed_terms,
)
from tests.examples import at_most

NMPA = Basis(LabelKind.LABEL, "CN", ("CN",), ("ALL",), "guide")
START = date(2026, 1, 1)


def term(code: int, *, fatal: bool = False) -> ListedTerm:
    return ListedTerm(frozenset({code}), f"term {code}", fatal)


def label(country: str, day: int, *terms: ListedTerm) -> LabelText:
    since = START + timedelta(days=day)
    return LabelText(f"{country}{day}", LabelKind.LABEL, country, f"V{day}", since, tuple(terms))


def event(first: int | None, last: int, **more) -> LabelEvent:
    given_ = {"codes": frozenset({1}), "resolved": True, "fatal": False, "country": "CN"}
    begin = START + timedelta(days=first) if first is not None else None
    return LabelEvent(**given_ | more, first=begin, last=START + timedelta(days=last))


LABELS = [label("CN", 0), label("CN", 100, term(1)), label("US", 0, term(1)), label("JP", 0)]


@pytest.mark.parametrize(
    ("asked", "unexpected", "why"),
    [
        (event(99, 99), True, Why.NOT_LISTED),
        (event(100, 100), False, Why.LISTED),
        (event(100, 100, fatal=True), True, Why.FATAL_NOT_STATED),
        (event(90, 110), None, Why.LABELS_DIFFER),
        (event(None, 110), None, Why.LABELS_DIFFER),
        (event(None, 50), True, Why.NOT_LISTED),
        (event(-1, -1), None, Why.NO_LABEL),
        (event(100, 100, country="US"), True, Why.NOT_LISTED),  # Japan's label says nothing of it
        (event(100, 100, country=""), None, Why.NO_COUNTRY),
        (event(100, 100, codes=frozenset()), None, Why.NOT_CODED),
        (event(0, 0, resolved=False), None, Why.NOT_LOADED),
    ],
)
def test_the_label_of_the_day_decides(asked, unexpected, why) -> None:
    answer = expectedness(asked, LABELS, NMPA)
    assert (answer.unexpected, answer.why) == (unexpected, why)


def test_a_foreign_case_asks_every_country_and_a_domestic_one_its_own() -> None:
    foreign = expectedness(event(100, 100, country="US"), LABELS, NMPA)
    assert [answer.country for answer in foreign.answers] == ["CN", "JP", "US"]
    domestic = expectedness(event(100, 100), LABELS, NMPA)
    assert [(a.country, a.number) for a in domestic.answers] == [("CN", "V100")]
    assert expectedness(event(1, 1), LABELS, None).why is Why.NO_BASIS


def test_a_death_named_anywhere_in_the_label_makes_it_expected() -> None:
    rows = [label("CN", 0, term(1), term(1, fatal=True))]
    assert expectedness(event(1, 1, fatal=True), rows, NMPA).unexpected is False


@settings(max_examples=at_most(60))
@given(
    st.sets(st.integers(0, 60), min_size=1, max_size=5),
    st.integers(-5, 70),
    st.integers(0, 20),
)
def test_an_uncertain_day_asks_exactly_the_labels_of_its_days(begins, first, length) -> None:
    rows = [label("CN", day) for day in begins]
    days = [START + timedelta(days=first + n) for n in range(length + 1)]
    by_day = {
        found[-1].key
        for day in days
        if (found := in_force(rows, LabelKind.LABEL, "CN", day, day)[0])
    }
    found, gap = in_force(rows, LabelKind.LABEL, "CN", days[0], days[-1])
    assert {row.key for row in found} == by_day
    assert gap is (first < min(begins))


def test_typed_lines_give_code_words_and_death() -> None:
    text = "10900001; moss on skin; fatal\n\nMoss fever；发热\nBell\tfatal\n10900003"
    rows = [(t.line, t.code, t.text, t.words, t.fatal) for t in typed_terms(text)]
    assert rows == [
        (1, 10900001, "10900001", "moss on skin", True),
        (3, None, "Moss fever", "发热", False),
        (4, None, "Bell", "", True),
        (5, 10900003, "10900003", "", False),
    ]


def test_a_term_changes_when_it_comes_goes_or_death_is_named() -> None:
    old, new = (term(1), term(2), term(3)), (term(1), term(2, fatal=True), term(4))
    assert changed_codes(old, new) == {2, 3, 4}


def test_the_shipped_bases_ask_for_the_labels_of_their_countries() -> None:
    place = Path(__file__).parents[3] / "pv" / "reference" / "labels.json"
    bases = read_bases(json.loads(place.read_text(encoding="utf-8")))
    assert all(basis.citation for basis in bases.values())
    own, foreign = label("CN", 0), label("US", 0)
    assert asks_for(NMPA, own, "CN")
    assert not asks_for(NMPA, foreign, "CN"), "a domestic case is held against the domestic label"
    assert asks_for(NMPA, foreign, "DE")
    other = next(kind for kind in LabelKind if kind is not NMPA.kind)
    assert not asks_for(replace(NMPA, kind=other), own, "CN")


def test_where_no_country_has_a_label_nothing_is_decided() -> None:
    found = expectedness(event(0, 0, country="DE"), [], NMPA)
    assert (found.unexpected, found.why) == (None, Why.NO_LABEL)
