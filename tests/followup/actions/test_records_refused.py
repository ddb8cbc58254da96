"""Merges, laboratory files, values and questions that are refused, and what stands in their way."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from followup.actions import data_queries, registrations
from followup.actions.identity import Contact, IdentityInput
from followup.actions.laboratory import files as laboratory_files
from followup.actions.laboratory import line_validation, value_parsing
from followup.actions.laboratory.value_parsing import Specimen, ValueInput
from followup.actions.registrations import bags, persons
from followup.core import clock
from followup.core.actor import Actor
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.problems import Conflict
from followup.domain.dates import PartialDate
from followup.domain.identity import RESIDENT
from followup.domain.laboratory import SheetRow
from followup.models import (
    DataQuery,
    LaboratoryCode,
    LaboratoryLine,
    LaboratorySource,
    Patient,
    PlannedVisit,
    RegistrationDecision,
    RetiredPatient,
    Sample,
    Site,
)
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)
BORN = date(1968, 5, 4)
NUMBER, OTHER_NUMBER = "110101196805043011", "110101196805043038"


@pytest.fixture
def second(site: Site) -> Actor:
    return factories.make_actor(Role.PHYSICIAN, site=site)


def person(phone: str, **more: Any) -> IdentityInput:
    given = {"name": "王小安", "birth_date": BORN}
    return IdentityInput(contacts=(Contact(phone=phone, whose="PATIENT"),), **given | more)


def register(nurse: Actor, site: Site, phone: str, *, sex: str = "MALE", **more: Any) -> Patient:
    given = {"identity": person(phone, **more), "infused_on": TODAY - 200 * DAY}
    return factories.register(nurse, site, sex=sex, not_a_duplicate=True, **given)


def merge(
    nurse: Actor, leaving: Patient, staying: Patient, confirmed: Collection[str] | None = None
) -> RegistrationDecision:
    if confirmed is None:
        confirmed = [question.key for question in bags.questions(leaving, staying)]
    given = {"survivor": staying, "reason": "同一人", "confirmed": confirmed}
    return registrations.ask_merge(nurse, leaving, **given)


def test_two_people_are_not_merged_and_what_is_unlikely_is_asked(nurse: Actor, site: Site) -> None:
    one = register(nurse, site, "13900000001", national_id=NUMBER, document_kind=RESIDENT)
    other = register(nurse, site, "13900000002", birth_date=date(1969, 5, 4), sex="FEMALE")
    with pytest.raises(Unconfirmed) as caught:
        merge(nurse, one, other, ())
    keys = [question.key for question in caught.value.questions]
    codes = [key.partition(":")[0] for key in keys]
    assert codes == ["merge_sex", "merge_birth", "merge_infusion"]
    assert not RegistrationDecision.objects.exists()
    for patient, day in ((one, TODAY), (other, TODAY - DAY)):
        told = {"vital_status": "DEAD", "informant": "FAMILY", "died_on": PartialDate.of(day)}
        factories.call(nurse, patient, **told)
    one, other = (Patient.objects.get(id=row.id) for row in (one, other))
    with pytest.raises(Unconfirmed) as caught:
        merge(nurse, one, other, ())
    assert len(caught.value.questions) == 4
    third = register(nurse, site, "13900000003", national_id=OTHER_NUMBER, document_kind=RESIDENT)
    assert refused(merge, nurse, one, third) == {"study_code"}, "two documents are two people"


def test_the_remaining_identity_takes_over_what_it_lacks_and_gives_it_back(
    nurse: Actor, second: Actor, site: Site
) -> None:
    leaving = register(nurse, site, "13900000001", hospital_number="00123", address="北京路1号")
    staying = register(nurse, site, "13900000002")
    factories.call(
        nurse,
        leaving,
        vital_status="DEAD",
        informant="FAMILY",
        died_on=PartialDate.of(TODAY - 2 * DAY),
    )
    asked = merge(nurse, leaving, staying)
    assert refused(registrations.decide, second, asked, confirm=False) == {"note"}
    done = registrations.decide(second, asked, confirm=True)
    shown = persons._person(staying)
    assert shown is not None
    assert (shown.hospital_number, shown.address) == ("00123", "北京路1号")
    ahead = PlannedVisit.objects.filter(patient=staying, window_start__gt=TODAY)
    assert {row.state for row in ahead} == {"CANCELLED"}, "the one person is dead"
    assert Patient.objects.get(id=staying.id).vital_status == "DEAD"
    third = register(nurse, site, "13900000004")
    assert refused(merge, nurse, leaving, third) == {""}, "merged already"
    again = merge(nurse, staying, third)
    registrations.decide(second, again, confirm=True)
    assert refused(registrations.undo, nurse, done, reason="slip") == {""}, "undo the later first"
    registrations.undo(nurse, again, reason="slip")
    assert refused(registrations.undo, nurse, done, reason=" ") == {"reason"}
    registrations.undo(nurse, done, reason="slip")
    shown = persons._person(staying)
    assert shown is not None
    assert (shown.hospital_number, shown.address) == ("", "")
    assert not RetiredPatient.objects.exists()
    assert Patient.objects.get(id=staying.id).vital_status != "DEAD"
    ahead = PlannedVisit.objects.filter(patient=staying, window_start__gt=TODAY)
    assert "CANCELLED" not in {row.state for row in ahead}, "the follow-up goes on"


def test_a_registration_with_tubes_is_not_voided(nurse: Actor, second: Actor, site: Site) -> None:
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    asked = registrations.ask_void(nurse, patient, reason="never treated")
    assert refused(registrations.ask_void, nurse, patient, reason="again") == {""}
    event = factories.malignancy(nurse, patient)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.tube"):
        Sample.objects.filter(event=event).update(state="COLLECTED")
    assert refused(registrations.decide, second, asked, confirm=True) == {""}
    assert not RetiredPatient.objects.exists()
    assert refused(registrations.ask_void, nurse, patient, reason="again") == {""}


@pytest.fixture
def source(nurse: Actor, site: Site) -> LaboratorySource:
    return laboratory_files.add_source(nurse, site, name="检验科")


COLUMNS = {"patient": "A", "specimen": "B", "item": "C", "value": "D", "unit": "E"}


def test_a_laboratory_is_named_once_and_its_columns_are_whole(
    nurse: Actor, site: Site, source: LaboratorySource
) -> None:
    for name in (" ", "检验科"):
        assert refused(laboratory_files.add_source, nurse, site, name=name) == {"name"}
    confirm = laboratory_files.confirm_columns
    lacking = {"columns": COLUMNS | {"value": ""}, "version": source.version}
    assert refused(confirm, nurse, source, **lacking) == {"value"}
    doubled = {"columns": COLUMNS | {"unit": "D"}, "version": source.version}
    assert refused(confirm, nurse, source, **doubled) == {"value", "unit"}
    row = confirm(nurse, source, columns=COLUMNS, version=source.version)
    assert row.columns == COLUMNS
    with pytest.raises(Conflict):
        confirm(nurse, source, columns=COLUMNS, version=source.version)


def test_an_item_that_is_not_kept_takes_its_lines_out_of_the_way(
    nurse: Actor, site: Site, source: LaboratorySource
) -> None:
    patient = register(nurse, site, "13900000001", hospital_number="00123")
    content = "A,B,C,D,E\r\n00123,2026-11-01,甲,1.5,g/L".encode()
    kept = laboratory_files.receive(nurse, source, name="a.csv", content=content)
    assert laboratory_files.receive(nurse, source, name="b.csv", content=content) == kept
    code = {"item": "甲", "unit": "g/L"}
    unknown = code | {"measure": "NO_SUCH"}
    assert refused(laboratory_files.confirm_code, nurse, source, **unknown) == {"measure"}
    row = SheetRow(2, "00123", TODAY - DAY, None, "甲", "1.5", "g/L", "", "")
    stranger = replace(row, number=3, patient="99999")
    out = laboratory_files.FileOutcome()
    given = {"rows": [row, stranger], "dry": False, "out": out}
    laboratory_files.import_rows(nurse, kept, **given)
    assert (out.rows, out.known, out.states, len(out.faults)) == (2, 0, {"UNMAPPED": 1}, 1)
    line = LaboratoryLine.objects.get()
    assert line.patient == patient
    assert laboratory_files.confirm_code(nurse, source, **code, measure="") == 1
    line.refresh_from_db()
    assert (line.state, line.measure) == ("IGNORED", "")
    same = code | {"measure": ""}
    assert refused(laboratory_files.confirm_code, nurse, source, **same) == {""}
    assert LaboratoryCode.objects.count() == 1
    again = laboratory_files.FileOutcome()
    later = replace(row, number=4)
    given = {"rows": [row, later], "dry": False, "out": again}
    laboratory_files.import_rows(nurse, kept, **given)
    assert (again.rows, again.known, again.states) == (2, 1, {"IGNORED": 1})
    assert refused(line_validation.specimen_of, LaboratoryLine(specimen_on=None)) == {"on"}


def test_a_value_and_its_day_are_refused_at_their_field(nurse: Actor, site: Site) -> None:
    known = value_parsing.measures(nurse)
    measure = next(m for m in known.values() if m.unit and m.factor(m.unit) == 1)
    good: dict[str, Any] = {"measure": measure.code, "text": "1.5", "unit": measure.unit}
    for wrong, field in (
        ({"text": "", "missing": "NOT_DONE", "lower_limit": Decimal(1)}, "text"),
        ({"missing": "NOT_DONE"}, "text"),
        ({"text": "", "missing": "FORGOT"}, "missing"),
        ({"range_text": "9-1"}, "range"),
        ({"lower_limit": Decimal(0)}, "lower_limit"),
        ({"lower_limit": Decimal(1), "detection_limit": Decimal(2)}, "detection_limit"),
        ({"measure": "NO_SUCH"}, "measure"),
    ):
        assert refused(value_parsing.read, nurse, ValueInput(**good | wrong), known) == {field}
    patient = register(nurse, site, "13900000001")
    noon = datetime.combine(TODAY - DAY, time(12), clock.SHANGHAI)
    later = datetime.combine(TODAY, time(13), clock.SHANGHAI)
    for specimen, field in (
        (Specimen(on=TODAY + DAY), "on"),
        (Specimen(on=TODAY, at=noon), "at"),
        (Specimen(on=TODAY, at=later), "at"),
        (Specimen(on=TODAY - DAY, received_on=TODAY - 2 * DAY), "received_on"),
        (Specimen(on=TODAY - DAY, received_on=TODAY + DAY), "received_on"),
        (Specimen(on=date(1960, 1, 1)), "on"),
    ):
        with clock.pinned(later - timedelta(hours=1)):
            assert refused(value_parsing.check_day, patient, specimen) == {field}, specimen
    value_parsing.check_day(patient, Specimen(on=TODAY - DAY, at=noon, received_on=TODAY))


def test_a_question_is_about_a_record_of_its_patient(nurse: Actor, site: Site) -> None:
    one, other = (register(nurse, site, f"1390000000{n}") for n in (1, 2))
    visit, event = factories.call(nurse, other), factories.malignancy(nurse, other)
    monitor = factories.make_actor(Role.STUDY_MANAGER)
    for wrong, field in (({"text": " "}, "text"), ({"visit": visit}, ""), ({"event": event}, "")):
        given = {"text": "check the day"} | wrong
        assert refused(data_queries.ask, monitor, one, **given) == {field}
    before = DataQuery.objects.count()
    row = data_queries.ask(monitor, other, text="check the day", visit=visit)
    assert (row.product_id, DataQuery.objects.count()) == (visit.product_id, before + 1)
