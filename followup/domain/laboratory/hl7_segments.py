"""HL7 v2 syntax: bytes to text, text to segments, fields and components.

464 Han characters hold a byte of a separator in GB 18030: text is decoded before it is split.

Source: HL7 v2.5.1, chapter 2.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from followup.domain.laboratory.messages import MessageProblem, MessageUnreadable

MOST_SEGMENTS = 50_000
_CHARSETS = {
    "UNICODEUTF8": "utf-8",
    "UNICODE": "utf-8",
    "UTF8": "utf-8",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators of a message, from MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repeat: str = "~"
    escape: str = "\\"
    part: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment by its fields, as sent."""

    name: str
    fields: Sequence[str]
    marks: Marks

    def field(self, number: int) -> str:
        """A field as sent; empty where the segment ends before it."""
        return self.fields[number] if number < len(self.fields) else ""

    def repeats(self, number: int) -> list[str]:
        """The repetitions of a field that say something."""
        return [text for text in self.field(number).split(self.marks.repeat) if text]

    def component(self, number: int, place: int = 1) -> str:
        """A component (from 1) of the first repetition of a field, in plain text."""
        return component(self.field(number).split(self.marks.repeat)[0], place, self.marks)


def component(text: str, place: int, marks: Marks) -> str:
    """A component (from 1) of a field, in plain text; `""` in quotes says nothing."""
    parts = text.split(marks.component)
    return plain(parts[place - 1], marks) if place <= len(parts) else ""


def plain(text: str, marks: Marks) -> str:
    """The text behind escape sequences; those nobody knows stay as they are."""
    if text == '""':
        return ""
    if marks.escape not in text:
        return text
    known = {"F": marks.field, "S": marks.component, "T": marks.part, "R": marks.repeat}
    known |= {"E": marks.escape, ".br": "\n"}
    sign = re.escape(marks.escape)

    def put(match: re.Match[str]) -> str:
        code = match[1]
        if code in known:
            return known[code]
        if re.fullmatch(r"X(?:[0-7][0-9A-Fa-f])+", code):
            return bytes.fromhex(code[1:]).decode("ascii").replace("\0", "")
        return match[0]

    return re.sub(f"{sign}([^{sign}]{{1,40}}){sign}", put, text)


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """The text and the charset it was decoded with: the source's own, else what MSH-18 says, else
    strict UTF-8, else GB 18030. MessageUnreadable when none fits; nothing is guessed.
    """
    declared = _declared(data)
    for name in (charset,) if charset else (*((declared,) if declared else ()), "utf-8", "gb18030"):
        try:
            return data.decode(name).replace("\0", ""), name
        except UnicodeDecodeError:
            continue
    raise MessageUnreadable(MessageProblem.CHARSET)


def _declared(data: bytes) -> str:
    first = re.split(rb"[\r\n]", data.lstrip()[:4000], maxsplit=1)[0].decode("latin-1")
    if not first.startswith("MSH") or len(first) < 4:
        return ""
    fields = first.split(first[3])
    named = re.sub(r"[^A-Z0-9]", "", fields[17].upper()) if len(fields) > 17 else ""
    return _CHARSETS.get(named, "")


def segments(text: str) -> list[Segment]:
    """The segments of a message, the header first; MessageUnreadable for what is none.

    Ends of lines of any kind part segments; of MSH, field 1 is the separator itself.
    """
    lines = [line for line in re.split(r"[\r\n]+", text.lstrip("\ufeff \t\r\n")) if line]
    if not lines or not lines[0].startswith("MSH") or len(lines[0]) < 8:
        raise MessageUnreadable(MessageProblem.STRUCTURE, "MSH")
    if len(lines) > MOST_SEGMENTS:
        raise MessageUnreadable(MessageProblem.TOO_LARGE)
    head = lines[0]
    signs = head[4:].split(head[3], 1)[0]
    marks = Marks(head[3], *signs[:4])
    if len({marks.field, marks.component, marks.repeat, marks.escape, marks.part}) != 5:
        raise MessageUnreadable(MessageProblem.STRUCTURE, "MSH-2")
    found = []
    for line in lines:
        fields = line.split(marks.field)
        if line is head:
            fields.insert(1, marks.field)
        found.append(Segment(fields[0].strip(), fields, marks))
    return found
