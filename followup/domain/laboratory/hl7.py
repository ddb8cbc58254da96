"""HL7 v2 messages about results and about numbers of patients, and the answer each one gets.

Read by position; what is not known is left in the raw message and refused by nobody.

Source: HL7 v2.5.1, chapters 2, 3 and 7; tables 0085 and 0003.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

from followup.domain.dates import DateError, PartialDate
from followup.domain.laboratory.hl7_segments import (
    Marks,
    Segment,
    component,
    decode,
    plain,
    segments,
)
from followup.domain.laboratory.messages import (
    MOST_RESULTS,
    ChangeKind,
    MessageProblem,
    MessageUnreadable,
    Moment,
    SentChange,
    SentMessage,
    SentResult,
    Standing,
    sensible,
)

_TIME = re.compile(
    r"(?P<day>\d{4}(?:\d\d){0,2})(?P<clock>\d{2}(?:\d{2}){0,2})?(?:\.\d{1,6})?"
    r"(?P<zone>[+-]\d{4})?",
    re.ASCII,
)
# OBX-11 (table 0085); what is not here is no result.
_STANDINGS = {
    "F": Standing.FINAL,
    "U": Standing.FINAL,
    "C": Standing.CORRECTED,
    "P": Standing.PRELIMINARY,
    "R": Standing.PRELIMINARY,
    "S": Standing.PRELIMINARY,
    "D": Standing.WITHDRAWN,
    "W": Standing.WITHDRAWN,
    "X": Standing.WITHDRAWN,
}
# Chapter 3: merges of patients, a changed identifier, links taken apart.
_CHANGES = {
    **dict.fromkeys(("A18", "A30", "A34", "A36", "A40"), ChangeKind.MERGED),
    **dict.fromkeys(("A46", "A47"), ChangeKind.NUMBER_CHANGED),
    "A37": ChangeKind.UNLINKED,
}


def moment(text: str, zone: tzinfo) -> Moment:
    """A time stamp as far as it was sent: `2026`, `202611`, `20261105`, with or without a time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return Moment(text)
    try:
        partial = PartialDate.from_e2b(match["day"])
        if len(match["day"]) < 8 or len(match["clock"] or "") < 4:
            return Moment(text, partial)
        digits = match["day"] + match["clock"].ljust(6, "0")
        plain_time = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007
        at = plain_time.replace(tzinfo=_offset(match["zone"]) or zone)
        if not sensible(at):
            return Moment(text)
        return Moment(text, PartialDate.of(at.astimezone(zone).date()), at)
    except (DateError, ValueError, OverflowError):
        return Moment(text)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def read(data: bytes, zone: tzinfo, charset: str = "") -> SentMessage:
    """What a message says; MessageUnreadable where it is none."""
    text, used = decode(data, charset)
    parts = segments(text)
    head = parts[0]
    number = head.component(10)
    if not number:
        raise MessageUnreadable(MessageProblem.NO_NUMBER, "MSH-10")
    trigger = head.component(9, 2)
    results = tuple(_results(parts, zone)) if head.component(9) in ("ORU", "OUL") else ()
    changes = tuple(_changes(parts, trigger)) if head.component(9) == "ADT" else ()
    kind = f"{head.component(9)}^{trigger}"[:20]
    return SentMessage(number[:80], kind, results, changes, used)


def _numbers(segment: Segment, *fields: int) -> tuple[str, ...]:
    found = [
        component(repeat, 1, segment.marks).strip()
        for field in fields
        for repeat in segment.repeats(field)
    ]
    return tuple(dict.fromkeys(text for text in found if text))


def _results(parts: Sequence[Segment], zone: tzinfo) -> Iterator[SentResult]:
    patients: tuple[str, ...] = ()
    order: Segment | None = None
    specimen, row = "", 0
    for place, segment in enumerate(parts):
        if segment.name == "PID":
            patients, order = _numbers(segment, 3, 2), None
        elif segment.name == "OBR":
            order, specimen = segment, _collected(parts, place)
        elif segment.name == "OBX":
            found = _STANDINGS.get(segment.component(11).strip() or "F")
            if found is None:
                continue
            row += 1
            if row > MOST_RESULTS:
                raise MessageUnreadable(MessageProblem.TOO_LARGE)
            yield _result(segment, order, patients, row, found, specimen, zone)


def _collected(parts: Sequence[Segment], place: int) -> str:
    """When the specimen of an order was taken: SPM-17, which stands behind its results, or none."""
    for segment in parts[place + 1 :]:
        if segment.name in ("OBR", "PID", "MSH"):
            break
        if segment.name == "SPM":
            return segment.component(17)
    return ""


def _result(
    segment: Segment,
    order: Segment | None,
    patients: tuple[str, ...],
    row: int,
    standing: Standing,
    specimen: str,
    zone: tzinfo,
) -> SentResult:
    code, name = segment.component(3, 1).strip(), segment.component(3, 2).strip()
    filler = order.component(3) or order.component(2) if order else ""
    when = specimen or (order.component(7) if order else "") or segment.component(14)
    return SentResult(
        row=row,
        patients=patients,
        item=" ".join(dict.fromkeys(text for text in (code, name) if text))[:80],
        written=_written(segment)[:80],
        moment=moment(when, zone),
        standing=standing,
        key="|".join((filler, code or name, segment.component(4)))[:200],
        unit=_unit(segment)[:40],
        range_text=plain(segment.field(7), segment.marks).strip()[:80],
        flag=segment.component(8)[:10],
    )


def _unit(segment: Segment) -> str:
    """OBX-6; senders write 10^9/L without an escape, and "10" alone is no unit."""
    first, second = segment.component(6).strip(), segment.component(6, 2).strip()
    if re.fullmatch(r"[×xX*]?10", first) and re.match(r"-?\d", second):
        return f"{first}^{second}"
    return first or second


def _written(segment: Segment) -> str:
    """OBX-5 in words: a structured number as its comparator and number, a code as its text."""
    kind, marks = segment.component(2), segment.marks
    texts = []
    for repeat in segment.repeats(5):
        parts = [component(repeat, place, marks) for place in range(1, 5)]
        if kind == "SN":
            texts.append("".join(part.strip() for part in parts))
        elif kind in ("CE", "CWE", "CF", "CNE"):
            texts.append(parts[1] or parts[0])
        else:
            texts.append(plain(repeat, marks))
    return " ~ ".join(text.strip() for text in texts)


def _changes(parts: Sequence[Segment], trigger: str) -> Iterator[SentChange]:
    kind = _CHANGES.get(trigger)
    patients: tuple[str, ...] = ()
    for segment in parts:
        if segment.name == "PID":
            before, patients = patients, _numbers(segment, 3, 2)
            if kind is ChangeKind.UNLINKED and before:
                yield SentChange(kind, patients, before)
            if segment.component(30) == "Y" or segment.component(29):
                yield SentChange(ChangeKind.DIED, patients)
        elif segment.name == "MRG" and kind is not None:
            former = tuple(n for n in _numbers(segment, 1, 4) if n not in patients)
            if former and patients:
                yield SentChange(kind, patients, former)


def answer(data: bytes, code: str, text: str, made: datetime, charset: str = "") -> bytes:
    """The acknowledgement (AA, AE, AR) of a message, in its separators and charset."""
    try:
        decoded, used = decode(data, charset)
        head = segments(decoded)[0]
    except MessageUnreadable:
        head, used = Segment("MSH", (), Marks()), "utf-8"
    marks = head.marks
    signs = marks.component + marks.repeat + marks.escape + marks.part
    kind = "ACK" + (f"{marks.component}{head.component(9, 2)}" if head.component(9, 2) else "")
    fields = ["MSH", signs, *(head.field(n) for n in (5, 6, 3, 4))]
    fields += [made.strftime("%Y%m%d%H%M%S%z"), "", kind, f"{made:%Y%m%d%H%M%S%f}"]
    fields += [head.field(11) or "P", head.field(12) or "2.5.1"]
    if head.field(18):
        fields += ["", "", "", "", "", head.field(18)]
    said = "".join(" " if sign in "\r\n" + marks.field else sign for sign in text)
    lines = [marks.field.join(fields), marks.field.join(("MSA", code, head.field(10), said))]
    return ("\r".join(lines) + "\r").encode(used, errors="replace")
