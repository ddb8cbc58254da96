"""Moments no more exact than known, numbers against their limits, lines of a report, visit sets."""

import contextlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.samples import (
    DetailError,
    DetailProblem,
    Measured,
    Moment,
    ResultProblem,
    Stability,
    StabilityLimit,
    assess,
    day_problems,
    measured_problems,
    read_assay_rules,
    read_markers,
    read_sites,
    read_variants,
    stability,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "150"))
ZONE = ZoneInfo("Asia/Shanghai")
REFERENCE = Path(__file__).parents[3] / "followup" / "reference"
DATA = json.loads((REFERENCE / "samples.json").read_text(encoding="utf-8"))
RULES = read_assay_rules(DATA)
LIMIT = StabilityLimit("dna", "extraction", "any", Decimal(48), Decimal(72), "manual", "x")
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@settings(max_examples=EXAMPLES, deadline=None)
@given(on=DAYS, taken=st.integers(0, 86_399), passed=st.integers(0, 200 * 3600))
def test_a_day_alone_never_says_more_than_every_hour_of_it(on, taken, passed) -> None:
    """Whatever the hour was, the answer from the day alone is the true one or UNKNOWN."""
    collected = datetime.combine(on, datetime.min.time(), ZONE) + timedelta(seconds=taken)
    at = collected + timedelta(seconds=passed)
    (true,) = stability([LIMIT], collected, at)
    (day_only,) = assess([LIMIT], Moment(on), Moment(at.date(), at), ZONE)
    assert day_only.answer in (true.answer, Stability.UNKNOWN)
    (exact,) = assess([LIMIT], Moment(on, collected), Moment(at.date(), at), ZONE)
    assert exact == true


def test_a_moment_not_known_is_unknown() -> None:
    now = Moment(date(2026, 1, 3), datetime(2026, 1, 3, 4, tzinfo=UTC))
    (verdict,) = assess([LIMIT], Moment(None), now, ZONE)
    assert verdict.answer is Stability.UNKNOWN
    assert not Moment(None).precedes(now, ZONE)
    assert not now.precedes(Moment(None), ZONE)


def test_only_what_surely_lies_before_precedes() -> None:
    day, later = Moment(date(2026, 1, 3)), Moment(date(2026, 1, 4))
    noon = Moment(date(2026, 1, 3), datetime(2026, 1, 3, 12, tzinfo=ZONE))
    assert day.precedes(later, ZONE)
    assert noon.precedes(later, ZONE)
    assert not day.precedes(noon, ZONE)
    assert not noon.precedes(day, ZONE)


def measured(**more) -> Measured:
    values = {
        "finding": "POSITIVE",
        "value": Decimal(100),
        "unit": "copies/ug DNA",
        "below_quantification": False,
        "lower_limit": Decimal(50),
        "detection_limit": Decimal(10),
    }
    return Measured(**values | more)


numbers = st.none() | st.decimals(-10, 1000, places=3)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    value=numbers,
    lower=numbers,
    detection=numbers,
    below=st.booleans(),
    finding=st.sampled_from(["POSITIVE", "NEGATIVE", "INDETERMINATE"]),
    unit=st.sampled_from(["", "%", "copies/ug DNA"]),
)
def test_what_passes_is_never_zero_and_never_contradicts_itself(
    value, lower, detection, below, finding, unit
) -> None:
    seen = measured(
        value=value,
        lower_limit=lower,
        detection_limit=detection,
        below_quantification=below,
        finding=finding,
        unit=unit,
    )
    if measured_problems(seen):
        return
    assert value is None or (value > 0 and unit)
    assert not (below and (value is not None or lower is None))
    assert value is None or lower is None or value >= lower
    assert value is None or finding != "NEGATIVE"
    assert unit != "%" or value is None or value <= 100


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"value": Decimal(0)}, "value", ResultProblem.ZERO),
        ({"value": Decimal("NaN")}, "value", ResultProblem.NOT_A_NUMBER),
        ({"unit": ""}, "measure", ResultProblem.UNIT_MISSING),
        ({"value": Decimal(49)}, "value", ResultProblem.UNDER_LIMIT),
        ({"below_quantification": True}, "value", ResultProblem.VALUE_AND_FLAG),
        ({"finding": "NEGATIVE"}, "finding", ResultProblem.NEGATIVE_WITH_VALUE),
        ({"detection_limit": Decimal(51)}, "detection_limit", ResultProblem.LIMITS_CROSSED),
    ],
)
def test_each_contradiction_has_its_field(change, field, problem) -> None:
    assert measured_problems(measured(**change)) == {field: problem}


def test_the_limit_itself_is_quantified() -> None:
    assert measured_problems(measured(value=Decimal(50))) == {}


def test_collected_then_resulted_then_received() -> None:
    today = date(2026, 1, 10)
    days = {"collected_on": date(2026, 1, 1), "today": today}
    fine = {"resulted_on": date(2026, 1, 1), "received_on": today}
    assert day_problems(**days, **fine) == {}
    assert day_problems(**days, **fine | {"resulted_on": date(2025, 12, 31)}) == {
        "resulted_on": ResultProblem.BEFORE_COLLECTION
    }
    assert day_problems(**days, resulted_on=today, received_on=date(2026, 1, 9)) == {
        "received_on": ResultProblem.RECEIVED_FIRST
    }
    assert set(day_problems(**days, resulted_on=date.max, received_on=date.max)) == {
        "resulted_on",
        "received_on",
    }


def test_sites_as_typed_and_as_pasted() -> None:
    typed, pasted = read_sites(
        "chr17:7,675,000\t+\tTP53\t35\t-1200\tchanged\n\n  X:5；-，，８．５，，未\n".replace(
            "，未", "，否"
        )
    )
    assert (typed.chromosome, typed.position, typed.distance_bp) == ("chr17", 7_675_000, -1200)
    assert (pasted.chromosome, pasted.strand, pasted.percent) == ("chrX", "-", Decimal("8.5"))
    assert (pasted.distance_bp, pasted.expression_changed) == (None, False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("chr17:7675000", DetailProblem.COLUMNS),
        ("seventeen, +", DetailProblem.PLACE),
        ("chr17:1, x", DetailProblem.STRAND),
        ("chr17:1, +, TP53, 0", DetailProblem.PERCENT),
        ("chr17:1, +, TP53, 101", DetailProblem.PERCENT),
        ("chr17:1, +, TP53, much", DetailProblem.PERCENT),
        ("chr17:1, +, TP53, 3, near", DetailProblem.DISTANCE),
        ("chr17:1, +, TP53, 3, 5, perhaps", DetailProblem.COLUMNS),
    ],
)
def test_an_unreadable_site_names_its_line(line, problem) -> None:
    with pytest.raises(DetailError) as error:
        read_sites(f"chr1:1, +\n{line}")
    assert (error.value.code, error.value.line) == (problem, 2)


def test_too_many_lines() -> None:
    with pytest.raises(DetailError) as error:
        read_sites("chr1:1, +\n" * 501)
    assert error.value.code is DetailProblem.TOO_MANY


def test_variants_and_markers() -> None:
    first, second = read_variants("TET2, p.R1261H, 38 %\nDNMT3A")
    assert (first.gene, first.change, first.percent) == ("TET2", "p.R1261H", Decimal(38))
    assert (second.change, second.percent) == ("", None)
    assert read_markers("CD3+、CD4＋ CD8−, TCRab-") == {
        "CD3": True,
        "CD4": True,
        "CD8": False,
        "TCRab": False,
    }
    for text in ("CD3", "CD3+ maybe", "++"):
        with pytest.raises(DetailError):
            read_markers(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_a_reader(text) -> None:
    for read in (read_sites, read_variants, read_markers):
        with contextlib.suppress(DetailError):
            read(text)


def test_the_loaded_document_is_whole() -> None:
    assert {a.code for a in RULES.assays} == {a["code"] for a in DATA["assays"]}
    for assay in RULES.assays:
        assert assay.findings, assay.code
        assert set(assay.methods) <= {m.code for m in RULES.methods}
        for measure in assay.measures:
            assert measure.ucum.isascii()
            assert " " not in measure.ucum
        assert assay.measure("nothing") is None
    conditions = {c.code for c in RULES.conditions}
    purposes = {p.code for p in RULES.purposes}
    for row in (*DATA["samples"], *DATA["visit_samples"]):
        for limit in row["limits"]:
            assert limit["purpose"] in purposes
    assert {"cool_2_8", "dry_ice", "vapour_ln2"} <= conditions


def test_the_set_of_a_visit_follows_the_decisions() -> None:
    assert RULES.for_visit([("V", "DO"), ("C", "DO"), ("L", "DO")]) == ("V1", "C1", "F1")
    assert RULES.for_visit([("C", "ARCHIVE"), ("V", "SKIP")]) == ("F1",)
    assert RULES.for_visit([("ISA", "DO"), ("V", "DO")]) == ("V1",)
    assert RULES.for_visit([("L", "DO")]) == ()


def test_a_set_of_an_unknown_sample_is_refused() -> None:
    broken = DATA | {"visit_sets": [{"assessment": "V", "decision": "DO", "samples": ["ZZ"]}]}
    with pytest.raises(ValueError, match="ZZ"):
        read_assay_rules(broken)
