"""Appointments, call-backs, whose patient somebody is: pages, API, worklist, calendar."""

import html
import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import appointments, call_backs
from followup.actions.appointments import AppointmentInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Access, User
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.models import (
    Appointment,
    CallBack,
    ContactAttempt,
    Cover,
    Infusion,
    Patient,
    PlannedVisit,
    Site,
)
from followup.queries import calendars, identity, worklist
from followup.queries import call_backs as queries
from followup.web import visit_infusions
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(nurse: User) -> Actor:
    return actor_of(nurse, request_id="test")


@pytest.fixture
def patient(actor: Actor, site: Site) -> Patient:
    return factories.register(actor, site, infused_on=clock.today() - timedelta(days=91))


def _open(patient: Patient) -> PlannedVisit:
    rows = PlannedVisit.objects.filter(patient=patient, state="PLANNED")
    return rows.filter(window_start__lte=clock.today()).order_by("due").first()


def test_an_appointment_is_booked_kept_moved(
    client: Client, nurse: User, actor: Actor, patient: Patient
) -> None:
    client.force_login(nurse)
    book = reverse("appointment-book", args=[patient.id])
    today = clock.today()
    assert client.post(book, {"on": (today - timedelta(days=1)).isoformat()}).status_code == 422
    typed: dict[str, Any] = {"on": today.isoformat(), "at": "0930", "place": "门诊3"}
    typed["confirmed"] = f"weekend:{today}"
    assert client.post(book, typed).status_code == 302
    assert client.post(book, typed).status_code == 422, "booked already"
    row = Appointment.objects.get()
    page = client.get(reverse("day")).content.decode()
    assert "09:30" in page
    assert "门诊3" in page
    assert patient.study_code in page
    note = reverse("appointment-note", args=[row.id])
    client.post(note, {"came": "0"})
    assert Appointment.objects.get().state == "NOT_COME"
    later = today + timedelta(days=7)
    moved = {"on": later.isoformat(), "at": "", "version": "2", "reason": "病人有事"}
    moved["confirmed"] = f"weekend:{later}"
    assert client.post(reverse("appointment-move", args=[row.id]), moved).status_code == 302
    row.refresh_from_db()
    newer = Appointment.objects.get(replaces=row)
    assert (row.state, newer.state, newer.on) == ("MOVED", "BOOKED", later)
    with pytest.raises(Refused):
        appointments.note(actor, newer, came=True, version=1)
    cancel = reverse("appointment-cancel", args=[newer.id])
    assert client.post(cancel, {"version": "1", "reason": ""}).status_code == 422
    assert client.post(cancel, {"version": "1", "reason": "转院"}).status_code == 302
    shown = client.get(reverse("patient", args=[patient.id])).content.decode()
    assert reverse("appointment-book", args=[patient.id]) in shown


def test_outside_its_window_a_visit_is_asked_about(actor: Actor, patient: Patient) -> None:
    visit = _open(patient)
    far = visit.due + timedelta(days=30)
    with pytest.raises(Refused) as asked:
        appointments.book(actor, patient, given=AppointmentInput(far, planned=visit))
    assert asked.value.code == "confirm"


def test_the_day_list_shows_numbers_when_asked_and_logs_it(
    client: Client, nurse: User, actor: Actor, patient: Patient
) -> None:
    call_backs.ask(actor, patient, about="打给女儿", due_on=clock.today())
    phone = identity.reveal(actor, patient, purpose="test").contacts[0].phone
    client.force_login(nurse)
    assert phone not in client.get(reverse("day")).content.decode()
    before = Access.objects.filter(kind="identity.open").count()
    assert phone in client.post(reverse("day-numbers")).content.decode()
    assert Access.objects.filter(kind="identity.open").count() == before + 1
    back = client.get(reverse("day-numbers"), {"day": "2026/12/8", "mine": "1"})
    assert back["Location"].endswith("?day=2026-12-08&mine=1")
    page = client.get(reverse("day"), {"day": "2026-13-01"}).content.decode()
    assert "is not in the calendar" in page, "a day that cannot be read is not today without a word"


def test_a_call_back_has_its_hour_owner_and_end(
    client: Client, nurse: User, site: Site, actor: Actor, patient: Patient
) -> None:
    colleague = factories.make_user(Role.NURSE, site=site)
    client.force_login(nurse)
    ask = reverse("call-back-ask", args=[patient.id])
    typed = {"about": "女儿晚上", "due_on": clock.today().isoformat(), "due_at": "19:00"}
    stranger = str(factories.make_user(Role.NURSE, site=factories.make_site()).id)
    assert client.post(ask, {**typed, "owner": stranger}).status_code == 422
    assert client.post(ask, {**typed, "owner": str(colleague.id)}).status_code == 302
    row = CallBack.objects.get()
    change = client.get(reverse("call-back-change", args=[row.id])).context["form"]
    assert 'value="19:00"' in str(change["due_at"]), "what the box shows it also takes"
    mine = list(queries.open_ones(actor, until=clock.today(), mine=True))
    assert mine == [], "it is the colleague's"
    call_backs.cover(
        actor, site, absent=colleague, deputy=nurse, first=clock.today(), last=clock.today()
    )
    assert list(queries.open_ones(actor, until=clock.today(), mine=True)) == [row]
    assert "19:00" in client.get(reverse("worklist")).content.decode()
    uids = [entry.uid for entry in calendars.agreements(actor, today=clock.today())]
    assert f"call-back-{row.id}" in uids
    done = reverse("call-back-finish", args=[row.id])
    assert client.post(done, {"version": "1", "outcome": ""}).status_code == 422
    assert client.post(done, {"version": "1", "outcome": "已接通"}).status_code == 302
    assert list(queries.open_ones(actor, until=clock.today())) == []


def test_my_patients_and_those_i_stand_in_for(
    client: Client, nurse: User, site: Site, actor: Actor, patient: Patient
) -> None:
    colleague = factories.make_user(Role.NURSE, site=site)
    other = factories.register(actor, site, infused_on=patient.infusions.get().infused_on)
    client.force_login(nurse)
    for whose, user in ((patient, nurse), (other, colleague)):
        address = reverse("patient-carer", args=[whose.id])
        assert client.post(address, {"carer": str(user.id)}).status_code == 302

    def shown() -> set[str]:
        filters = worklist.Filters(mine=True)
        page = worklist.page(actor, today=clock.today(), filters=filters)
        return {item.study_code for item in page.items}

    assert shown() == {patient.study_code}
    begin = {"absent": str(colleague.id), "deputy": str(nurse.id)}
    days = {"first": clock.today().isoformat(), "last": clock.today().isoformat()}
    assert client.post(reverse("cover"), {**begin, **days}).status_code == 302
    twice = client.post(reverse("cover"), {**begin, **days})
    assert twice.status_code == 422
    assert f"{nurse.display_name} is the deputy from" in twice.content.decode()
    assert Cover.objects.count() == 1
    assert shown() == {patient.study_code, other.study_code}
    assert other.study_code in client.get(reverse("worklist") + "?mine=1").content.decode()


def test_not_reached_takes_any_day_hour_and_way(
    client: Client, nurse: User, patient: Patient
) -> None:
    visit = _open(patient)
    client.force_login(nurse)
    address = reverse("visit-not-reached", args=[visit.id])
    on = clock.today() + timedelta(days=1)
    typed = {"on": on.isoformat(), "at": "19:30", "method": "FAMILY"}
    assert client.post(address, {**typed, "at": "abends"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    row = ContactAttempt.objects.get()
    assert (row.method, row.next_try_on, f"{row.next_try_at:%H:%M}") == ("FAMILY", on, "19:30")
    assert client.post(address, {"days": "3"}).status_code == 302, "one press still does"


def test_which_number_answered_and_when_it_is_best_called(
    client: Client, nurse: User, actor: Actor, patient: Patient
) -> None:
    client.force_login(nurse)
    person = identity.reveal(actor, patient, purpose="test")
    more = {"phone": "13911112222", "whose": "FAMILY", "hours": "19:00 后"}
    added = client.post(
        reverse("patient-telephones", args=[patient.id]), {**more, "version": str(person.version)}
    )
    assert added.status_code == 302
    answers = {
        "contact_on": clock.today().isoformat(),
        "contact_type": "PHONE",
        "informant": "FAMILY",
        "vital_status": "ALIVE",
        "disease_status": "REMISSION",
        "new_malignancy": "NO",
        "other_event": "NO",
        "new_therapy": "NO",
        "answered": "2",
    }
    saved = client.post(reverse("visit-call", args=[_open(patient).id]), answers)
    assert saved.status_code == 302
    last = identity.reveal(actor, patient, purpose="test").contacts[1]
    assert (last.hours, last.answered_on) == ("19:00 后", clock.today())
    page = client.get(reverse("patient-telephones", args=[patient.id])).content.decode()
    assert "19:00 后" in page


def test_the_api_does_what_the_pages_do(client: Client, nurse: User, patient: Patient) -> None:
    client.force_login(nurse)
    day = clock.today() + timedelta(days=(8 - clock.today().isoweekday()))
    body = {"on": day.isoformat(), "at": "10:00"}
    address = reverse("api-patient-appointments", args=[patient.id])
    made = client.post(address, body, "application/json")
    assert (made.status_code, made.json()["state"]) == (201, "BOOKED")
    listed = client.get(reverse("api-appointments") + f"?day={day}").json()
    assert [each["id"] for each in listed["items"]] == [made.json()["id"]]
    assert client.get(reverse("api-appointments") + "?day=x").status_code == 422
    asked = client.post(
        reverse("api-patient-calls", args=[patient.id]),
        {"about": "催检验科", "due_on": day.isoformat()},
        "application/json",
    )
    assert asked.status_code == 201
    done = reverse("api-call-back-done", args=[asked.json()["id"]])
    body = {"version": 1, "outcome": "已出"}
    assert client.post(done, body, "application/json").json()["outcome"] == "已出"
    client.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert client.get(address).status_code == 404


def test_the_day_list_pages_by_key(
    client: Client, nurse: User, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call-back, appointment or unanswered day is behind the end of a list."""
    monkeypatch.setattr(queries, "PAGE", 2)
    client.force_login(nurse)
    actor, today = actor_of(nurse, request_id="test"), clock.today()
    for number, at in enumerate((None, time(9), time(8, 30), None, time(9))):
        call_backs.ask(actor, patient, about=f"事项{number}", due_on=today, due_at=at)
    found, key, address = [], "", reverse("api-call-backs")
    for _page in range(3):
        page = client.get(address, {"after": key}).json()
        found += [row["about"] for row in page["items"]]
        key = page["next"]
    assert (found, key) == (["事项2", "事项1", "事项4", "事项0", "事项3"], "")
    first = client.get(reverse("day")).content.decode()
    assert "事项2" in first
    assert "事项4" not in first
    following = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(reverse("day") + html.unescape(following[1])).content.decode()
    assert "事项4" in second
    assert "事项2" not in second
    again = client.post(reverse("day-numbers") + html.unescape(following[1]))
    assert "事项4" in again.content.decode(), "the page that was looked at is printed"
    for day in ("2026-02-30", "2026-99-01", "x"):
        bad = f"{day}_09:00:00_{patient.id}"
        assert client.get(reverse("day"), {"after": bad, "late": bad}).status_code == 200
        key = f"{day}.{patient.id}"
        assert client.get(reverse("queries"), {"after": key}).status_code == 200
    on = today + timedelta(days=(8 - today.isoweekday()))
    for at in (time(9), time(10), None):
        appointments.book(actor, patient, given=AppointmentInput(on=on, at=at))
    page = client.get(reverse("day"), {"day": on.isoformat()}).content.decode()
    rest = re.search(r'href="(\?[^"]*expected=[^"]+)"', page)
    assert rest is not None
    again = client.get(reverse("day") + html.unescape(rest[1]))
    assert [line["row"].at for line in again.context["rows"]] == [None]
    files = client.get(reverse("patient-files", args=[patient.id]), {"after": "x", "removed": "x"})
    assert files.status_code == 200


def test_the_menu_is_marked_on_the_pages_that_belong_to_the_worklist(
    client: Client, nurse: User
) -> None:
    client.force_login(nurse)
    for name in ("day", "cover", "batches"):
        page = client.get(reverse(name)).content.decode()
        assert f'href="{reverse("worklist")}" aria-current="true"' in page, name


def test_the_visits_of_two_infusions_say_which_one(patient: Patient) -> None:
    assert visit_infusions.words(factories.SYSTEM, patient) == {}
    first = factories.infusion_of(patient)
    rows = [first, Infusion(product=first.product, infused_on=clock.today())]
    with pytest.MonkeyPatch.context() as patch, translation.override("en"):
        patch.setattr(visit_infusions.patients, "infusions", lambda _actor, _patient: rows)
        words = visit_infusions.words(factories.SYSTEM, patient)
    assert f"infusion of {first.infused_on}" in words[first.id]
    assert len(set(words.values())) == 2
