"""What an investigator signed is locked at every door, and unlocked with a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.actions import answers, registrations, visit_locks, visits
from followup.actions.follow_up_status import death
from followup.core import clock
from followup.core.models import Signature
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.core.security.accounts import actor_of
from followup.core.trail import signables
from followup.domain.dates import PartialDate
from followup.models import Visit, VisitCut, VisitLock
from followup.queries import signatures
from followup.queries import visit_locks as queries
from tests import factories
from tests.pv.test_receivers import token
from tests.pv.web.test_signatures import PASSWORD, client_of, sign

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def physician(site):
    return factories.make_user(Role.PHYSICIAN, site=site, password=PASSWORD)


@pytest.fixture
def patient(nurse, site):
    infused = TODAY - timedelta(days=200)
    return factories.register_in_time(actor_of(nurse), site, infused_on=infused)


def contact(nurse: Any, patient: Any, days: int, **more: Any) -> Visit:
    return factories.call(actor_of(nurse), patient, contact_on=TODAY - timedelta(days=days), **more)


def refused(do: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refused) as problem:
        do(*args, **more)
    return str(problem.value)


def test_contacts_up_to_a_day_are_signed_locked_and_unlocked(nurse, physician, patient, site):
    actor = actor_of(nurse)
    first, second = contact(nurse, patient, 90), contact(nurse, patient, 30)
    late = contact(nurse, patient, 2)
    cuts = reverse("visit-cuts", args=[patient.id])
    day = (TODAY - timedelta(days=10)).isoformat()
    assert client_of(nurse).post(cuts, {"until": day}).status_code == 403
    client = client_of(physician)
    assert client.post(cuts, {"until": TODAY.isoformat()}).status_code == 422
    assert client.post(cuts, {"until": day}).status_code == 302
    answer = client.post(cuts, {"until": day})  # the one that waits
    assert VisitCut.objects.count() == 1
    cut = VisitCut.objects.get()
    where = reverse("sign", args=["visit_cut", cut.id])
    assert answer.url == where
    assert first.contact_on.isoformat() in client.get(where).content.decode()
    assert queries.share(actor, site).percent == 0
    assert sign(client, where, meaning="investigator").status_code == 302
    assert queries.locked([first.id, second.id, late.id]) == {first.id, second.id}
    assert "67 %" in client_of(physician).get(reverse("quality")).content.decode()
    given = replace(answers.of(first), note="changed")
    texts = [
        refused(visits.correct, actor, first, given=given, version=1, reason="x"),
        refused(visits.retract, actor, first),
        refused(contact, nurse, patient, 40),
        refused(registrations.ask_void, actor, patient, reason="wrong"),
    ]
    assert all("locked" in text for text in texts), texts
    moved = replace(answers.of(late), contact_on=first.contact_on)
    assert "locked" in refused(
        visits.correct, actor, late, given=moved, version=1, reason="another day"
    )
    page = client_of(nurse).get(reverse("contact", args=[first.id])).content.decode()
    assert reverse("contact-correct", args=[first.id]) not in page
    assert "未签名。" not in page, "it is signed, together with others"
    assert "Not signed." not in page
    correct = reverse("contact-correct", args=[first.id])
    closed = client_of(nurse).get(correct)
    assert closed.context["lock"] is not None
    assert 'name="reason"' not in closed.content.decode(), "no form for what is locked"
    for signed in (cuts, reverse("contact", args=[first.id])):
        assert where not in client.get(signed).content.decode(), "signed already"
        assert reverse("sign", args=["visit", first.id]) not in client.get(signed).content.decode()
    with pytest.raises(Denied):
        visit_locks.unlock_cut(actor, cut, reason="x")
    unlock = reverse("visit-cut-unlock", args=[cut.id])
    assert client.post(unlock, {"reason": ""}).status_code == 422
    assert client.post(unlock, {"reason": "read from the wrong chart"}).status_code == 302
    page = client.get(cuts).content.decode()
    assert "read from the wrong chart" in page
    assert "Signed as it stands" not in page
    assert visits.correct(actor, first, given=given, version=1, reason="x").version == 2
    assert contact(nurse, patient, 40)


def test_one_contact_is_signed_and_unlocked_over_the_api(nurse, physician, patient):
    actor = actor_of(nurse)
    visit = contact(nurse, patient, 20)
    client = client_of(physician)
    where = reverse("sign", args=["visit", visit.id])
    assert sign(client, where, meaning="investigator").status_code == 302
    assert Signature.objects.get().meaning == "investigator"
    lock = VisitLock.objects.get()
    api = Client(headers={"authorization": f"Bearer {token(physician)}"})
    (row,) = api.get(f"/api/v1/visits/{visit.id}/locks/").json()
    assert (row["id"], row["unlocked_at"]) == (str(lock.id), None)
    at = f"/api/v1/visit-locks/{lock.id}/unlock/"
    nurse_api = Client(headers={"authorization": f"Bearer {token(nurse)}"})
    body = {"reason": "wrong patient"}
    assert nurse_api.post(at, body, "application/json").status_code == 403
    assert api.post(at, body, "application/json").status_code == 200
    assert api.post(at, body, "application/json").status_code == 422
    page = client.get(reverse("contact", args=[visit.id])).content.decode()
    assert "wrong patient" in page
    assert "Signed as it stands" not in page
    visits.correct(
        actor, visit, given=replace(answers.of(visit), note="right"), version=1, reason="x"
    )
    assert "corrected" in sign(client, where, meaning="investigator").content.decode()


def test_a_signed_death_is_retracted_once_unlocked(nurse, physician, patient):
    actor = actor_of(nurse)
    visit = contact(
        nurse,
        patient,
        20,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(TODAY - timedelta(days=25)),
        death_cause="not known",
    )
    where = reverse("sign", args=["visit", visit.id])
    assert sign(client_of(physician), where, meaning="investigator").status_code == 302
    told = {"vital_status": "ALIVE", "reason": "mistaken identity"}
    assert "locked" in refused(death.retract, actor, patient, **told)
    visit_locks.unlock(actor_of(physician), VisitLock.objects.get(), reason="mistaken identity")
    assert death.retract(actor, patient, **told).vital_status == "ALIVE"


def test_a_cut_of_many_contacts_is_read_as_quickly_as_one_of_few(nurse, physician, patient):
    actor, cut_of = actor_of(physician), signables.of("visit_cut")
    contact(nurse, patient, 90)
    cut = visit_locks.make_cut(actor, patient, until=TODAY - timedelta(days=10))
    numbers = []
    for days in (30, 20, 15):
        signatures.content(actor, cut_of, cut)  # reference data come from the cache
        with CaptureQueriesContext(connection) as asked:
            signatures.content(actor, cut_of, cut)
        numbers.append(len(asked))
        contact(nurse, patient, days)
    assert len(set(numbers)) == 1, numbers
