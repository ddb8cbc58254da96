"""Reading E2B(R3): bytes into batches and messages, nothing dropped, nothing trusted.

Source: domain 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch, Message, Node
from pv.domain.e2b.r2 import messages_of_r2
from pv.domain.e2b.read.compiled_reader import plans
from pv.domain.e2b.read.message_reader import Walk
from pv.domain.e2b.read.regions import region_of
from pv.domain.e2b.read.source import (
    BATCH_TAG,
    MESSAGE_TAG,
    parse,
    stream,
)
from pv.domain.e2b.refusals import MessageRefused, Refusal
from pv.domain.e2b.xml_documents import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["DEFAULT_LIMITS", "Limits", "iter_each", "read_batch"]


def read_batch(
    data: bytes, profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> Batch:
    """A whole transmission: N.1 values and messages.

    ``profile`` says whose regional elements to expect where regions use one XML place for
    different elements; without it each message tells by its own regional codes and receiver.
    Raises MessageRefused for anything that is no ICSR batch, has a DTD or breaks the limits.
    """
    return read_element(parse(data, limits), profile)


def read_element(root: etree._Element, profile: Profile | None = None) -> Batch:
    """As `read_batch`, from a parsed root element (so that a caller may validate it as well).

    MessageRefused when the root is no batch of ICSRs.
    """
    if root.tag != BATCH_TAG:
        raise MessageRefused(Refusal.NOT_ICSR_BATCH, str(root.tag))
    found = [child for child in root if child.tag == MESSAGE_TAG]
    messages = tuple(_read(element, number, profile) for number, element in enumerate(found, 1))
    wrapper = Walk()
    values = Node("N.1")
    plan = plans(Profile.FDA)[1]
    wrapper.visit(root, plan, values, frozenset({MESSAGE_TAG}))
    wrapper.originals()
    return Batch(
        values.values,
        messages,
        tuple(wrapper.unplaced),
        values.qualifiers,
        tuple(values.fragments),
    )


def iter_each(
    source: IO[bytes], profile: Profile | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Message | MessageRefused]:
    """The messages of a transmission one by one, in the memory of one.

    A message that cannot be read is yielded as its refusal; a file of E2B(R2) is read as
    messages of E2B(R3). Raises MessageRefused only when the file itself goes on no further: what
    was yielded before stays read.
    """
    try:
        for number, element in enumerate(stream(source, limits), 1):
            try:
                yield _read(element, number, profile)
            except MessageRefused as refused:
                yield refused
    except MessageRefused as refused:
        if refused.code is not Refusal.E2B_R2:
            raise
        source.seek(0)
        yield from messages_of_r2(source.read(limits.message_bytes))


def _read(element: etree._Element, number: int, profile: Profile | None) -> Message:
    region = region_of(element) if profile in (None, Profile.PARTNER) else profile
    plan = plans(region)[0]
    return Walk(f"PORR_IN049016UV[{number}]").read(element, plan)
