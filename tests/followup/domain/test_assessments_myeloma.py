"""Myeloma response at the boundaries of the IMWG criteria."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from followup.domain.assessments import (
    MyelomaFindings,
    Protein,
    Quantity,
    Relation,
    imwg_response,
    read_assessment_rules,
)

DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_assessment_rules(json.loads(DATA.read_text(encoding="utf-8"))).imwg


def protein(baseline, now, nadir=None):
    def read(text):
        return None if text is None else Quantity.read(text)

    return Protein(read(baseline), read(nadir or baseline), read(now))


NOTHING = Protein(None, None, None)
SEEN = MyelomaFindings(
    serum=protein("40", "40"),
    urine=protein("1000", "1000"),
    urine_measurable=True,
    light_chain_disease=False,
    light_chain_difference=NOTHING,
    serum_ifx_negative=False,
    urine_ifx_negative=False,
    light_chain_ratio_normal=False,
    plasmacytoma=False,
    marrow_plasma_cells=Quantity.of(20),
    clonal_plasma_cells=True,
    new_lesion=False,
)


def code(**changes):
    return imwg_response(RULES, replace(SEEN, **changes)).code


def proteins(serum, urine):
    return code(serum=protein("40", serum), urine=protein("1000", urine))


@pytest.mark.parametrize(
    ("serum", "urine", "expected"),
    [
        ("4", "99", "VGPR"),
        ("4.1", "99", "PR"),
        ("4", "100", "PR"),
        ("<1", "<50", "VGPR"),
        ("20", "100", "PR"),
        ("20", "199", "PR"),
        ("20.1", "100", "MR"),
        ("20", "200", "MR"),
        ("30", "500", "MR"),
        ("30.1", "500", "SD"),
        ("30", "501", "SD"),
        ("40", "1000", "SD"),
    ],
)
def test_falls(serum, urine, expected):
    assert proteins(serum, urine) == expected


@pytest.mark.parametrize(
    ("nadir", "now", "expected"),
    [
        ("10", "15", "PD"),
        ("10", "14.9", "PR"),
        ("20", "25", "PD"),
        ("20", "24.9", "MR"),
        ("30", "37.4", "SD"),
        ("30", "37.5", "PD"),
    ],
)
def test_serum_progression_from_nadir(nadir, now, expected):
    found = code(serum=protein("40", now, nadir), urine=protein("1000", "150", "100"))
    assert found == expected


def test_a_high_nadir_needs_10_grams():
    high = {"serum": protein("60", "62.5", "50"), "urine": protein("1000", "900")}
    assert code(**high) == "PD"
    assert code(**{**high, "serum": protein("60", "62.4", "50")}) == "SD"
    assert code(**{**high, "serum": protein("33", "35", "30")}) == "SD"


def test_urine_and_light_chains():
    assert code(urine=protein("1000", "1250")) == "PD"
    assert code(urine=protein("1000", "700", "500")) == "PD"
    assert code(urine=protein("1000", "699", "500")) == "SD"
    chains = {"light_chain_disease": True, "light_chain_difference": protein("400", "200", "100")}
    assert code(**chains) == "PD"
    assert code(light_chain_disease=True) is None


COMPLETE = {
    "serum": protein("40", "<1"),
    "urine": protein("1000", "<50"),
    "serum_ifx_negative": True,
    "urine_ifx_negative": True,
    "marrow_plasma_cells": Quantity.of("4.9"),
}


def test_complete_responses():
    assert code(**COMPLETE) == "CR"
    strict = {"light_chain_ratio_normal": True, "clonal_plasma_cells": False}
    assert code(**COMPLETE, **strict) == "sCR"
    assert code(**{**COMPLETE, "marrow_plasma_cells": Quantity.of(5)}) == "VGPR"
    assert code(**{**COMPLETE, "urine_ifx_negative": False}) == "VGPR"
    assert code(**{**COMPLETE, "plasmacytoma": True}) == "VGPR"


@pytest.mark.parametrize(
    ("gap", "name"),
    [
        ({"new_lesion": None}, "new_lesion"),
        ({"serum": protein("40", None)}, "serum M protein"),
        ({"plasmacytoma": None, **COMPLETE}, "plasmacytoma"),
        ({"light_chain_ratio_normal": None, "clonal_plasma_cells": False, **COMPLETE},)
        + ("light_chain_ratio_normal",),
    ],
)
def test_a_gap_gives_no_response(gap, name):
    found = imwg_response(RULES, replace(SEEN, **gap))
    assert found.code is None
    assert name in found.missing


def test_a_known_progression_needs_nothing_else():
    assert code(new_lesion=True, serum=NOTHING, urine=NOTHING) == "PD"


def test_no_measurable_urine_protein():
    none = {"urine": protein("<50", "<50"), "urine_measurable": False}
    assert code(serum=protein("40", "30"), **none) == "MR"
    assert code(serum=protein("40", "4"), **none) == "VGPR"


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        # A nadir under 10 g/l: from 15 g/l on it rose by a quarter and by 5 g/l wherever it was.
        ("15", "PD"),
        ("14", None),  # 14 from 10 is no rise of 5 g/l, 14 from 0 is
        ("4.9", "PR"),  # not 5 g/l over zero
    ],
)
def test_a_nadir_below_quantification_leaves_open_what_it_leaves_open(now, answer):
    found = code(serum=protein("40", now, "<10"), urine=protein("1000", "150", "100"))
    assert found == answer


def test_a_nadir_of_unknown_size_and_a_disease_of_unknown_measure_give_no_response():
    unknown = Protein(Quantity.of(40), Quantity(None, Relation.BELOW), Quantity.of(20))
    assert code(serum=unknown) is None
    assert (
        code(serum=protein("40", "19"), urine=protein("1000", "300"), urine_measurable=None) is None
    )
    assert (
        code(serum=protein("40", "19"), urine=protein("1000", "300"), urine_measurable=False)
        == "PR"
    )


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-0.1"])
def test_a_quantity_is_finite_and_not_negative(value):
    with pytest.raises(ValueError, match="finite"):
        Quantity(Decimal(value))
