"""Values as typed, pasted or sent: read by the rules, with every problem in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions import collection_days
from followup.core import clock
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.naming import localized_name
from followup.core.problems import Refused
from followup.domain.laboratory import (
    Measure,
    MissingBecause,
    Plausibility,
    RangeTurnedDate,
    Reading,
    ReferenceRange,
    ValueProblem,
    read_range,
    read_value,
    storable,
)
from followup.models import Patient
from followup.queries import laboratory

TEXTS: Mapping[ValueProblem, str | Promise] = {
    ValueProblem.UNREADABLE: gettext_lazy(
        "This is no value that can be read for certain. Type it as the laboratory wrote it, for "
        "example 1.5 or <50."
    ),
    ValueProblem.NEGATIVE_NUMBER: gettext_lazy("A laboratory value is not below zero."),
    ValueProblem.ZERO: gettext_lazy(
        "This is never zero: below quantification, write it as the laboratory did, for example <50."
    ),
    ValueProblem.UNIT_MISSING: gettext_lazy("Give the unit the laboratory printed."),
    ValueProblem.UNIT_UNKNOWN: gettext_lazy(
        "This unit is not known for this measure, so the number is not converted."
    ),
    ValueProblem.UNITS_DIFFER: gettext_lazy("Two units are given that do not say the same."),
    ValueProblem.IMPOSSIBLE: gettext_lazy(
        "This number cannot be: check the decimal point and the unit."
    ),
    ValueProblem.NUMBER_NEEDED: gettext_lazy("This measure needs a number, not a finding."),
    ValueProblem.FINDING_NEEDED: gettext_lazy(
        "This measure has no number: write negative, positive or indeterminate."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueInput:
    """One value as the laboratory wrote it; or why there is none. Limits are in its own unit."""

    measure: str
    text: str = ""
    unit: str = ""
    range_text: str = ""
    missing: str = ""
    lower_limit: Decimal | None = None
    detection_limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What the values of one specimen share. `at` only when the time was given.

    `corrected`: the laboratory calls them a correction, whether or not its earlier form came here.
    """

    on: date
    at: datetime | None = None
    laboratory: str = ""
    preliminary: bool = False
    corrected: bool = False
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One value read: everything in the measure's unit."""

    measure: Measure
    reading: Reading
    printed: ReferenceRange
    lower_limit: Decimal | None
    detection_limit: Decimal | None


Measures = Mapping[str, Measure]


def measures(actor: Actor) -> Measures:
    """The measures in force, asked once for many values."""
    return laboratory.rules(actor).laboratory.measures


def read(actor: Actor, given: ValueInput, known: Measures | None = None) -> Read:
    """Read one value; Refused with the problem under "text", "unit", "range" or a limit."""
    measure = (measures(actor) if known is None else known).get(given.measure)
    if measure is None:
        raise Refused({"measure": _("This measure is not known here.")})
    reading = _reading(measure, given)
    if reading.missing and (given.lower_limit is not None or given.detection_limit is not None):
        raise Refused({"text": _("A value that is missing has no limits.")})
    factor = measure.factor(reading.unit_written) or measure.factor(given.unit) or Decimal(1)
    try:
        printed, fits = _printed(given.range_text, factor)
    except RangeTurnedDate as error:
        text = _(
            "A spreadsheet has made a date of this range (%(range)s): take it from the report."
        )
        raise Refused({"range": text % {"range": given.range_text}}) from error
    except ValueError as error:
        text = _("The lower limit of the range lies above the upper one.")
        raise Refused({"range": text}) from error
    if not fits:
        raise Refused({"range": _("A limit of the range has too many digits.")})
    low, found = _limits(given, factor)
    return Read(measure, reading, printed, low, found)


@lru_cache(maxsize=4096)  # a laboratory prints the same ranges beside thousands of values
def _printed(text: str, factor: Decimal) -> tuple[ReferenceRange, bool]:
    """A printed range in the measure's unit, and whether the register can hold its limits."""
    printed = read_range(text).scaled(factor)
    limits = (printed.low, printed.high)
    return printed, all(limit is None or storable(limit) for limit in limits)


def _reading(measure: Measure, given: ValueInput) -> Reading:
    if given.missing:
        if given.text.strip():
            raise Refused({"text": _("Give a value, or say why it is missing, not both.")})
        if given.missing not in {each.value for each in MissingBecause}:
            raise Refused({"missing": _("This reason is not known here.")})
        return Reading("", missing=MissingBecause(given.missing))
    try:
        return read_value(measure, given.text, given.unit)
    except ValueError as error:
        problem = ValueProblem(error.args[0])
        field = "unit" if problem.name.startswith("UNIT") else "text"
        raise Refused({field: str(TEXTS[problem])}) from error


def _limits(given: ValueInput, factor: Decimal) -> tuple[Decimal | None, Decimal | None]:
    if given.lower_limit is None and given.detection_limit is None:
        return None, None
    numbers = {"lower_limit": given.lower_limit, "detection_limit": given.detection_limit}
    scaled: dict[str, Decimal | None] = {}
    for name, number in numbers.items():
        if number is not None and (not storable(number * factor) or number <= 0):
            raise Refused({name: _("A limit lies above zero.")})
        scaled[name] = None if number is None else number * factor
    low, found = scaled["lower_limit"], scaled["detection_limit"]
    if low is not None and found is not None and found > low:
        text = _("The limit of detection cannot be above the limit of quantification.")
        raise Refused({"detection_limit": text})
    return low, found


def question(one: Read, field: str) -> Question | None:
    """What is asked about a number that is possible but unusual."""
    value = one.reading.value
    if value is None or one.measure.plausibility(value) is not Plausibility.UNUSUAL:
        return None
    words = {
        "measure": localized_name(one.measure),
        "value": one.reading.written,
        "unit": one.measure.unit,
    }
    text = _("%(measure)s %(value)s (%(unit)s) is unusual.") % words
    return Question(f"unusual-{one.measure.code}", text, field, about=one.reading.written)


def check_day(patient: Patient, specimen: Specimen, *, known_on: date | None = None) -> None:
    """The day of a specimen: not to come, not after a death or a withdrawal; Refused otherwise.

    What was taken before a consent was withdrawn may be recorded late, and a correction keeps
    its day (`known_on`).
    """
    today = clock.today()
    if specimen.on > today:
        raise Refused({"on": _("The date cannot be later than today.")})
    if specimen.at is not None:
        if specimen.at.astimezone(clock.SHANGHAI).date() != specimen.on:
            raise Refused({"at": _("Day and time of the specimen do not fit.")})
        if specimen.at > clock.now():
            raise Refused({"at": _("The time cannot be later than now.")})
    received = specimen.received_on
    if received is not None and not specimen.on <= received <= today:
        raise Refused({"received_on": _("Received between the day of the specimen and today.")})
    if patient.birth_year and specimen.on.year < patient.birth_year:
        raise Refused({"on": _("The specimen would be older than the patient.")})
    if specimen.on != known_on:
        collection_days.check_consent(patient, specimen.on, field="on")
    collection_days.check_alive(patient, specimen.on, field="on")
