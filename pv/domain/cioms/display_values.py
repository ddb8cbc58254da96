"""Values of an ICSR as a person reads them, with a record of what has been printed.

Source: domain 6 (CIOMS I, 1990).
"""

import re

from followup.domain.dates import DateError, PartialDate
from pv.domain.cioms.words import WORDS, word
from pv.domain.e2b.elements import ELEMENTS, DataType, label
from pv.domain.e2b.message import Attachment, Message, Node, Null, Value
from pv.domain.e2b.quantities import moment, unit, unit_of
from pv.domain.e2b.systems import NAMED, oid

# A person or an address: the form goes to third parties, who are told that the sender holds it.
WITHHELD = frozenset(
    "C.2.r.1.1 C.2.r.1.2 C.2.r.1.3 C.2.r.1.4 C.2.r.2.3 C.2.r.2.7 C.2.r.CN.1 D.CN.5".split()
)
MEDDRA = oid("MEDDRA")
_ORDER = {code: number for number, code in enumerate(ELEMENTS)}


class Reader:
    """Reads a message in one language; what nobody has asked for is found by `rest`."""

    def __init__(self, message: Message, language: str) -> None:
        self.message = message
        self.language = language
        self._printed: set[tuple[int, str]] = set()

    def word(self, key: str) -> str:
        """A word of the form in the reader's language."""
        return word(key, self.language)

    def name(self, element: str) -> str:
        """The name of an element in the reader's language."""
        return ELEMENTS[element].name(self.language)

    def text(self, node: Node, element: str) -> str:
        """The value as printed, empty when absent; it counts as printed from now on."""
        value = node.get(element)
        if value is None:
            return ""
        self._printed.add((id(node), element))
        return self._shown(node, element, value)

    def said(self, key: str, node: Node, element: str) -> str:
        """Word and value, such as "Outcome: fatal"; empty when the value is absent."""
        return self.labelled(key, self.text(node, element))

    def labelled(self, key: str, found: str) -> str:
        """A word of the form and what was found, with the colon of the language; else empty."""
        return self.pair(self.word(key), found) if found else ""

    def pair(self, word: str, value: str) -> str:
        """Any name and its value, with the colon of the language."""
        return self.word("said").format(word=word, value=value)

    def aside(self, text: str) -> str:
        """A text in the brackets of the language, to be put behind another one."""
        return self.word("aside").format(text=text) if text else ""

    def statements(self, *parts: str) -> str:
        """The parts that say something, as statements of one line."""
        return self.word("statements").join(part for part in parts if part)

    def values(self, *parts: str) -> str:
        """The parts that say something, as values of one statement."""
        return self.word("values").join(part for part in parts if part)

    def amount(self, node: Node, number: str, unit: str) -> str:
        """A number with its unit."""
        found = self.text(node, number), self.text(node, unit)
        if (code := node.text(unit)) and found[0]:
            found = found[0], unit_of(unit, code, found[0], self.language)
        return " ".join(part for part in found if part)

    def term(self, node: Node, verbatim: str, code: str, version: str) -> str:
        """The words of the reporter with the MedDRA code they were given; either may lack."""
        words, coded = self.text(node, verbatim) if verbatim else "", self.text(node, code)
        words = " ".join(part for part in (words, node.verbatims.get(code, "")) if part)
        if not coded:
            return words
        coded = self.named(node, code, coded)
        named = self.word("code").format(version=self.text(node, version), code=coded)
        named = re.sub(r"  +", " ", named)
        return f"{words} [{named}]" if words else named

    def named(self, node: Node, element: str, shown: str) -> str:
        """A code with the term name that was received with it, which is nobody's dictionary."""
        name = node.name_of(element)
        return f"{shown} {self.word('received').format(name=name)}" if name else shown

    def rest(self) -> list[str]:
        """Every value no box has taken, one line each in table order: place, name, value."""
        lines: list[tuple[int, str, str]] = []
        for path, node, code, value in self.message.walk():
            if (id(node), code) in self._printed:
                continue
            known = ELEMENTS.get(code)
            name = known.name(self.language) if known else ""
            held = code in WITHHELD and isinstance(value, str)
            shown = self.word("withheld") if held else self._shown(node, code, value)
            lines.append((_ORDER.get(code, len(_ORDER)), path, self.pair(f"{path} {name}", shown)))
        return [text for _order, _path, text in sorted(lines)]

    def _shown(self, node: Node, element: str, value: Value) -> str:
        if isinstance(value, Null):
            key = f"null.{value.flavor}"
            return self.aside(self.word(key) if key in WORDS else value.flavor).strip()
        if isinstance(value, Attachment):
            kind = value.media_type or "?"
            return self.word("document").format(type=kind, size=len(value.data))
        known = ELEMENTS.get(element)
        named = label(element, value, self.language) if known else None
        if named is not None:
            return named
        if known is not None and known.system == NAMED["UCUM"]:
            return unit(value)
        if known is not None and known.path.endswith("@code") and known.system != MEDDRA:
            return self.named(node, element, value)
        kept = node.qualifiers.get(element, "") if element in ("F.r.4", "F.r.5") else ""
        plain = self._plain(value, known.type if known else DataType.TEXT)
        measured = known.unit if known and known.unit else kept
        return f"{plain} {measured}" if measured else plain

    def _plain(self, value: str, kind: DataType) -> str:
        if kind is DataType.BOOLEAN:
            return {"true": self.word("yes"), "false": self.word("no")}.get(value, value)
        if kind is DataType.DATE:
            return shown_date(value)
        return value


def shown_date(text: str) -> str:
    """`2026-11-??`, or `2026-11-05 14:30 +08:00` in China's time; anything else unchanged."""
    if shown := moment(text):
        return shown
    try:
        return PartialDate.from_e2b(text).shown()
    except DateError:
        return text
