"""A sheet of patients with past visits: what is read, what is refused, and what goes with it."""

from datetime import date, datetime, time

import pytest

from followup.domain.cohort_columns import BY_CODE, COLUMNS
from followup.domain.cohorts import (
    CellFault,
    CohortPatient,
    Fault,
    fold,
    propose,
    read_cohort,
)
from followup.domain.dates import PartialDate
from followup.domain.laboratory import Sheet
from followup.domain.laboratory.spreadsheets import SheetCell

TODAY = date(2026, 11, 28)
CODES = {
    "sex": {"男": "M", "m": "M", "女": "F"},
    "vital_status": {"alive": "ALIVE", "dead": "DEAD"},
    "disease_status": {"remission": "REMISSION"},
}
PERSON = {
    "key": "1",
    "name": "王芳",
    "sex": "女",
    "birth_date": "1961",
    "consent_version": "V1",
    "consent_purposes": "LTFU",
    "consent_on": "2024-02-01",
    "product": "RELMA_CEL",
    "infused_on": "2024-03-01",
    "lot": "L1",
    "chain_of_identity": "C1",
}
VISIT = {"key": "1", "contact_on": "2025-03-03", "vital_status": "alive"}
Cells = dict[str, str | SheetCell]


def read(*rows: Cells) -> tuple[list[CohortPatient], list[CellFault]]:
    """Rows by column, below a heading of every column; the first of them is row 2 of the file."""
    heading = tuple(SheetCell(column.en) for column in COLUMNS)
    cells = [
        tuple(
            cell if isinstance(cell := row.get(column.code, ""), SheetCell) else SheetCell(cell)
            for column in COLUMNS
        )
        for row in rows
    ]
    sheet = Sheet((heading, *cells), "utf-8", tuple(range(1, len(rows) + 2)))
    return read_cohort(sheet, propose(sheet.headings), CODES, TODAY)


def wrong(*rows: Cells) -> list[tuple[int, str, Fault]]:
    return [(fault.number, fault.column, fault.fault) for fault in read(*rows)[1]]


def test_rows_of_one_key_are_one_patient_with_the_visits_in_their_order() -> None:
    later = {**VISIT, "contact_on": SheetCell("x", day=datetime.fromisoformat("2026-03-09T08:30"))}
    (patient,), faults = read({**PERSON, **VISIT}, later)
    assert faults == []
    assert patient.values["sex"] == "F"
    assert patient.values["birth_date"] == PartialDate.from_iso("1961")
    assert patient.values["infused_on"] == date(2024, 3, 1)
    assert [(v.number, v.values["contact_on"]) for v in patient.visits] == [
        (2, date(2025, 3, 3)),
        (3, date(2026, 3, 9)),
    ]
    assert patient.visits[0].values["vital_status"] == "ALIVE"
    assert "vital_status" in BY_CODE


def test_a_fault_of_the_patient_leaves_the_patient_out_one_of_a_visit_that_visit() -> None:
    patients, faults = read(
        {**PERSON, **VISIT, "vital_status": "perhaps"},
        VISIT,
        {**PERSON, "key": "2", "sex": "?", "chain_of_identity": "C2"},
    )
    assert [patient.key for patient in patients] == ["1"]
    assert [visit.number for visit in patients[0].visits] == [3]
    assert [(f.number, f.column, f.text, f.fault) for f in faults] == [
        (2, "vital_status", "perhaps", Fault.NOT_A_CODE),
        (4, "sex", "?", Fault.NOT_A_CODE),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("infused_on", "2024-13-01", Fault.NOT_A_DAY),
        ("infused_on", "2024-03", Fault.NOT_A_DAY),
        ("birth_date", "about 60", Fault.NOT_A_DAY),
        ("dose_cells", "many", Fault.NOT_A_NUMBER),
        ("dose_cells", "1.2.3", Fault.NOT_A_NUMBER),
        ("dose_cells", "1234567890", Fault.TOO_MANY_DIGITS),
        ("dose_cells", "1.2345", Fault.TOO_MANY_DIGITS),
        ("prior_lines", "40000", Fault.TOO_MANY_DIGITS),
        ("prior_lines", "2.5", Fault.TOO_MANY_DIGITS),
        ("viability", "98.125", Fault.TOO_MANY_DIGITS),
        ("thawed_at", "25:00", Fault.NOT_A_TIME),
        ("thawed_at", "9", Fault.NOT_A_TIME),
        ("thawed_at", "09:05:30", Fault.NOT_A_TIME),
        ("prior_hsct", "perhaps", Fault.NOT_A_CODE),
        ("apheresis_on", "2024-13", Fault.NOT_A_DAY),
        ("lot", SheetCell("L1", formula=True), Fault.FORMULA),
        ("national_id", SheetCell("1.10101E+17", number=True), Fault.ROUNDED),
        ("hospital_number", SheetCell("1234567890123456", number=True), Fault.ROUNDED),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_row_and_column(column, cell, fault) -> None:
    assert wrong({**PERSON, column: cell}) == [(2, column, fault)]
    assert read({**PERSON, column: cell})[0] == []


def test_what_reads_well_is_kept_as_it_is() -> None:
    (patient,), faults = read(
        {
            **PERSON,
            "dose_cells": "１.5",
            "prior_lines": "03",
            "viability": "98.500",
            "thawed_at": "09:05:00",
            "apheresis_on": "2024-02",
            "not_same": "√",
            "checked": "no",
            "birth_date": SheetCell("x", day=datetime.fromisoformat("1961-05-06")),
            "hospital_number": SheetCell("123456789012345", number=True),
        }
    )
    assert faults == []
    values = patient.values
    assert (values["dose_cells"], values["not_same"], values["checked"]) == ("1.5", True, False)
    assert values["birth_date"] == PartialDate.of(date(1961, 5, 6))
    assert (values["prior_lines"], values["viability"]) == ("03", "98.500")
    assert values["thawed_at"] == time(9, 5)
    assert values["apheresis_on"] == PartialDate(2024, 2)
    assert values["hospital_number"] == "123456789012345"


def test_two_rows_that_differ_about_one_patient_leave_it_out() -> None:
    assert wrong(PERSON, {**PERSON, "lot": "L2"}) == [(3, "lot", Fault.TWICE)]
    assert wrong(PERSON, {"key": "1", "lot": "L1"}) == []


def test_a_row_without_a_key_a_visit_without_a_day_and_a_patient_without_a_lot() -> None:
    assert wrong({**PERSON, "key": ""}) == [(2, "key", Fault.NO_KEY)]
    assert wrong(PERSON, {"key": "1", "note": "called"}) == [(3, "contact_on", Fault.NO_DAY)]
    assert wrong({**PERSON, "lot": ""}) == [(2, "lot", Fault.MISSING)]
    missing = {column for _, column, fault in wrong(VISIT) if fault is Fault.MISSING}
    assert missing == set(PERSON) - {"key", "birth_date"}


def test_a_heading_is_known_by_code_and_both_languages_and_not_when_it_stands_twice() -> None:
    assert propose(["KEY", "姓 名", "Sex", "Lot number", "Lot number", "other"]) == {
        "key": "KEY",
        "name": "姓 名",
        "sex": "Sex",
    }
    assert propose(["Name", "姓名"]) == {"name": "Name"}
    assert fold("Ｌｏｔ Number") == "lotnumber"
