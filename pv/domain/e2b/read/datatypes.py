"""Values that a message may write in several ways: times, measurements, telecoms, documents.

Source: domain 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pv.domain.e2b.message import Attachment, Node, Null
from pv.domain.e2b.read.choices import XSI_TYPE
from pv.domain.e2b.read.compiled_reader import ReadPlan, qualified
from pv.domain.e2b.read.record import Record

if TYPE_CHECKING:
    from lxml import etree

LOW, HIGH, CENTER = qualified("low"), qualified("high"), qualified("center")
COMP = qualified("comp")
REFERENCE = qualified("reference")
JOINED = ("A", "I")
NUMBERS = ("", "PQ", "IVL_PQ", "INT", "REAL")
BOUNDS = {"true": "=", "false": ""}
INFINITE = ("NINF", "PINF")


def time(record: Record, element: etree._Element, plan: ReadPlan, node: Node) -> None:
    """An interval, a period, or an expression of both, nested or in turn: all end in four parts.

    A nullFlavor said of the whole is said of its start.
    """
    if element.get("operator", "A") not in JOINED:
        # Left out, or the hull of two times, is no time in which both hold.
        record.lose(element)
        return
    flavor, known = element.get("nullFlavor"), ["operator"]
    start = plan.children.get(LOW)
    if flavor is not None and len(element) == 0 and isinstance(start, ReadPlan) and start.primary:
        record.put(element, node, start.primary, Null(flavor))
        record.rewritten.add((id(node), plan.path))
        known.append("nullFlavor")
    record.check_names(element, known)
    if element.text and not element.text.isspace():
        record.lose_text(element, element.text)
    for child in element:
        part = plan.children.get(child.tag)
        if child.tag == COMP:
            time(record, child, plan, node)
        elif isinstance(part, ReadPlan):
            record.part(child, part, node)
        else:
            record.lose(child)
        if child.tail and not child.tail.isspace():
            record.lose_text(element, child.tail)


def measure(record: Record, element: etree._Element, plan: ReadPlan, node: Node) -> None:
    """A test result: a number, a bound such as ``<10`` or ``>=10``, or free text.

    TypeError when the table gives it several centres.
    """
    kind = element.get(XSI_TYPE, "")
    center = plan.children[CENTER]
    if not isinstance(center, ReadPlan):
        raise TypeError("the measurement has one centre")
    number, unit = center.attributes["value"], center.attributes["unit"]
    low, middle, high = element.find(LOW), element.find(CENTER), element.find(HIGH)
    if kind in ("ED", "ST") or (element.text and not element.text.isspace()):
        record.part(element, plan, node)
    elif kind.rpartition(":")[2] not in NUMBERS:
        record.lose(element)
    elif middle is not None and low is None and high is None:
        record.part(middle, center, node)
        _beside(record, element, (middle,))
    elif low is not None or high is not None:
        _bounded(record, element, (low, high), (number, unit), node)
        _beside(record, element, (low, middle, high))
        if middle is not None:
            record.lose(middle)
    elif element.get("value") is not None or element.get("nullFlavor") is not None:
        record.part(element, center, node)
    else:
        record.lose(element)


def _beside(
    record: Record, element: etree._Element, known: tuple[etree._Element | None, ...]
) -> None:
    """Keep what a measurement holds beside its parts."""
    record.check_names(element, ())
    for child in element:
        if child not in known:
            record.lose(child)
        if child.tail and not child.tail.isspace():
            record.lose_text(element, child.tail)


def _bounded(
    record: Record,
    element: etree._Element,
    ends: tuple[etree._Element | None, etree._Element | None],
    codes: tuple[str, str],
    node: Node,
) -> None:
    low, high = ends
    least = low.get("value") if low is not None else None
    most = high.get("value") if high is not None else None
    if (least is None) == (most is None):
        flavor = low.get("nullFlavor") if low is not None else None
        other = high.get("nullFlavor") if high is not None else None
        if least is None and (flavor is None or other is None) and (flavor or other):
            record.put(element, node, codes[0], Null(flavor or other or ""))
            _open_ends(record, (low, high))
        else:
            record.lose(element)
        return
    end, free, sign = (low, high, ">") if least is not None else (high, low, "<")
    if end is None:
        return
    record.check_names(end, ("value", "unit", "inclusive"))
    record.lose_inside(end)
    _open_ends(record, (free,))
    if free is not None and free.get("nullFlavor") not in (None, *INFINITE):
        record.lose_attribute(free, "nullFlavor")
    bound = BOUNDS.get(end.get("inclusive", "true"), "=")
    record.put(element, node, codes[0], f"{sign}{bound}{least or most}")
    unit = end.get("unit")
    if unit:
        record.put(element, node, codes[1], unit)


def _open_ends(record: Record, sides: Iterable[etree._Element | None]) -> None:
    """An end without a value says only that there is none; anything more is kept."""
    for side in sides:
        if side is not None:
            record.check_names(side, ("inclusive", "nullFlavor"))
            record.lose_inside(side)


def lines(record: Record, element: etree._Element, plan: ReadPlan, node: Node) -> None:
    """Address lines: one element of the table, one line each in the message."""
    before = node.values.get(plan.text or "")
    text = element.text
    if plan.text is None or not isinstance(before, str) or text is None or text.isspace():
        record.part(element, plan, node)
    else:
        record.check_names(element, ())
        for child in element:
            record.lose(child)
        node.values[plan.text] = f"{before}\n{text}"


def telecom(record: Record, element: etree._Element, plan: ReadPlan, node: Node) -> None:
    """An address without its scheme, which the element already says."""
    code = plan.attributes["value"]
    value, flavor = element.get("value", ""), element.get("nullFlavor")
    scheme, colon, rest = value.partition(":")
    address = rest if colon else ("" if scheme.lower() == plan.shape else value)
    if address:
        record.put(element, node, code, address)
    elif flavor is not None:
        record.put(element, node, code, Null(flavor))
    record.check_names(element, ("value",) if address else ("value", "nullFlavor"))
    record.lose_inside(element)


def document(record: Record, element: etree._Element, plan: ReadPlan, node: Node) -> None:
    """An included document, left encoded; its file name is kept beside it."""
    reference = element.find(REFERENCE)
    parts = [element.text or "", *(child.tail or "" for child in element)]
    data = "".join(part for part in parts if not part.isspace())
    name = reference.get("value") if reference is not None else None
    if plan.text is None:
        return
    known = ["mediaType", "compression", "representation"]
    if data or name:
        kept = Attachment(
            element.get("mediaType"),
            element.get("compression"),
            data,
            element.get("representation", "TXT"),
            name,
        )
        record.put(element, node, plan.text, kept)
    elif element.get("nullFlavor") is not None:
        record.put(element, node, plan.text, Null(element.get("nullFlavor", "")))
        known.append("nullFlavor")
    record.check_names(element, known)
    for child in element:
        if child is not reference:
            record.lose(child)
        else:
            record.check_names(child, ("value",))
            record.lose_inside(child)


SHAPES = {
    "time": time,
    "measure": measure,
    "lines": lines,
    "tel": telecom,
    "fax": telecom,
    "mailto": telecom,
    "document": document,
}
