"""Treatment and care beside the product: which kinds are recorded, and what each asks for.

Source: domain 2.2, the items on later therapies, exposure to mutagens, supportive care, vaccines
and stays in hospital. Which of their answers are needed is the product's own rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from followup.domain.dates import PartialDate


class CareKind(StrEnum):
    """What was given to a patient or sought by one after the infusion."""

    SUBSEQUENT_THERAPY = "SUBSEQUENT_THERAPY"
    MUTAGEN_EXPOSURE = "MUTAGEN_EXPOSURE"
    IMMUNOGLOBULIN = "IMMUNOGLOBULIN"
    HAEMATOPOIETIC_SUPPORT = "HAEMATOPOIETIC_SUPPORT"
    TRANSFUSION = "TRANSFUSION"
    VACCINATION = "VACCINATION"
    HOSPITAL_STAY = "HOSPITAL_STAY"
    EMERGENCY_VISIT = "EMERGENCY_VISIT"


# The code list that says which treatment, component or ward it was.
DETAILS: Mapping[CareKind, str] = {
    CareKind.SUBSEQUENT_THERAPY: "subsequent_therapy",
    CareKind.MUTAGEN_EXPOSURE: "mutagen_exposure",
    CareKind.IMMUNOGLOBULIN: "immunoglobulin_route",
    CareKind.HAEMATOPOIETIC_SUPPORT: "haematopoietic_support",
    CareKind.TRANSFUSION: "blood_component",
    CareKind.HOSPITAL_STAY: "hospital_care",
}
# Every detail as one list: what a column of all kinds may hold.
ANY_DETAIL = "+".join(DETAILS.values())
STAYS = frozenset({CareKind.HOSPITAL_STAY, CareKind.EMERGENCY_VISIT})
MOMENTS = frozenset({CareKind.TRANSFUSION, CareKind.VACCINATION, CareKind.EMERGENCY_VISIT})
OTHER = "OTHER"
YES, NO, UNKNOWN = "YES", "NO", "UNKNOWN"
ANSWERS = (YES, NO, UNKNOWN)


class CareItem(StrEnum):
    """What is asked of one treatment or stay."""

    DETAIL = "detail"
    NAME = "name"
    STARTED = "started"
    ENDED = "ended"
    ONGOING = "ongoing"
    DOSE = "dose"
    DOSE_UNIT = "dose_unit"
    MUTAGENIC = "mutagenic"
    LIVE_VACCINE = "live_vaccine"
    GIVEN_FOR = "given_for"


YES_NO_ITEMS = (CareItem.ONGOING, CareItem.MUTAGENIC, CareItem.LIVE_VACCINE)


class CareProblem(StrEnum):
    """Why an answer cannot be taken."""

    NEEDED = "NEEDED"
    NOT_ASKED = "NOT_ASKED"
    NAME_NEEDED = "NAME_NEEDED"
    FUTURE = "FUTURE"
    BEFORE_BIRTH = "BEFORE_BIRTH"
    ENDS_BEFORE_START = "ENDS_BEFORE_START"
    ENDED_AND_ONGOING = "ENDED_AND_ONGOING"
    NOT_POSITIVE = "NOT_POSITIVE"
    UNIT_NEEDED = "UNIT_NEEDED"
    DOSE_NEEDED = "DOSE_NEEDED"
    UNKNOWN_CODE = "UNKNOWN_CODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """One treatment, exposure, vaccination or stay as it is told.

    `name` is the agent, the vaccine or the hospital; dates are as exact as they are known. An
    empty answer was not given: it is never read as no, and a missing dose never as zero.
    """

    kind: CareKind
    started: PartialDate | None
    detail: str = ""
    name: str = ""
    ended: PartialDate | None = None
    ongoing: str = ""
    dose: Decimal | None = None
    dose_unit: str = ""
    mutagenic: str = ""
    live_vaccine: str = ""
    given_for: str = ""


def asked(kind: CareKind) -> tuple[CareItem, ...]:
    """The items of a kind, in the order of its form."""
    items = [CareItem.DETAIL] if kind in DETAILS else []
    items += [CareItem.NAME, CareItem.STARTED]
    if kind not in MOMENTS:
        items += [CareItem.ONGOING, CareItem.ENDED]
    if kind not in STAYS | {CareKind.VACCINATION}:
        items += [CareItem.DOSE, CareItem.DOSE_UNIT]
    if kind is CareKind.SUBSEQUENT_THERAPY:
        items.append(CareItem.MUTAGENIC)
    if kind is CareKind.VACCINATION:
        items.append(CareItem.LIVE_VACCINE)
    else:
        items.append(CareItem.GIVEN_FOR)
    return tuple(items)


def needed(kind: CareKind) -> frozenset[CareItem]:
    """The items of a kind without which nothing is recorded."""
    items = {CareItem.STARTED}
    if kind in DETAILS:
        items.add(CareItem.DETAIL)
    if kind is CareKind.SUBSEQUENT_THERAPY:
        items.add(CareItem.MUTAGENIC)
    if kind is CareKind.VACCINATION:
        items |= {CareItem.NAME, CareItem.LIVE_VACCINE}
    if kind in STAYS:
        items.add(CareItem.GIVEN_FOR)
    return frozenset(items)


def problems(
    care: Care, *, codes: Mapping[str, frozenset[str]], today: date, birth_year: int | None
) -> dict[CareItem, CareProblem]:
    """What is wrong, by item; empty when it can be recorded.

    `codes` are the codes of each list. A partial date is wrong only when every day it can mean is.
    """
    values = {item: getattr(care, item.value) for item in CareItem}
    offered, must = asked(care.kind), needed(care.kind)
    found = {
        item: CareProblem.NOT_ASKED
        for item, value in values.items()
        if value not in ("", None) and item not in offered
    }
    found |= {item: CareProblem.NEEDED for item in must if values[item] in ("", None)}
    for item, listed in lists(care.kind).items():
        if values[item] and item not in found and values[item] not in codes[listed]:
            found[item] = CareProblem.UNKNOWN_CODE
    if care.detail == OTHER and not care.name:
        found.setdefault(CareItem.NAME, CareProblem.NAME_NEEDED)
    for item, why in (_dates(care, today, birth_year) | _dose(care)).items():
        found.setdefault(item, why)
    return found


def lists(kind: CareKind) -> dict[CareItem, str]:
    """The code list of each coded item a kind asks for."""
    coded = dict.fromkeys(YES_NO_ITEMS, "yes_no_unknown") | {CareItem.DOSE_UNIT: "care_dose_unit"}
    coded |= {CareItem.DETAIL: DETAILS[kind]} if kind in DETAILS else {}
    return {item: name for item, name in coded.items() if item in asked(kind)}


def _dates(care: Care, today: date, birth_year: int | None) -> dict[CareItem, CareProblem]:
    found: dict[CareItem, CareProblem] = {}
    for item, day in ((CareItem.STARTED, care.started), (CareItem.ENDED, care.ended)):
        if day is not None and day.earliest > today:
            found[item] = CareProblem.FUTURE
        elif day is not None and birth_year and day.latest.year < birth_year:
            found[item] = CareProblem.BEFORE_BIRTH
    if care.ended is None:
        return found
    if care.started is not None and care.ended.latest < care.started.earliest:
        found.setdefault(CareItem.ENDED, CareProblem.ENDS_BEFORE_START)
    if care.ongoing == YES:
        found.setdefault(CareItem.ENDED, CareProblem.ENDED_AND_ONGOING)
    return found


def _dose(care: Care) -> dict[CareItem, CareProblem]:
    if care.dose is None:
        return {CareItem.DOSE: CareProblem.DOSE_NEEDED} if care.dose_unit else {}
    if care.dose <= 0:
        return {CareItem.DOSE: CareProblem.NOT_POSITIVE}
    return {} if care.dose_unit else {CareItem.DOSE_UNIT: CareProblem.UNIT_NEEDED}


def exposes(kind: CareKind, mutagenic: str) -> bool | None:
    """Whether it is an exposure to a mutagen; None where that is not known."""
    if kind is CareKind.MUTAGEN_EXPOSURE:
        return True
    if kind is CareKind.SUBSEQUENT_THERAPY:
        return {YES: True, NO: False}.get(mutagenic)
    return False
