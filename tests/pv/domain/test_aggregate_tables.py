"""Exposure adds up over every split and over intervals; a class sums its terms; topics by words."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cohorts.times import Happening, Member
from pv.domain.periodic import Cells, Row, Seriousness, TabulatedSource
from pv.domain.periodic.classes import Term, by_class
from pv.domain.periodic.comparing import CaseFigures, Why, compare
from pv.domain.periodic.exposure import Treated, exposure_table
from pv.domain.periodic.sections import read_report_kinds, read_topics
from pv.domain.signals.expected import Person
from tests.examples import at_most

END = date(2026, 11, 28)
DATA = json.loads(
    (Path(__file__).resolve().parents[3] / "pv/reference/aggregate_reports.json").read_text("utf-8")
)
DAYS = st.integers(-40, 2000).map(lambda n: END - timedelta(days=n))
DEATHS = st.none() | st.builds(Happening, DAYS.map(date.isoformat), st.just(date.max))
PEOPLE = st.builds(
    Person,
    st.builds(Member, st.just("P"), DAYS, st.none() | DAYS, death=DEATHS),
    st.sampled_from(("MALE", "FEMALE", "UNKNOWN")),
    st.none() | st.integers(1930, 2026),
)
TREATED = st.lists(st.builds(Treated, PEOPLE, st.sampled_from(("LBCL", "FL", ""))), max_size=8)


@settings(max_examples=at_most(60), deadline=None)
@given(TREATED, DAYS.filter(lambda day: day <= END))
def test_every_split_and_every_interval_adds_up(treated, start) -> None:
    table = exposure_table(treated, start, END, DATA["ages"])
    for part in (table.ages, table.sexes, table.indications):
        for name in ("patients", "patients_cumulative", "days", "days_cumulative"):
            assert sum(getattr(row, name) for row in part) == getattr(table.total, name)
    before = exposure_table(treated, date(2000, 1, 1), start - timedelta(days=1), DATA["ages"])
    whole = table.total
    assert before.total.patients_cumulative + whole.patients == whole.patients_cumulative
    active = [row.days_cumulative for row in table.tiers if row.value == "ACTIVE"]
    assert sum(active) == whole.days_cumulative
    assert 0 <= whole.days <= whole.days_cumulative


def test_person_time_of_one_patient_by_hand() -> None:
    day0 = date(2025, 12, 2)
    one = Treated(Person(Member("P", day0, date(2026, 1, 21)), "MALE", 1960), "LBCL")
    table = exposure_table([one], date(2026, 1, 1), date(2026, 12, 31), DATA["ages"])
    assert (table.total.days, table.total.days_cumulative) == (21, 50)
    assert [(row.value, row.days_cumulative) for row in table.tiers] == [
        ("ACTIVE", 50),
        ("LOST", 344),
    ]
    assert [row.value for row in table.ages] == ["65–74"]


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(TabulatedSource), st.sampled_from(Seriousness)),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda n: Cells(n[0], n[0] + n[1])),
)
ROWS = st.lists(
    st.builds(Row, st.sampled_from(("1", "2", "3", "")), st.sampled_from("ab"), st.just(1), CELLS),
    max_size=8,
)
PLACES = {"1": Term("Lymphoma", "Neoplasms"), "2": Term("Lymphoma", "Neoplasms")}


@given(ROWS)
def test_classes_and_terms_count_every_event_once(rows) -> None:
    made = by_class(rows, PLACES)
    for name in ("interval", "cumulative"):
        total = sum(getattr(row, name) for row in rows)
        for heading in (True, False):
            found = [getattr(each.row, name) for each in made if each.heading is heading]
            assert sum(found) == total
    classes = [each.organ_class for each in made if each.heading]
    assert classes == sorted(classes, key=lambda name: (not name, name))


ADDS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 3)).map(Counter)
SIDES = st.dictionaries(st.sampled_from(("C1", "C2", "C3")), st.tuples(st.integers(1, 3), ADDS))


@given(SIDES, SIDES)
def test_the_cases_behind_a_figure_add_up_to_its_difference(first, second) -> None:
    sides = [
        {number: CaseFigures(number, *each) for number, each in side.items()}
        for side in (first, second)
    ]
    for figure in compare(*sides):
        assert sum(case.amount for case in figure.cases) == figure.difference
        assert all(case.amount for case in figure.cases)
        for case in figure.cases:
            wanted = Why.CHANGED
            if case.number not in first:
                wanted = Why.NEW
            elif case.number not in second:
                wanted = Why.GONE
            assert case.why is wanted


def test_sections_and_topics_of_the_shipped_document() -> None:
    kinds = read_report_kinds(DATA)
    numbers = [section.code for section in kinds["PSUR"].sections if section.level == 1]
    assert numbers == [str(n) for n in range(21)]  # E2C(R2): 1 to 20, and the executive summary
    assert kinds["PSUR"].section("16.4").level == 2
    assert {s.code for s in kinds["RENEWAL"].lacking({"2"})} == {"6"}
    crs, icans = (t for t in read_topics(DATA) if t.code in ("CRS", "ICANS"))
    assert crs.holds(["Grade 2 CRS."], (), False)
    assert not crs.holds(["accrsual"], (), False)
    assert crs.holds(["细胞因子释放综合征"], (), False)
    assert icans.holds([], ("ASTCT_ICANS",), False)
