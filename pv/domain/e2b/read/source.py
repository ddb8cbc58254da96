"""The root of a batch, and its messages one after the other.

The product's own rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.e2b.refusals import MessageRefused, Refusal
from pv.domain.e2b.skeleton import BATCH, MESSAGE, NAMESPACE
from pv.domain.e2b.xml_documents import DEFAULT_LIMITS, Limits, parse_declared, refused

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = lazy("lxml.etree")

MESSAGE_TAG = f"{{{NAMESPACE}}}{MESSAGE}"
BATCH_TAG = f"{{{NAMESPACE}}}{BATCH}"
EARLIER = {"ichicsr": Refusal.E2B_R2, "ichicsrack": Refusal.E2B_R2_ACKNOWLEDGEMENT}
FACTS = (
    ("sender", "messagesenderidentifier", 1),
    ("receiver", "messagereceiveridentifier", 1),
    ("message", "messagenumb", 1),
    ("case", "safetyreportid", 10),
)
CHUNK = 64 * 1024


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> etree._Element:
    """The root element of a document. Raises MessageRefused."""
    root = parse_declared(data, limits)
    _no_doctype(root)
    return root


def stream(source: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[etree._Element]:
    """The message elements of a batch one after the other, each forgotten before the next.

    Raises MessageRefused; memory stays that of one message.
    """
    counted = _Counted(source, limits.message_bytes)
    events = etree.iterparse(
        counted,
        events=("start", "end"),
        tag=(MESSAGE_TAG, BATCH_TAG),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    number = 0
    started = False
    try:
        for event, element in events:
            if not started:
                started = True
                _no_doctype(element)
                if element.tag != BATCH_TAG:
                    raise MessageRefused(Refusal.NOT_ICSR_BATCH, str(element.tag))
            if event == "end" and element.tag == MESSAGE_TAG:
                number += 1
                if number > limits.messages:
                    raise MessageRefused(Refusal.TOO_MANY, f"more than {limits.messages} messages")
                yield element
                _forget(element)
                counted.seen = 0
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(error) from error
    if not started:
        root = events.root
        if root is not None:
            _no_doctype(root)
        raise MessageRefused(Refusal.NOT_ICSR_BATCH, "no batch element")


class _Counted:
    """A stream that refuses to feed more than one message may hold."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source = source
        self._most = most
        self.seen = 0

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes, at most ``size``."""
        data = self._source.read(min(size, CHUNK) if size > 0 else CHUNK)
        self.seen += len(data)
        if self.seen > self._most + CHUNK:
            raise MessageRefused(Refusal.TOO_LARGE, f"one message over {self._most} bytes")
        return data


def _forget(element: etree._Element) -> None:
    parent = element.getparent()
    element.clear()
    if parent is not None:
        while parent[0] is not element:
            del parent[0]


def _no_doctype(element: etree._Element) -> None:
    """Refuse a document type, and E2B(R2) by its name; its DTD is never opened."""
    code = EARLIER.get(str(element.tag))
    if code is not None:
        raise MessageRefused(code, _earlier(element))
    information = element.getroottree().docinfo
    if information.internalDTD is not None or information.system_url or information.public_id:
        raise MessageRefused(Refusal.DOCTYPE)


def _earlier(element: etree._Element) -> str:
    """What a file of E2B(R2) says of itself: sender, receiver, message and the first cases."""
    said = []
    for name, tag, most in FACTS:
        found = [e.text.strip() for e in element.iter(tag) if e.text and e.text.strip()]
        if found:
            more = f" … {len(found)}" if len(found) > most else ""
            said.append(f"{name} {', '.join(text[:100] for text in found[:most])}{more}")
    return "; ".join(said)
