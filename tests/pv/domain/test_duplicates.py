"""Duplicate score: symmetry, partial dates, missing values, weights, candidates."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from pv.domain.duplicates import (
    Agreement,
    FieldKind,
    Verdict,
    compare,
    read_duplicate_rules,
    score,
)
from pv.domain.duplicates.features import features, from_data, search_keys, to_data
from pv.domain.e2b.message import Node

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "pv" / "reference" / "duplicates.json").read_text(encoding="utf-8"))
RULES = read_duplicate_rules(DATA)
SAME, FITS, OTHER, GAP = Agreement


def day(text):
    return PartialDate.from_iso(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026-01-30", "2026-01-30", SAME),
        ("2026-01-30", "2026-01", FITS),
        ("2026-01-30", "2026", FITS),
        ("2026-01", "2026-01", FITS),
        ("2026", "2026-01", FITS),
        ("2026-01-30", "2026-02-02", FITS),
        ("2026-01-30", "2026-02-03", OTHER),
        ("2026-01", "2026-02-03", FITS),
        ("2026-01", "2026-02-04", OTHER),
        ("2025", "2026", FITS),
        ("2024", "2026", OTHER),
    ],
)
def test_dates_with_three_days_of_tolerance(one, other, expected):
    for left, right in ((one, other), (other, one)):
        assert compare(FieldKind.DATE, day(left), day(right), Decimal(3)) is expected


@pytest.mark.parametrize(
    ("kind", "one", "other", "expected"),
    [
        (FieldKind.KEY, "Ｚ Ｓ", "zs", SAME),
        (FieldKind.KEY, "zs", "ls", OTHER),
        (FieldKind.NUMBER, Decimal(60), Decimal("60.0"), SAME),
        (FieldKind.NUMBER, Decimal(60), Decimal(61), FITS),
        (FieldKind.NUMBER, Decimal(60), Decimal(62), OTHER),
        (FieldKind.SET, frozenset("ab"), frozenset("ab"), SAME),
        (FieldKind.SET, frozenset("ab"), frozenset("bc"), FITS),
        (FieldKind.SET, frozenset("a"), frozenset("b"), OTHER),
        (FieldKind.IDS, frozenset("ab"), frozenset("bc"), SAME),
        (FieldKind.KEY, None, "zs", GAP),
        (FieldKind.KEY, "", "zs", GAP),
        (FieldKind.SET, frozenset(), frozenset("a"), GAP),
        (FieldKind.NUMBER, Decimal(0), Decimal(0), SAME),
    ],
)
def test_kinds(kind, one, other, expected):
    assert compare(kind, one, other, Decimal(1)) is expected
    assert compare(kind, other, one, Decimal(1)) is expected


def test_a_value_of_another_kind_is_refused():
    with pytest.raises(TypeError):
        compare(FieldKind.DATE, "2026", "2026", None)


CASE = {
    "person_key": "k1",
    "initials": "ZS",
    "birth_date": day("1966-05-04"),
    "sex": "MALE",
    "product_code": "AXI_CEL",
    "lot": "A12",
    "infused_on": day("2025-03-01"),
    "terms": frozenset({"T-cell lymphoma"}),
    "onset": day("2026-01-30"),
}


def test_one_case_twice_and_with_gaps():
    assert score(RULES, CASE, CASE).verdict is Verdict.PROBABLE
    sparse = {k: CASE[k] for k in ("initials", "sex", "product_code", "terms")}
    sparse |= {"infused_on": day("2025-03"), "onset": day("2026")}
    found = score(RULES, CASE, sparse)
    assert found.verdict in {Verdict.PROBABLE, Verdict.SUSPECT}
    by_code = {item.code: item for item in found.fields}
    assert (by_code["onset"].agreement, by_code["lot"].agreement) == (FITS, GAP)
    assert by_code["lot"].bits == 0


def test_two_people_with_one_product_and_one_reaction():
    other = {**CASE, "person_key": "k2", "initials": "LW", "birth_date": day("1950-01-01")}
    assert score(RULES, CASE, other).verdict is Verdict.UNLIKELY


def test_missing_values_speak_neither_way():
    assert score(RULES, {}, CASE).bits == 0
    assert score(RULES, {}, CASE).verdict is Verdict.TOO_LITTLE
    two = {"lot": "A12", "infused_on": day("2025-03-01")}
    assert score(RULES, two, CASE).verdict is Verdict.TOO_LITTLE


def test_a_shared_report_number_and_different_ones():
    ids = {"report_ids": frozenset({"CN-1", "US-9"})}
    linked = score(RULES, {**CASE, **ids}, {**CASE, "report_ids": frozenset({"US-9"})})
    apart = score(RULES, {**CASE, **ids}, {**CASE, "report_ids": frozenset({"EU-3"})})
    assert linked.bits - apart.bits == 20
    assert apart.verdict is Verdict.PROBABLE


def test_unknown_fields_are_refused():
    with pytest.raises(ValueError, match="shoe_size"):
        score(RULES, {"shoe_size": "42"}, {})


def test_weights_are_data():
    heavier = {**DATA, "probable_from": "1000"}
    assert score(read_duplicate_rules(heavier), CASE, CASE).verdict is Verdict.SUSPECT


dates = st.builds(
    lambda y, m, d: PartialDate(y, m, d if m else None),
    st.integers(2020, 2022),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 28),
)
by_kind = {
    FieldKind.KEY: st.sampled_from(["a", "b", "Ａ"]),
    FieldKind.NUMBER: st.decimals(0, 5, places=1),
    FieldKind.DATE: dates,
    FieldKind.SET: st.frozensets(st.sampled_from("abc")),
    FieldKind.IDS: st.frozensets(st.sampled_from("abc")),
}
reports = st.fixed_dictionaries({}, optional={f.code: by_kind[f.kind] for f in RULES.fields})


@given(reports, reports)
def test_the_score_is_symmetric(one, other):
    assert score(RULES, one, other) == score(RULES, other, one)


@given(reports, reports)
def test_dropping_a_value_drops_exactly_its_bits(one, other):
    open_ended = read_duplicate_rules({**DATA, "most_bits": dict.fromkeys(DATA["most_bits"], 999)})
    whole = score(open_ended, one, other)
    for item in whole.fields:
        without = {k: v for k, v in one.items() if k != item.code}
        assert score(open_ended, without, other).bits == whole.bits - item.bits


@given(reports, reports)
def test_a_part_counts_up_to_its_cap(one, other):
    found = score(RULES, one, other)
    assert found.bits == sum(bits for _, bits in found.parts)
    assert all(bits <= RULES.most_bits[part] for part, bits in found.parts)


def test_two_events_of_one_person_are_two_cases():
    later = {**CASE, "terms": frozenset({"Pneumonia"}), "onset": day("2026-09-01")}
    assert score(RULES, CASE, later).verdict is Verdict.UNLIKELY


@given(reports)
def test_nothing_fits_better_than_itself(report):
    own = score(RULES, report, report)
    assert all(item.bits >= 0 for item in own.fields)


def share_a_block(one, other):
    keys = [set(search_keys(report, DATA["blocking"])) for report in (one, other)]
    return bool(keys[0] & keys[1])


def test_candidates_share_a_strong_value():
    far = {**CASE, "person_key": "k9", "infused_on": day("2020"), "lot": "Z"}
    far |= {"birth_date": day("1950-01-01"), "onset": day("2021-01-01")}
    assert not share_a_block(CASE, far)
    assert share_a_block(CASE, {**far, "person_key": "k1"})
    assert share_a_block(CASE, {**far, "infused_on": day("2025-03")})
    assert share_a_block(CASE, CASE)


def test_missing_values_make_no_candidates():
    assert not share_a_block({}, {})
    assert not share_a_block({"product_code": "A"}, {"product_code": "A"})


def report(**values: str) -> Node:
    root = Node("")
    root.values.update({key.replace("_", "."): text for key, text in values.items()})
    return root


def test_what_is_compared_of_a_message_is_only_what_it_says():
    assert features(report(), names=()) == {}
    root = report(D_1="ZS", D_2_1="19620504", D_5="2", D_9_1="202611")
    root.values.update({"D.2.2a": "64", "D.2.2b": "a"})
    root.add("E.i").values.update(
        {"E.i.2.1b": "10000001", "E.i.4": "20261005", "E.i.7": "5", "E.i.9": "CN"}
    )
    root.add("E.i").values["E.i.1.1a"] = " Fever "
    root.add("G.k").values.update({"G.k.1": "2", "G.k.2.2": "Concomitant"})
    dose = root.add("G.k")
    dose.values.update({"G.k.1": "1", "G.k.2.2": "Product"})
    dose.add("G.k.4.r").values.update({"G.k.4.r.4": "20260701", "G.k.4.r.7": "L1"})
    assert features(root, names=("CN-X-1",), person="p", site="s") == {
        "report_ids": frozenset({"CN-X-1"}),
        "person_key": "p",
        "initials": "ZS",
        "birth_date": day("1962-05-04"),
        "age_years": Decimal(64),
        "sex": "2",
        "country": "CN",
        "site_key": "s",
        "product_code": "Product",
        "lot": "L1",
        "infused_on": day("2026-07-01"),
        "terms": frozenset({"10000001", "fever"}),
        "onset": day("2026-10-05"),
        "died_on": day("2026-11"),
        "outcome": "5",
    }


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"D.1": "Zhang San the Elder"}, "initials"),
        ({"D.2.1": "unknown"}, "birth_date"),
        ({"D.2.2a": "64", "D.2.2b": "mo"}, "age_years"),
        ({"D.2.2a": "about 64", "D.2.2b": "a"}, "age_years"),
    ],
)
def test_what_cannot_be_compared_is_a_gap(values, name):
    root = Node("")
    root.values.update(values)
    assert name not in features(root, names=())


def test_the_registers_own_product_stands_before_the_words_of_a_message():
    root = Node("")
    root.add("G.k").values.update({"G.k.2.2": "Something"})
    assert features(root, names=(), product="P1")["product_code"] == "P1"
    assert features(root, names=())["product_code"] == "Something", "no drug is marked suspect"


def test_what_is_kept_beside_a_case_comes_back_equal():
    said = {
        "report_ids": frozenset({"b", "a"}),
        "birth_date": day("1962-05"),
        "age_years": Decimal("64.5"),
        "sex": "2",
    }
    stored = json.loads(json.dumps(to_data(said)))
    assert from_data(RULES, stored) == said
    assert from_data(RULES, {**stored, "shoe_size": "43"}) == said


def test_two_reports_share_a_key_where_they_share_a_block_and_keys_do_not_depend_on_the_process():
    one = {"product_code": "P1", "infused_on": day("2026-07-01"), "sex": "2"}
    other = {"product_code": "P1", "infused_on": day("2026-07-01"), "sex": "1"}
    blocks = DATA["blocking"]
    assert set(search_keys(one, blocks)) & set(search_keys(other, blocks))
    assert not set(search_keys(one, blocks)) & set(
        search_keys({**other, "product_code": "P2"}, blocks)
    )
    assert search_keys({"sex": "2"}, [["product_code"]]) == []
    # BLAKE2b of 8 bytes over "(0, 'L1')": keys are stored, so they may never change unnoticed.
    assert search_keys({"lot": "L1"}, [["lot"]]) == ["53b325e189f3d682"]
