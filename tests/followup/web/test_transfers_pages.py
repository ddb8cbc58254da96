"""The pages and the API of a transfer: asked at one site, decided at the other, read by both."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from followup.actions import transfers
from followup.actions.transfers import TransferInput
from followup.core import clock
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, Patient, PatientTransfer, Site, Visit
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _posted(client: Client, name: str, key: Any, status: int = 302, **values: Any) -> str:
    answer = client.post(reverse(name, args=[key]), values)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.get("Location", "")) or answer.content.decode()


def test_a_transfer_page_by_page(nurse: User, site: Site) -> None:
    other = factories.make_site()
    there, stranger = (
        factories.make_user(Role.NURSE, site=s) for s in (other, factories.make_site())
    )
    here, away, far = map(_signed_in, (nurse, there, stranger))
    actor = actor_of(nurse)
    patient = factories.register(actor, site)
    done = factories.call(actor, patient, contact_on=TODAY - timedelta(days=1))
    page = here.get(reverse("patient", args=[patient.id])).content.decode()
    assert reverse("patient-transfer-ask", args=[patient.id]) in page
    asking = here.get(reverse("patient-transfer-ask", args=[patient.id])).content.decode()
    assert f'value="{TODAY}"' not in asking, "no day is filled in"
    _posted(here, "patient-transfer-ask", patient.id, 422, to_site=str(other.id))
    words = {"to_site": str(other.id), "effective_on": str(TODAY), "reason": "迁居外地"}
    assert far.get(reverse("patient-transfer-ask", args=[patient.id])).status_code == 404
    _posted(here, "patient-transfer-ask", patient.id, **words)
    row = PatientTransfer.objects.get()
    assert far.get(reverse("patient-transfer", args=[row.id])).status_code == 404
    assert away.get(reverse("patient", args=[patient.id])).status_code == 404
    assert "(1)" in away.get(reverse("patients")).content.decode().replace("（", "(").replace(
        "）", ")"
    )
    assert patient.study_code in away.get(reverse("patient-transfers")).content.decode()
    shown = away.get(reverse("patient-transfer", args=[row.id])).content.decode()
    assert "迁居外地" in shown
    assert reverse("patient", args=[patient.id]) not in shown, "it cannot be read yet"
    _posted(away, "patient-transfer", row.id, 422, then="refuse", reason="")
    early = {"then": "accept", "effective_on": str(TODAY - timedelta(days=9))}
    _posted(away, "patient-transfer", row.id, 422, **early)
    _posted(away, "patient-transfer", row.id, then="accept", effective_on=str(TODAY))
    page = away.get(reverse("patient", args=[patient.id])).content.decode()
    assert reverse("contact", args=[done.id]) in page
    assert reverse("contact-record", args=[factories.infusion_of(patient).id]) in page
    page = here.get(reverse("patient", args=[patient.id])).content.decode()
    assert other.name_en in page
    assert reverse("contact", args=[done.id]) in page
    for name in ("contact-record", "event-report", "infusion-correct"):
        assert reverse(name, args=[factories.infusion_of(patient).id]) not in page
    for name in ("patient-standing", "patient-summary", "laboratory", "visit-cuts", "assessments"):
        assert here.get(reverse(name, args=[patient.id])).status_code == 200, name
        assert away.get(reverse(name, args=[patient.id])).status_code == 200, name
    for client in (here, away):
        shown = client.get(reverse("patient", args=[patient.id])).content.decode()
        led = set(re.findall(r'href="(/[^"#]+)"', shown.partition("<main")[2]))
        assert reverse("contact", args=[done.id]) in led
        answers = {path: client.get(html.unescape(path)).status_code for path in led}
        assert {path for path, status in answers.items() if status != 200} == set()
    assert away.get(reverse("patient-transfer", args=[row.id])).status_code == 200
    assert Visit.objects.get(id=done.id).site_id == site.id


def test_a_page_addressed_by_hand_says_where_the_patient_is(nurse: User, site: Site) -> None:
    """No bare 403 at the site before for a page that a colleague of the other site opens."""
    other = factories.make_site()
    there = factories.make_user(Role.NURSE, site=other)
    actor = actor_of(nurse)
    patient = factories.register(actor, site)
    done = factories.call(actor, patient, contact_on=TODAY - timedelta(days=1))
    factories.malignancy(actor, patient)
    given = TransferInput(to_site=other, effective_on=TODAY, reason="迁居外地")
    asked = transfers.ask(actor, patient, given=given)
    transfers.accept(actor_of(there), transfer=asked, effective_on=TODAY)
    event = AdverseEvent.objects.get(patient=patient).id
    keys = [patient.id, factories.infusion_of(patient).id, done.id, event]
    here, away = _signed_in(nurse), _signed_in(there)
    told, bare = set(), set()
    for name in sorted(name for name in get_resolver().reverse_dict if isinstance(name, str)):
        for key in [] if name.startswith("api-") else keys:
            try:
                address = reverse(name, args=[key])
            except NoReverseMatch:
                continue
            answer = here.get(address)
            if answer.status_code == 403 and away.get(address).status_code == 200:
                known = other.name_en in html.unescape(answer.content.decode())
                (told if known else bare).add(name)
    assert bare == set()
    assert {"contact-record", "event-report", "patient-identity", "infusion-correct"} <= told
    sent = here.post(
        reverse("api-transfer-withdraw", args=[asked.id]),
        {"reason": "x"},
        content_type="application/json",
    )
    assert sent.status_code == 422


def test_the_same_over_the_api(nurse: User, site: Site) -> None:
    other = factories.make_site()
    users = (
        nurse,
        *(factories.make_user(Role.NURSE, site=s) for s in (other, factories.make_site())),
    )
    here, away, far = map(_signed_in, users)
    patient = factories.register(actor_of(nurse), site)

    def sent(client: Client, name: str, *args: Any, status: int = 200, **values: Any) -> Any:
        answer = client.post(reverse(name, args=args), values, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    body = {"patient": str(patient.id), "to_site": str(other.id), "reason": "迁居外地"}
    day = {"effective_on": str(TODAY)}
    sent(far, "api-patient-transfers", status=404, **body, **day)
    sent(here, "api-patient-transfers", status=400, **body)
    sent(here, "api-patient-transfers", status=404, **body | {"to_site": str(uuid4())}, **day)
    row = sent(here, "api-patient-transfers", status=201, **body, **day)
    sent(here, "api-patient-transfers", status=422, **body, **day)
    for name in ("api-transfer-accept", "api-transfer-refuse", "api-transfer-withdraw"):
        words = day if name.endswith("accept") else {"reason": "x"}
        sent(far, name, row["id"], status=404, **words)
    sent(here, "api-transfer-accept", row["id"], status=404, **day)
    sent(away, "api-transfer-withdraw", row["id"], status=404, reason="x")
    listed = away.get(reverse("api-patient-transfers")).json()
    assert [each["id"] for each in listed["items"]] == [row["id"]]
    assert far.get(reverse("api-patient-transfers")).json() == {"items": [], "next": ""}
    assert sent(here, "api-transfer-withdraw", row["id"], reason="暂不迁")["state"] == "WITHDRAWN"
    row = sent(here, "api-patient-transfers", status=201, **body, **day)
    assert sent(away, "api-transfer-refuse", row["id"], reason="床位不足")["state"] == "REFUSED"
    row = sent(here, "api-patient-transfers", status=201, **body, **day)
    row = sent(away, "api-transfer-accept", row["id"], **day)
    assert (row["state"], row["to_site"]) == ("IN_FORCE", str(other.id))
    assert away.get(reverse("api-transfer", args=[row["id"]])).json() == row
    sent(away, "api-transfer-accept", row["id"], status=422, **day)
    refused = sent(here, "api-patient-transfers", status=422, **body, **day)
    assert other.name_en in str(refused)
    assert Patient.objects.get(id=patient.id).site_id == other.id
