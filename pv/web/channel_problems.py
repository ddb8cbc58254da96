"""Why a channel fails, in words: what is kept is the system's own word and the folder."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.web import transport_words
from followup.web.transport_words import joined

LOST = gettext_lazy("The attempt was interrupted before it was finished")
NO_CERTIFICATE = gettext_lazy("A valid certificate of ours or of the receiver is missing")
NO_RECEIPT = gettext_lazy("The receiver's answer is no receipt")
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
    "the channel lacks a valid certificate": NO_CERTIFICATE,
    "the channel has no valid key of ours, or no valid certificate of theirs": NO_CERTIFICATE,
    "a certificate with an RSA key is needed to encrypt": gettext_lazy(
        "The certificate of the receiver has no RSA key: ask the receiver for one that has"
    ),
    "no receipt came": gettext_lazy("The receiver answered without a receipt"),
    "the receipt is awaited": gettext_lazy("Handed over; the receipt comes later"),
    "no certificate of the receiver signed it": gettext_lazy(
        "A receipt came that no certificate of the receiver signed: it proves nothing"
    ),
    "the answer is no receipt": NO_RECEIPT,
    "the answer is longer than a receipt can be": NO_RECEIPT,
    "the receipt names another message": gettext_lazy(
        "A receipt came that names another message: it proves nothing"
    ),
    "the digest is missing": gettext_lazy(
        "The receipt holds no digest of the file: it proves nothing"
    ),
    "the digest is of other bytes": gettext_lazy(
        "The digest in the receipt is not that of our file: ask the receiver what arrived"
    ),
    "warning": gettext_lazy("The receiver adds a warning"),
    "the worker was lost before the last step": LOST,
    "the worker was lost while it waited for the receipt": gettext_lazy(
        "The attempt was interrupted while it waited for the receipt"
    ),
    "the worker was lost while it submitted": gettext_lazy(
        "The attempt was interrupted while it submitted"
    ),
    "the part is there, it never got its name": LOST,
    "the file is not in the folder: it was taken, or never placed": gettext_lazy(
        "The file is not in the folder: it was taken already, or was never placed"
    ),
    "another file lies in the folder under its name": gettext_lazy(
        "Another file lies in the folder under the same name; it was left alone"
    ),
    "the folder kept less than was written": gettext_lazy(
        "The folder kept less than was written: its disk may be full"
    ),
    "the folder done/ has no free name left": gettext_lazy(
        "The folder done/ holds too many files of one name: clear it up"
    ),
    "the channel names no folder": gettext_lazy(
        "The settings of the channel name no folder that can be used"
    ),
    "an address begins with https:// and names a host": gettext_lazy(
        "The address in the settings of the channel is none"
    ),
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
    "the answer of the gateway is no JSON object": gettext_lazy(
        "The gateway's answer cannot be read"
    ),
    "the answer of the gateway lacks": gettext_lazy("The gateway's answer lacks what is needed"),
    "the answer of the gateway holds no usable": gettext_lazy(
        "The gateway's answer holds a value that cannot be used"
    ),
    "the gateway kept another number of bytes than was sent": gettext_lazy(
        "The gateway kept another number of bytes than was sent"
    ),
    "the name of the file must be plain ASCII": gettext_lazy(
        "The name of the file may hold only letters without accents, digits and signs"
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


# RFC 4130, section 7.5.3: why a partner refused a message of ours.
THEIR_REFUSALS: Mapping[str, str | Promise] = {
    "decryption-failed": gettext_lazy(
        "the receiver could not decrypt it; ask for the certificate in use there"
    ),
    "authentication-failed": gettext_lazy(
        "the receiver did not accept our signature; give it our certificate in use"
    ),
    "integrity-check-failed": gettext_lazy("it arrived altered"),
    "insufficient-message-security": gettext_lazy("the receiver asks for other protection"),
    "unexpected-processing-error": gettext_lazy("an error at the receiver"),
}
_REFUSED = re.compile(
    r".*?;\s*(?:processed/error|processed/failure|failed/\w+)[:\s]+([\w-]+)\s?(.*)", re.DOTALL
)


def refused_because(disposition: str) -> str:
    """Why a partner's message was refused, by the disposition it was answered with; or empty."""
    _head, error, code = disposition.partition("/error: ")
    return str(REFUSALS.get(code, code)) if error else ""


def in_words(text: str) -> str:
    """A kept problem in the reader's language; what is not known stays as it was kept."""
    if text in WORDS:
        return str(WORDS[text])
    kind, mark, place = text.partition(": ")
    if mark and kind in WORDS:
        return joined(str(WORDS[kind]), place)
    if found := _REFUSED.fullmatch(text):
        why = THEIR_REFUSALS.get(found[1], found[1])
        return joined(_("Refused by the receiver: %(why)s") % {"why": why}, found[2])
    return transport_words.in_words(text)
