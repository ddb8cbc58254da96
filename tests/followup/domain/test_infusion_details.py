"""What is recorded of an infusion beside lot and dose: what cannot be, what is asked back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import infusion_details as rules
from followup.domain.dates import PartialDate
from followup.domain.infusion_details import Doubt, InfusionDetails, Problem, Setting

CHINA = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
SETTING = Setting(
    infused_on=DAY,
    now=datetime(2026, 11, 25, 12, tzinfo=CHINA),
    asked=frozenset(rules.NAMES),
    birth_year=1961,
    dose=Decimal(120),
    agents=frozenset({"FLUDARABINE", "CYCLOPHOSPHAMIDE"}),
)
RANGES = {
    "vector_copy_number": (Decimal("0.5"), Decimal(5)),
    "viability": (Decimal(70), Decimal(100)),
    "dose_per_kg": (Decimal("0.1"), Decimal(20)),
    "fludarabine_dose": (Decimal(60), Decimal(180)),
    "cyclophosphamide_dose": (Decimal(600), Decimal(4000)),
    rules.INTERVAL: (Decimal(5), Decimal(730)),
    rules.WEIGHT: (Decimal(3), Decimal(250)),
}
FULL = InfusionDetails(
    manufacturing_site="一号生产基地",
    apheresis_on=PartialDate(2026, 10, 12),
    vector_copy_number=Decimal("2.1"),
    viability=Decimal("93.5"),
    out_of_specification="YES",
    out_of_specification_note="细胞存活率低于放行标准",
    thawed_at=time(10, 5),
    dose_per_kg=Decimal("1.9"),
    fludarabine_dose=Decimal(90),
    cyclophosphamide_dose=Decimal(900),
    bridging_therapy="YES",
    bridging_note="R-GDP",
    prior_hsct="AUTOLOGOUS",
    prior_alkylator="YES",
    prior_radiation="UNKNOWN",
)
numbers = st.decimals(-100_000, 100_000, places=3, allow_nan=False)
partials = st.one_of(
    st.builds(PartialDate, st.integers(1950, 2030)),
    st.builds(PartialDate, st.integers(1950, 2030), st.integers(1, 12)),
    st.dates(date(1950, 1, 1), date(2030, 12, 31)).map(PartialDate.of),
)


def test_nothing_is_right_and_asks_nothing() -> None:
    assert rules.problems(InfusionDetails(), SETTING) == {}
    assert rules.doubts(InfusionDetails(), SETTING, RANGES) == []
    assert InfusionDetails().recorded() == frozenset()


def test_everything_usual_is_right_and_asks_nothing() -> None:
    assert FULL.recorded() == frozenset(rules.NAMES)
    assert rules.problems(FULL, SETTING) == {}
    assert rules.doubts(FULL, SETTING, RANGES) == []


def test_every_detail_stands_under_one_heading_in_the_order_of_its_record() -> None:
    assert len(set(rules.NAMES)) == len(rules.NAMES)
    assert set(rules.NAMES) == set(InfusionDetails.__dataclass_fields__)


@given(st.sampled_from(rules.NUMBERS), numbers)
def test_a_number_is_refused_exactly_where_it_cannot_be(name: str, value: Decimal) -> None:
    found = rules.problems(replace(InfusionDetails(), **{name: value}), SETTING)
    impossible = not 0 <= value <= 100 if name == "viability" else value <= 0
    assert (name in found) == impossible
    assert set(found) <= {name}


@given(st.sampled_from(rules.NUMBERS), numbers.filter(lambda n: n > 0))
def test_a_possible_number_is_asked_back_exactly_outside_its_range(
    name: str, value: Decimal
) -> None:
    said = replace(InfusionDetails(), **{name: value})
    alone = replace(SETTING, dose=None)
    asked = [d for d in rules.doubts(said, alone, RANGES) if d.doubt is Doubt.UNUSUAL]
    low, high = RANGES[name]
    assert [d.field for d in asked] == ([] if low <= value <= high else [name])
    assert rules.doubts(said, alone, {}) == []


@given(partials)
def test_cells_are_collected_on_or_before_the_infusion(collected: PartialDate) -> None:
    found = rules.problems(replace(InfusionDetails(), apheresis_on=collected), SETTING)
    if collected.earliest > DAY:
        assert found == {"apheresis_on": Problem.AFTER_INFUSION}
    elif collected.latest.year < 1961:
        assert found == {"apheresis_on": Problem.BEFORE_BIRTH}
    else:
        assert found == {}


@given(partials.filter(lambda day: day.earliest <= DAY))
def test_a_partial_apheresis_is_asked_only_where_no_day_it_can_mean_is_usual(
    collected: PartialDate,
) -> None:
    said = replace(InfusionDetails(), apheresis_on=collected)
    asked = rules.doubts(said, SETTING, RANGES)
    days = (collected.earliest, collected.latest)
    possible = [days[0] + timedelta(n) for n in range((days[1] - days[0]).days + 1)]
    usual = any(5 <= (DAY - day).days <= 730 for day in possible)
    assert [d.doubt for d in asked] == ([] if usual else [Doubt.INTERVAL])


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)), st.integers(-2, 2))
def test_a_thaw_is_not_to_come(at: time, ago: int) -> None:
    now = datetime(2026, 11, 20, 14, 30, tzinfo=CHINA)
    of = replace(SETTING, infused_on=now.date() - timedelta(days=ago), now=now)
    found = rules.problems(replace(InfusionDetails(), thawed_at=at), of)
    later = ago < 0 or (ago == 0 and at > time(14, 30))
    assert found == ({"thawed_at": Problem.IN_THE_FUTURE} if later else {})


def test_the_thaw_is_read_in_the_zone_of_now() -> None:
    of = replace(SETTING, now=datetime(2026, 11, 20, 2, 0, tzinfo=UTC).astimezone(CHINA))
    assert rules.problems(replace(InfusionDetails(), thawed_at=time(10, 0)), of) == {}
    assert rules.problems(replace(InfusionDetails(), thawed_at=time(10, 1)), of) != {}


@pytest.mark.parametrize("answer", ["", "YES", "NO", "UNKNOWN"])
def test_words_stand_with_yes(answer: str) -> None:
    said = InfusionDetails(out_of_specification=answer, bridging_therapy=answer)
    missing = {"out_of_specification_note": Problem.WORDS_MISSING} if answer == "YES" else {}
    assert rules.problems(said, SETTING) == missing
    worded = replace(said, out_of_specification_note="x", bridging_note="y")
    alone = dict.fromkeys(rules.WORDS, Problem.WORDS_WITHOUT_YES)
    assert rules.problems(worded, SETTING) == ({} if answer == "YES" else alone)


@given(st.sampled_from(sorted(rules.CODES)), st.text(min_size=1, max_size=12))
def test_a_code_is_one_of_its_list(name: str, text: str) -> None:
    found = rules.problems(replace(InfusionDetails(), **{name: text}), SETTING)
    assert (found.get(name) is Problem.NOT_OFFERED) == (text not in rules.CODES[name])


@pytest.mark.parametrize(
    ("car_t", "atmp_class", "missing"),
    [
        (True, "", set()),
        (True, "GTMP_MICROBIAL_VECTOR", set()),
        (False, "", {"dose_per_kg"}),
        (False, "CTMP_GENE_MODIFIED", {"dose_per_kg"}),
        (False, "CTMP_NOT_GENE_MODIFIED", {"dose_per_kg", "vector_copy_number"}),
    ],
)
def test_what_is_not_known_against_a_product_is_asked(
    car_t: bool, atmp_class: str, missing: set[str]
) -> None:
    assert rules.asked(car_t=car_t, atmp_class=atmp_class) == set(rules.NAMES) - missing


@pytest.mark.parametrize("atmp_class", ["GTMP_MICROBIAL_VECTOR", "EXCLUDED_SMALL_NUCLEIC_ACID"])
def test_a_product_without_cells_is_not_asked_of_cells(atmp_class: str) -> None:
    assert rules.asked(car_t=False, atmp_class=atmp_class) == {
        "manufacturing_site",
        "out_of_specification",
        "out_of_specification_note",
        "prior_hsct",
        "prior_alkylator",
        "prior_radiation",
    }


@given(st.sampled_from(rules.NAMES))
def test_what_is_not_asked_is_refused_unless_it_stood_before(name: str) -> None:
    of = replace(SETTING, asked=frozenset(rules.NAMES) - {name})
    assert rules.problems(FULL, of) == {name: Problem.NOT_ASKED}
    assert rules.problems(FULL, of, kept=[name]) == {}


@pytest.mark.parametrize(
    ("per_kg", "weight"), [("0.48", None), ("40", None), ("40.1", "2.99"), ("0.4", "300")]
)
def test_dose_and_dose_per_kg_say_a_weight(per_kg: str, weight: str | None) -> None:
    wide = {rules.WEIGHT: RANGES[rules.WEIGHT]}
    asked = rules.doubts(InfusionDetails(dose_per_kg=Decimal(per_kg)), SETTING, wide)
    assert [(d.doubt, d.field) for d in asked] == [(Doubt.WEIGHT, "dose_per_kg")] * bool(weight)
    if weight:
        assert str(round(asked[0].about, 2)).startswith(weight)
    unknown = replace(SETTING, dose=None)
    assert rules.doubts(InfusionDetails(dose_per_kg=Decimal(per_kg)), unknown, wide) == []


def test_a_dose_of_an_agent_that_was_not_given_is_asked() -> None:
    said = InfusionDetails(fludarabine_dose=Decimal(90), cyclophosphamide_dose=Decimal(900))
    of = replace(SETTING, agents=frozenset({"CYCLOPHOSPHAMIDE", "BENDAMUSTINE"}))
    assert [(d.doubt, d.field) for d in rules.doubts(said, of, RANGES)] == [
        (Doubt.AGENT, "fludarabine_dose")
    ]
    in_words = replace(SETTING, agents=None)
    assert rules.doubts(said, in_words, RANGES) == []


def test_what_differs_is_named_and_a_number_written_otherwise_does_not() -> None:
    other = replace(FULL, viability=Decimal("93.50"), prior_hsct="BOTH", thawed_at=None)
    assert FULL.differing(other) == {"prior_hsct", "thawed_at"}
