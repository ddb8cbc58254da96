"""Attribution classes A to F at every threshold, and the independent flags."""

import json
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.malignancies import (
    AttributionClass,
    AttributionEvidence,
    FlagEvidence,
    IntegrationSite,
    attribute,
    attribution_flags,
    read_attribution_rules,
)

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "pv" / "reference" / "attribution.json").read_text(encoding="utf-8"))
RULES = read_attribution_rules(DATA)
NEAR = IntegrationSite(100_000, "PBX2", True)
DRIVER = AttributionEvidence(
    tested=True,
    not_tested_reason=None,
    lod_met=True,
    tumour_content=Decimal(60),
    transgene_detected=True,
    vcn=Decimal("0.5"),
    car_positive_malignant=None,
    car_positive_all=Decimal(40),
    same_tcr_clone=True,
    sites=(NEAR,),
    conflicting=False,
)
A, B, C, D, E, F = AttributionClass


def cls(**changes):
    return attribute(RULES, replace(DRIVER, **changes)).cls


def test_class_a_needs_all_three():
    assert cls() is A
    assert cls(vcn=None, car_positive_malignant=Decimal(50)) is A


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ((), B),
        ((IntegrationSite(100_001, "PBX2", True),), B),
        ((IntegrationSite(-100_000, "PBX2", True),), A),
        ((IntegrationSite(0, "PBX2", False),), B),
        ((IntegrationSite(200_000, "TP53", True), NEAR), A),
    ],
)
def test_driver_integration(sites, expected):
    found = attribute(RULES, replace(DRIVER, sites=sites))
    assert (found.cls, found.provisional) == (expected, False)


@pytest.mark.parametrize(
    "sites",
    [
        None,
        (IntegrationSite(50_000, "PBX2", None),),
        (IntegrationSite(None, None, True),),
    ],
)
def test_b_is_provisional_while_the_sites_are_open(sites):
    found = attribute(RULES, replace(DRIVER, sites=sites))
    assert (found.cls, found.provisional, found.missing) == (B, True, ("sites",))


BYSTANDER = {
    "vcn": Decimal("0.01"),
    "car_positive_malignant": Decimal(0),
    "car_positive_all": Decimal("0.99"),
    "same_tcr_clone": False,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, C),
        ({"car_positive_all": Decimal(1)}, E),
        ({"same_tcr_clone": True}, E),
        ({"same_tcr_clone": None}, None),
        ({"car_positive_all": None}, None),
        ({"vcn": Decimal("0.49"), "car_positive_malignant": Decimal("49.9")}, C),
        ({"vcn": Decimal("0.5")}, E),
        ({"car_positive_malignant": Decimal(50)}, E),
    ],
)
def test_passenger_or_conflict(changes, expected):
    assert cls(**{**BYSTANDER, **changes}) is expected


@pytest.mark.parametrize(
    ("lod", "content", "expected"),
    [
        (True, "20", D),
        (True, "19.9", E),
        (False, "60", E),
        (False, None, E),
        (None, "60", None),
        (True, None, None),
    ],
)
def test_a_negative_counts_only_in_an_adequate_sample(lod, content, expected):
    negative = {"transgene_detected": False, "lod_met": lod}
    assert cls(**negative, tumour_content=Decimal(content) if content else None) is expected


def test_not_tested_and_conflicting():
    found = attribute(RULES, replace(DRIVER, tested=False, not_tested_reason="PATIENT_DIED"))
    assert (found.cls, found.reason) == (F, "PATIENT_DIED")
    assert cls(conflicting=True) is E
    assert cls(tested=None) is None


@pytest.mark.parametrize("name", ["transgene_detected", "vcn", "same_tcr_clone"])
def test_a_missing_result_leaves_the_class_open(name):
    found = attribute(RULES, replace(DRIVER, **{name: None}))
    assert found.cls is None
    assert name in found.missing


def test_thresholds_are_parameters():
    strict = read_attribution_rules(
        {**DATA, "thresholds": {**DATA["thresholds"], "driver_distance_most_bp": 50_000}}
    )
    assert attribute(strict, DRIVER).cls is B


def test_the_questions_are_shown():
    rules = [step.rule for step in attribute(RULES, DRIVER).steps]
    assert rules == [
        "TESTED",
        "TRANSGENE_DETECTED",
        "TRANSGENE_IN_CLONE",
        "SAME_TCR_CLONE",
        "DRIVER_INTEGRATION",
    ]


FLAGS = FlagEvidence(
    same_tcr_before=False,
    same_driver_before=False,
    chip_before=None,
    rcl_positive=False,
    ebv_driven=True,
    prior_genotoxic=True,
)


def test_flags_stand_beside_any_class():
    found = attribution_flags(FLAGS)
    assert found == {
        "preexisting_clone": False,
        "chip_preexisting": None,
        "rcl_positive": False,
        "ebv_driven": True,
        "prior_genotoxic": True,
    }
    assert set(found) == {row["code"] for row in DATA["flags"]}
    assert attribution_flags(replace(FLAGS, same_tcr_before=None))["preexisting_clone"] is None
    either = replace(FLAGS, same_tcr_before=None, same_driver_before=True)
    assert attribution_flags(either)["preexisting_clone"] is True


percents = st.none() | st.sampled_from([Decimal(p) for p in ("0", "0.5", "1", "20", "50", "90")])
evidence = st.builds(
    AttributionEvidence,
    tested=st.just(value=True),
    not_tested_reason=st.none(),
    lod_met=st.none() | st.booleans(),
    tumour_content=percents,
    transgene_detected=st.none() | st.booleans(),
    vcn=st.none() | st.sampled_from([Decimal("0.1"), Decimal("0.5"), Decimal(2)]),
    car_positive_malignant=percents,
    car_positive_all=percents,
    same_tcr_clone=st.none() | st.booleans(),
    sites=st.none() | st.sampled_from([(), (NEAR,), (IntegrationSite(None, None, None),)]),
    conflicting=st.booleans(),
)


@given(evidence)
def test_an_answer_or_what_is_missing(seen):
    found = attribute(RULES, seen)
    assert (found.cls is None) <= bool(found.missing)
    assert found.provisional <= (found.cls is B)
    if found.cls is D:
        assert seen.transgene_detected is False
    names = {f.name for f in fields(seen)}
    assert set(found.missing) <= names
    assert all(getattr(seen, n) is None for n in set(found.missing) - {"sites"})
