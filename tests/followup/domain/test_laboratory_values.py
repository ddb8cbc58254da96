"""Laboratory values as written: exact numbers, units never guessed, nothing becomes zero."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.laboratory import (
    MissingBecause,
    Plausibility,
    RangeTurnedDate,
    TrendValue,
    ValueProblem,
    folded_unit,
    limits_as_written,
    picture,
    read_laboratory_rules,
    read_pasted,
    read_range,
    read_value,
)
from followup.domain.laboratory.measures import storable
from followup.domain.laboratory.pasted import split_table
from followup.domain.laboratory.readings import names_unit, quantity
from followup.domain.samples import Comparator

REFERENCE = Path(__file__).resolve().parents[3] / "followup" / "reference"
DATA = json.loads((REFERENCE / "laboratory.json").read_text(encoding="utf-8"))
RULES = read_laboratory_rules(DATA)
TODAY = date(2026, 11, 28)


def read(measure: str, text: str, unit: str = ""):
    return read_value(RULES.measures[measure], text, unit)


def said(code: str, text: str, unit: str):
    """What was read, or why not."""
    try:
        return read(code, text, unit)
    except ValueError as error:
        return error.args[0]


@pytest.mark.parametrize(
    ("measure", "text", "unit", "value"),
    [
        ("anc", "3.2×10^9/L", "", "3.2"),
        ("anc", "3.2×10⁹/L", "10^9/L", "3.2"),
        ("anc", "３．２", "×10⁹/L", "3.2"),
        ("anc", "3200/uL", "", "3.2"),
        ("anc", "3.2", "G/L", "3.2"),
        ("anc", "3.2", "10E9/L", "3.2"),
        ("anc", "0.00", "10*9/L", "0"),
        ("plt", "12", "10^9/l", "12"),
        ("hb", "13.0 g/dL", "", "130"),
        ("hb", "130↑", "g/L", "130"),
        ("hb", "↓62", "g/L", "62"),
        ("igg", "350", "mg/dL", "3.5"),
        ("ferritin", "812", "ng/mL", "812"),
        ("cd19", "0.012", "10^9/L", "12"),
        ("cd19", "0", "个/μL", "0"),
        ("creatinine", "1", "mg/dL", "88.42"),
        ("car_transgene", "1.2×10^3 copies/μg DNA", "", "1200"),
        ("car_transgene", "1.2E+05", "copies/ug", "120000"),
        ("car_transgene", ">10^6 copies/ug", "", "1000000"),
    ],
)
def test_a_number_is_read_exactly_in_the_unit_of_its_measure(measure, text, unit, value) -> None:
    seen = read(measure, text, unit)
    assert seen.value == Decimal(value)
    assert seen.written == text


@pytest.mark.parametrize(
    ("measure", "text", "unit", "problem"),
    [
        ("anc", "3.2", "", ValueProblem.UNIT_MISSING),
        ("anc", "3.2 g/L", "", ValueProblem.UNIT_UNKNOWN),
        ("hb", "13 g/dL", "g/L", ValueProblem.UNITS_DIFFER),
        ("hb", "1,5", "g/dL", ValueProblem.UNREADABLE),
        ("hb", "130.5.1", "g/L", ValueProblem.UNREADABLE),
        ("hb", "见报告", "g/L", ValueProblem.UNREADABLE),
        ("hb", "-5", "g/L", ValueProblem.NEGATIVE_NUMBER),
        ("hb", "－5", "g/L", ValueProblem.NEGATIVE_NUMBER),
        ("hb", "阴性", "g/L", ValueProblem.NUMBER_NEEDED),
        ("hb", "-", "g/L", ValueProblem.UNREADABLE),
        ("rcl", "-", "", ValueProblem.FINDING_NEEDED),
        ("rcl", "－", "", ValueProblem.FINDING_NEEDED),
        ("car_transgene", "-", "copies/ug", ValueProblem.UNREADABLE),
        ("hb", "5000", "g/L", ValueProblem.IMPOSSIBLE),
        ("hb", "0", "g/L", ValueProblem.ZERO),
        ("cd19_percent", "100.1", "%", ValueProblem.IMPOSSIBLE),
        ("car_transgene", "0", "copies/ug", ValueProblem.ZERO),
        ("car_transgene", "<0", "copies/ug", ValueProblem.ZERO),
        ("vcn", "0.0", "copies/cell", ValueProblem.ZERO),
        ("rcl", "5", "", ValueProblem.FINDING_NEEDED),
        ("rcl", "低于定量限", "", ValueProblem.FINDING_NEEDED),
        ("rcl", "检出(<50)", "", ValueProblem.FINDING_NEEDED),
        ("car_transgene", "检出", "copies/ug", ValueProblem.NUMBER_NEEDED),
        ("car_transgene", "阴性(120)", "copies/ug", ValueProblem.UNREADABLE),
        ("car_transgene", "未检出(>50)", "copies/ug", ValueProblem.UNREADABLE),
        ("car_transgene", "未检出(<50)", "", ValueProblem.UNIT_MISSING),
        ("vector_positive", "未检出(<50 copies/ug)", "%", ValueProblem.UNIT_UNKNOWN),
        ("igg", "0.0000000001", "g/L", ValueProblem.IMPOSSIBLE),
    ],
)
def test_what_cannot_be_is_refused_and_named(measure, text, unit, problem) -> None:
    assert said(measure, text, unit) is problem


@pytest.mark.parametrize(
    ("measure", "text", "comparator", "value"),
    [
        ("car_transgene", "<50", Comparator.BELOW, "50"),
        ("car_transgene", "＜50", Comparator.BELOW, "50"),
        ("car_transgene", "≤ 50", Comparator.AT_MOST, "50"),
        ("car_transgene", "未检出", Comparator.NOT_DETECTED, None),
        ("car_transgene", "未检出（－）", Comparator.NOT_DETECTED, None),
        ("car_transgene", "低于最低检出限", Comparator.NOT_DETECTED, None),
        ("vcn", "Not detected", Comparator.NOT_DETECTED, None),
        ("car_transgene", "未检出（＜50 copies/μg DNA）", Comparator.BELOW, "50"),
        ("car_transgene", "阴性 (<50)", Comparator.BELOW, "50"),
        ("car_transgene", "not detected, <5×10^1 copies/ug", Comparator.BELOW, "50"),
        ("car_transgene", "低于定量限", Comparator.NOT_QUANTIFIABLE, None),
        ("car_transgene", "低于最低定量下限", Comparator.NOT_QUANTIFIABLE, None),
        ("anc", ">500", Comparator.ABOVE, "500"),
    ],
)
def test_a_bound_is_kept_as_a_bound(measure, text, comparator, value) -> None:
    seen = read(measure, text, RULES.measures[measure].unit)
    assert (seen.comparator, seen.value) == (comparator, value and Decimal(value))
    assert seen.written == text


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("阴性", "NEGATIVE"),
        ("阴性(-)", "NEGATIVE"),
        ("阴性（－）", "NEGATIVE"),
        ("（－）", "NEGATIVE"),
        ("negative", "NEGATIVE"),
        ("未检出", "NEGATIVE"),
        ("未检出（-）", "NEGATIVE"),
        ("未检出(<50 copies/ug)", "NEGATIVE"),
        ("低于检测下限", "NEGATIVE"),
        ("Not Detected", "NEGATIVE"),
        ("检出", "POSITIVE"),
        ("阳性(+)", "POSITIVE"),
        ("弱阳性", "POSITIVE"),
        ("++", "POSITIVE"),
        ("±", "INDETERMINATE"),
        ("可疑", "INDETERMINATE"),
    ],
)
def test_a_finding_is_no_number(text, finding) -> None:
    seen = read("rcl", text)
    assert (seen.finding, seen.value, seen.written) == (finding, None, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("未做", MissingBecause.NOT_DONE),
        ("未查", MissingBecause.NOT_DONE),
        ("标本溶血", MissingBecause.FAILED),
        ("标本量不足", MissingBecause.FAILED),
        ("不详", MissingBecause.UNKNOWN),
        ("不适用", MissingBecause.NOT_APPLICABLE),
        ("未问", MissingBecause.NOT_ASKED),
    ],
)
def test_why_there_is_no_value_is_read(text, why) -> None:
    seen = read("anc", text)
    assert (seen.missing, seen.value) == (why, None)


def test_units_in_one_spelling_and_case_keeps_its_meaning() -> None:
    same = {"10^9/L", "×10^9/L", "×10⁹/L", "x10^9/L", "10E9/L", "10*9/L", "10 ^9 / L", "10^9/l"}
    assert {folded_unit(text) for text in same} == {"10^9/L"}
    assert folded_unit("G/L") != folded_unit("g/L")
    assert folded_unit("mg/L") != folded_unit("Mg/L")
    assert folded_unit("µmol/L") == folded_unit("μmol/L") == "umol/L"


_UNITS = [
    (code, written, factor)
    for code, measure in RULES.measures.items()
    for written, factor in measure.factors.items()
]
_NUMBERS = st.decimals(min_value="0.001", max_value=90, places=3, allow_nan=False)


@given(st.sampled_from(_UNITS), _NUMBERS)
def test_conversion_is_exact_and_comes_back(which, number) -> None:
    code, unit, factor = which
    seen = said(code, str(number), unit)
    if isinstance(seen, ValueProblem):
        assert seen is ValueProblem.IMPOSSIBLE
    else:
        assert seen.value == number * factor
        assert seen.value / factor == number


@given(st.text(max_size=30), st.sampled_from(list(RULES.measures)))
def test_any_text_is_read_or_refused_and_kept_as_written(text, code) -> None:
    seen = said(code, text, RULES.measures[code].unit)
    if isinstance(seen, ValueProblem):
        return
    told = [seen.value is not None or bool(seen.comparator.value), seen.finding, seen.missing]
    assert sum(bool(each) for each in told) == 1
    assert seen.written == text.strip()
    assert seen.value is None or seen.value >= 0


@given(
    st.from_regex(r"[0-9]{1,32}(\.[0-9]{1,32})?", fullmatch=True),
    st.sampled_from(list(RULES.measures)),
    st.sampled_from(["own", "", "10^9/L", "g/dL", "furlong"]),
)
def test_digits_alone_are_read_as_with_a_space_behind_them(text, code, unit) -> None:
    given = RULES.measures[code].unit if unit == "own" else unit
    assert said(code, text, given) == said(code, text + " ", given)
    assert not names_unit(RULES.measures[code], text)


@given(_NUMBERS, _NUMBERS)
def test_at_most_and_at_least_leave_their_own_number_open(number, limit) -> None:
    upper, lower = Quantity(number, Relation.AT_MOST), Quantity(number, Relation.AT_LEAST)
    assert upper.below(limit) is (True if number < limit else None)
    assert upper.at_most(limit) is (True if number <= limit else None)
    assert lower.below(limit) is (False if number >= limit else None)
    assert lower.at_most(limit) is (False if number > limit else None)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.5-9.5", "3.5", "9.5"),
        ("3.5～9.5", "3.5", "9.5"),
        ("3.5--9.5", "3.5", "9.5"),
        ("（125 – 350）", "125", "350"),
        ("<10", None, "10"),
        ("≥1.8", "1.8", None),
        ("3.5-9", "3.5", "9"),
        ("阴性", None, None),
        ("", None, None),
    ],
)
def test_a_printed_range(text, low, high) -> None:
    seen = read_range(text)
    assert (seen.low, seen.high) == (low and Decimal(low), high and Decimal(high))
    assert seen.text == text
    written = [each.lstrip("<>=") for each in limits_as_written(text)]
    assert written == [low or "", high or ""], "the digits are the laboratory's"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3.50-9.50", ("3.50", "9.50")),
        ("＜10", ("", "<10")),
        ("≤10 U/mL", ("", "<=10")),
        (">=1.80", (">=1.80", "")),
        ("高于 2", (">2", "")),
        ("阴性", ("", "")),
    ],
)
def test_an_open_range_keeps_its_comparator(text, written) -> None:
    assert limits_as_written(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "2026-03-05 00:00:00",
        "2026/3/5",
        "3月5日",
        "5-Mar",
        "Mar-05",
        "3/5/2026",
        "3/5/26",
        "3-5-26",
        "5-Mar-26",
        "5-Mar-2026",
        "2026年3月",
        "46086",
    ],
)
def test_a_range_a_spreadsheet_made_a_date_of_is_refused(text) -> None:
    with pytest.raises(RangeTurnedDate):
        read_range(text)


def test_a_range_whose_limits_cross_is_refused() -> None:
    with pytest.raises(ValueError, match="9-3"):
        read_range("9-3")


def test_plausibility_at_its_boundaries() -> None:
    hb = RULES.measures["hb"]
    found = [hb.plausibility(Decimal(n)) for n in ("39.9", "40", "200", "200.1", "300", "300.1")]
    assert found == [
        Plausibility.UNUSUAL,
        Plausibility.LIKELY,
        Plausibility.LIKELY,
        Plausibility.UNUSUAL,
        Plausibility.UNUSUAL,
        Plausibility.IMPOSSIBLE,
    ]


PASTED = (
    "项目\t单位\t参考范围\t2026-11-01\t2026/11/20\r\n"
    "中性粒细胞\t10^9/L\t1.8-6.3\t0.9↓\t\r\n"
    "HGB\tg/L\t115-150\t98\t101\r\n"
    "未知项\t\t\t1\t2\r\n"
)


def test_a_pasted_table_keeps_what_is_good_and_names_the_rest() -> None:
    seen = read_pasted(RULES, PASTED, TODAY)
    assert [(c.measure.code, c.on.isoformat(), c.text, c.unit) for c in seen.cells] == [
        ("anc", "2026-11-01", "0.9↓", "10^9/L"),
        ("hb", "2026-11-01", "98", "g/L"),
        ("hb", "2026-11-20", "101", "g/L"),
    ]
    assert [(f.row, f.column, f.text, f.problem.value) for f in seen.faults] == [
        (4, 1, "未知项", "unknown_measure")
    ]


def test_days_that_cannot_be_take_their_column_only() -> None:
    text = "x\t2026-11-01\t2026-13-01\t2027-01-01\t2026-11-01\nHb\t98\t1\t2\t3\nHGB\t5\t5\t5\t5"
    seen = read_pasted(RULES, text, TODAY)
    assert [c.text for c in seen.cells] == ["98"]
    assert [(f.row, f.column, f.problem.value) for f in seen.faults] == [
        (1, 3, "day_unreadable"),
        (1, 4, "day_in_future"),
        (1, 5, "day_twice"),
        (3, 1, "measure_twice"),
    ]


def test_a_column_of_values_without_a_day_is_named_and_not_lost() -> None:
    """Merged cells leave the second heading empty: its values belong to a day nobody knows."""
    text = "x\t2026-11-01\t\t2026-11-08\nHb\t98\t97\t96\t1\nanc\t1\t-\t2"
    seen = read_pasted(RULES, text, TODAY)
    assert [c.text for c in seen.cells] == ["98", "96", "1", "2"]
    assert [(f.row, f.column, f.problem.value) for f in seen.faults] == [
        (1, 3, "day_unreadable"),
        (1, 5, "day_unreadable"),
    ]


def test_a_table_with_a_row_a_day_is_read_the_same() -> None:
    """As a hospital's system exports it; places are those of the pasted table."""
    text = (
        "日期\t中性粒细胞\tHGB\t未知项\r\n"
        "单位\t10^9/L\tg/L\t\r\n"
        "参考范围\t1.8-6.3\t115-150\t\r\n"
        "\r\n"
        "2026-11-01\t0.9↓\t98\t1\r\n"
        "2026/11/20\t\t101\t2\r\n"
        "2026-13-01\t1\t\t\r\n"
    )
    seen, across = read_pasted(RULES, text, TODAY), read_pasted(RULES, PASTED, TODAY)

    def said(cells):
        return [(c.measure.code, c.on, c.text, c.unit, c.range_text) for c in cells]

    assert said(seen.cells) == said(across.cells)
    assert [(c.row, c.column) for c in seen.cells] == [(5, 2), (5, 3), (6, 3)]
    assert [(f.row, f.column, f.text, f.problem.value) for f in seen.faults] == [
        (7, 1, "2026-13-01", "day_unreadable"),
        (1, 4, "未知项", "unknown_measure"),
    ]


def test_a_row_a_day_with_no_day_that_can_be_says_so() -> None:
    seen = read_pasted(RULES, "x\tHb\n2099-01-01\t98", TODAY)
    assert not seen.cells
    assert [(f.row, f.column, f.problem.value) for f in seen.faults] == [
        (2, 1, "day_in_future"),
        (1, 0, "no_days"),
    ]


@given(st.text(alphabet='\t\r\n"1.5<阴Hb-2026/ ', max_size=200))
def test_no_pasted_text_breaks_the_reading(text) -> None:
    seen = read_pasted(RULES, text, TODAY)
    assert all(cell.text.strip() for cell in seen.cells)


@given(
    st.lists(
        st.tuples(st.dates(date(2020, 1, 1), TODAY), st.decimals(0, 10**6, places=3)), max_size=12
    )
)
def test_every_point_of_a_trend_stands_inside_the_picture_in_order_of_time(rows) -> None:
    values = [TrendValue(on, number, "", "x") for on, number in rows]
    drawn = picture(values, [("lloq", "LLOQ", Decimal(50))])
    if not rows:
        assert drawn is None
        return
    assert drawn is not None
    xs = [dot.x for dot in drawn.dots]
    assert xs == sorted(xs)
    assert all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)
    highest = min(drawn.dots, key=lambda dot: dot.y)
    assert highest.y <= drawn.dots[0].y


def test_every_measure_has_its_own_unit_and_every_document_its_citation() -> None:
    assert all(m.kind.value == "FINDING" or m.factor(m.unit) == 1 for m in RULES.measures.values())
    assert all(source["citation"] for source in DATA["provenance_of"].values())


def test_a_pasted_row_has_the_number_the_spreadsheet_shows_after_an_empty_one() -> None:
    pasted = read_pasted(RULES, "\n项目\t2026-11-05\n\nHGB\t98\n\nnonsense\t1\n", TODAY)
    assert [cell.row for cell in pasted.cells] + [f.row for f in pasted.faults] == [4, 6]


def test_a_bound_breaks_the_line_of_a_trend() -> None:
    days = [date(2026, 1, day) for day in (1, 2, 3, 4, 5)]
    bounds = ("", "", "<", "", "")
    drawn = picture(
        [TrendValue(on, Decimal(5), bound, "x") for on, bound in zip(days, bounds, strict=True)],
        [],
    )
    assert drawn is not None
    assert [path.count("L") for path in drawn.paths] == [1, 1]


def test_a_pasted_cell_in_quotation_marks_is_one_cell() -> None:
    text = '项目\t2026-11-05\n"HGB"\t"9""8"\nPLT\t"1\t0"\n'
    assert split_table(text) == [
        (1, ["项目", "2026-11-05"]),
        (2, ["HGB", '9"8']),
        (3, ["PLT", "1\t0"]),
    ]


def test_a_pasted_table_of_too_many_columns_is_refused_whole() -> None:
    seen = read_pasted(RULES, "HGB" + "\t2026-11-05" * 1000 + "\nHGB\t1\n", TODAY)
    assert seen.cells == ()
    assert [fault.problem.value for fault in seen.faults] == ["too_large"]


def test_what_no_record_can_hold_is_not_storable() -> None:
    assert storable(Decimal("0.000001"))
    assert not storable(Decimal("NaN"))
    assert not storable(Decimal("1e30"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data["measures"][1].update(code=data["measures"][0]["label_en"]), "share"),
        (lambda data: data["measures"][0].update(group="NONE"), "unknown groups"),
        (lambda data: data["rules"]["ctcae_from"].update(NONE=1), "unknown measures"),
        (lambda data: data["missing"].pop(), "reasons of a missing value"),
        (lambda data: data["measures"][0]["units"][0].update(factor="0"), "above zero"),
        (lambda data: data["measures"][0].update(unit="furlong"), "its own unit"),
    ],
)
def test_laboratory_rules_that_contradict_themselves_are_refused(change, words) -> None:
    data = deepcopy(DATA)
    change(data)
    with pytest.raises(ValueError, match=words):
        read_laboratory_rules(data)


def test_more_than_all_is_no_share() -> None:
    share = next(measure for measure in RULES.measures.values() if measure.unit == "%")
    bare = replace(share, impossible_above=None, unusual_above=None, unusual_below=None)
    assert bare.plausibility(Decimal(100)) is Plausibility.LIKELY
    assert bare.plausibility(Decimal("100.1")) is Plausibility.IMPOSSIBLE
    assert bare.plausibility(Decimal("-0.1")) is Plausibility.IMPOSSIBLE


def test_a_range_follows_the_unit_of_its_measure_and_keeps_its_words() -> None:
    scaled = read_range("11.5-15").scaled(Decimal(10))
    assert (scaled.text, scaled.low, scaled.high) == ("11.5-15", Decimal(115), Decimal(150))
    assert read_range("<5").scaled(Decimal(10)).low is None


def test_whether_a_text_says_its_unit() -> None:
    haemoglobin = RULES.measures["hb"]
    assert names_unit(haemoglobin, "98 g/L")
    assert not names_unit(haemoglobin, "98")


@pytest.mark.parametrize(
    ("comparator", "relation"),
    [(Comparator.EXACT, Relation.EQUAL), (Comparator.NOT_DETECTED, Relation.BELOW)],
)
def test_a_reading_is_a_quantity_with_its_bound(comparator, relation) -> None:
    assert quantity(comparator, Decimal(5)) == Quantity(Decimal(5), relation)
    assert quantity(comparator, None) is None


@pytest.mark.parametrize("text", ["0", "0.0", "3.50", "007", "12345678901234567890", "99999"])
def test_digits_alone_are_read_as_with_a_space_before_them(text: str) -> None:
    """A blank takes the long way, through words, marks and comparators."""

    def said(measure: str, written: str, unit: str) -> object:
        try:
            return read(measure, written, unit)
        except ValueError as problem:
            return problem.args

    for code, measure in RULES.measures.items():
        for unit in ("", measure.unit, "parsecs"):
            assert said(code, text, unit) == said(code, f" {text}", unit), (code, unit)
