"""A holder reminds a centre: its people are told, once a day, and others never."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Notice, User
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from pv.actions import centre_reminders as actions
from pv.models import CentreReminder
from pv.queries import centre_reminders as queries
from tests import factories

pytestmark = pytest.mark.django_db
ASKED = "Nine visits are overdue: please enter them by Friday."


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def told() -> set[str]:
    reminders.sweep(Actor.process("sweep"), kind="centre", today=clock.today())
    rows = Notice.objects.filter(obligation__startswith="centre:", channel="in_app")
    return set(rows.values_list("recipient__username", flat=True))


def test_the_people_of_the_centre_are_told_once_a_day(travel) -> None:
    here, there = factories.make_site(), factories.make_site()
    product = factories.product()
    nurse = factories.make_user(Role.NURSE, site=here, language="en")
    factories.make_user(Role.NURSE, site=there)
    factories.register(actor_of(nurse), here, product_row=product, purposes=("LTFU", "HOLDER"))
    keeper = factories.make_user(Role.STUDY_MANAGER, language="en")
    client = client_of(keeper)
    page = f"{reverse('centres')}?product={product.id}"
    where = reverse("centre-remind", args=[product.id, here.id])
    assert where in client.get(page).text
    assert client.get(where).status_code == 200
    assert client.post(where, {"text": " "}).status_code == 422
    long = client.post(where, {"text": "x" * 501})
    assert long.status_code == 422
    assert "x" * 501 in long.text
    assert "is reminded" in client.post(where, {"text": ASKED}, follow=True).text
    assert client.post(where, {"text": "again"}).status_code == 422
    assert told() == {nurse.username}
    row = CentreReminder.objects.get()
    place = reverse("centre-reminder", args=[row.id])
    assert ASKED in client_of(nurse).get(place).text
    assert here.code in client_of(nurse).get("/notices/").text
    shown = client.get(page).text
    assert place in shown
    assert where not in shown, "once a day"
    stranger = factories.make_user(Role.NURSE, site=there)
    assert client_of(stranger).get(place).status_code == 404
    empty = reverse("centre-remind", args=[product.id, there.id])
    assert client.post(empty, {"text": ASKED}).status_code == 422
    travel(timedelta(days=1))
    assert client_of(keeper).post(where, {"text": "again"}).status_code == 302


def test_who_may_remind() -> None:
    here, product = factories.make_site(), factories.product()
    nurse = factories.make_user(Role.NURSE, site=here)
    factories.register(actor_of(nurse), here, product_row=product, purposes=("LTFU", "HOLDER"))
    where = reverse("centre-remind", args=[product.id, here.id])
    other = factories.Product.objects.exclude(id=product.id).first()
    stranger = factories.make_user(Role.STUDY_MANAGER, product=other)
    for user, codes in (
        (nurse, (403, 404)),
        (factories.make_user(Role.AUDITOR), (403,)),
        (stranger, (403, 404)),
    ):
        assert client_of(user).get(where).status_code in codes
        assert client_of(user).post(where, {"text": ASKED}).status_code in codes
    assert not CentreReminder.objects.exists()
    with pytest.raises(Refused):
        actions.remind(factories.SYSTEM, product, here, text=ASKED)


def test_the_api_reminds_and_lists_by_key(travel, monkeypatch) -> None:
    here, there = factories.make_site(), factories.make_site()
    product = factories.product()
    nurse = factories.make_user(Role.NURSE, site=here)
    factories.register(actor_of(nurse), here, product_row=product, purposes=("LTFU", "HOLDER"))
    manager = factories.make_user(Role.STUDY_MANAGER)
    client, listed = client_of(manager), reverse("api-centre-reminders")

    def send(one, **more):
        values = {"product": str(product.id), "site": str(here.id), "text": ASKED} | more
        return one.post(listed, values, content_type="application/json")

    assert send(client, text=" ").status_code in (400, 422)
    assert send(client, text="x" * 501).status_code == 400
    assert send(client, site=str(there.id)).status_code == 422  # it follows no patient of it
    assert send(client, site=str(product.id)).status_code == 404
    assert send(client, site="nowhere").status_code == 400
    made = send(client)
    assert (made.status_code, made.json()["text"]) == (201, ASKED)
    assert send(client).status_code == 422  # once a day
    for day in range(1, 4):
        travel(timedelta(days=day))
        assert send(client_of(manager), text=f"again {day}").status_code == 201
    monkeypatch.setattr(queries, "PAGE", 3)
    client, found, key = client_of(manager), [], ""
    while page := client.get(listed, {"after": key, "product": str(product.id)}).json():
        found += [each["text"] for each in page["items"]]
        key = page["next_key"]
        if not key:
            break
    assert found == ["again 3", "again 2", "again 1", ASKED]
    assert client.get(listed, {"site": str(there.id)}).json() == {"items": [], "next_key": ""}
    place = reverse("api-centre-reminder", args=[made.json()["id"]])
    assert client.get(place).json()["sent_by"] == manager.display_name
    assert client_of(nurse).get(place).status_code == 200  # whom it was sent to
    assert send(client_of(nurse)).status_code == 403
    other = factories.Product.objects.exclude(id=product.id).first()
    stranger = client_of(factories.make_user(Role.STUDY_MANAGER, product=other))
    assert stranger.get(listed).json()["items"] == []
    assert stranger.get(place).status_code == 404
    assert Client().get(listed).status_code in (401, 403)
