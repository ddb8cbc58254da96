"""One tag of E2B(R2) into one element: the value, or nothing where it cannot be read.

Source: ICH ICSR DTD 2.1; from memory, high confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pv.domain.e2b.message import Node
from pv.domain.e2b.r2 import tables
from pv.domain.e2b.r2.tables import Field, Kind

if TYPE_CHECKING:
    from lxml import etree

CODE = re.compile(r"\d{8}", re.ASCII)
_DIGITS = re.compile(r"\d{4}(\d\d){0,5}", re.ASCII)


class Tags:
    """Reads tags; `used` are those that became something."""

    def __init__(self) -> None:
        self.used: set[etree._Element] = set()

    def said(self, parent: etree._Element | None, tag: str) -> str:
        """The text of a tag, which counts as read; empty when it is not there."""
        found = parent.find(tag) if parent is not None else None
        text = (found.text or "").strip() if found is not None else ""
        if text and found is not None:
            self.used.add(found)
        return text

    def leave(self, parent: etree._Element, *tags: str) -> None:
        """The tags found no place after all."""
        self.used -= {child for tag in tags for child in parent.findall(tag)}

    def fields(self, node: Node, parent: etree._Element | None, table: Sequence[Field]) -> Node:
        """Every field of a table that is there and says something that can be read."""
        for tag, element, kind in table:
            self.field(node, parent, tag, element, kind)
        return node

    def field(
        self,
        node: Node,
        parent: etree._Element | None,
        tag: str,
        element: str,
        kind: Kind | tables.Codes,
    ) -> None:
        """One tag into one element of a node; what cannot be read is not counted as read."""
        text = self.said(parent, tag)
        if not text or parent is None:
            return
        if kind is Kind.TERM:
            self.term(node, parent, tag, element, text)
            return
        value: str | None = text
        if kind is Kind.DATE:
            self.said(parent, tables.FORMATS.get(tag, f"{tag}format"))
            value = text if _DIGITS.fullmatch(text) else None
        elif kind is Kind.YES_NO:
            value = {"1": "true", "2": "false"}.get(text)
        elif not isinstance(kind, Kind):
            value = kind.get(text)
        if value is None:
            self.leave(parent, tag)
        else:
            node.values[element] = value

    def term(self, node: Node, parent: etree._Element, tag: str, element: str, text: str) -> None:
        """A MedDRA code with its version, or the words given instead of it."""
        if not CODE.fullmatch(text):
            node.verbatims[element] = text
            return
        node.values[element] = text
        version = self.said(parent, tables.VERSIONS[tag])
        if version:
            node.values[f"{element[:-1]}a"] = version
