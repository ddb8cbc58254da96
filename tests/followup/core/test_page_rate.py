"""Pages have a limit for each person, as the API has."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as NoCache

from followup.core import clock
from followup.core.http.throttling import ActorThrottle
from followup.core.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
LIMIT = 3


@pytest.fixture
def client(settings: Any) -> Client:
    settings.PAGE_RATE = f"{LIMIT}/min"
    client = Client()
    client.force_login(factories.make_user(Role.NURSE))
    return client


def statuses(client: Client, address: str, count: int = LIMIT + 1) -> list[int]:
    return [client.get(address).status_code for _number in range(count)]


@pytest.mark.requirement("ASVS-2.4.1")
def test_what_no_person_presses_is_told_to_wait(client: Client, settings: Any) -> None:
    page, now = reverse("account"), clock.now().replace(second=20, microsecond=0)
    other = Client()
    other.force_login(factories.make_user(Role.NURSE))
    with clock.pinned(now):
        assert statuses(client, page) == [200, 200, 200, 429]
        answer = client.get(page)
        assert (answer["Retry-After"], "Wait 40 seconds" in answer.content.decode()) == ("40", True)
        assert other.get(page).status_code == 200
        assert client.get("/api/v1/products/").status_code == 200
    with clock.pinned(now + timedelta(minutes=1)):
        assert client.get(page).status_code == 200


@pytest.mark.requirement("ASVS-2.4.1")
def test_the_api_has_a_limit_of_its_own(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(ActorThrottle, "THROTTLE_RATES", {"actor": f"{LIMIT}/min"})
    assert statuses(client, "/api/v1/products/") == [200, 200, 200, 429]


def test_without_a_cache_pages_come(client: Client, monkeypatch) -> None:
    def away(*_args: Any, **_more: Any) -> None:
        raise NoCache

    monkeypatch.setattr(caches["default"], "add", away)
    assert statuses(client, reverse("account")) == [200] * (LIMIT + 1)
