"""Which hosts this installation speaks to: everything it opens outward over HTTP or SFTP asks here.

Addresses of gateways, robots, partners and identity providers are entered by administrators; with
OUTWARD_HOSTS the server is bound to the hosts its operator named, whatever is entered.
"""

from django.conf import settings


class HostNotAllowed(OSError):
    """The host is not among OUTWARD_HOSTS; nothing was sent to it."""

    def __init__(self) -> None:
        super().__init__("the host is not among OUTWARD_HOSTS")


def require(host: str) -> None:
    """HostNotAllowed unless the list of hosts is empty or names this one."""
    allowed = settings.OUTWARD_HOSTS
    if allowed and host.lower().rstrip(".") not in allowed:
        raise HostNotAllowed
