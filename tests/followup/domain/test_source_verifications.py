"""Source data verification: the sample, the exact interval, what counts, what it asks for."""

import hashlib
import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.paths import ROOT
from followup.domain.fields import Dataset
from followup.domain.source_verifications import (
    MissingSource,
    Verdict,
    draw,
    error_rate,
    exact_interval,
    frame_digest,
    read_verification_rules,
    sample_size,
    verdict,
)

DATA = json.loads(
    (ROOT / "followup/reference/source_verification.json").read_text(encoding="utf-8")
)
RULES = read_verification_rules(DATA)
CODES = st.lists(st.text("ABC0123456789-", min_size=1, max_size=8), max_size=40, unique=True)


@given(CODES, st.integers(0, 45), st.text(max_size=12), st.randoms(use_true_random=False))
def test_a_sample_depends_on_seed_and_codes_alone(codes, size, seed, random) -> None:
    sample = draw(codes, size, seed)
    mixed = [*codes, *codes[:3]]
    random.shuffle(mixed)
    assert draw(mixed, size, seed) == sample
    assert len(set(sample)) == len(sample) == min(size, len(codes))
    assert set(sample) <= set(codes)
    assert draw(codes, size + 1, seed)[: len(sample)] == sample
    left = [code for code in codes if code not in sample[:1]]
    assert draw(left, size, seed)[: max(size - 1, 0)] == sample[1:]
    assert frame_digest(mixed) == frame_digest(codes)


def test_a_sample_can_be_drawn_again_by_hand() -> None:
    codes = [f"SH01-{n:04d}" for n in range(1, 31)]
    by_hand = sorted(codes, key=lambda c: hashlib.sha256(f"audit-7:{c}".encode()).hexdigest())
    assert draw(codes, 5, "audit-7") == tuple(by_hand[:5])
    assert draw(codes, 5, "audit-8") != tuple(by_hand[:5])


def test_each_patient_is_drawn_about_as_often() -> None:
    codes = [f"P-{n}" for n in range(10)]
    counts = dict.fromkeys(codes, 0)
    for seed in range(2000):
        for code in draw(codes, 3, str(seed)):
            counts[code] += 1
    assert all(520 < n < 680 for n in counts.values()), counts


def test_a_share_is_rounded_up_and_never_exceeds_all() -> None:
    assert sample_size(40, percent=10) == 4
    assert sample_size(41, percent=10) == 5
    assert sample_size(3, percent=0.5) == 1
    assert sample_size(1000, percent=0.1) == 1  # no rounding of fractions upwards
    assert sample_size(7, number=20) == 7
    assert sample_size(0, percent=50) == 0
    with pytest.raises(ValueError, match="either"):
        sample_size(5)
    with pytest.raises(ValueError, match="either"):
        sample_size(5, number=1, percent=10)


# Clopper & Pearson, to five decimals.
KNOWN = (
    (0, 10, 0.0, 0.30850),
    (1, 20, 0.00127, 0.24873),
    (5, 100, 0.01643, 0.11283),
    (20, 20, 0.83157, 1.0),
)


@pytest.mark.parametrize(("errors", "fields", "low", "high"), KNOWN)
def test_the_exact_interval_is_the_published_one(errors, fields, low, high) -> None:
    assert exact_interval(errors, fields, 95) == pytest.approx((low, high), abs=6e-6)


def _at_least(errors: int, fields: int, share: Fraction) -> float:
    """Chance of that many errors or more, summed exactly."""
    whole = sum(
        math.comb(fields, k) * share**k * (1 - share) ** (fields - k)
        for k in range(errors, fields + 1)
    )
    return float(whole)


@given(st.data())
def test_the_bounds_are_where_the_binomial_tails_are_half_of_what_is_left(data) -> None:
    fields = data.draw(st.integers(1, 40))
    errors = data.draw(st.integers(0, fields))
    confidence = data.draw(st.sampled_from((80, 90, 95, 99)))
    tail = (1 - confidence / 100) / 2
    low, high = exact_interval(errors, fields, confidence)
    assert 0 <= low <= errors / fields <= high <= 1
    if errors:
        assert _at_least(errors, fields, Fraction(low)) == pytest.approx(tail, rel=1e-6)
    if errors < fields:
        chance = 1 - _at_least(errors + 1, fields, Fraction(high))
        assert chance == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize(("errors", "fields"), [(0, 0), (3, 2), (-1, 5)])
def test_no_interval_without_fields(errors, fields) -> None:
    with pytest.raises(ValueError, match="errors"):
        exact_interval(errors, fields, 95)


COUNTS = st.fixed_dictionaries(
    {}, optional={key: st.integers(0, 500) for key in ("AGREES", "DIFFERS", "SOURCE_MISSING", "")}
)


@given(COUNTS)
def test_what_was_not_compared_never_counts_as_right(counts) -> None:
    rate = error_rate(counts, RULES)
    assert rate.errors == counts.get("DIFFERS", 0)
    assert rate.fields == counts.get("AGREES", 0) + counts.get("DIFFERS", 0)
    assert rate.source_missing == counts.get("SOURCE_MISSING", 0)
    assert rate.unchecked == counts.get("", 0)
    assert (rate.percent is None) == (rate.interval is None) == (rate.fields == 0)
    assert (verdict(rate, RULES) is None) == (rate.fields == 0)
    strict = read_verification_rules({**DATA, "missing_source": MissingSource.ERROR})
    harsh = error_rate(counts, strict)
    assert harsh.errors == rate.errors + rate.source_missing
    assert harsh.fields == rate.fields + rate.source_missing


@pytest.mark.parametrize(
    ("wrong", "right", "asked"),
    [
        (0, 100, Verdict.NO_ACTION),
        (2, 98, Verdict.NO_ACTION),
        (3, 97, Verdict.PASSED),
        (21, 979, Verdict.PASSED),
        (31, 969, Verdict.CORRECTIVE_ACTION),
        (1, 0, Verdict.CORRECTIVE_ACTION),
    ],
)
def test_the_limits_are_included(wrong, right, asked) -> None:
    rate = error_rate({"AGREES": right, "DIFFERS": wrong}, RULES)
    assert verdict(rate, RULES) is asked


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fields": [{"field": "patients.name", "critical": True}]}, "who somebody is"),
        ({"fields": [{"field": "events.verbatim", "critical": True}]}, "typed freely"),
        ({"fields": [{"field": "samples.state", "critical": True}]}, "no field that is verified"),
        ({"fields": [{"field": "visits.nothing", "critical": True}]}, "no field that is verified"),
        ({"fields": [{"field": "visits.contact_on", "critical": False}]}, "no field is critical"),
        ({"fields": DATA["fields"] + DATA["fields"][:1]}, "twice"),
        ({"passes_percent": 1}, "percentages in order"),
        ({"confidence_percent": 100}, "percentages in order"),
        ({"missing_source": "LATER"}, "LATER"),
    ],
)
def test_what_cannot_be_verified_is_refused(change, why) -> None:
    with pytest.raises(ValueError, match=why):
        read_verification_rules(DATA | change)


def test_the_shipped_list_names_critical_fields_of_every_record() -> None:
    for dataset in (Dataset.PATIENTS, Dataset.INFUSIONS, Dataset.VISITS, Dataset.EVENTS):
        assert any(critical for _field, critical in RULES.of(dataset))
