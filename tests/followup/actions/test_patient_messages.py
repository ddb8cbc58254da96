"""Messages to patients over real TLS: to agreed numbers, by day, undone before they leave."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import appointments, message_channels, patient_message_sending, questionnaires
from followup.actions import patient_messages as actions
from followup.actions.appointments import AppointmentInput
from followup.actions.follow_up_status import consents
from followup.actions.identity import Contact, removal, telephones
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Change, MessageChannel
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security import patient_links
from followup.models import Identity, Infusion, PatientMessage
from followup.queries import identity
from followup.queries import patient_messages as queries
from tests import factories, message_gateway

pytestmark = pytest.mark.django_db
SEND = Actor.process("send")
CALL = "随访办公室 021-64370045"


def workday() -> date:
    """A day of the next week that asks no question."""
    day = clock.today() + timedelta(days=7)
    return day - timedelta(days=max(0, day.isoweekday() - 5))


class World:
    """A nurse, a patient with an agreed number, an open channel to a gateway of ours."""

    def __init__(self, gateway: Any) -> None:
        gateway.body = b'{"code": 0}'
        self.gateway = gateway
        self.site = factories.make_site()
        self.user = factories.make_user(Role.NURSE, site=self.site)
        self.nurse = factories.actor_of(self.user)
        admin = factories.actor_of(factories.make_user(Role.ADMINISTRATOR))
        self.channel = message_channels.add(
            admin,
            name="SMS",
            kind="sms",
            address=gateway.address,
            token="canary-key-4711",
            secret="",
            language="zh-hans",
        )
        self.patient = factories.register(
            self.nurse, self.site, infused_on=clock.today() - timedelta(days=91)
        )
        self.appointment = appointments.book(
            self.nurse,
            self.patient,
            given=AppointmentInput(on=workday(), place="血液科门诊"),
        )

    @property
    def phone(self) -> str:
        """The patient's number in the clear."""
        row = Identity.objects.get(patient=self.patient)
        return identity.shown(row).contacts[0].phone

    def agree(self, kind: str = "sms") -> str:
        """The number agrees; how it is named."""
        person = identity.shown(Identity.objects.get(patient=self.patient))
        telephones.agree_to_messages(
            self.nurse, self.patient, phone=self.phone, kind=kind, version=person.version
        )
        (contact,) = queries.reachable(self.nurse, self.patient)
        return queries.place_of(contact)

    def given(self, number: str, **more: Any) -> actions.MessageInput:
        values = {"subject": self.appointment, "channel": self.channel, "call": CALL}
        return actions.MessageInput(number=number, **values | more)


@pytest.fixture
def at_noon(travel):
    """The clock moved to noon, so that no test depends on the hour it is run at; moves it on."""
    noon = datetime.combine(clock.today(), datetime.min.time(), clock.SHANGHAI).replace(hour=12)
    travel(noon - clock.now())
    return travel


@pytest.fixture
def world(tmp_path, monkeypatch, settings, at_noon):
    settings.PUBLIC_URL = "https://followup.example"
    with message_gateway.running(tmp_path) as server, translation.override("en"):
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield World(server)


def test_a_message_waits_for_its_undo_leaves_once_and_names_no_illness(world, at_noon):
    with pytest.raises(Refused, match="No number in use agreed"):
        actions.plan(world.nurse, world.patient, given=world.given("PATIENT:0000"))
    number = world.agree()
    for wrong in ("", "肿瘤科 王护士"):
        with pytest.raises(Refused):
            actions.plan(world.nurse, world.patient, given=world.given(number, call=wrong))
    row = actions.plan(world.nurse, world.patient, given=world.given(number))
    with pytest.raises(Refused, match="waits already"):
        actions.plan(world.nurse, world.patient, given=world.given(number))
    assert patient_message_sending.deliver(SEND) == 0, "it can still be cancelled"
    row = actions.cancel(world.nurse, row, version=row.version)
    row = actions.plan(world.nurse, world.patient, given=world.given(number))
    at_noon(timedelta(minutes=11))
    assert patient_message_sending.deliver(SEND) == 1
    assert patient_message_sending.deliver(SEND) == 0
    ((_path, headers, body),) = world.gateway.taken
    assert headers["Authorization"] == "Bearer canary-key-4711"
    (said,) = world.gateway.said()
    phone = world.phone
    assert (said["to"], said["kind"], said["id"]) == (phone, "appointment", str(row.id))
    assert CALL in said["text"]
    assert "血液" not in body.decode(), "the place of an appointment is not told"
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("SENT", 1)
    with pytest.raises(Refused):
        actions.cancel(world.nurse, row, version=row.version)
    assert phone not in str(list(Change.objects.values_list("before", "after")))


def test_what_is_no_longer_true_is_dropped_and_the_night_is_quiet(world, at_noon):
    number = world.agree()
    row = actions.plan(world.nurse, world.patient, given=world.given(number))
    appointments.cancel(world.nurse, world.appointment, version=1, reason="患者来电")
    at_noon(timedelta(hours=9))
    assert patient_message_sending.deliver(SEND) == 0, "21:00"
    at_noon(timedelta(hours=13))
    assert patient_message_sending.deliver(SEND) == 1
    row.refresh_from_db()
    assert (row.state, row.answer) == ("DROPPED", "SUBJECT")
    assert world.gateway.taken == []
    infusion = Infusion.objects.get(patient=world.patient)
    link = questionnaires.invite(
        world.nurse, world.patient, infusion=infusion, planned=None, days=14, call=CALL
    )
    given = world.given(number, subject=link)
    row = actions.plan(world.nurse, world.patient, given=given)
    address = patient_links.address_of(link.id)
    assert address not in row.text
    assert actions.obstacle_text("NUMBER") != "NUMBER"
    with pytest.raises(Refused, match="day before"):
        actions.plan(
            world.nurse, world.patient, given=world.given(number, subject=link, when="DAY_BEFORE")
        )
    at_noon(timedelta(minutes=11))
    patient_message_sending.deliver(SEND)
    assert address in world.gateway.said()[0]["text"]
    world.agree("wechat")
    row.refresh_from_db()
    assert row.state == "SENT"


@pytest.mark.parametrize(
    ("answer", "state", "failing", "ambiguous"),
    [
        ({"body": b'{"code": 422, "message": "number"}'}, "REFUSED", False, False),
        ({"status": 401}, "WAITING", True, False),
        ({"body": b'{"code": 9}'}, "WAITING", False, False),
        ({"cut": True}, "WAITING", False, True),
    ],
    ids=["number", "key", "later", "cut"],
)
def test_each_answer_of_the_gateway(world, at_noon, answer, state, failing, ambiguous):
    row = actions.plan(world.nurse, world.patient, given=world.given(world.agree()))
    for name, value in answer.items():
        setattr(world.gateway, name, value)
    at_noon(timedelta(minutes=11))
    assert patient_message_sending.deliver(SEND) == 1
    row.refresh_from_db()
    assert (row.state, row.ambiguous) == (state, ambiguous)
    assert bool(MessageChannel.objects.get(id=world.channel.id).failing_since) is failing
    if state == "REFUSED" or failing:
        return
    for _number in range(4):
        at_noon(timedelta(minutes=16))
        patient_message_sending.deliver(SEND)
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("FAILED", 5)
    assert len({said["id"] for said in world.gateway.said()}) == 1


def test_a_lost_sender_gives_its_message_back(world, at_noon):
    row = actions.plan(world.nurse, world.patient, given=world.given(world.agree()))
    at_noon(timedelta(minutes=11))
    assert patient_message_sending.begin(SEND) is not None
    at_noon(timedelta(minutes=6))
    assert patient_message_sending.reclaim(SEND) == 1
    row.refresh_from_db()
    assert (row.state, row.ambiguous) == ("WAITING", True)


def test_the_doors(world, client: Client):
    client.force_login(world.user)
    page = reverse("patient-messages", args=[world.patient.id])
    assert "agreed to messages" in client.get(page).content.decode()
    numbers = reverse("patient-telephones", args=[world.patient.id])
    person = client.get(numbers)
    version = person.context["person"].version
    phone = person.context["person"].contacts[0].phone
    agree = reverse("patient-telephone-messages", args=[world.patient.id])
    assert (
        client.post(agree, {"phone": phone, "kind": "fax", "version": version}).status_code == 422
    )
    assert (
        client.post(agree, {"phone": phone, "kind": "sms", "version": version}).status_code == 302
    )
    assert "SMS" in client.get(numbers).content.decode()
    number = queries.place_of(queries.reachable(world.nurse, world.patient)[0])
    data = {
        "subject": f"APPOINTMENT:{world.appointment.id}",
        "number": number,
        "channel": str(world.channel.id),
        "call": CALL,
        "when": "DAY_BEFORE",
    }
    assert client.post(page, data | {"when": ""}).status_code == 422
    assert client.post(page, data).status_code == 302
    row = PatientMessage.objects.get(patient=world.patient)
    at = row.not_before.astimezone(clock.SHANGHAI)
    assert (at.date(), at.hour) == (world.appointment.on - timedelta(days=1), 10)
    cancel = reverse("patient-message-cancel", args=[row.id])
    assert client.post(cancel, {"version": row.version}).status_code == 302
    api = reverse("api-patient-messages", args=[world.patient.id])
    both = {"appointment": str(world.appointment.id), "questionnaire": str(row.id)}
    more = {"channel": str(world.channel.id), "number": number, "call": CALL, "when": "NOW"}
    kind = "application/json"
    assert client.post(api, both | more, content_type=kind).status_code == 422
    sent = client.post(api, more | {"appointment": both["appointment"]}, content_type=kind)
    assert (sent.status_code, sent.json()["state"]) == (201, "WAITING")
    one = sent.json()["id"]
    undo = reverse("api-patient-message-cancel", args=[one])
    assert client.post(undo, {"version": 9}, content_type=kind).status_code == 409
    assert client.post(undo, {"version": 1}, content_type=kind).json()["state"] == "CANCELLED"
    assert client.get(reverse("api-patient-message", args=[one])).json()["tail"] == number[-4:]
    listed = client.get(api).json()
    assert [item["state"] for item in listed["items"]] == ["CANCELLED", "CANCELLED"]
    assert client.get(page).content.decode().count("<tr>") >= 3


def test_the_page_says_first_that_a_patient_is_not_to_be_written_to(world, client: Client):
    """Nobody books or asks for a number before learning that nothing may be sent."""
    consent = world.patient.consents.get()
    consents.withdraw(world.nurse, consent, withdrawn_on=clock.today(), reason="x")
    client.force_login(world.user)
    page = client.get(reverse("patient-messages", args=[world.patient.id]))
    assert "not to be contacted" in page.content.decode()
    assert page.context["ready"] is False
    assert reverse("appointment-book", args=[world.patient.id]) not in page.content.decode()


def test_the_agreement_belongs_to_the_number_and_goes_with_it(world):
    number = world.agree()
    row = actions.plan(world.nurse, world.patient, given=world.given(number))
    note = Contact(world.phone, "PATIENT", note="晚上")
    version = Identity.objects.get(patient=world.patient).version
    telephones.describe(
        world.nurse, world.patient, phone=world.phone, contact=note, version=version
    )
    (kept,) = queries.reachable(world.nurse, world.patient)
    assert (kept.messages, kept.messages_since, kept.note) == ("sms", clock.today(), "晚上")
    telephones.end(
        world.nurse,
        world.patient,
        phone=world.phone,
        why="CHANGED",
        by=Contact("13912344499", ""),
        version=version + 1,
    )
    assert queries.reachable(world.nurse, world.patient) == []
    assert queries.obstacle(row, at=row.not_before) == "NUMBER"
    with transaction.atomic(), audit.acting(SEND, "test.erasure"):
        removal.take_away([world.patient.id], [], on=clock.today())
    row.refresh_from_db()
    assert row.tail == ""
    assert queries.number_of(row) == ""
