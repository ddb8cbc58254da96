"""Details of an infusion: recorded, asked about, put right; what a corrected date makes of them."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from followup.actions import infusion_details, infusions, registrations
from followup.actions.infusion_details import describe
from followup.actions.registrations import bags
from followup.core import audit, clock, confirmations
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.domain import infusion_details as rules
from followup.domain.dates import PartialDate
from followup.domain.infusion_details import InfusionDetails
from followup.models import Infusion, Product
from followup.queries import infusion_details as queries
from pv.models import Case
from tests import factories
from tests.followup.actions.test_infusions import given_of
from tests.followup.domain.test_infusion_details import FULL

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def patient(nurse, site):
    with clock.pinned(datetime(2026, 11, 25, 10, tzinfo=clock.SHANGHAI)):
        return factories.register(nurse, site, infused_on=date(2026, 11, 20))


@pytest.fixture
def row(patient) -> Infusion:
    return factories.infusion_of(patient)


def of_kind(row: Infusion, *, car_t: bool, atmp_class: str) -> None:
    with audit.acting(factories.SYSTEM, "test.kind"):
        Product.objects.filter(id=row.product_id).update(is_car_t=car_t, atmp_class=atmp_class)


def test_everything_is_kept_and_read_as_it_was_given(nurse, row) -> None:
    saved = describe(nurse, row, given=FULL, version=1)
    assert saved.version == 2
    row.refresh_from_db()
    assert queries.recorded(row) == FULL
    assert row.apheresis_on_text == "2026-10-12"


def test_the_range_of_every_number_is_in_the_reference_data() -> None:
    assert set(queries.ranges()) == set(rules.RANGES)


def test_the_trail_says_who_recorded_what(nurse, row) -> None:
    describe(nurse, row, given=InfusionDetails(viability=Decimal(91)), version=1)
    change = Change.objects.filter(table_name="followup_infusion").order_by("-id").first()
    assert (change.action, change.actor_id) == ("infusion.describe", nurse.id)
    assert change.before["viability"] is None
    assert Decimal(str(change.after["viability"])) == 91


def test_a_first_answer_needs_no_reason_a_changed_or_removed_one_does(nurse, row) -> None:
    describe(nurse, row, given=InfusionDetails(viability=Decimal(91)), version=1)
    more = InfusionDetails(viability=Decimal(91), prior_hsct="NONE")
    describe(nurse, row, given=more, version=2)
    for given in (replace(more, viability=Decimal(92)), replace(more, prior_hsct="")):
        with pytest.raises(Refused) as refused:
            describe(nurse, row, given=given, version=3, reason=" ")
        assert list(refused.value.fields) == ["reason"]
    row = describe(nurse, row, given=replace(more, prior_hsct=""), version=3, reason="病历核对")
    assert (row.version, row.prior_hsct) == (4, "")


def test_nothing_new_and_a_stale_form_are_refused(nurse, row) -> None:
    with pytest.raises(Refused, match="Nothing is different"):
        describe(nurse, row, given=InfusionDetails(), version=1)
    describe(nurse, row, given=InfusionDetails(prior_radiation="NO"), version=1)
    with pytest.raises(Conflict) as stale:
        describe(nurse, row, given=InfusionDetails(prior_radiation="YES"), version=1)
    assert stale.value.differences == {"prior_radiation": ("YES", "NO")}
    row.refresh_from_db()
    assert row.prior_radiation == "NO"


def test_a_correction_of_the_infusion_is_met_by_the_same_version(nurse, row) -> None:
    infusions.correct(nurse, row, given=given_of(row, lot="Z1"), version=1, reason="批号更正")
    with pytest.raises(Conflict):
        describe(nurse, row, given=InfusionDetails(prior_radiation="YES"), version=1)
    describe(nurse, row, given=InfusionDetails(prior_radiation="YES"), version=2)
    row.refresh_from_db()
    assert (row.lot, row.prior_radiation) == ("Z1", "YES")


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"viability": Decimal("100.01")}, "viability", "between 0 and 100"),
        ({"vector_copy_number": Decimal(0)}, "vector_copy_number", "more than zero"),
        ({"apheresis_on": PartialDate(2026, 12)}, "apheresis_on", "after the infusion"),
        ({"apheresis_on": PartialDate(1901)}, "apheresis_on", "not born yet"),
        ({"out_of_specification_note": "  "}, "out_of_specification_note", "Say what was out"),
        ({"bridging_therapy": "NO"}, "bridging_note", "belong to the answer yes"),
        ({"prior_hsct": "TWICE"}, "prior_hsct", "not among the answers"),
        ({"bridging_note": "很" * 2001}, "bridging_note", "At most 2000 characters"),
        ({"manufacturing_site": "x" * 201}, "manufacturing_site", "At most 200 characters"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(nurse, row, changed, field, words) -> None:
    with pytest.raises(Refused) as refused:
        describe(nurse, row, given=replace(FULL, **changed), version=1)
    assert list(refused.value.fields) == [field]
    assert words in str(refused.value.fields[field][0])


def test_a_thaw_of_today_that_is_to_come_is_refused(nurse, site) -> None:
    with clock.pinned(datetime(2026, 11, 25, 10, tzinfo=clock.SHANGHAI)):
        patient = factories.register(nurse, site, infused_on=date(2026, 11, 25))
        row = factories.infusion_of(patient)
        with pytest.raises(Refused, match="yet to come"):
            describe(nurse, row, given=InfusionDetails(thawed_at=time(10, 1)), version=1)
        describe(nurse, row, given=InfusionDetails(thawed_at=time(10, 0)), version=1)


def test_what_is_unlikely_is_asked_once_and_stands_in_the_trail(nurse, row) -> None:
    said = InfusionDetails(viability=Decimal(45), fludarabine_dose=Decimal(30))
    with pytest.raises(Unconfirmed) as asked:
        describe(nurse, row, given=said, version=1)
    texts = {q.field: q.text for q in asked.value.questions}
    assert texts["viability"] == "Cell viability 45 is unusual: 70 to 100 % are common."
    assert "60 to 180 mg/m²" in texts["fludarabine_dose"]
    keys = [question.key for question in asked.value.questions]
    describe(nurse, row, given=said, version=1, confirmed=keys)
    change = Change.objects.filter(table_name="followup_infusion").order_by("-id").first()
    assert "Confirmed: Cell viability 45" in change.reason
    describe(nurse, row, given=replace(said, prior_radiation="NO"), version=2)
    other = replace(said, viability=Decimal(44), prior_radiation="NO")
    with pytest.raises(Unconfirmed):
        describe(nurse, row, given=other, version=3, reason="x", confirmed=keys)


def test_dose_and_lymphodepletion_of_the_infusion_are_compared(nurse, row) -> None:
    given = given_of(row, dose_cells=Decimal(120), lymphodepletion="BENDAMUSTINE")
    row = infusions.correct(nurse, row, given=given, version=1, reason="病历核对")
    said = InfusionDetails(dose_per_kg=Decimal("0.2"), fludarabine_dose=Decimal(90))
    with pytest.raises(Unconfirmed) as asked:
        describe(nurse, row, given=said, version=2)
    texts = {q.field: q.text for q in asked.value.questions}
    assert "the patient weighed 600 kg" in texts["dose_per_kg"]
    assert "does not name this agent" in texts["fludarabine_dose"]


def test_cells_are_not_asked_of_a_product_without_any(nurse, row) -> None:
    of_kind(row, car_t=False, atmp_class="GTMP_MICROBIAL_VECTOR")
    with pytest.raises(Refused) as refused:
        describe(nurse, row, given=FULL, version=1)
    strange = set(rules.NAMES) - rules.asked(car_t=False, atmp_class="GTMP_MICROBIAL_VECTOR")
    assert set(refused.value.fields) == strange
    describe(nurse, row, given=InfusionDetails(prior_hsct="NONE"), version=1)


def test_what_stood_before_the_kind_was_known_may_stay(nurse, row) -> None:
    describe(nurse, row, given=FULL, version=1)
    of_kind(row, car_t=False, atmp_class="GTMP_MICROBIAL_VECTOR")
    describe(nurse, row, given=replace(FULL, prior_hsct="BOTH"), version=2, reason="病历核对")
    other = replace(FULL, prior_hsct="BOTH", viability=Decimal(90))
    with pytest.raises(Refused):
        describe(nurse, row, given=other, version=3, reason="x")


def test_a_corrected_day_may_not_contradict_them(nurse, patient, row) -> None:
    with clock.pinned(datetime(2026, 11, 25, 10, tzinfo=clock.SHANGHAI)):
        early = InfusionDetails(apheresis_on=PartialDate(2026, 11, 10), thawed_at=time(11, 30))
        describe(nurse, row, given=early, version=1)
        for day, words in ((date(2026, 11, 9), "2026-11-10"), (date(2026, 11, 25), "11:30")):
            with pytest.raises(Refused) as refused:
                infusions.correct(
                    *(nurse, row),
                    given=given_of(row, infused_on=day),
                    version=2,
                    reason="病历核对",
                    confirmed=confirmations.ALL_CONFIRMED,
                )
            assert words in str(refused.value.fields["infused_on"][0])
        infusions.correct(
            *(nurse, row),
            given=given_of(row, infused_on=date(2026, 11, 21)),
            version=2,
            reason="病历核对",
            confirmed=confirmations.ALL_CONFIRMED,
        )
        row.refresh_from_db()
        assert queries.recorded(row) == early


def test_no_case_changes_by_them(nurse, patient, row) -> None:
    factories.malignancy(nurse, patient)
    before = Case.objects.get(patient=patient)
    sources = before.sources.count()
    describe(nurse, row, given=FULL, version=1)
    after = Case.objects.get(patient=patient)
    assert (after.sources.count(), after.lock_version) == (sources, before.lock_version)


def test_readers_and_strangers_cannot(patient, row) -> None:
    with pytest.raises(Denied):
        describe(factories.make_actor(Role.STUDY_MANAGER), row, given=FULL, version=1)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(NotFound):
        describe(stranger, row, given=FULL, version=1)


def test_a_registration_that_is_voided_keeps_them(nurse, site, patient, row) -> None:
    describe(nurse, row, given=FULL, version=1)
    other = factories.make_actor(Role.NURSE, site=site)
    asked = registrations.ask_void(nurse, patient, reason="误登记")
    registrations.decide(other, asked, confirm=True)
    row.refresh_from_db()
    assert row.retired
    assert queries.recorded(row) == FULL
    asked.refresh_from_db()
    registrations.undo(other, asked, reason="登记无误")
    row.refresh_from_db()
    assert not row.retired
    assert queries.recorded(row) == FULL


def test_a_merge_tells_what_only_the_registration_that_goes_records(
    nurse, site, patient, row
) -> None:
    other = factories.register(
        nurse, site, infused_on=row.infused_on, not_a_duplicate=True, product_row=row.product
    )
    mine = factories.infusion_of(other)
    describe(nurse, mine, given=FULL, version=1)
    describe(nurse, row, given=replace(FULL, thawed_at=None, prior_hsct=""), version=1)
    questions = {question.code: question for question in bags.questions(other, patient)}
    assert "Time of thawing, Prior stem cell transplantation" in questions["merge_details"].text
    assert "merge_details" not in {question.code for question in bags.questions(patient, other)}
    keys = [question.key for question in questions.values()]
    with pytest.raises(Unconfirmed, match="Only COI"):
        registrations.ask_merge(nurse, other, survivor=patient, reason="同一人", confirmed=keys[:1])
    asked = registrations.ask_merge(nurse, other, survivor=patient, reason="同一人", confirmed=keys)
    registrations.decide(factories.make_actor(Role.NURSE, site=site), asked, confirm=True)
    mine.refresh_from_db()
    assert mine.retired
    assert queries.recorded(mine) == FULL


@pytest.mark.parametrize(
    "values",
    [
        {"viability": Decimal(101)},
        {"viability": Decimal(-1)},
        {"dose_per_kg": Decimal(0)},
        {"prior_hsct": "TWICE"},
        {"bridging_therapy": "MAYBE"},
        {"out_of_specification": "YES"},
        {"out_of_specification_note": "x"},
        {"bridging_therapy": "NO", "bridging_note": "x"},
    ],
)
def test_the_database_refuses_them_too(row, values) -> None:
    acting = audit.acting(factories.SYSTEM, "test.values")
    with pytest.raises(IntegrityError), transaction.atomic(), acting:
        Infusion.objects.filter(id=row.id).update(**values)


def test_the_interval_to_the_infusion_is_asked(nurse, row) -> None:
    late = InfusionDetails(apheresis_on=PartialDate.of(row.infused_on - timedelta(days=1)))
    with pytest.raises(Unconfirmed, match="5 to 730 days"):
        describe(nurse, row, given=late, version=1)


def test_what_is_stored_has_a_column_each() -> None:
    columns = {field.column for field in Infusion._meta.concrete_fields}
    assert set(infusion_details.stored(FULL)) <= columns
