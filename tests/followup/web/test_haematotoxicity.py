"""ICAHT and T-ICAHT out of the counts on record: every grade at its boundary, through the API.

Expected grades: the published tables (Rejeski et al., Blood 2023; T-ICAHT), read by hand.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import clinical_assessments, infusions, laboratory
from followup.actions.laboratory import Specimen, ValueInput
from followup.actions.patients import InfusionInput
from followup.core import audit, clock, confirmations
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.clinical_assessments import Instrument
from followup.domain.dates import PartialDate
from followup.models import AdverseEvent, LaboratoryResult
from tests import factories

pytestmark = pytest.mark.django_db
DAY0 = 130
EARLY, LATE = range(31), range(31, 101)


@pytest.fixture(scope="module")
def world(module_transaction):
    """A patient with one count of each measure before the infusion, and who writes them."""
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    actor = actor_of(nurse)
    patient = factories.register(actor, site, infused_on=on(0))
    values = [ValueInput(measure=measure, text="9", unit="10^9/L") for measure in ("anc", "plt")]
    specimen = Specimen(on=on(-3), received_on=clock.today())
    made = laboratory.record(actor, patient, specimen=specimen, values=values)
    return nurse, patient, {row.measure: row for row in made.made}


def on(day: int):
    return clock.today() - timedelta(days=DAY0 - day)


def put(world, measure: str, days: dict[int, str]) -> None:
    """Counts by day after the infusion; `<0.2` is a bound."""
    nurse, _patient, firsts = world
    first = firsts[measure]
    kept = {f.attname: getattr(first, f.attname) for f in first._meta.concrete_fields}
    del kept["id"]
    with transaction.atomic(), audit.acting(actor_of(nurse), "test.counts"):
        LaboratoryResult.objects.bulk_create(
            LaboratoryResult(
                **kept
                | {"specimen_on": on(day), "value": Decimal(text.lstrip("<")), "written": text}
                | {"comparator": "<" if text.startswith("<") else first.comparator}
            )
            for day, text in days.items()
        )


def low(n: int, value: str, window: range, usual: str) -> dict[int, str]:
    """`value` on the first n days of a window, `usual` on the others."""
    return {day: value if place < n else usual for place, day in enumerate(window)}


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world[0])
    return client


def scales(client, world) -> dict[str, dict]:
    found = client.get(f"/api/v1/patients/{world[1].id}/haematotoxicity/").json()
    return {scale["scale"]: scale for scale in found[-1]["scales"]}


def grade_of(client, world, scale: str) -> int | None:
    found = scales(client, world)[scale]
    assert found["reasoning"]
    assert (found["grade"] is None) == bool(found["missing"])
    assert found["at_least"] <= found["at_most"]
    return found["grade"]


def anc(n: int, value: str, usual: str = "2.0") -> dict[int, str]:
    return low(n, value, EARLY, usual)


EARLY_ANC = [
    (anc(0, "0.5"), 0),
    (anc(31, "0.51"), 0),
    *((anc(n, "0.5"), g) for n, g in ((1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (30, 3), (31, 4))),
    *((anc(n, "0.1"), g) for n, g in ((6, 1), (7, 3), (13, 3), (14, 4))),
    (anc(7, "0.11"), 2),
    (anc(6, "0.1", "0.4") | {30: "0.6"}, 3),
]
LATE_ANC = [
    ({40: a, 47: b}, grade)
    for a, b, grade in (
        ("1.51", "1.51", 0),
        ("1.5", "1.5", 1),
        ("1.01", "1.01", 1),
        ("1", "1", 2),
        ("0.51", "0.51", 2),
        ("0.5", "0.5", 3),
        ("0.11", "0.11", 3),
        ("0.1", "0.1", 4),
        ("0.1", "3", 0),
        ("0.4", "1.2", 1),
    )
]
EARLY_PLT = [
    (low(n, value, EARLY, "150"), grade)
    for n, value, grade in (
        (31, "50", 0),
        (1, "49", 1),
        (6, "49", 1),
        (7, "49", 2),
        (31, "20", 2),
        (1, "19", 3),
        (13, "19", 3),
        (14, "19", 4),
    )
]
LATE_PLT = [
    (low(n, value, LATE, "150"), grade)
    for n, value, grade in (
        (70, "100", 0),
        (1, "99", 1),
        (70, "50", 1),
        (1, "49", 2),
        (70, "20", 2),
        (1, "19", 3),
        (13, "19", 3),
        (14, "19", 4),
    )
]
# The first and the last day of each window.
EDGES = [
    ("anc", "ICAHT_LATE", {31: "0.4", 32: "0.4"}, 3),
    ("anc", "ICAHT_LATE", {30: "0.4", 31: "0.4"}, None),  # day 30 is early: one time point
    ("anc", "ICAHT_EARLY", {d: "0.5" if 17 <= d <= 30 else "2" for d in range(41)}, 3),
    ("anc", "ICAHT_EARLY", {d: "0.5" if 18 <= d <= 40 else "2" for d in range(41)}, 2),
    ("plt", "T_ICAHT_EARLY", {d: "49" if d >= 24 else "150" for d in range(41)}, 2),
    ("plt", "T_ICAHT_EARLY", {d: "49" if d >= 25 else "150" for d in range(41)}, 1),
    ("plt", "T_ICAHT_LATE", {d: "19" if d in (30, 101) else "150" for d in range(20, 106)}, 0),
    ("plt", "T_ICAHT_LATE", {d: "19" if d == 31 else "150" for d in range(20, 106)}, 3),
    ("plt", "T_ICAHT_LATE", {d: "19" if d == 100 else "150" for d in range(20, 106)}, 3),
    ("plt", "T_ICAHT_LATE", {d: "19" if d in (40, 43) else "150" for d in LATE}, 3),
    # A recovery of fewer than three days counts as low, one of three does not.
    ("anc", "ICAHT_EARLY", anc(12, "0.5") | {5: "0.6", 6: "0.6"} | {12: "0.5", 13: "0.5"}, 3),
    ("anc", "ICAHT_EARLY", anc(13, "0.5") | {5: "0.6", 6: "0.6", 7: "0.6", 13: "0.5"}, 2),
]
ROWS = [
    *(("anc", "ICAHT_EARLY", *row) for row in EARLY_ANC),
    *(("anc", "ICAHT_LATE", *row) for row in LATE_ANC),
    *(("plt", "T_ICAHT_EARLY", *row) for row in EARLY_PLT),
    *(("plt", "T_ICAHT_LATE", *row) for row in LATE_PLT),
    *EDGES,
]


@pytest.mark.parametrize(("measure", "scale", "days", "expected"), ROWS)
def test_every_boundary_of_the_four_tables(client, world, measure, scale, days, expected) -> None:
    put(world, measure, days)
    assert grade_of(client, world, scale) == expected


def test_days_without_a_count_leave_the_grade_open_between_two_bounds(client, world) -> None:
    days = anc(6, "0.4")
    put(world, "anc", {day: value for day, value in days.items() if day not in (6, 7)})
    found = scales(client, world)["ICAHT_EARLY"]
    assert (found["grade"], found["at_least"], found["at_most"]) == (None, 1, 2)
    assert found["days_measured"] == 29
    address = reverse("haematotoxicity", args=[world[1].id])
    with translation.override("en"):
        page = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    for said in ("at least 1", "at most grade 2", "Neutrophils on the days not measured", "≤ 0.5"):
        assert said in page
    assert "29 days with a count" in page
    assert f"?haematotoxicity={'ICAHT_EARLY'}" in page


def test_a_bound_counts_where_it_decides(client, world) -> None:
    put(world, "anc", anc(8, "<0.2"))
    found = scales(client, world)["ICAHT_EARLY"]
    assert (found["grade"], found["at_least"], found["at_most"]) == (None, 2, 3)


def test_a_grade_of_one_is_read_on_the_page_and_reported_with_nothing_filled_in(
    client, world
) -> None:
    put(world, "anc", anc(3, "0.5"))
    page = client.get(reverse("haematotoxicity", args=[world[1].id])).content.decode()
    report = reverse("event-report", args=[factories.infusion_of(world[1]).id])
    assert f"{report}?haematotoxicity=ICAHT_EARLY" in page
    assert reverse("haematotoxicity", args=[world[1].id]) in (
        client.get(reverse("laboratory", args=[world[1].id])).content.decode()
    )
    shown = client.get(f"{report}?haematotoxicity=ICAHT_EARLY")
    assert shown.context["counted"]["result"]
    assert " checked" not in shown.content.decode()
    assert client.get(f"{report}?haematotoxicity=ICAHT_LATE").status_code == 404
    assert not AdverseEvent.objects.filter(patient=world[1]).exists()


def test_counting_ends_at_progression_and_the_next_infusion(client, world) -> None:
    actor, patient = actor_of(world[0]), world[1]
    put(world, "anc", anc(16, "0.4"))
    assert grade_of(client, world, "ICAHT_EARLY") == 3
    given = {"on": PartialDate.of(on(13)), "answers": {}, "stated": "PD"}
    row = clinical_assessments.record(actor, patient, instrument=Instrument.LUGANO_PET, **given)
    assert grade_of(client, world, "ICAHT_EARLY") == 2  # days 0 to 12
    clinical_assessments.take_back(actor, row, reason="误填")
    assert grade_of(client, world, "ICAHT_EARLY") == 3
    year = given | {"on": PartialDate(on(13).year)}
    row = clinical_assessments.record(actor, patient, instrument=Instrument.LUGANO_PET, **year)
    found = scales(client, world)["ICAHT_EARLY"]
    assert (found["grade"], "day counting ends" in found["missing"]) == (None, True)
    page = client.get(reverse("haematotoxicity", args=[patient.id])).content.decode()
    assert "Relapse or progression" in page
    clinical_assessments.take_back(actor, row, reason="误填")
    first = factories.infusion_of(patient)
    second = InfusionInput(
        product=first.product,
        indication=first.indication,
        lot="B9",
        infused_on=on(6),
        chain_of_identity="COI-again",
    )
    infusions.reinfuse(actor, patient, given=second, confirmed=confirmations.ALL_CONFIRMED)
    assert grade_of(client, world, "ICAHT_EARLY") == 1  # days 0 to 5


def test_the_disease_an_infusion_is_given_for_does_not_end_its_counting(client, world) -> None:
    actor, patient = actor_of(world[0]), world[1]
    put(world, "anc", anc(16, "0.4"))
    told = {"contact_on": on(0), "disease_status": "PROGRESSION", "new_therapy": "YES"}
    factories.call(actor, patient, **told)
    given = {"on": PartialDate.of(on(0)), "answers": {}, "stated": "PD"}
    clinical_assessments.record(actor, patient, instrument=Instrument.LUGANO_PET, **given)
    assert grade_of(client, world, "ICAHT_EARLY") == 3
    given |= {"on": PartialDate.of(on(1))}
    clinical_assessments.record(actor, patient, instrument=Instrument.LUGANO_PET, **given)
    assert grade_of(client, world, "ICAHT_EARLY") == 1  # day 0 alone


def test_counting_ends_at_death(client, world) -> None:
    put(world, "anc", anc(16, "0.4"))
    died = {"informant": "FAMILY", "vital_status": "DEAD", "died_on": PartialDate.of(on(7))}
    died["confirmed"] = confirmations.ALL_CONFIRMED  # counts of days 7 to 15 are asked about
    factories.call(actor_of(world[0]), world[1], contact_on=on(20), **died)
    assert grade_of(client, world, "ICAHT_EARLY") == 2  # days 0 to 6


def test_a_new_therapy_without_a_day_leaves_what_it_could_change_open(client, world) -> None:
    actor, patient = actor_of(world[0]), world[1]
    put(world, "anc", anc(8, "0.4") | {40: "0.4", 47: "0.4"})
    told = {"contact_on": on(35), "disease_status": "REMISSION"}
    factories.call(actor, patient, **told, new_therapy="NO")
    factories.call(actor, patient, **told | {"contact_on": on(60)}, new_therapy="YES")
    found = scales(client, world)
    assert found["ICAHT_EARLY"]["grade"] == 2  # the therapy came after day 35
    assert (found["ICAHT_LATE"]["grade"], found["ICAHT_LATE"]["at_least"]) == (None, 0)
    assert "day counting ends" in found["ICAHT_LATE"]["missing"]


def test_another_hospital_finds_no_grades(world) -> None:
    other = Client()
    other.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert other.get(reverse("haematotoxicity", args=[world[1].id])).status_code == 404
    address = f"/api/v1/patients/{world[1].id}/haematotoxicity/"
    assert other.get(address).status_code == 404
