"""ATMP classes by the decision table."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.classifications import asked, classify, next_question, read_class_scheme

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "pv" / "reference" / "atmp.json").read_text(encoding="utf-8"))
SCHEME = read_class_scheme(DATA)
MICROBIAL, NOT_MICROBIAL = "GTMP_MICROBIAL_VECTOR", "GTMP_NOT_MICROBIAL_VECTOR"
NOTHING = {
    "blood_component": False,
    "transplant": False,
    "reproductive_cell": False,
    "preventive_vaccine": False,
    "small_nucleic_acid": False,
    "tissue_engineered": False,
    "cells_only_carrier": False,
    "living_cells": False,
    "gene_modified_ex_vivo": False,
    "oncolytic": False,
    "acts_on_genes_in_vivo": False,
    "vector": "MICROBIAL",
}


@pytest.mark.parametrize(
    ("answers", "code", "level_1"),
    [
        ({"living_cells": True, "gene_modified_ex_vivo": True}, "CTMP_GENE_MODIFIED", "CTMP"),
        ({"living_cells": True}, "CTMP_NOT_GENE_MODIFIED", "CTMP"),
        ({"acts_on_genes_in_vivo": True}, MICROBIAL, "GTMP"),
        ({"acts_on_genes_in_vivo": True, "vector": "NOT_MICROBIAL"}, NOT_MICROBIAL, "GTMP"),
        ({"cells_only_carrier": True, "living_cells": True}, MICROBIAL, "GTMP"),
        ({"cells_only_carrier": True, "vector": "NOT_MICROBIAL"}, NOT_MICROBIAL, "GTMP"),
        ({"oncolytic": True}, MICROBIAL, "GTMP"),
        ({"transplant": True, "living_cells": True}, "EXCLUDED_TRANSPLANT", None),
        ({"tissue_engineered": True, "living_cells": True}, "OTHER_ATMP", "OTHER"),
        ({"blood_component": True, "living_cells": True}, "EXCLUDED_BLOOD_COMPONENT", None),
        ({"reproductive_cell": True, "living_cells": True}, "EXCLUDED_REPRODUCTIVE_CELL", None),
        ({"preventive_vaccine": True}, "EXCLUDED_PREVENTIVE_VACCINE", None),
        ({"small_nucleic_acid": True}, "EXCLUDED_SMALL_NUCLEIC_ACID", None),
        ({}, "NOT_ATMP", None),
    ],
)
def test_every_row(answers, code, level_1):
    found = classify(SCHEME, {**NOTHING, **answers})
    assert (found.row.code, found.row.level_1) == (code, level_1)
    assert found.row.excluded is (level_1 is None)
    assert found.steps[-1].met is True


def test_every_row_of_the_table_is_tried():
    assert len(SCHEME.rows) == 14


def test_car_t_elsewhere():
    answers = {**NOTHING, "living_cells": True, "gene_modified_ex_vivo": True}
    assert set(classify(SCHEME, answers).row.elsewhere) == {"EU", "US"}


@pytest.mark.parametrize("name", ["blood_component", "small_nucleic_acid", "tissue_engineered"])
def test_an_unknown_exclusion_is_never_passed_over(name):
    car_t = {**NOTHING, "living_cells": True, "gene_modified_ex_vivo": True}
    found = classify(SCHEME, {**car_t, name: None})
    assert (found.row, found.missing) == (None, (name,))


def test_a_missing_answer_is_asked_only_where_it_matters():
    cells = {**NOTHING, "living_cells": True, "gene_modified_ex_vivo": None}
    assert classify(SCHEME, cells).missing == ("gene_modified_ex_vivo",)
    gene_therapy = {**NOTHING, "acts_on_genes_in_vivo": True}
    del gene_therapy["gene_modified_ex_vivo"]
    assert classify(SCHEME, gene_therapy).row.code == MICROBIAL


def test_version_is_kept_and_the_final_guidelines_of_2026_are_cited():
    found = classify(SCHEME, NOTHING)
    assert (found.scheme, found.version) == ("CDE_2026_39_40", DATA["version"])
    assert SCHEME.final is True
    assert DATA["published"] == "2026-07-03"
    assert "no. 39" in found.citation
    assert "no. 40" in found.citation


def test_each_class_of_the_draft_has_its_class_in_the_final_guidelines():
    codes = {row.code for row in SCHEME.rows}
    mapped = DATA["earlier_classes"]["map"]
    assert set(mapped) == {
        "GTMP_VIRAL_VECTOR",
        "GTMP_NON_VIRAL_VECTOR",
        "GTMP_NUCLEIC_ACID",
        "GTMP_ONCOLYTIC",
    }
    assert set(mapped.values()) <= codes


def test_unknown_questions_are_refused():
    with pytest.raises(ValueError, match="colour"):
        classify(SCHEME, {**NOTHING, "colour": True})
    broken = {**DATA, "rows": [{**DATA["rows"][0], "when": {"colour": True}}]}
    with pytest.raises(ValueError, match="colour"):
        read_class_scheme(broken)


def test_products_carry_the_class_of_the_table():
    path = ROOT / "followup" / "reference" / "products.json"
    products = {p["code"]: p for p in json.loads(path.read_text(encoding="utf-8"))["products"]}
    codes = {row.code for row in SCHEME.rows}
    assert {p["atmp_class"] for p in products.values()} <= codes
    car_t = [p["atmp_class"] for p in products.values() if p["kind"] == "CAR_T"]
    assert set(car_t) == {"CTMP_GENE_MODIFIED"}


@given(st.data())
def test_asked_one_by_one_the_table_comes_to_the_row_all_answers_give(data) -> None:
    """No question twice, none that has no part in the class, and an end."""
    options = {name: [True, False] for name in SCHEME.questions}
    options["vector"] = ["MICROBIAL", "NOT_MICROBIAL"]
    every = {name: data.draw(st.sampled_from(rows)) for name, rows in options.items()}
    answers = asked(SCHEME, every)
    assert next_question(SCHEME, answers) is None
    assert len(answers) <= len(SCHEME.questions)
    assert classify(SCHEME, answers).row == classify(SCHEME, every).row
    for name in list(answers)[:-1]:
        less = {key: value for key, value in answers.items() if key != name}
        assert len(asked(SCHEME, less)) < len(answers)


def test_the_order_of_a_rows_conditions_does_not_change_what_is_asked() -> None:
    rows = [{**row, "when": dict(reversed(row["when"].items()))} for row in DATA["rows"]]
    turned = read_class_scheme({**DATA, "rows": rows})
    known: dict[str, bool | str] = {}
    while (name := next_question(SCHEME, known)) is not None:
        assert next_question(turned, known) == name
        known[name] = NOTHING[name]
