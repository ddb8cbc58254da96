"""The address of whoever asks, as a proxy that is trusted names it.

Behind a proxy every request comes from the proxy: one person who mistypes a password would lock the
door for everybody (OWASP ASVS 5.0, 15.3.4).
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks of proxies; ImproperlyConfigured names one that is neither."""
    try:
        return tuple(ip_network(text.strip()) for text in texts)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The last address that no trusted proxy has; `peer` itself unless it is trusted.

    `forwarded` is X-Forwarded-For: each proxy adds whom it heard at its end, so what stands before
    an address that is not trusted is hearsay. What is no address ends the search.
    """
    found = peer
    for told in reversed(forwarded.split(",")):
        try:
            if not any(ip_address(found) in network for network in trusted):
                return found
            found = str(ip_address(told.strip()))
        except ValueError:
            return found
    return found


class ClientAddress:
    """REMOTE_ADDR is the address of the person from here on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = networks(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if self.trusted and forwarded:
            peer = request.META.get("REMOTE_ADDR", "")
            request.META["REMOTE_ADDR"] = client_address(peer, forwarded, self.trusted)
        return self.get_response(request)
