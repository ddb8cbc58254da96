"""Bytes into XML without trust: no DTD, no entity, no network, bounded size and depth.

lxml is a parser, not input or output: it is given bytes and opens nothing (`resolve_entities`,
`load_dtd` and `no_network` keep it so), which is why it is allowed on this floor.

The product's own rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.e2b.refusals import MessageRefused, Refusal

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = lazy("lxml.etree")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: bytes of a whole batch in memory, bytes of one message, messages."""

    batch_bytes: int = 256 * 1024 * 1024
    message_bytes: int = 64 * 1024 * 1024
    messages: int = 100_000


DEFAULT_LIMITS = Limits()


def parse_declared(data: bytes, limits: Limits = DEFAULT_LIMITS) -> etree._Element:
    """The root of a document that may declare a type, which is never opened. MessageRefused."""
    if len(data) > limits.batch_bytes:
        raise MessageRefused(Refusal.TOO_LARGE, f"{len(data)} bytes")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(error) from error


def refused(error: Exception) -> MessageRefused:
    """Why the parser gave up, as the refusal of a message."""
    text = str(error)
    if "depth" in text:
        return MessageRefused(Refusal.TOO_DEEP, text)
    if "huge" in text or "too large" in text or "Buffer" in text:
        return MessageRefused(Refusal.TOO_LARGE, text)
    return MessageRefused(Refusal.NOT_XML, text)
