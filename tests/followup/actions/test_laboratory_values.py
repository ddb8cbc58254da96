"""Laboratory values on file: once, never changed, corrected by rows, judged on arrival."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from followup.actions import laboratory
from followup.actions.laboratory import Specimen, ValueInput
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.models import AdverseEvent, LaboratoryFinding, LaboratoryResult
from followup.queries import laboratory as queries
from followup.queries import replacements
from tests import factories

pytestmark = pytest.mark.django_db
DAY0 = 200  # days ago


@pytest.fixture
def patient(nurse):
    site = factories.Site.objects.get(id=nurse.grants[0].site)
    infused_on = clock.today() - timedelta(days=DAY0)
    return factories.register(nurse, site, infused_on=infused_on)


def on(day: int) -> Specimen:
    return Specimen(on=clock.today() - timedelta(days=DAY0 - day))


def put(nurse, patient, day: int, measure: str, text: str, **more: Any):
    unit = more.pop("unit", queries.rules(nurse).laboratory.measures[measure].unit)
    confirmed = more.pop("confirmed", ())
    value = ValueInput(measure=measure, text=text, unit=unit, **more)
    return laboratory.record(nurse, patient, specimen=on(day), values=[value], confirmed=confirmed)


def found(patient) -> list[tuple[str, str, int, int | None, str]]:
    rows = LaboratoryFinding.objects.filter(patient=patient).order_by("id")
    return [(r.rule, r.measure, r.level, r.grade, r.state) for r in rows]


def test_a_value_is_kept_as_written_and_in_its_own_unit(nurse, patient) -> None:
    made = put(nurse, patient, 90, "hb", "９．８", unit="g/dL", range_text="11.5-15.0").made[0]
    row = LaboratoryResult.objects.get(id=made.id)
    assert (row.value, row.unit, row.written, row.unit_written) == (98, "g/L", "９．８", "g/dL")
    assert (row.range_low, row.range_high, row.range_text) == (115, 150, "11.5-15.0")
    assert (row.status, row.source, row.specimen_at) == ("FINAL", "TYPED", None)


def test_below_quantification_is_a_bound_and_never_a_zero(nurse, patient) -> None:
    row = put(
        nurse, patient, 90, "car_transgene", "<50", lower_limit=Decimal(50), detection_limit=10
    ).made[0]
    assert (row.comparator, row.value, row.written) == ("<", 50, "<50")
    assert queries.below_quantification(row, queries.rules(nurse).laboratory.measures[row.measure])
    with pytest.raises(Refused):
        put(nurse, patient, 91, "car_transgene", "0")
    word = put(nurse, patient, 92, "car_transgene", "未检出").made[0]
    assert (word.comparator, word.value, word.unit) == ("ND", None, "copies/ug")


def test_missing_values_say_why(nurse, patient) -> None:
    row = put(nurse, patient, 90, "igg", "", missing="NOT_DONE").made[0]
    assert (row.missing_because, row.value, row.unit) == ("NOT_DONE", None, "")
    with pytest.raises(Refused):
        put(nurse, patient, 91, "igg", "4", missing="NOT_DONE")
    with translation.override("en"), pytest.raises(Refused) as refused:
        put(nurse, patient, 90, "igg", "4")
    assert "not done" in str(refused.value.fields["igg"]).lower()  # in words, no code
    assert "NOT_DONE" not in str(refused.value.fields["igg"])


def test_the_same_value_is_not_written_twice_and_another_one_is_a_correction(
    nurse, patient
) -> None:
    first = put(nurse, patient, 90, "hb", "98")
    again = put(nurse, patient, 90, "hb", "9.8", unit="g/dL")
    assert (len(first.made), len(again.made), again.known) == (1, 0, 1)
    with pytest.raises(Refused) as caught:
        put(nurse, patient, 90, "hb", "99")
    assert "98" in str(caught.value)
    timed = Specimen(
        on=on(90).on, at=datetime.combine(on(90).on, datetime.min.time(), clock.SHANGHAI)
    )
    values = [ValueInput(measure="hb", text="99", unit="g/L")]
    assert len(laboratory.record(nurse, patient, specimen=timed, values=values).made) == 1


def test_all_or_none_with_every_problem_named(nurse, patient) -> None:
    values = [
        ValueInput(measure="hb", text="98", unit="g/L"),
        ValueInput(measure="anc", text="1,5", unit="10^9/L"),
        ValueInput(measure="plt", text="100", unit="furlong"),
        ValueInput(measure="nonsense", text="1"),
    ]
    with pytest.raises(Refused) as caught:
        laboratory.record(nurse, patient, specimen=on(90), values=values)
    assert set(caught.value.fields) == {"anc", "plt", "nonsense"}
    assert not LaboratoryResult.objects.filter(patient=patient).exists()


def test_an_unusual_number_is_asked_and_an_impossible_day_refused(nurse, patient) -> None:
    with pytest.raises(Refused) as caught:
        put(nurse, patient, 90, "hb", "210")
    assert caught.value.code == "confirm"
    assert put(nurse, patient, 90, "hb", "210", confirmed=["unusual-hb:210"]).made
    with pytest.raises(Refused):
        put(nurse, patient, DAY0 + 1, "hb", "100")


def test_a_correction_replaces_with_a_reason_and_the_old_row_stays(nurse, patient) -> None:
    old = put(nurse, patient, 90, "hb", "98").made[0]
    given = ValueInput(measure="hb", text="89", unit="g/L")
    with pytest.raises(Refused):
        laboratory.correct(nurse, old, specimen=on(90), given=given, reason=" ")
    new = laboratory.correct(nurse, old, specimen=on(90), given=given, reason="录入错误")
    assert (new.status, new.value, new.replaces_id) == ("CORRECTED", 89, old.id)
    assert [r.id for r in queries.of_patient(nurse, patient)] == [new.id]
    assert [r.id for r in replacements.versions(old)] == [old.id, new.id]
    with pytest.raises(Conflict):
        laboratory.correct(nurse, old, specimen=on(90), given=given, reason="再改")
    with pytest.raises(Refused):
        laboratory.correct(nurse, new, specimen=on(90), given=given, reason="再改")
    back = laboratory.take_back(nurse, new, reason="他人标本")
    assert back.taken_back
    assert queries.of_patient(nurse, patient) == []
    with pytest.raises(DatabaseError), transaction.atomic(), audit.acting(nurse, "test.x"):
        LaboratoryResult.objects.filter(id=old.id).update(value=1)


def test_the_database_refuses_what_the_code_would_never_write(nurse, patient) -> None:
    row = put(nurse, patient, 90, "car_transgene", "<50").made[0]
    names = [f.attname for f in LaboratoryResult._meta.concrete_fields if f.attname != "id"]
    kept = {n: getattr(row, n) for n in names}
    for wrong in (
        {"value": Decimal(0)},
        {"value": None, "comparator": ""},
        {"missing_because": "NOT_DONE"},
        {"finding": "NEGATIVE"},
        {"unit": ""},
        {"value": Decimal(-1), "comparator": ""},
        {"comparator": "ND"},
        {"reason": "", "taken_back": True},
        {"range_low": 5, "range_high": 1},
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            audit.acting(nurse, "test.constraint"),
        ):
            LaboratoryResult(**kept | wrong).save(force_insert=True)


def test_another_hospital_finds_nothing_and_may_do_nothing(nurse, patient) -> None:
    row = put(nurse, patient, 90, "hb", "98").made[0]
    other = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(NotFound):
        queries.one(other, row.id)
    with pytest.raises(NotFound):
        put(other, patient, 91, "hb", "98")
    study = factories.make_actor(Role.STUDY_MANAGER)
    with pytest.raises(Denied):
        put(study, patient, 91, "hb", "98")
    assert queries.of_patient(study, patient) == []  # no consent to passing data to the holder


@pytest.mark.parametrize(
    ("measure", "text", "level"),
    [
        ("anc", "1.0", None),
        ("anc", "0.99", 3),
        ("anc", "0.5", 3),
        ("anc", "0.49", 4),
        ("plt", "50", None),
        ("plt", "49", 3),
        ("plt", "25", 3),
        ("plt", "24", 4),
        ("hb", "80", None),
        ("hb", "79", 3),
        ("wbc", "1.0", None),
        ("wbc", "0.99", 4),
        ("alc", "0.2", None),
        ("alc", "0.19", 4),
    ],
)
def test_a_cytopenia_after_the_first_weeks_is_raised_at_the_boundary(
    nurse, patient, measure, text, level
) -> None:
    put(nurse, patient, 120, measure, text, confirmed=[f"unusual-{measure}:{text}"])
    rows = [row for row in found(patient) if row[0] == "CYTOPENIA"]
    assert [row[2] for row in rows] == ([level] if level else [])


def test_a_low_count_in_the_first_weeks_is_no_late_cytopenia(nurse, patient) -> None:
    put(nurse, patient, 30, "anc", "0.4")
    assert [r for r in found(patient) if r[0] == "CYTOPENIA"] == []
    put(nurse, patient, 31, "anc", "0.4")
    assert [r[2] for r in found(patient) if r[0] == "CYTOPENIA"] == [4]


def test_one_episode_gives_one_finding_until_worse_or_over(nurse, patient) -> None:
    for day, text in ((60, "0.9"), (67, "0.8"), (74, "0.4"), (81, "0.45")):
        put(nurse, patient, day, "anc", text)
    cytopenia = [r[2] for r in found(patient) if r[0] == "CYTOPENIA"]
    assert cytopenia == [3, 4]
    put(nurse, patient, 100, "anc", "2.5", range_text="1.8-6.3")
    put(nurse, patient, 110, "anc", "0.9")
    cytopenia = [r[2] for r in found(patient) if r[0] == "CYTOPENIA"]
    assert cytopenia == [3, 4, 3]


@pytest.mark.parametrize(("text", "level"), [("0.5", 3), ("0.51", None), ("0.1", 4), ("0.11", 3)])
def test_late_neutropenia_needs_two_points_at_the_limit(nurse, patient, text, level) -> None:
    put(nurse, patient, 60, "anc", text)
    assert [r for r in found(patient) if r[0] == "LATE_NEUTROPENIA"] == []
    put(nurse, patient, 67, "anc", text)
    late = [r for r in found(patient) if r[0] == "LATE_NEUTROPENIA"]
    assert [(r[2], r[3]) for r in late] == ([(level, level)] if level else [])


@pytest.mark.parametrize(
    ("measure", "text", "rule"),
    [
        ("cd19", "9.9", "B_CELL_APLASIA"),
        ("cd19", "0", "B_CELL_APLASIA"),
        ("cd19", "10", None),
        ("cd19_percent", "0.9", "B_CELL_APLASIA"),
        ("cd19_percent", "1", None),
        ("igg", "3.99", "LOW_IGG"),
        ("igg", "4.0", None),
        ("cd4", "199", "LOW_CD4"),
        ("cd4", "200", None),
        ("vector_positive", "1", "VECTOR_POSITIVE"),
        ("vector_positive", "0.99", None),
        ("car_transgene", "<50", None),
        ("car_transgene", "1515", None),
        ("car_transgene", "1516", "VECTOR_POSITIVE"),
    ],
)
def test_markers_at_their_boundaries(nurse, patient, measure, text, rule) -> None:
    put(nurse, patient, 120, measure, text)
    assert [r[0] for r in found(patient)] == ([rule] if rule else [])


def test_vector_positive_cells_ask_for_the_analysis_within_its_days(nurse, patient) -> None:
    put(nurse, patient, 120, "vector_positive", "1.0")
    row = LaboratoryFinding.objects.get(patient=patient)
    assert row.due == clock.today() + timedelta(days=30)
    assert "30 days" in row.citation


def test_aplasia_of_years_is_one_item_once_it_was_looked_at(nurse, patient) -> None:
    put(nurse, patient, 90, "cd19", "0")
    row = LaboratoryFinding.objects.get(patient=patient)
    laboratory.answer(nurse, row, text="预期的靶向效应，已补充丙种球蛋白")
    put(nurse, patient, 120, "cd19", "2")
    assert len(found(patient)) == 1
    put(nurse, patient, 150, "cd19", "60")
    put(nurse, patient, 180, "cd19", "3")
    assert [r[4] for r in found(patient)] == ["ANSWERED", "OPEN"]
    with pytest.raises(Conflict):
        laboratory.answer(nurse, row, text="x")


def test_a_correction_ends_what_the_wrong_value_gave_and_judges_the_right_one(
    nurse, patient
) -> None:
    old = put(nurse, patient, 120, "plt", "10").made[0]
    right = ValueInput(measure="plt", text="110", unit="10^9/L")
    laboratory.correct(nurse, old, specimen=on(120), given=right, reason="小数点")
    assert {r[4] for r in found(patient)} == {"CORRECTED"}
    other = put(nurse, patient, 130, "igg", "5").made[0]
    low = ValueInput(measure="igg", text="3.1", unit="g/L")
    laboratory.correct(nurse, other, specimen=on(130), given=low, reason="抄错")
    assert [r[4] for r in found(patient) if r[0] == "LOW_IGG"] == ["OPEN"]


def test_a_later_finding_falls_with_the_earlier_value_it_rested_on_and_comes_back(
    nurse, patient
) -> None:
    first = put(nurse, patient, 60, "anc", "0.4").made[0]
    put(nurse, patient, 70, "anc", "0.4")
    late = LaboratoryFinding.objects.get(patient=patient, rule="LATE_NEUTROPENIA")
    assert late.state == "OPEN"
    high = ValueInput(measure="anc", text="2.4", unit="10^9/L")
    corrected = laboratory.correct(nurse, first, specimen=on(60), given=high, reason="抄错")
    late.refresh_from_db()
    assert late.state == "CORRECTED"
    low = ValueInput(measure="anc", text="0.4", unit="10^9/L")
    laboratory.correct(nurse, corrected, specimen=on(60), given=low, reason="原值正确")
    late.refresh_from_db()
    assert late.state == "OPEN"


def test_a_positive_rcl_is_told_to_safety_at_once_and_once(nurse, patient) -> None:
    put(nurse, patient, 120, "rcl", "阳性")
    event = AdverseEvent.objects.get(patient=patient)
    assert (event.kind, event.serious) == ("RCL_POSITIVE", True)
    row = LaboratoryFinding.objects.get(patient=patient)
    assert (row.state, row.event_id) == ("REPORTED", event.id)
    put(nurse, patient, 121, "rcl", "阳性")
    assert AdverseEvent.objects.filter(patient=patient).count() == 1
    put(nurse, patient, 122, "rcl", "阴性(-)")
    assert LaboratoryFinding.objects.filter(patient=patient).count() == 1


def test_a_finding_is_joined_to_the_event_a_person_reports(nurse, patient) -> None:
    put(nurse, patient, 120, "plt", "20")
    row = LaboratoryFinding.objects.get(patient=patient, rule="CYTOPENIA")
    event = factories.malignancy(
        nurse, patient, verbatim="血小板减少", is_new_malignancy=False, reporter_name="李护士"
    )
    laboratory.report(nurse, row, event=event)
    row.refresh_from_db()
    assert (row.state, row.event_id) == ("REPORTED", event.id)
    put(nurse, patient, 121, "igg", "3")
    igg = LaboratoryFinding.objects.get(patient=patient, rule="LOW_IGG")
    with pytest.raises(Refused):
        laboratory.report(nurse, igg, event=event)
    with pytest.raises(Refused):
        laboratory.answer(nurse, igg, text=" ")


def test_reading_is_english_where_the_page_is(nurse, patient) -> None:
    with translation.override("en"), pytest.raises(Refused, match="unit"):
        put(nurse, patient, 90, "hb", "98", unit="stone")
