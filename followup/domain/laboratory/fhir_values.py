"""FHIR R4 data types as texts: numbers with every sign, open ranges, reasons of an absence.

Source: HL7 FHIR 4.0.1: datatypes, Observation.value[x], value set data-absent-reason.
"""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
_COMPARATORS = ("<", "<=", ">=", ">")
# data-absent-reason in the words a laboratory's value is read by; others stay as they are.
_ABSENT = {
    "not-performed": "not done",
    "not-asked": "not asked",
    "unknown": "unknown",
    "asked-unknown": "unknown",
    "temp-unknown": "unknown",
    "not-applicable": "not applicable",
    "error": "failed",
}


class Written(str):
    """A number exactly as it is in the message."""

    __slots__ = ()


def mapping(value: Any) -> Json:
    """An object; anything else says nothing."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Any]:
    """A list; anything else says nothing."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text as a record can hold it: without NUL and without halves of a pair."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip()


def coded(value: Any) -> tuple[str, str]:
    """Code and words of a CodeableConcept."""
    concept = mapping(value)
    coding = next((row for row in map(mapping, rows(concept.get("coding"))) if row), {})
    words = text(concept.get("text")) or text(coding.get("display"))
    return text(coding.get("code")), words


def identifiers(resource: Json) -> tuple[str, ...]:
    """The values of a resource's identifiers."""
    found = (text(mapping(row).get("value")) for row in rows(resource.get("identifier")))
    return tuple(one for one in found if one)


def has_value(part: Json) -> bool:
    """Whether an Observation or a component of one says a value."""
    return any(name.startswith("value") for name in part)


def contradiction(part: Json) -> tuple[str, str] | None:
    """The element that says two things at once, and the code of the issue; None for none.

    A choice of types is one element (R4, formats), and a value has no reason why it is absent
    (obs-6, obs-7): which of the two was meant, only the laboratory can tell.
    """
    for choice in ("value", "effective"):
        if sum(name.startswith(choice) for name in part) > 1:
            return f"{choice}[x]", "structure"
    if has_value(part) and "dataAbsentReason" in part:
        return "dataAbsentReason", "invariant"
    return None


def value(part: Json) -> tuple[str, str]:
    """A value as it stands, and its unit."""
    quantity = mapping(part.get("valueQuantity"))
    if quantity:
        unit = text(quantity.get("unit")) or text(quantity.get("code"))
        return _quantity(quantity), unit
    if "valueCodeableConcept" in part:
        code, words = coded(part["valueCodeableConcept"])
        return words or code, ""
    if ratio := mapping(part.get("valueRatio")):
        ends = [_quantity(mapping(ratio.get(name))) for name in ("numerator", "denominator")]
        return ":".join(ends), ""
    if extent := mapping(part.get("valueRange")):
        low, high = (mapping(extent.get(name)) for name in ("low", "high"))
        unit = text(low.get("unit")) or text(high.get("unit"))
        return _between(low, high), unit
    if isinstance(part.get("valueBoolean"), bool):
        return str(part["valueBoolean"]).lower(), ""
    if period := mapping(part.get("valuePeriod")):
        return "/".join(text(period.get(name)) for name in ("start", "end")), ""
    if "valueSampledData" in part:
        return "SampledData", ""
    plain = ("valueString", "valueInteger", "valueDateTime", "valueTime")
    return next(filter(None, (text(part.get(name)) for name in plain)), ""), ""


def absent(part: Json) -> str:
    """Why there is no value, in the words a value is read by; empty where nobody says."""
    code, words = coded(part.get("dataAbsentReason"))
    return _ABSENT.get(code) or words or code


def printed_range(part: Json) -> str:
    """The reference range: the normal one of several, or the first."""
    found = [mapping(one) for one in rows(part.get("referenceRange"))]
    normal = [one for one in found if coded(one.get("type"))[0] in ("", "normal")]
    given: Json = next(iter(normal or found), {})
    if text(given.get("text")):
        return text(given.get("text"))
    return _between(mapping(given.get("low")), mapping(given.get("high")))


def _quantity(given: Json) -> str:
    comparator = text(given.get("comparator"))
    sign = comparator if comparator in _COMPARATORS else f"{comparator} " if comparator else ""
    return f"{sign}{text(given.get('value'))}"


def _between(low: Json, high: Json) -> str:
    ends = text(low.get("value")), text(high.get("value"))
    if all(ends):
        return "-".join(ends)
    return f">={ends[0]}" if ends[0] else f"<={ends[1]}" if ends[1] else ""
