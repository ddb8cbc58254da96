"""How long a session lives, what keeps it alive, and what a script is told without one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import trail
from followup.core import clock
from followup.core.permissions import ROLES, Perm, Role
from followup.core.security.accounts import actor_of
from followup.queries.trail import Filters
from tests import factories

pytestmark = pytest.mark.django_db
IDLE = timedelta(minutes=30)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead(client: Client) -> factories.User:
    user = factories.make_user(Role.SITE_LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def alive_after(client: Client, address: str, method: str = "get") -> bool:
    """Whether a session still lives after an hour in which the address was asked each 10 min."""
    start = clock.now()
    client.get(reverse("account"))
    for minutes in range(10, 61, 10):
        with clock.pinned(start + timedelta(minutes=minutes)):
            getattr(client, method)(address, headers=HTMX)
    with clock.pinned(start + timedelta(minutes=61)):
        return client.get(reverse("account")).status_code == 200


def test_a_page_that_polls_does_not_keep_an_unattended_session(
    client: Client, lead: factories.User
) -> None:
    job = trail.request(actor_of(lead), Filters())
    assert not alive_after(client, reverse("job-status", args=[job.id]))


def test_use_and_typing_keep_a_session(client: Client, lead: factories.User) -> None:
    assert alive_after(client, reverse("account"))
    assert alive_after(client, reverse("session"), "post")
    draft = reverse("draft", args=["visit-call", "1"])
    assert alive_after(client, draft, "post")


@pytest.mark.requirement("ASVS-7.3.1")
def test_an_idle_session_ends_and_the_sign_in_says_so(client: Client, lead: factories.User) -> None:
    client.cookies["django_language"] = "en"
    client.get(reverse("account"))
    with clock.pinned(clock.now() + IDLE + timedelta(seconds=1)):
        page = client.get(reverse("account"), follow=True)
    assert page.redirect_chain[0][0].startswith(reverse("login"))
    assert "Your session has ended" in page.content.decode()


def test_the_first_visit_of_the_day_is_told_nothing_of_an_ended_session(client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = client.get(reverse("account"), follow=True)
    assert "Your session has ended" not in page.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["search", "account", "worklist"])
def test_htmx_without_a_session_asks_for_the_sign_in_over_the_page(
    client: Client, name: str, method: str
) -> None:
    answer = getattr(client, method)(reverse(name), headers=HTMX)
    assert answer.status_code == 401
    assert answer["HX-Trigger"] == "everwatch:login-needed"
    assert answer.content == b""


def test_htmx_with_an_ended_session_does_so_too(client: Client, lead: factories.User) -> None:
    client.get(reverse("account"))
    with clock.pinned(clock.now() + IDLE + timedelta(seconds=1)):
        answer = client.post(reverse("search"), {"q": "P-1"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (401, "everwatch:login-needed")


def test_every_role_keeps_its_own_account() -> None:
    assert all(Perm.OWN_ACCOUNT in spec.permissions for spec in ROLES.values())


def test_a_pinned_clock_stands_and_goes_on_afterwards() -> None:
    then = clock.now() - timedelta(days=400)
    with clock.pinned(then):
        assert clock.now() == then
        with clock.pinned(then + timedelta(days=1)):
            assert clock.now() == then + timedelta(days=1)
        assert clock.now() == then
    assert clock.now() > then + timedelta(days=399)
    with pytest.raises(ValueError, match="time zone"), clock.pinned(then.replace(tzinfo=None)):
        pass


def test_a_tab_learns_how_long_the_session_lives_without_prolonging_it(
    client: Client, lead: factories.User
) -> None:
    start = clock.now()
    address = reverse("session-left")
    client.get(reverse("account"))
    with clock.pinned(start + timedelta(minutes=20)):
        told = client.get(address).json()
    assert told["user"] == str(lead.pk)
    assert 590 <= told["left"] <= 600
    with clock.pinned(start + timedelta(minutes=25)):
        client.get(reverse("account"))  # used in another tab
        assert 1799 <= client.get(address).json()["left"] <= 1800
    assert not alive_after(client, address)
    assert client.get(address).status_code == 401


def test_a_form_sent_after_the_end_leads_back_to_its_page(client: Client) -> None:
    own = "http://testserver/worklist/?status=overdue"
    sent = client.post(reverse("notices-read"), headers={"Referer": own})
    assert sent["Location"] == f"{reverse('login')}?next=/worklist/%3Fstatus%3Doverdue"
    foreign = client.post(reverse("notices-read"), headers={"Referer": "https://evil.example/x"})
    assert foreign["Location"] == f"{reverse('login')}?next=/"


def test_the_address_of_a_form_opened_like_a_page_is_no_empty_window(
    client: Client, lead: factories.User
) -> None:
    assert client.get(reverse("notices-read"))["Location"] == reverse("notices")
    answer = client.get(reverse("logout"))  # has no page of its own
    assert answer.status_code == 405
    assert "only takes what a form sends" in answer.content.decode()
    found = client.get(reverse("search"))  # where the other language leads from the results
    assert found.status_code == 200
    assert "Type in the box above" in found.content.decode()
