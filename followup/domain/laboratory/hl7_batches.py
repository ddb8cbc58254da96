"""Batches of HL7 v2: what comes in one frame taken apart, and answered in one frame.

Ends of lines never occur inside a character of UTF-8 or GB 18030, so a frame is parted by bytes and
each message keeps its own. Several messages without the segments of a batch are parted as well.

Source: HL7 v2.5.1, chapter 2, sections 2.10.3 and 2.15 (FHS, BHS, BTS, FTS).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.domain.laboratory.hl7_segments import Segment, decode, segments
from followup.domain.laboratory.messages import MessageUnreadable

_LINE = re.compile(rb"[^\r\n]+")
_OPENING, _CLOSING = (b"FHS", b"BHS"), (b"BTS", b"FTS")


@dataclass(frozen=True, slots=True)
class Batch:
    """A frame by its messages, each as it came; `opening` are its FHS and BHS, empty for none.

    `announced` is the number of messages its BTS counts, None where it counts none.
    """

    messages: tuple[bytes, ...]
    opening: tuple[bytes, ...] = ()
    announced: int | None = None


def read(frame: bytes) -> Batch:
    """The messages of a frame; one that holds a single message, or none, is that message."""
    lines = [(found.start(), found.end(), found[0].lstrip()) for found in _LINE.finditer(frame)]
    if not any(line.startswith(_OPENING) for *_place, line in lines[:1]) and (
        sum(line.startswith(b"MSH") for *_place, line in lines) < 2
    ):
        return Batch((frame,))
    spans: list[list[int]] = []
    opening: list[bytes] = []
    counted: list[int] = []
    inside = False
    for start, end, line in lines:
        if line.startswith((*_OPENING, *_CLOSING)):
            inside = False
            if line.startswith(_OPENING):
                opening.append(line)
            elif line.startswith(b"BTS") and (count := re.match(rb"BTS.(\d{1,6})", line)):
                counted.append(int(count[1]))
        elif line.startswith(b"MSH"):
            spans.append([start, end])
            inside = True
        elif inside:
            spans[-1][1] = end
    if not spans:
        return Batch((frame,))
    messages = tuple(frame[start:end] + b"\r" for start, end in spans)
    return Batch(messages, tuple(opening[:2]), sum(counted) if counted else None)


def answered(batch: Batch, answers: Sequence[bytes], made: datetime) -> bytes:
    """The answers of a frame in one: those of a batch within one of their own.

    A count that does not fit is said in BTS-2: the sender learns that a part was lost.
    """
    if not batch.opening:
        return b"".join(answers)
    before, after = [], [_closing(batch, len(answers))]
    for line in batch.opening:
        before.append(_opening(line, made))
    if any(line.startswith(b"FHS") for line in batch.opening):
        after.append(b"FTS|1\r")
    return b"".join((*before, *answers, *after))


def _opening(line: bytes, made: datetime) -> bytes:
    """An FHS or BHS back to its sender, with the number of the one it answers."""
    text, charset = decode(line)
    head = _head(text)
    mark = head.marks.field
    fields = [text[:3], head.field(2), *(head.field(n) for n in (5, 6, 3, 4))]
    fields += [made.strftime("%Y%m%d%H%M%S%z"), "", "", "", f"{made:%Y%m%d%H%M%S%f}"]
    return (mark.join((*fields, head.field(11))) + "\r").encode(charset, errors="replace")


def _head(text: str) -> Segment:
    try:
        return segments(f"MSH{text[3:]}")[0]
    except MessageUnreadable:
        return segments("MSH|^~\\&|")[0]


def _closing(batch: Batch, count: int) -> bytes:
    if batch.announced in (None, count):
        return b"BTS|%d\r" % count
    return b"BTS|%d|%d announced\r" % (count, batch.announced or 0)
