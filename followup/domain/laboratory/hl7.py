"""HL7 v2 messages about results and about numbers of patients, and the answer each one gets.

Read by position; what is not known is left in the raw message and refused by nobody.

Source: HL7 v2.5.1, chapters 2, 3 and 7; tables 0085 and 0123.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

from followup.domain.dates import DateError, PartialDate
from followup.domain.laboratory import hl7_patients
from followup.domain.laboratory.hl7_patients import numbers
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
    MessageProblem,
    MessageUnreadable,
    Moment,
    SentMessage,
    SentResult,
    Standing,
    fitted,
    named,
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
# OBR-25 (table 0123) speaks for results that say nothing of their own.
_ORDERS = {
    "C": Standing.CORRECTED,
    "X": Standing.WITHDRAWN,
    **dict.fromkeys(("A", "I", "P", "R", "S"), Standing.PRELIMINARY),
}
_NO_RESULT = ("I", "N", "O")  # pending, not asked for, ordered only


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
        there = _offset(match["zone"]) or zone
        at = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=there)
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
    kind = head.component(9)
    faults: list[tuple[str, str]] = []
    results = tuple(_results(parts, zone, faults)) if kind in ("ORU", "OUL") else ()
    changes = tuple(hl7_patients.changes(parts, trigger)) if kind == "ADT" else ()
    persons = tuple(hl7_patients.persons(parts, kind, trigger))
    full = f"{kind}^{trigger}"[:20]
    return SentMessage(named(number, 80), full, results, changes, used, tuple(faults), persons)


def _results(
    parts: Sequence[Segment], zone: tzinfo, faults: list[tuple[str, str]]
) -> Iterator[SentResult]:
    patients: tuple[str, ...] = ()
    order: Segment | None = None
    # In OUL^R22 and R23 a specimen stands before its orders, elsewhere behind them.
    before: Segment | None = None
    specimen: Segment | None = None
    row = 0
    for place, segment in enumerate(parts):
        if segment.name == "PID":
            patients, order, before, specimen = numbers(segment, 3, 2), None, None, None
        elif segment.name == "SPM" and (order is None or before is not None):
            before, specimen, order = segment, segment, None
        elif segment.name == "OBR":
            order, specimen = segment, before or _specimen(parts, place)
        elif segment.name == "OBX":
            found = _standing(segment, order, place, faults)
            if found is None:
                continue
            row += 1
            if row > MOST_RESULTS:
                raise MessageUnreadable(MessageProblem.TOO_LARGE)
            yield _result(segment, order, patients, row, found, specimen, zone)


def _standing(
    segment: Segment, order: Segment | None, place: int, faults: list[tuple[str, str]]
) -> Standing | None:
    """How the laboratory stands to a result; None where there is none, or nobody knows the code."""
    code = segment.component(11).strip()
    if not code:
        return _ORDERS.get(order.component(25).strip() if order else "", Standing.FINAL)
    found = _STANDINGS.get(code)
    if found is None and code not in _NO_RESULT:
        faults.append((f"OBX[{place}]-11", "code-invalid"))
    return found


def _specimen(parts: Sequence[Segment], place: int) -> Segment | None:
    """The specimen of an order that stands behind its results, or none."""
    for segment in parts[place + 1 :]:
        if segment.name in ("OBR", "PID", "MSH"):
            break
        if segment.name == "SPM":
            return segment
    return None


def _result(
    segment: Segment,
    order: Segment | None,
    patients: tuple[str, ...],
    row: int,
    standing: Standing,
    specimen: Segment | None,
    zone: tzinfo,
) -> SentResult:
    code, name = segment.component(3, 1).strip(), segment.component(3, 2).strip()
    filler = order.component(3) or order.component(2) if order else ""
    collected = specimen.component(17) if specimen else ""
    when = moment(collected or (order.component(7) if order else "") or segment.component(14), zone)
    # Without a number of the order, a result of the same minute is the same; else none is.
    known = filler or (f"@{when.written}" if when.at else "")
    return SentResult(
        row=row,
        patients=patients,
        item=named(" ".join(dict.fromkeys(text for text in (code, name) if text)), 80),
        written=fitted(_written(segment), 80),
        moment=when,
        standing=standing,
        key=named("|".join((known, code or name, segment.component(4))), 200) if known else "",
        unit=fitted(_unit(segment), 40),
        specimen_kind=_specimen_kind(specimen, order),
        range_text=fitted(plain(segment.field(7), segment.marks).strip(), 80),
        flag=segment.component(8)[:10],
    )


def _specimen_kind(specimen: Segment | None, order: Segment | None) -> str:
    """SPM-4, or the first part of OBR-15 of earlier versions, in words where there are any."""
    if specimen is not None:
        words = specimen.component(4, 2) or specimen.component(4)
    else:
        parts = (order.field(15) if order else "").split(order.marks.component if order else "^")
        named_ = parts[0].split(order.marks.part) if order else [""]
        words = next(filter(None, (*named_[1:2], named_[0])), "")
    return named(words.strip(), 40)


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
        parts = [component(repeat, place, marks).strip() for place in range(1, 10)]
        if kind == "SN":
            texts.append("".join(parts[:4]))
        elif kind in ("CE", "CWE", "CF", "CNE"):
            # Its words, the sender's own, the original ones, else a code.
            texts.append(next(filter(None, (parts[n] for n in (1, 4, 8, 0, 3))), ""))
        elif kind in ("ED", "RP"):
            texts.append(hl7_patients.document(repeat, marks))
        else:
            texts.append(plain(repeat, marks))
    return " ~ ".join(text.strip() for text in texts)


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
