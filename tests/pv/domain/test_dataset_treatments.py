"""Treatments, procedures and stays as CM, PR and HO: missing stays missing, partial partial."""

import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.concomitant_care import DETAILS, STAYS, CareKind
from pv.domain.datasets import Subject, Tabulation, concomitant_care, facts
from tests.pv.domain.test_datasets import BY_CODE, MAPPING, PARTIAL, STUDY

LISTS = json.loads(
    (Path(__file__).parents[3] / "followup/reference/code_lists.json").read_text(encoding="utf-8")
)
CODES = {
    row["code"]: [item["code"] for item in row["items"]]
    for row in LISTS.get("lists", LISTS.get("code_lists"))
}
NAMES = {
    term.code: term.value
    for code in ("CARECAT", "CARESCAT")
    for term in MAPPING.codelists[code].terms.values()
}
ANSWERS = st.sampled_from(["", "YES", "NO", "UNKNOWN"])


@st.composite
def rows(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(CareKind))
    dose = draw(st.none() | st.decimals("0.001", 10_000, places=3))
    ended = draw(PARTIAL)
    return {
        "id": draw(st.uuids()),
        "kind": kind.value,
        "detail": draw(st.sampled_from(CODES[DETAILS[kind]])) if kind in DETAILS else "",
        "name": draw(st.sampled_from(["", "来那度胺"])),
        "started_on_text": draw(PARTIAL.filter(bool)),
        "ended_on_text": ended,
        "ongoing": draw(st.sampled_from(["", "NO"]) if ended else ANSWERS),
        "dose": dose,
        "dose_unit": "" if dose is None else draw(st.sampled_from(CODES["care_dose_unit"])),
        "mutagenic": draw(ANSWERS),
        "live_vaccine": draw(ANSWERS),
        "given_for": draw(st.sampled_from(["", "复发"])),
        "told_on": "2026-11-01",
    }


def tabulated(row: dict[str, Any]) -> tuple[str, Any, dict[str, Any], Tabulation]:
    found = concomitant_care.by_dataset([row], NAMES)
    (code,) = (name for name, made in found.items() if made)
    tabulation = Tabulation(MAPPING, STUDY)
    subject = Subject("S1-1", "2026-01-10", {"usubjid": "S1-1"})
    ((record, extra),) = tabulation.records(BY_CODE[code], subject, found[code])
    return code, record, {each["QNAM"]: each["QVAL"] for each in extra}, tabulation


@given(rows())
def test_every_treatment_has_its_data_set_and_says_what_was_told(row) -> None:
    code, record, extra, tabulation = tabulated(row)
    assert (code == "HO") is (CareKind(row["kind"]) in STAYS)
    assert tabulation.unmapped == {}, "every code has a term"
    assert all(record[v.name] for v in BY_CODE[code].variables if v.core == "Req")
    assert (record[f"{code}STDTC"], record[f"{code}ENDTC"]) == (
        row["started_on_text"],
        row["ended_on_text"] or None,
    )
    assert (record[f"{code}STDY"] is not None) is (len(row["started_on_text"]) == 10)
    open_end = not row["ended_on_text"] and bool(row["ongoing"])
    assert (record[f"{code}ENRTPT"] is not None) is open_end
    assert (record[f"{code}ENTPT"] is not None) is open_end
    if code == "HO":
        return
    assert record[f"{code}DOSE"] == row["dose"], "a dose nobody told is no zero"
    assert (record[f"{code}DOSU"] is None) is (row["dose"] is None)
    assert (record[f"{code}TRT"] == row["name"]) is bool(row["name"])
    assert ("MUTAGEN" in extra) is bool(row["mutagenic"])


def care(kind: str, detail: str = "", **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(
        ("name", "ended_on_text", "ongoing", "dose_unit", "mutagenic", "live_vaccine", "given_for"),
        "",
    )
    row |= {"id": "1", "kind": kind, "detail": detail, "started_on_text": "2026-02", "dose": None}
    return row | {"told_on": "2026-11-01"} | more


@pytest.mark.parametrize(
    ("row", "code", "wanted"),
    [
        (
            care("SUBSEQUENT_THERAPY", "RADIATION", dose=Decimal("30.000"), dose_unit="GY"),
            "PR",
            {"PRTRT": "RADIOTHERAPY", "PRDOSE": Decimal("30"), "PRDOSU": "Gy"},
        ),
        (
            care("IMMUNOGLOBULIN", "SC", ongoing="YES"),
            "CM",
            {
                "CMTRT": "IMMUNOGLOBULIN REPLACEMENT",
                "CMSCAT": None,
                "CMROUTE": "SUBCUTANEOUS",
                "CMENRTPT": "ONGOING",
                "CMENTPT": "2026-11-01",
            },
        ),
        (
            care("HOSPITAL_STAY", "INTENSIVE_CARE", given_for="CRS", name="瑞金"),
            "HO",
            {"HOTERM": "HOSPITAL", "HOENRTPT": None},
        ),
        (care("EMERGENCY_VISIT", given_for="发热"), "HO", {"HOTERM": "EMERGENCY ROOM"}),
    ],
)
def test_where_each_goes_and_in_which_words(row, code, wanted) -> None:
    found, record, _extra, _tabulation = tabulated(row)
    assert found == code
    assert {name: record[name] for name in wanted} == wanted


def test_the_details_of_an_infusion_are_qualifiers_and_what_is_missing_is_none() -> None:
    blank: dict[str, Any] = {
        "id": "1",
        "infused_on": date(2026, 1, 10),
        "lot": "L",
        "chain_of_identity": "C",
        "dose_cells": None,
        "lymphodepletion": "",
        "prior_lines": None,
        "indication": None,
        "thawed_at": None,
        "apheresis_on_text": "",
    }
    names = "manufacturing_site out_of_specification out_of_specification_note bridging_therapy "
    names += "bridging_note prior_hsct prior_alkylator prior_radiation"
    numbers = "vector_copy_number viability dose_per_kg fludarabine_dose cyclophosphamide_dose"
    blank |= dict.fromkeys(names.split(), "") | dict.fromkeys(numbers.split())
    said = blank | {
        "thawed_at": time(9, 5),
        "apheresis_on_text": "2025-12",
        "vector_copy_number": Decimal("1.500"),
        "viability": Decimal("0.00"),
        "out_of_specification": "UNKNOWN",
        "prior_hsct": "BOTH",
    }
    subject = Subject("S1-1", "2026-01-10", {"usubjid": "S1-1"})

    def qualifiers(row: dict[str, Any]) -> dict[str, Any]:
        made = Tabulation(MAPPING, STUDY).records(BY_CODE["EX"], subject, [facts.exposure(row)])
        ((_record, extra),) = made
        return {each["QNAM"]: each["QVAL"] for each in extra}

    assert set(qualifiers(blank)) == {"CHAINID"}
    assert qualifiers(said) == {
        "CHAINID": "C",
        "APHERDTC": "2025-12",
        "VCN": "1.5",
        "VIABPCT": "0",
        "OUTSPEC": "U",
        "THAWTM": "09:05",
        "PRIHSCT": "AUTOLOGOUS AND ALLOGENEIC",
    }
