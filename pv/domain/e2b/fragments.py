"""Parts of a received message that no element holds: kept as XML, written back at their place.

The product's own rule, after domain 6.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pv.domain.e2b.characters import attribute, text
from pv.domain.e2b.message import Node
from pv.domain.e2b.skeleton import NAMESPACE, SCHEMA_INSTANCE

if TYPE_CHECKING:
    from lxml import etree

XML = "http://www.w3.org/XML/1998/namespace"
PREFIXES = {SCHEMA_INSTANCE: "xsi", XML: "xml"}


def serialised(element: etree._Element, namespace: str = NAMESPACE) -> str:
    """An element as XML that stands alone below an element of ``namespace``.

    The same element gives the same text wherever it was read; white space between elements goes.
    """
    own, local = _names(element.tag)
    declared = "" if own == namespace else f' xmlns="{attribute(own)}"'
    parts = [f"<{local}{declared}{attributes(element)}"]
    children = [child for child in element if isinstance(child.tag, str)]
    inside = [_text(element.text, bare=not children)]
    for child in children:
        inside += [serialised(child, own), _text(child.tail, bare=False)]
    content = "".join(inside)
    parts.append(f">{content}</{local}>" if content else "/>")
    return "".join(parts)


def attributes(element: etree._Element, *names: str) -> str:
    """The attributes of an element, or only those named, ready for its opening tag."""
    said = []
    for number, (name, value) in enumerate(element.items()):
        if names and name not in names:
            continue
        namespace, local = _names(str(name))
        if not namespace:
            said.append(f' {local}="{attribute(str(value))}"')
            continue
        prefix = PREFIXES.get(namespace)
        if prefix is None:
            prefix = f"n{number}"
            said.append(f' xmlns:{prefix}="{attribute(namespace)}"')
        said.append(f' {prefix}:{local}="{attribute(str(value))}"')
    return "".join(said)


def fingerprint(node: Node, codes: frozenset[str]) -> str:
    """What an instance says in some elements, shortened: an original stands while this holds."""
    said = sorted((code, repr(node.values[code])) for code in codes if code in node.values)
    return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _names(tag: str) -> tuple[str, str]:
    namespace, mark, local = tag.rpartition("}")
    return (namespace[1:], local) if mark else ("", local)


def _text(value: str | None, *, bare: bool) -> str:
    if not value or (value.isspace() and not bare):
        return ""
    return text(value)
