"""Roles are asked for by one administrator, decided by another, and end by their last day."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from followup.actions import calendars as feeds
from followup.actions import grants, sessions, tokens
from followup.core import audit, clock
from followup.core.models import Change, Grant, GrantRequest, Session
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied
from followup.core.security.accounts import actor_of
from followup.queries import accounts as queries
from followup.queries import calendars
from tests import factories
from tests.refusals import refused

pytestmark = pytest.mark.django_db
ALL = {"all_sites": True, "all_products": True}
PASSWORD = "quiet-harbour-lantern-81"


@pytest.fixture
def first():
    return factories.make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def second():
    return factories.make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def person():
    return factories.make_user(Role.NURSE, site=factories.make_site(), password=PASSWORD)


@pytest.mark.requirement("A11-12", "ASVS-8.3.2")
def test_a_role_holds_when_a_second_administrator_agrees_and_ends_the_same_way(
    first, second, person
):
    asked = grants.ask_grant(first, person, role="physician", **ALL, reason="takes over the ward")
    assert actor_of(person).roles == {Role.NURSE}
    assert refused(grants.decide, first, asked, agree=True) == {""}
    grants.decide(second, asked, agree=True)
    assert actor_of(person).roles == {Role.NURSE, Role.PHYSICIAN}
    held = Grant.objects.get(user=person, role="physician")
    change = Change.objects.filter(table_name="core_grant", row_id=str(held.id)).get()
    assert (change.action, change.actor_name) == ("user.decide_grant", second.name)

    end = grants.ask_revocation(first, held, reason="back to the old ward")
    assert actor_of(person).roles == {Role.NURSE, Role.PHYSICIAN}
    grants.decide(second, end, agree=True)
    assert actor_of(person).roles == {Role.NURSE}
    assert refused(grants.decide, second, end, agree=True) == {""}
    again = grants.ask_grant(second, person, role="physician", **ALL, reason="once more")
    grants.decide(first, again, agree=True)
    assert Grant.objects.filter(user=person, role="physician").count() == 2


def test_turned_down_nothing_changes_and_it_can_be_asked_again(first, second, person):
    asked = grants.ask_grant(first, person, role="physician", **ALL, reason="x")
    assert refused(grants.ask_grant, second, person, role="physician", **ALL, reason="y") == {""}
    assert refused(grants.decide, second, asked, agree=False) == {"reason"}
    grants.decide(second, asked, agree=False, reason="not trained yet")
    assert actor_of(person).roles == {Role.NURSE}
    assert grants.ask_grant(first, person, role="physician", **ALL, reason="trained").id != asked.id


def test_a_request_lapses(first, second, person, travel):
    asked = grants.ask_grant(first, person, role="physician", **ALL, reason="x")
    travel(timedelta(hours=73))
    assert refused(grants.decide, second, asked, agree=True) == {""}
    assert not queries.grant_requests(second).exists()
    later = grants.ask_grant(second, person, role="physician", **ALL, reason="still needed")
    asked.refresh_from_db()
    assert (asked.agreed, later.decided_at) == (False, None)


def test_nobody_gets_a_right_with_the_own_hand(first, second, person):
    me, other = queries.own(first), queries.own(second)
    assert refused(grants.ask_grant, first, me, role="physician", **ALL, reason="x") == {""}
    assert refused(grants.ask_revocation, first, me.grants.get(), reason="x") == {""}
    for_second = grants.ask_grant(first, other, role="physician", **ALL, reason="x")
    assert refused(grants.decide, second, for_second, agree=True) == {""}
    # With two administrators each may agree to the end of the own right: two persons did it.
    end = grants.ask_revocation(first, other.grants.get(), reason="leaves")
    grants.decide(second, end, agree=True)
    assert not actor_of(other).grants


def test_the_database_holds_the_two_persons_too(first, second, person):
    asked = grants.ask_grant(first, person, role="physician", **ALL, reason="x")
    for wrong in (
        {"decided_by_id": first.id, "agreed": True},
        {"decided_by_id": first.id, "agreed": True, "alone": True},
        {"decided_by_id": person.id, "agreed": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), audit.acting(first, "test"):
            GrantRequest.objects.filter(id=asked.id).update(decided_at=clock.now(), **wrong)


def test_the_first_administrator_appoints_the_second_alone_and_nobody_else(person):
    only = factories.make_actor(Role.ADMINISTRATOR)
    waiting = grants.ask_grant(only, person, role="physician", **ALL, reason="x")
    assert waiting.decided_at is None
    appointed = grants.ask_grant(only, person, role="administrator", **ALL, reason="the second")
    assert appointed.alone
    assert Role.ADMINISTRATOR in actor_of(person).roles
    third = factories.make_user(Role.NURSE, site=factories.make_site())
    asked = grants.ask_grant(only, third, role="administrator", **ALL, reason="a third")
    assert asked.decided_at is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "king", **ALL}, "role"),
        ({"role": "nurse", "all_products": True}, "site"),
        ({"role": "nurse", "all_sites": True}, "product"),
        ({"role": "nurse", **ALL, "ends_on": -1}, "ends_on"),
        ({"role": "auditor", **ALL}, "ends_on"),
        ({"role": "auditor", **ALL, "ends_on": 91}, "ends_on"),
        ({"role": "nurse", **ALL, "reason": " "}, "reason"),
    ],
)
def test_an_unclear_or_too_long_right_is_refused(first, person, values, field):
    if (days := values.get("ends_on")) is not None:
        values = {**values, "ends_on": clock.today() + timedelta(days=days)}
    assert refused(grants.ask_grant, first, person, **{"reason": "x", **values}) == {field}
    if field != "reason":
        assert refused(grants.grant, factories.SYSTEM, person, **values) == {field}


def test_site_and_all_sites_contradict(first, person):
    site = factories.make_site()
    values = {"role": "nurse", "site": site.id, **ALL, "reason": "x"}
    assert refused(grants.ask_grant, first, person, **values) == {"site"}


def test_an_administrator_of_one_site_asks_and_decides_there_only(first, person):
    here, there = factories.make_site(), factories.make_site()
    local = factories.make_actor(Role.ADMINISTRATOR, site=here)
    near = {"role": "nurse", "site": here.id, "all_products": True, "reason": "x"}
    far = {"role": "nurse", "site": there.id, "all_products": True, "reason": "x"}
    grants.ask_grant(local, person, **near)
    for extent in ({"site": there.id}, {"all_sites": True}):
        with pytest.raises(Denied):
            grants.ask_grant(local, person, role="nurse", all_products=True, reason="x", **extent)
    asked = grants.ask_grant(first, person, **far)
    with pytest.raises(Denied):
        grants.decide(local, asked, agree=True)
    del far["reason"]
    held = grants.grant(factories.SYSTEM, person, **far)
    with pytest.raises(Denied):
        grants.ask_revocation(local, held, reason="not mine")


def test_one_administrator_gives_nothing_directly(first, person):
    with pytest.raises(Denied):
        grants.grant(first, person, role="physician", **ALL)


def inspector():
    user = factories.make_user(Role.NURSE, site=factories.make_site(), password=PASSWORD)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test"):
        user.grants.update(revoked_at=clock.now())
    ends_on = clock.today() + timedelta(days=5)
    grants.grant(factories.SYSTEM, user, role="auditor", **ALL, ends_on=ends_on)
    return user, ends_on


@pytest.mark.requirement("A11-12")
def test_an_inspector_sees_the_end_and_every_door_closes_after_it(travel):
    user, ends_on = inspector()
    _row, text = tokens.issue_token(actor_of(user), user, label="script")
    feed = feeds.open_feed(actor_of(user))
    client, api = Client(), {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert ends_on.isoformat() in client.get("/trail/").content.decode()
    assert client.get("/api/v1/patients/", **api).status_code == 200
    assert calendars.owner(feed) is not None

    travel(timedelta(days=5))
    assert actor_of(user).roles == {Role.AUDITOR}
    assert sessions.end_access_over(factories.SYSTEM, today=clock.today()) == 0
    travel(timedelta(days=1))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    before = Session.objects.filter(user_id=user.pk).count()
    assert client.get("/trail/").headers["Location"].endswith("&ended=1")
    assert Session.objects.filter(user_id=user.pk).count() == before - 1
    assert client.get("/api/v1/patients/", **api).status_code == 401
    assert calendars.owner(feed) is None
    answer = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert ends_on.isoformat() in answer.content.decode()

    assert sessions.end_access_over(factories.SYSTEM, today=clock.today()) == 1
    user.refresh_from_db()
    assert (user.calendar_token, queries.living_tokens(actor_of(user)).count()) == (None, 0)
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert sessions.end_access_over(factories.SYSTEM, today=clock.today()) == 0


def test_somebody_with_another_right_stays_signed_in(travel):
    user, _ends_on = inspector()
    site = factories.make_site()
    grants.grant(factories.SYSTEM, user, role="nurse", site=site.id, all_products=True)
    travel(timedelta(days=6))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/worklist/").status_code == 200
    assert sessions.end_access_over(factories.SYSTEM, today=clock.today()) == 0


def test_the_same_request_twice_at_once_is_a_conflict(first, person, monkeypatch):
    grants.ask_grant(first, person, role="physician", **ALL, reason="x")
    monkeypatch.setattr(grants, "close_late", lambda waiting, refusal: None)
    with pytest.raises(Conflict), transaction.atomic():
        grants.ask_grant(first, person, role="physician", **ALL, reason="x")
