"""Points of a protocol: when, what to assess, and how the patient may be reached.

Source: domain 1.2; what authorities ask at least: domain 1.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from followup.domain.contacts import ContactType


class OffsetKind(StrEnum):
    """Unit in which a point stands from day zero; months are calendar months."""

    DAYS = "days"
    MONTHS = "months"


class Condition(StrEnum):
    """When an assessment of a point is really done."""

    ALWAYS = "always"
    OPTIONAL = "optional"
    IF_DETECTABLE = "if_detectable"  # only while the last vector result is not negative
    RCR_AFTER_Y1 = "rcr_after_y1"  # test, archive or stop once every year-1 result is negative
    RCR_IF_POSITIVE = "rcr_if_positive"  # only while an RCL/RCR result is positive
    IF_VECTOR_HIGH = "if_vector_high"  # integration sites: from the vector threshold upwards


@dataclass(frozen=True, slots=True)
class Assessment:
    """One thing to assess at a point, and the condition it hangs on."""

    code: str
    condition: Condition = Condition.ALWAYS


@dataclass(frozen=True, slots=True)
class Point:
    """One protocol point. Windows are days before and after the target.

    `day_window` (first day, last day counted from day zero) replaces before and after where an
    authority states absolute days. `covers` names the points met by this one visit: itself alone,
    or several when the protocol asks two things of the same day.
    """

    code: str
    kind: OffsetKind
    offset: int
    before: int
    after: int
    assessments: tuple[Assessment, ...]
    contact_types: tuple[ContactType, ...]
    preferred_contact: ContactType | None = None
    day_window: tuple[int, int] | None = None
    forms: tuple[str, ...] = ()
    citation: str = ""
    covers: tuple[str, ...] = ()

    @property
    def assessment_codes(self) -> tuple[str, ...]:
        """Codes of the assessments, in protocol order."""
        return tuple(a.code for a in self.assessments)

    def offset_text(self) -> str:
        """The distance from day zero in words: `+ 24 months`, `− 1 day`."""
        sign = "−" if self.offset < 0 else "+"
        unit = self.kind.value if abs(self.offset) != 1 else self.kind.value[:-1]
        return f"{sign} {abs(self.offset)} {unit}"

    def window_text(self) -> str:
        """The window in words: `± 30 days`, `−7/+25 days`, `day 366 to 425`."""
        if self.day_window:
            return f"day {self.day_window[0]} to {self.day_window[1]}"
        if self.before == self.after:
            return f"± {self.before} days" if self.before else "that day"
        return f"−{self.before}/+{self.after} days"


@dataclass(frozen=True, slots=True)
class Series:
    """Points that repeat every `step` months from `first` to `last` (None: without end)."""

    pattern: str
    first: int
    last: int | None
    step: int
    model: Point

    def point(self, months: int) -> Point:
        """The point of this series at so many months after day zero."""
        code = self.pattern.format(month=months, year=months // 12)
        return replace(self.model, code=code, offset=months, covers=(code,))

    def points(self, end: int) -> tuple[Point, ...]:
        """Every point up to and including `end` months."""
        stop = end if self.last is None else min(end, self.last)
        return tuple(self.point(m) for m in range(self.first, stop + 1, self.step))


@dataclass(frozen=True, slots=True)
class EventPoint:
    """A contact that an event starts, outside the calendar (malignancy, RCL positive, death)."""

    code: str
    triggers: tuple[str, ...]
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Minimum:
    """What the authority asks at least, kept apart from the protocol (domain 1.2.7)."""

    code: str
    from_month: int
    to_month: int | None
    every_months: int
    in_person: bool
    citation: str
    confidence: str
