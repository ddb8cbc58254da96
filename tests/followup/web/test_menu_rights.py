"""A page of the menu is refused to those whose menu does not show it, never shown empty."""

import pytest
from django.test import Client

from followup.actions import grants
from followup.core.http import menus
from followup.core.models import Change
from followup.core.permissions import ROLES, Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.queries import trail
from tests import factories

pytestmark = pytest.mark.django_db
ITEMS = [item for item in menus.registered() if item.needs]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.url)
@pytest.mark.requirement("ASVS-8.2.1")
def test_each_page_is_for_those_who_see_it_in_the_menu(
    client: Client, item: menus.MenuItem
) -> None:
    for role in Role:
        user = factories.make_user(role)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        opens = {item.needs, item.or_needs} & set(ROLES[role].permissions)
        expected = 200 if opens else 403
        assert client.get(item.address).status_code == expected, role


def test_nobody_ends_the_own_rights(client: Client) -> None:
    user = factories.make_user(Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        grants.ask_revocation(actor_of(user), user.grants.get(), reason="by mistake")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "/revoke/" not in client.get(f"/users/{user.pk}/").content.decode()


def test_the_trail_shows_what_changed_inside_a_document() -> None:
    old = {"values": {"a": "1", "b": "2"}, "rows": [{"x": 1}, {"x": 2}]}
    new = {"values": {"a": "1", "b": "3"}, "rows": [{"x": 1}], "more": "y" * 600}
    change = Change(
        before={"message": old, "stage": "entry"}, after={"message": new, "stage": "entry"}
    )
    lines = [(d.column, d.before, d.after[:3]) for d in trail.differences(change)]
    assert lines == [
        ("message.values.b", "2", "3"),
        ("message.rows[2].x", "2", ""),
        ("message.more", "", "yyy"),
    ]


def test_the_trail_says_that_a_day_cannot_be_read(client: Client) -> None:
    user = factories.make_user(Role.AUDITOR)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/trail/", {"since": "banana", "until": "2026-11-21"}).content.decode()
    assert "“banana” is no whole day" in page
    assert page.count("is no whole day") == 1


def test_the_trail_offers_to_filter_by_what_its_reader_may_meet() -> None:
    hospital, whole = (factories.make_actor(role) for role in (Role.SITE_LEAD, Role.AUDITOR))
    offered = {code for code, _words in trail.actions(hospital)}
    assert {"event.report", "visit.record", "query.raise_for_case", "schedule.extend"} <= offered
    holders = {"case.advance", "case.unlock", "commitment.open", "label.enter", "clock.recalculate"}
    assert not holders & offered
    assert holders | offered <= {code for code, _words in trail.actions(whole)}
    assert "followup_patient" in trail.tables(hospital)
    assert "pv_case" not in trail.tables(hospital)
    assert "pv_case" in trail.tables(whole)
