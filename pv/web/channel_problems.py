"""Why a channel fails, in words: what is kept is the system's own word and the folder."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext

NAMELESS = gettext_lazy("The name of the server is not known in the network: check its address")
UNREACHED = gettext_lazy("The server cannot be reached through the network")
WORDS: Mapping[str, str | Promise] = {
    "No such file or directory": gettext_lazy(
        "The folder is not there; who runs the server makes it below the exchange folder"
    ),
    "No such file or directory on the server": gettext_lazy(
        "The folder is not on the server; ask the receiver for its name"
    ),
    "Not a directory": gettext_lazy("The name belongs to a file, not to a folder"),
    "Permission denied": gettext_lazy("Everwatch may not write in this folder"),
    "Read-only file system": gettext_lazy("Everwatch may not write in this folder"),
    "the channel is closed": gettext_lazy(
        "The channel was closed before the file left: send it by another one, or open it again"
    ),
    "no answer in time": gettext_lazy("The receiver did not answer in time"),
    "Connection refused": gettext_lazy("Nobody listens at the receiver's address"),
    "Name or service not known": NAMELESS,
    "Temporary failure in name resolution": NAMELESS,
    "No route to host": UNREACHED,
    "Network is unreachable": UNREACHED,
    "Connection timed out": gettext_lazy("The receiver did not answer in time"),
    "Connection reset by peer": gettext_lazy("The connection to the receiver broke off"),
    "the channel lacks a valid certificate": gettext_lazy(
        "A valid certificate of ours or of the receiver is missing"
    ),
    "no receipt came": gettext_lazy("The receiver answered without a receipt"),
    "the receipt is awaited": gettext_lazy("Handed over; the receipt comes later"),
    "no certificate of the receiver signed it": gettext_lazy(
        "A receipt came that no certificate of the receiver signed: it proves nothing"
    ),
    "the connection ended": gettext_lazy("The connection to the receiver broke off"),
    "the channel lacks a key or password": gettext_lazy(
        "A key or password of ours on the server is missing"
    ),
    "the channel lacks its client ID": gettext_lazy(
        "Our client ID and secret key at the gateway are missing"
    ),
    "the server shows another host key than the one entered": gettext_lazy(
        "The server shows another key than the one entered: nothing was sent; ask the receiver"
    ),
    "the server refuses our key or password": gettext_lazy(
        "The server does not let us in: it refuses our key or password"
    ),
    "the address is not one of the gateway's": gettext_lazy(
        "The address entered is not one of the gateway's hosts"
    ),
    "No space left on device": gettext_lazy("The disk of the exchange folder is full"),
}

# RFC 4130, section 7.5.3: what a message of a partner was answered with.
REFUSALS: Mapping[str, str | Promise] = {
    "decryption-failed": gettext_lazy("It could not be decrypted with a key of ours"),
    "authentication-failed": gettext_lazy("Its signature is not one of the receiver's"),
    "insufficient-message-security": gettext_lazy("It is not signed"),
    "unexpected-processing-error": gettext_lazy("It could not be read"),
    # Receipts of theirs that move nothing; our own codes.
    "receipt-not-signed": gettext_lazy("It is a receipt that no certificate of theirs signed"),
    "answer-unusable": gettext_lazy("It is an answer of the gateway that cannot be used"),
    "receipt-not-ours": gettext_lazy("It is a receipt for no message of ours"),
}


def refused_because(disposition: str) -> str:
    """Why a partner's message was refused, by the disposition it was answered with; or empty."""
    _head, error, code = disposition.partition("/error: ")
    return str(REFUSALS.get(code, code)) if error else ""


def in_words(text: str) -> str:
    """A kept problem in the reader's language; what is not known stays as it was kept."""
    kind, mark, place = text.partition(": ")
    if kind not in WORDS:
        return text
    return f"{WORDS[kind]}{pgettext('punctuation', ': ') if mark else ''}{place}"
