"""Swimmer plot: a bar for each patient from infusion to the last contact, with what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from followup.core.pdf.pictures import (
    GREEN,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREY,
    RED,
    Box,
    Picture,
    Shape,
    Sign,
    Text,
)
from pv.adapters.charts.axes import Scale, months_axis
from pv.domain.cohorts.times import Member, Span, months, span

ROW, TOP = 17.0, 40.0
START, END, WIDE = 118.0, 836.0, 860.0


@dataclass(frozen=True, slots=True)
class Swimmer:
    """A lane: the patient, later infusions and remissions in days since the first infusion."""

    member: Member
    href: str
    infusions: Sequence[int]
    remission: Sequence[int]


def signs() -> Mapping[str, tuple[str, str, str]]:
    """Mark, colour and words of everything drawn on a lane, in the order of the legend."""
    return {
        "remission": ("dot", GREEN, _("In remission at a contact")),
        "progression": ("triangle", ORANGE, _("Relapse or progression")),
        "malignancy": ("diamond", RED, _("New malignancy")),
        "death": ("cross", INK, _("Death")),
        "infusion": ("square", INK, _("Further infusion")),
        "going_on": ("arrow", INK, _("In follow-up")),
    }


def swimmer_picture(lanes: Sequence[Swimmer], cutoff: date, *, name: str, finding: str) -> Picture:
    """Lanes under each other; grey after a relapse. The legend is made of the same marks."""
    ends = [(_end(lane.member, cutoff)) for lane in lanes]
    x = Scale(0, max([months(end) for end in ends] + [1.0]), START, END)
    bottom = TOP + ROW * len(lanes)
    shapes: list[Shape] = _legend()
    shapes += months_axis(x, TOP - 8, bottom + 4, _("Months since infusion"))
    for place, (lane, end) in enumerate(zip(lanes, ends, strict=True)):
        shapes += _lane(lane, end, cutoff, x, TOP + ROW * place)
    return Picture(WIDE, bottom + 46, name, finding, shapes)


def _legend() -> list[Shape]:
    shapes: list[Shape] = []
    place = 12.0
    for kind, colour, words in signs().values():
        shapes += [Sign(kind, place, 14, colour), Text(place + 13, 18, words, size=12)]
        # As wide as the widest font a browser falls back to: a word must not reach the next mark.
        place += 28 + sum(12.5 if ord(c) > 0x2E80 else 7.0 for c in words)
    return shapes


def _end(member: Member, cutoff: date) -> int:
    dead = span(member.death, member.day0, cutoff)
    if dead is not None:
        return max(dead.middle, 0)
    last = min(member.last_contact or member.day0, cutoff)
    known = (span(each, member.day0, cutoff) for each in (member.progression, member.malignancy))
    # Who had an event was under observation until then.
    days = [found.middle for found in known if found is not None]
    return max([(last - member.day0).days, 0, *days])


def _lane(lane: Swimmer, end: int, cutoff: date, x: Scale, y: float) -> list[Shape]:
    member, middle = lane.member, y + ROW / 2
    worse = span(member.progression, member.day0, cutoff)
    turn = min(max(worse.middle, 0), end) if worse else end
    shapes: list[Shape] = [
        Text(START - 8, middle + 4, member.code, "end", size=12),
        Box(START, y + 3, x.at(months(turn)) - START, ROW - 6, PALE_BLUE),
    ]
    if worse:
        left = x.at(months(turn))
        shapes.append(Box(left, y + 3, x.at(months(end)) - left, ROW - 6, PALE_GREY))
    known = {
        "remission": [day for day in lane.remission if day <= end],
        "infusion": [day for day in lane.infusions if 0 < day <= end],
        "progression": [worse.middle] if worse and worse.last >= 0 else [],
        "malignancy": _days(span(member.malignancy, member.day0, cutoff)),
        "death": _days(span(member.death, member.day0, cutoff)),
    }
    known["going_on"] = [] if known["death"] else [end]
    for key, (kind, colour, words) in signs().items():
        for day in known[key]:
            shapes.append(Sign(kind, x.at(months(day)), middle, colour, f"{member.code}: {words}"))
    return shapes


def _days(found: Span | None) -> list[int]:
    return [found.middle] if found is not None and found.last >= 0 else []
