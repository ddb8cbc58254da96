"""What the network said of a request, in words: what is kept is the system's own word."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

BROKE_OFF = gettext_lazy("The connection to the receiver broke off")
NAMELESS = gettext_lazy("The name of the server is not known in the network: check its address")
UNREACHED = gettext_lazy("The server cannot be reached through the network")
LATE = gettext_lazy("The receiver did not answer in time")
NETWORK: Mapping[str, str | Promise] = {
    "no answer in time": LATE,
    "Connection timed out": LATE,
    "Connection refused": gettext_lazy("Nobody listens at the receiver's address"),
    "Name or service not known": NAMELESS,
    "Temporary failure in name resolution": NAMELESS,
    "No route to host": UNREACHED,
    "Network is unreachable": UNREACHED,
    "Connection reset by peer": BROKE_OFF,
    "Broken pipe": BROKE_OFF,
    "Remote end closed connection without response": gettext_lazy(
        "The receiver took everything and closed the connection without an answer"
    ),
    "EOF occurred in violation of protocol": BROKE_OFF,
    "the connection ended": BROKE_OFF,
    "the host is not among OUTWARD_HOSTS": gettext_lazy(
        "Nothing was sent: the operator of this server did not name that host in OUTWARD_HOSTS"
    ),
    "HTTP 200, unreadable": gettext_lazy("The receiver's answer cannot be read"),
}
_HTTP = re.compile(r"HTTP (\d{3})\b ?(.*)", re.DOTALL)


def in_words(text: str) -> str:
    """What the network, HTTP or TLS said, with its code: a receiver is asked about that.

    What is not known stays as it was kept.
    """
    kind, _mark, place = text.partition(": ")
    if kind in NETWORK:
        return joined(str(NETWORK[kind]), place)
    if found := _HTTP.fullmatch(text):
        said = _("The receiver's server answered with HTTP status %(status)s")
        return joined(said % {"status": found[1]}, found[2])
    if "CERTIFICATE_VERIFY_FAILED" in text:
        said = _("The certificate of the receiver's server (TLS) is not one this machine trusts")
        return joined(said, text)
    if text.startswith(("[SSL", "TLS")):
        return joined(_("No encrypted connection (TLS) could be made to the receiver"), text)
    return text


def joined(said: str, more: str) -> str:
    """A sentence and the other side's own words behind it."""
    return f"{said}{pgettext('punctuation', ': ')}{more}" if more.strip() else said
