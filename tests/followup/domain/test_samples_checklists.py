"""Checklist of a suspected malignancy, its before-after pairs, sample numbers and stability."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.samples import (
    Held,
    PairState,
    Phase,
    SampleNumberError,
    SampleNumberProblem,
    Stability,
    WorkUpContext,
    fits_phase,
    format_sample_number,
    pair_up,
    pre_treatment_held,
    read_sample_number,
    read_sample_rules,
    stability,
    work_up_checklist,
)

REFERENCE = Path(__file__).parents[3] / "followup" / "reference"
DATA = json.loads((REFERENCE / "samples.json").read_text(encoding="utf-8"))
RULES = read_sample_rules(DATA)
START = datetime(2026, 1, 30, 8, tzinfo=UTC)


def checklist(donor=False, marrow=False, archived=False, **held):
    context = WorkUpContext(
        donor_cells=donor, marrow_indicated=marrow, archived_follow_up=archived, held=held
    )
    return work_up_checklist(RULES, context)


def codes(items):
    return {item.definition.code for item in items}


def test_pre_and_post_samples_are_always_asked_for():
    assert codes(checklist()) == {"T1", "T2", "T3", "B1", "B2", "P1", "P2", "P3", "G1"}


def test_conditional_rows():
    assert codes(checklist(donor=True, marrow=True, archived=True)) - codes(checklist()) == {
        "D1",
        "M1",
        "F1",
    }


def test_an_unknown_condition_keeps_the_row_and_says_so():
    items = {item.definition.code: item for item in checklist(donor=None)}
    assert items["D1"].condition_known is False
    assert items["T1"].condition_known is True


def test_phases():
    phases = {row.code: row.phase for row in RULES.definitions}
    assert {code for code, phase in phases.items() if phase is Phase.PRE} == {"P1", "P2", "P3"}
    assert phases["F1"] is Phase.BETWEEN
    assert phases["G1"] is Phase.ANY


@pytest.mark.parametrize(
    ("held", "answer"),
    [
        ({}, Held.UNKNOWN),
        ({"P1": Held.NO, "P2": Held.NO}, Held.UNKNOWN),
        ({"P1": Held.NO, "P2": Held.NO, "P3": Held.NO}, Held.NO),
        ({"P1": Held.NO, "P3": Held.YES}, Held.YES),
        ({"B1": Held.YES}, Held.UNKNOWN),
    ],
)
def test_whether_a_pre_treatment_sample_is_held(held, answer):
    assert pre_treatment_held(checklist(**held)) is answer


@pytest.mark.parametrize(
    ("pre", "post", "state"),
    [
        (Held.YES, Held.YES, PairState.READY),
        (Held.NO, Held.YES, PairState.PRE_MISSING),
        (Held.NO, Held.UNKNOWN, PairState.PRE_MISSING),
        (Held.YES, Held.NO, PairState.POST_MISSING),
        (Held.NO, Held.NO, PairState.BOTH_MISSING),
        (Held.YES, Held.UNKNOWN, PairState.UNKNOWN),
    ],
)
def test_pairs(pre, post, state):
    pairs = pair_up(RULES, checklist(P1=pre, B1=post))
    found = {(p.pairing.pre, p.pairing.post): p.state for p in pairs}
    assert found["P1", "B1"] is state


def test_pairing_on_an_unknown_sample_is_a_broken_file():
    broken = {**DATA, "pairings": [{**DATA["pairings"][0], "pre": "XX"}]}
    with pytest.raises(ValueError, match="XX"):
        read_sample_rules(broken)


def test_the_data_is_whole():
    for row in DATA["samples"]:
        assert row["citation"]
        assert row["confidence"]
        assert row["label_en"]
        assert row["label_zh"]
    samples = {row["code"] for row in DATA["samples"]}
    for assay in DATA["assays"]:
        assert set(assay["samples"]) <= samples
    assert len({assay["code"] for assay in DATA["assays"]}) == 9


def limits(code):
    return next(row.limits for row in RULES.definitions if row.code == code)


@pytest.mark.parametrize(
    ("hours", "answer"),
    [(24, Stability.WITHIN), (24.1, Stability.CAUTION), (48, Stability.CAUTION)]
    + [(48.1, Stability.EXCEEDED), (0, Stability.WITHIN)],
)
def test_fresh_tissue_keeps_24_to_48_hours(hours, answer):
    (verdict,) = stability(limits("T3"), START, START + timedelta(hours=hours))
    assert verdict.answer is answer
    assert verdict.until == START + timedelta(hours=48)


def test_frozen_samples_and_unknown_times():
    freeze, storage = stability(limits("T1"), None, START)
    assert (freeze.answer, storage.answer) == (Stability.UNKNOWN, Stability.UNLIMITED)
    with pytest.raises(ValueError, match="before"):
        stability(limits("T3"), START, START - timedelta(seconds=1))


def test_numbers():
    assert format_sample_number(2026, 123) == "S26-000123-48"
    for typed in ("S26-000123-48", "s26-000123-48\r", "Ｓ26－000123－48", "S2600012348\t"):
        assert str(read_sample_number(typed)) == "S26-000123-48"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", SampleNumberProblem.EMPTY),
        ("S26-000123", SampleNumberProblem.FORM),
        ("S26-000000-01", SampleNumberProblem.FORM),
        ("S26-000123-04", SampleNumberProblem.CHECK),
        ("S26-000132-48", SampleNumberProblem.CHECK),
    ],
)
def test_wrong_numbers(typed, problem):
    with pytest.raises(SampleNumberError) as caught:
        read_sample_number(typed)
    assert caught.value.code is problem


@given(st.integers(2000, 2099), st.integers(1, 999_999), st.data())
def test_a_wrong_digit_or_a_swap_is_found(year, serial, data):
    text = format_sample_number(year, serial)
    assert read_sample_number(text).serial == serial
    digits = [place for place, character in enumerate(text) if character.isdigit()]
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    with pytest.raises(SampleNumberError):
        read_sample_number(text[:place] + other + text[place + 1 :])
    after = data.draw(st.sampled_from([p for p in digits if p + 1 in digits]))
    if text[after] != text[after + 1]:
        swapped = text[:after] + text[after + 1] + text[after] + text[after + 2 :]
        with pytest.raises(SampleNumberError):
            read_sample_number(swapped)


def test_numbers_out_of_range():
    with pytest.raises(ValueError, match="serial"):
        format_sample_number(2026, 1_000_000)


@pytest.mark.parametrize(
    ("phase", "before", "on", "after"),
    [
        ("PRE", True, True, False),
        ("POST", False, True, True),
        ("BETWEEN", False, True, True),
        ("ANY", True, True, True),
        ("", True, True, True),
    ],
)
def test_a_sample_of_a_phase_is_from_its_side_of_the_infusion(phase, before, on, after):
    days = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))
    assert [fits_phase(phase, date(2026, 3, 1), day) for day in days] == [before, on, after]


def test_a_limit_without_a_caution_is_kept_to_its_last_minute():
    freeze, _storage = stability(limits("T1"), START, START + timedelta(minutes=30))
    assert freeze.answer is Stability.WITHIN
    freeze, _storage = stability(limits("T1"), START, START + timedelta(minutes=31))
    assert freeze.answer is Stability.EXCEEDED
