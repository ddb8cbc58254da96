"""Treatments and stays on their pages and over the API: recorded, corrected, retracted, refused."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import concomitant_care
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.security.accounts import actor_of
from followup.domain.concomitant_care import Care, CareKind, asked
from followup.domain.dates import PartialDate
from followup.models import ConcomitantCare, Patient
from followup.web import timelines
from tests import factories

pytestmark = pytest.mark.django_db
DAY0 = 200


def day(number: int) -> str:
    return (clock.today() - timedelta(days=DAY0 - number)).isoformat()


@pytest.fixture(scope="module")
def world(module_transaction):
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    patient = factories.register(
        actor_of(nurse), site, infused_on=clock.today() - timedelta(days=DAY0)
    )
    return nurse, patient


@pytest.fixture
def client(world):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(world[0])
    return client


CHEMO = {"detail": "CHEMO", "name": "R-GemOx", "mutagenic": "YES", "ongoing": "UNKNOWN"}
BODIES = {
    CareKind.SUBSEQUENT_THERAPY: CHEMO,
    CareKind.MUTAGEN_EXPOSURE: {"detail": "RADIATION", "dose": "24", "dose_unit": "GY"},
    CareKind.IMMUNOGLOBULIN: {"detail": "IV", "dose": "0.4", "dose_unit": "G_KG"},
    CareKind.HAEMATOPOIETIC_SUPPORT: {"detail": "TPO_RA", "ongoing": "YES"},
    CareKind.TRANSFUSION: {"detail": "PLATELETS", "dose": "1", "dose_unit": "UNIT"},
    CareKind.VACCINATION: {"name": "Varicella", "live_vaccine": "YES"},
    CareKind.HOSPITAL_STAY: {"detail": "INTENSIVE_CARE", "given_for": "sepsis"},
    CareKind.EMERGENCY_VISIT: {"given_for": "fever"},
}


@pytest.mark.parametrize("kind", list(CareKind))
def test_each_form_opens_unanswered_and_what_is_typed_is_kept(client, world, kind) -> None:
    address = reverse("care-record", args=[world[1].id, kind.value])
    page = client.get(address)
    assert page.status_code == 200
    assert " checked" not in page.content.decode()
    assert {"started", *asked(kind)} == set(page.context["form"].fields)
    body = BODIES[kind] | {"started": day(40)}
    assert client.post(address, body).status_code == 302
    row = ConcomitantCare.objects.latest("recorded_at")
    kept = {name: getattr(row, name) for name in BODIES[kind]}
    if kept.get("dose") is not None:
        kept["dose"] = f"{kept['dose'].normalize():f}"
    assert kept == BODIES[kind]
    assert (row.kind, row.started_on_text) == (kind, day(40))
    assert row.infusion.patient_id == world[1].id
    listed = client.get(reverse("care", args=[world[1].id])).content.decode()
    assert reverse("care-item", args=[row.id]) in listed
    shown = client.get(reverse("care-item", args=[row.id]))
    assert shown.status_code == 200
    assert reverse("care-correct", args=[row.id]) in shown.content.decode()


def test_what_is_wrong_is_said_at_its_item_and_stays_typed(client, world) -> None:
    address = reverse("care-record", args=[world[1].id, "IMMUNOGLOBULIN"])
    body = {"detail": "IV", "started": day(40), "ended": day(30), "ongoing": "YES", "dose": "5"}
    page = client.post(address, body)
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"ended", "dose_unit"}
    assert 'value="5"' in page.content.decode()
    empty = client.post(address, {"name": ""})
    assert empty.status_code == 422
    assert empty.context["form"].errors.keys() == {"detail", "started"}
    both = client.post(address, body | {"detail": ""})
    assert both.context["form"].errors.keys() == {"detail", "ended", "dose_unit"}  # in one round
    zero = client.post(address, body | {"ended": "", "dose": "0", "dose_unit": "G"})
    assert zero.context["form"].errors.keys() == {"dose"}
    late = client.post(address, {"detail": "IV", "started": "2999-01-01"})
    assert late.context["form"].errors.keys() == {"started"}
    assert client.get(reverse("care-record", args=[world[1].id, "TEA"])).status_code == 404


def record(world, kind=CareKind.SUBSEQUENT_THERAPY, **more) -> ConcomitantCare:
    values = {"detail": "CHEMO", "mutagenic": "YES"} if kind == "SUBSEQUENT_THERAPY" else {}
    care = Care(**{"kind": kind, "started": PartialDate.from_iso(day(50)[:7])} | values | more)
    return concomitant_care.record(actor_of(world[0]), world[1], given=care)


def test_a_correction_says_when_it_ended_and_keeps_what_was_said(client, world) -> None:
    row = record(world, ongoing="YES")
    address = reverse("care-correct", args=[row.id])
    page = client.get(address)
    assert f'value="{row.started_on_text}"' in page.content.decode()  # a month stays a month
    body = {"detail": "CHEMO", "started": row.started_on_text, "mutagenic": "YES"}
    same = client.post(address, body | {"ongoing": "YES", "reason": "again"})
    assert same.status_code == 422
    ended = body | {"ongoing": "NO", "ended": day(90)}
    assert client.post(address, ended).status_code == 422  # no reason
    done = client.post(address, ended | {"reason": "The last cycle is over."})
    assert done.status_code == 302
    after = ConcomitantCare.objects.get(replaces=row)
    assert (after.started_on_text, after.ended_on_text) == (row.started_on_text, day(90))
    assert after.reason == "The last cycle is over."
    stale = client.post(address, ended | {"reason": "once more"})
    assert stale.status_code == 409
    assert "open it again" in stale.content.decode()
    former = client.get(reverse("care-item", args=[row.id])).content.decode()
    assert reverse("care-item", args=[after.id]) in former
    assert "The last cycle is over." in client.get(done.headers["Location"]).content.decode()


def test_what_was_none_is_retracted_with_a_reason(client, world) -> None:
    row = record(world)
    address = reverse("care-take-back", args=[row.id])
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "Another patient's."}).status_code == 302
    listed = client.get(reverse("care", args=[world[1].id])).content.decode()
    assert reverse("care-item", args=[row.id]) not in listed
    assert client.post(address, {"reason": "twice"}).status_code == 409
    with pytest.raises(Conflict):
        concomitant_care.take_back(actor_of(world[0]), row, reason="again")


def test_the_kind_stays(world) -> None:
    row = record(world)
    other = Care(kind=CareKind.EMERGENCY_VISIT, started=PartialDate(2026), given_for="fever")
    with pytest.raises(Refused) as refused:
        concomitant_care.correct(actor_of(world[0]), row, given=other, reason="wrong")
    assert refused.value.fields.keys() == {"kind"}


def test_the_api_records_corrects_and_retracts(client, world) -> None:
    address = f"/api/v1/patients/{world[1].id}/care/"
    body = {"kind": "TRANSFUSION", "detail": "RED_CELLS", "started": day(60)}
    body |= {"dose": "2", "dose_unit": "UNIT"}
    made = client.post(address, body, content_type="application/json")
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.json()["dose"] == "2.000"
    assert key in {row["id"] for row in client.get(address).json()}
    wrong = client.post(address, body | {"mutagenic": "YES"}, content_type="application/json")
    assert (wrong.status_code, "mutagenic" in wrong.content.decode()) == (422, True)
    unknown = client.post(address, body | {"colour": "red"}, content_type="application/json")
    assert unknown.status_code == 400
    mended = body | {"dose": "3", "reason": "Three units."}
    put = client.put(f"/api/v1/care/{key}/", mended, content_type="application/json")
    assert (put.status_code, put.json()["replaces"]) == (200, key)
    again = client.put(f"/api/v1/care/{key}/", mended, content_type="application/json")
    assert again.status_code == 409
    back = f"/api/v1/care/{put.json()['id']}/take-back/"
    gone = client.post(back, {"reason": "none"}, content_type="application/json")
    assert (gone.status_code, gone.json()["taken_back"]) == (200, True)
    assert client.get(f"/api/v1/care/{key}/").json()["dose"] == "2.000"


def test_nothing_new_after_a_withdrawal_or_a_death(world) -> None:
    nurse = actor_of(world[0])
    site = world[1].site
    dead = factories.register(nurse, site, infused_on=clock.today() - timedelta(days=DAY0))
    died = clock.today() - timedelta(days=20)
    factories.call(
        nurse, dead, informant="FAMILY", vital_status="DEAD", died_on=PartialDate.of(died)
    )
    dead = Patient.objects.get(id=dead.id)
    early = Care(
        kind=CareKind.EMERGENCY_VISIT, started=PartialDate.from_iso(day(100)), given_for="x"
    )
    assert concomitant_care.record(nurse, dead, given=early).patient_id == dead.id
    late = Care(kind=CareKind.EMERGENCY_VISIT, started=PartialDate.of(clock.today()), given_for="x")
    with pytest.raises(Refused) as refused:
        concomitant_care.record(nurse, dead, given=late)
    assert refused.value.fields.keys() == {"started"}


def test_what_went_on_is_drawn_to_the_death_and_no_further() -> None:
    today = date(2026, 11, 30)
    row = ConcomitantCare(kind="IMMUNOGLOBULIN", started_on_text="2025-03-01", ongoing="YES")

    def last(**patient: str) -> list[date | None]:
        who = SimpleNamespace(**{"vital_status": "ALIVE", "died_on_text": ""} | patient)
        found = timelines._care([row], timelines._last_day(who, today))
        return [moment.until for moment, _day in found]

    assert last() == [today]
    assert last(vital_status="DEAD", died_on_text="2026-02-03") == [date(2026, 2, 3)]
    assert last(vital_status="DEAD", died_on_text="2026-02") == [date(2026, 2, 28)]


def test_the_page_of_the_patient_shows_it_in_the_story(client, world) -> None:
    record(world, kind=CareKind.HOSPITAL_STAY, detail="WARD", given_for="pneumonia", name="Ruijin")
    page = client.get(reverse("patient", args=[world[1].id])).content.decode()
    assert "Ruijin" in page
    assert "Hospital stay" in page
    assert "Treatments and stays" in page
    pdf = client.get(reverse("patient-summary", args=[world[1].id]))
    assert pdf.status_code == 200
