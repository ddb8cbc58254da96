"""Contacts of a sheet: what can be read is, what cannot is named with its row and column."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import batches
from followup.domain.cohorts import CellFault, Fault, fold
from followup.domain.dates import PartialDate
from followup.domain.fields import (
    ALSO_NEEDED,
    BY_KEY,
    FIELDS,
    TABLES,
    Dataset,
    Kind,
    Personal,
    of,
)
from followup.domain.laboratory import Sheet
from followup.domain.laboratory.spreadsheets import SheetCell

TODAY = date(2026, 11, 21)
NAMES = {fold(word): name for name in batches.NAMES for word in (name, name.replace("_", " "))}
CODES = {
    f"visits.{name}": {fold(value): value for value in values}
    for name, values in {
        **batches.DIGITS,
        "contact_type": ("PHONE",),
        "informant": ("PATIENT",),
        "other_event": ("NO", "YES"),
    }.items()
}
GOOD = {
    "study_code": "S-00001",
    "contact_on": "2026-11-20",
    "contact_type": "phone",
    "informant": "Patient",
    "vital_status": "alive",
}


def read(**changes):
    row = {name: text for name, text in {**GOOD, **changes}.items() if text}
    return batches.read_row(7, row, CODES, TODAY)


def test_a_row_is_read_in_the_kinds_of_its_fields():
    row, faults = read(died_on_text="2026-10", counts_outside="x", note=" as told ")
    assert faults == []
    assert row.number == 7
    assert row.values["contact_on"] == date(2026, 11, 20)
    assert row.values["died_on_text"] == PartialDate(2026, 10), "a partial date stays partial"
    assert (row.values["contact_type"], row.values["note"]) == ("PHONE", "as told")
    assert "disease_status" not in row.values, "what was not answered is no answer"


@pytest.mark.parametrize("name", sorted(batches.NEEDED))
def test_what_every_contact_needs_is_asked_for(name):
    _row, faults = read(**{name: ""})
    assert faults == [CellFault(7, name, "", Fault.MISSING)]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("contact_on", "2026-13-01", Fault.NOT_A_DAY),
        ("contact_on", "2026-11", Fault.NOT_A_DAY),
        ("contact_type", "pigeon", Fault.NOT_A_CODE),
        ("note", "=1+1", Fault.FORMULA),
        ("new_malignancy", "YES", Fault.ON_THE_PAGE),
        ("other_event", "yes", Fault.ON_THE_PAGE),
    ],
)
def test_a_cell_that_cannot_stand_is_named_and_the_rest_is_read(name, text, fault):
    row, faults = read(**{name: text})
    assert faults == [CellFault(7, name, text, fault)]
    assert row.values["study_code"] == "S-00001"


def sheet(*rows: list[SheetCell]) -> Sheet:
    head = [SheetCell(name) for name in ("Study code", "Room", "contact_on", "Note", "note")]
    return Sheet((tuple(head), *map(tuple, rows)), "xlsx", tuple(range(1, len(rows) + 2)))


def test_a_sheet_gives_its_known_columns_and_the_first_of_two():
    day = SheetCell("20 Nov", day=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    rows = batches.texts(
        sheet(
            [SheetCell(" S-00001 "), SheetCell("12"), day, SheetCell("one"), SheetCell("two")],
            [SheetCell(""), SheetCell("13"), SheetCell(""), SheetCell(""), SheetCell("two")],
            [SheetCell("S-00002"), SheetCell(""), SheetCell("A1+1", formula=True)],
            [SheetCell("=S3", formula=True)],
        ),
        NAMES,
    )
    assert rows == [
        (2, {"study_code": "S-00001", "contact_on": "2026-11-20", "note": "one"}),
        (4, {"study_code": "S-00002", "contact_on": "=A1+1"}),
        (5, {"study_code": "=S3"}),
    ]


@given(st.lists(st.sampled_from([*NAMES, "room", ""]), max_size=8))
def test_each_field_stands_where_its_first_heading_does(headings):
    places = batches.places(headings, NAMES)
    assert {NAMES[headings[at]] for at in places.values()} == set(places)
    for name, at in places.items():
        assert all(NAMES.get(fold(before)) != name for before in headings[:at])
    assert set(places) == {NAMES[h] for h in headings if h in NAMES}


def test_a_field_has_one_key_and_one_place():
    assert len(BY_KEY) == len(FIELDS)
    assert sum(len(of(dataset)) for dataset in Dataset) == len(FIELDS)
    assert BY_KEY["patients.sex"].codes == "sex"
    assert set(TABLES) == set(Dataset)


def test_nobody_is_named_by_a_usual_export():
    for field in FIELDS:
        named = field.personal in (Personal.IDENTITY, Personal.STAFF, Personal.FREE_TEXT)
        assert field.usual is not named
        if field.personal is Personal.IDENTITY:
            assert (field.dataset, field.table) == (Dataset.PATIENTS, "followup_identity")
        else:
            assert field.table == TABLES[field.dataset]
    assert not BY_KEY["patients.name"].usual
    assert not BY_KEY["visits.note"].usual
    assert BY_KEY["patients.birth_year"].usual


def test_samples_need_the_consent_to_samples_and_a_yes_or_no_is_read_as_a_tick():
    assert set(ALSO_NEEDED) == {Dataset.SAMPLES, Dataset.RESULTS}
    outside = BY_KEY["visits.counts_outside"]
    assert (outside.kind, batches.column_of(outside).kind.value) == (Kind.YES_NO, "tick")
    assert batches.column_of(BY_KEY["visits.informant"]).needed
