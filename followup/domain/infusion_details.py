"""What stands beside lot and dose of an infusion: how it was made and given, what went before.

A value nobody recorded is empty, never zero. What cannot be is a problem, what is unlikely a doubt,
for asking back; the ranges of the doubts are the product's own and come with the call.

Source: domain 2.1.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.dates import PartialDate

YES_NO_UNKNOWN = ("YES", "NO", "UNKNOWN")


class PriorTransplant(StrEnum):
    """Transplantation of haematopoietic stem cells before the infusion."""

    NONE = "NONE"
    AUTOLOGOUS = "AUTOLOGOUS"
    ALLOGENEIC = "ALLOGENEIC"
    BOTH = "BOTH"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class InfusionDetails:
    """Everything optional. Copies per transduced cell, 10^6 CAR-positive cells per kg, per cent,
    mg/m2 of the whole course; `thawed_at` is China's time of day, on the day of the infusion.
    """

    manufacturing_site: str = ""
    apheresis_on: PartialDate | None = None
    vector_copy_number: Decimal | None = None
    viability: Decimal | None = None
    out_of_specification: str = ""
    out_of_specification_note: str = ""
    thawed_at: time | None = None
    dose_per_kg: Decimal | None = None
    fludarabine_dose: Decimal | None = None
    cyclophosphamide_dose: Decimal | None = None
    bridging_therapy: str = ""
    bridging_note: str = ""
    prior_hsct: str = ""
    prior_alkylator: str = ""
    prior_radiation: str = ""

    def recorded(self) -> frozenset[str]:
        """The names of what is answered."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) not in (None, ""))

    def differing(self, other: "InfusionDetails") -> frozenset[str]:
        """The names of what the other says differently."""
        names = (f.name for f in fields(self))
        return frozenset(n for n in names if getattr(self, n) != getattr(other, n))


# In the order they are asked and shown.
MANUFACTURING = (
    *("manufacturing_site", "apheresis_on", "vector_copy_number", "viability"),
    *("out_of_specification", "out_of_specification_note"),
)
GIVEN = ("thawed_at", "dose_per_kg")
BEFORE = (
    *("fludarabine_dose", "cyclophosphamide_dose", "bridging_therapy", "bridging_note"),
    *("prior_hsct", "prior_alkylator", "prior_radiation"),
)
NAMES = (*MANUFACTURING, *GIVEN, *BEFORE)
TEXTS = ("manufacturing_site", "out_of_specification_note", "bridging_note")
CODES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("out_of_specification", "bridging_therapy", "prior_alkylator", "prior_radiation"),
        YES_NO_UNKNOWN,
    ),
    "prior_hsct": tuple(each.value for each in PriorTransplant),
}
NUMBERS = (
    *("vector_copy_number", "viability", "dose_per_kg"),
    *("fludarabine_dose", "cyclophosphamide_dose"),
)
UNITS = {
    "viability": "%",
    "dose_per_kg": "×10⁶ CAR+/kg",
    "fludarabine_dose": "mg/m²",
    "cyclophosphamide_dose": "mg/m²",
}
# What is said in words of an answer, and the answer it belongs to.
WORDS = {
    "out_of_specification_note": "out_of_specification",
    "bridging_note": "bridging_therapy",
}
_OF_CELLS = frozenset(
    {
        *("apheresis_on", "viability", "thawed_at", "bridging_therapy", "bridging_note"),
        *("fludarabine_dose", "cyclophosphamide_dose", "vector_copy_number"),
    }
)
_NO_CELLS = ("GTMP", "EXCLUDED")  # classes whose products hold no cells, or are none of ours
_NOT_MODIFIED = "CTMP_NOT_GENE_MODIFIED"


def asked(*, car_t: bool, atmp_class: str) -> frozenset[str]:
    """What is asked of a product: everything, as long as nothing is known against it.

    Nothing of cells for a product without cells, no copies of a vector for cells that hold none,
    no CAR-positive cells but for CAR-T.
    """
    names = frozenset(NAMES)
    if car_t:
        return names
    names -= {"dose_per_kg"}
    if atmp_class.startswith(_NO_CELLS):
        return names - _OF_CELLS
    return names - {"vector_copy_number"} if atmp_class == _NOT_MODIFIED else names


@dataclass(frozen=True, slots=True)
class Setting:
    """The infusion the details are of. `now` is China's; `dose` in 10^6 CAR-positive cells.

    `agents` are the codes of the lymphodepletion, None where it is not recorded, or in words.
    """

    infused_on: date
    now: datetime
    asked: Collection[str]
    birth_year: int | None = None
    dose: Decimal | None = None
    agents: Collection[str] | None = None


class Problem(StrEnum):
    """Why a detail cannot be."""

    NOT_ASKED = "not_asked"
    NOT_OFFERED = "not_offered"
    NOT_POSITIVE = "not_positive"
    NO_PERCENTAGE = "no_percentage"
    AFTER_INFUSION = "after_infusion"
    BEFORE_BIRTH = "before_birth"
    IN_THE_FUTURE = "in_the_future"
    WORDS_MISSING = "words_missing"
    WORDS_WITHOUT_YES = "words_without_yes"


def problems(
    said: InfusionDetails, of: Setting, *, kept: Collection[str] = ()
) -> dict[str, Problem]:
    """What cannot be, by field. `kept` are fields that stand as they were recorded before."""
    found: dict[str, Problem] = {}
    for name in NUMBERS:
        value: Decimal | None = getattr(said, name)
        if value is not None and value <= 0 and name != "viability":
            found[name] = Problem.NOT_POSITIVE
    if said.viability is not None and not 0 <= said.viability <= 100:
        found["viability"] = Problem.NO_PERCENTAGE
    for name, codes in CODES.items():
        if (code := getattr(said, name)) and code not in codes:
            found[name] = Problem.NOT_OFFERED
    found |= _words(said)
    found |= dated(said, of)
    strange = said.recorded() - frozenset(of.asked) - frozenset(kept)
    return found | dict.fromkeys(strange, Problem.NOT_ASKED)


def _words(said: InfusionDetails) -> dict[str, Problem]:
    found = {name: Problem.WORDS_WITHOUT_YES for name, of in WORDS.items() if getattr(said, name)}
    for name, of in WORDS.items():
        if getattr(said, of) == "YES":
            found.pop(name, None)
    if said.out_of_specification == "YES" and not said.out_of_specification_note:
        found["out_of_specification_note"] = Problem.WORDS_MISSING
    return found


def dated(said: InfusionDetails, of: Setting) -> dict[str, Problem]:
    """What the day of the infusion makes impossible: cells collected later, a thaw to come."""
    found: dict[str, Problem] = {}
    collected = said.apheresis_on
    if collected and collected.earliest > of.infused_on:
        found["apheresis_on"] = Problem.AFTER_INFUSION
    elif collected and of.birth_year and collected.latest.year < of.birth_year:
        found["apheresis_on"] = Problem.BEFORE_BIRTH
    if said.thawed_at is not None:
        moment = datetime.combine(of.infused_on, said.thawed_at, of.now.tzinfo)
        if moment > of.now:
            found["thawed_at"] = Problem.IN_THE_FUTURE
    return found


class Doubt(StrEnum):
    """What is possible but unlikely."""

    UNUSUAL = "unusual"
    INTERVAL = "interval"
    WEIGHT = "weight"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Doubted:
    """One doubt at its field: what it is about, and the usual range where there is one."""

    doubt: Doubt
    field: str
    about: Any
    low: Decimal | None = None
    high: Decimal | None = None


Ranges = Mapping[str, tuple[Decimal, Decimal]]
# Ranges of what two values say together.
INTERVAL, WEIGHT = "apheresis_to_infusion_days", "body_weight"
RANGES = (*NUMBERS, INTERVAL, WEIGHT)
_AGENTS = {"fludarabine_dose": "FLUDARABINE", "cyclophosphamide_dose": "CYCLOPHOSPHAMIDE"}


def doubts(said: InfusionDetails, of: Setting, ranges: Ranges) -> list[Doubted]:
    """What to ask about details that have no problem; a range that is not known asks nothing."""
    found = []
    for name in NUMBERS:
        value: Decimal | None = getattr(said, name)
        if value is not None and name in ranges and not _within(value, ranges[name]):
            found.append(Doubted(Doubt.UNUSUAL, name, value, *ranges[name]))
    found += _interval(said, of, ranges)
    found += _weight(said, of, ranges)
    for name, agent in _AGENTS.items():
        given = getattr(said, name)
        if given is not None and of.agents is not None and agent not in of.agents:
            found.append(Doubted(Doubt.AGENT, name, given))
    return found


def _within(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _interval(said: InfusionDetails, of: Setting, ranges: Ranges) -> list[Doubted]:
    """Of a partial date only what every day it can mean makes unusual."""
    collected = said.apheresis_on
    if collected is None or INTERVAL not in ranges:
        return []
    low, high = ranges[INTERVAL]
    longest = (of.infused_on - collected.earliest).days
    shortest = (of.infused_on - collected.latest).days
    if longest >= low and shortest <= high:
        return []
    return [Doubted(Doubt.INTERVAL, "apheresis_on", collected, low, high)]


def _weight(said: InfusionDetails, of: Setting, ranges: Ranges) -> list[Doubted]:
    """The dose and the dose per kg say what the patient weighed, in kg."""
    if not of.dose or not said.dose_per_kg or said.dose_per_kg <= 0 or WEIGHT not in ranges:
        return []
    weight = of.dose / said.dose_per_kg
    if _within(weight, ranges[WEIGHT]):
        return []
    return [Doubted(Doubt.WEIGHT, "dose_per_kg", weight, *ranges[WEIGHT])]
