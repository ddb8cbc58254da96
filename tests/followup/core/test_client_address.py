"""Behind a proxy that is trusted each person has an own address; nobody else can name one."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import reverse

from followup.core.http.client_address import ClientAddress, client_address, networks
from followup.core.permissions import Role
from tests import factories

TRUSTED = networks(["172.16.0.0/12", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("172.20.0.5", "10.1.2.3", "10.1.2.3"),
        ("172.20.0.5", "10.9.9.9, 10.1.2.3", "10.1.2.3"),
        ("172.20.0.5", "10.1.2.3, 172.18.0.2", "10.1.2.3"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("10.1.2.3", "10.4.4.4", "10.1.2.3"),
        ("172.20.0.5", "unknown", "172.20.0.5"),
        ("172.20.0.5", "172.18.0.2", "172.18.0.2"),
        ("", "10.1.2.3", ""),
    ],
)
def test_an_address_is_believed_of_a_trusted_proxy_alone(peer, forwarded, address) -> None:
    assert client_address(peer, forwarded, TRUSTED) == address


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES: .*nowhere"):
        networks(["nowhere"])


def test_without_trusted_proxies_nothing_is_believed() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "10.1.2.3"})
    ClientAddress(lambda asked: asked)(request)
    assert request.META["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.django_db
@pytest.mark.requirement("ASVS-15.3.4")
def test_wrong_passwords_behind_a_proxy_lock_the_door_of_one_address_alone(settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    user = factories.make_user(Role.NURSE, site=factories.make_site())

    def tried(address: str) -> int:
        typed = {"username": user.username, "password": "wrong"}
        return (
            Client().post(reverse("login"), typed, headers={"X-Forwarded-For": address}).status_code
        )

    for _try in range(settings.AXES_FAILURE_LIMIT):
        locked = tried("198.51.100.7")
    assert locked == 429
    assert tried("198.51.100.8") == 200
