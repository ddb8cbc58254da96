"""FHIR R4 bundles of observations and patients, read from JSON with each number as written.

A decimal keeps its trailing zeros and a date its precision, as FHIR demands. Elements that are not
used are left in the raw message; nothing unknown is refused.

Source: HL7 FHIR 4.0.1 (hl7.org/fhir/R4): Bundle, Observation, DiagnosticReport, Patient, datatypes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from followup.domain.dates import DateError, PartialDate
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

# observation-status; what is registered only has no result yet.
_STANDINGS = {
    "final": Standing.FINAL,
    "preliminary": Standing.PRELIMINARY,
    "amended": Standing.CORRECTED,
    "corrected": Standing.CORRECTED,
    "cancelled": Standing.WITHDRAWN,
    "entered-in-error": Standing.WITHDRAWN,
}
_COMPARATORS = ("<", "<=", ">=", ">")
_DATE = re.compile(r"(\d{4}(?:-\d\d){0,2})(T\d\d:\d\d.*)?", re.ASCII)
Json = Mapping[str, Any]


class Written(str):
    """A number exactly as it is in the message."""

    __slots__ = ()


def read(data: bytes, zone: tzinfo) -> SentMessage:
    """What a bundle says; MessageUnreadable where it is none."""
    bundle = _parsed(data)
    if bundle.get("resourceType") != "Bundle":
        raise MessageUnreadable(MessageProblem.STRUCTURE, "Bundle.resourceType")
    reader = _Reader(bundle, zone)
    number = _text(_map(bundle.get("identifier")).get("value")) or _text(bundle.get("id"))
    if not number:
        raise MessageUnreadable(MessageProblem.NO_NUMBER, "Bundle.identifier")
    results, changes = tuple(reader.results()), tuple(reader.changes())
    kind = f"Bundle {_text(bundle.get('type'))}"[:20]
    return SentMessage(number[:80], kind, results, changes, "utf-8", tuple(reader.faults))


def _parsed(data: bytes) -> Json:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MessageUnreadable(MessageProblem.CHARSET) from error

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        found = json.loads(text, parse_float=Written, parse_int=Written, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise MessageUnreadable(MessageProblem.STRUCTURE, "JSON") from error
    if not isinstance(found, dict):
        raise MessageUnreadable(MessageProblem.STRUCTURE, "JSON")
    return found


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text as a record can hold it: without NUL and without halves of a pair."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip()


def _coded(value: Any) -> tuple[str, str]:
    """Code and words of a CodeableConcept."""
    concept = _map(value)
    coding = next((row for row in map(_map, _list(concept.get("coding"))) if row), {})
    words = _text(concept.get("text")) or _text(coding.get("display"))
    return _text(coding.get("code")), words


def moment(text: str, zone: tzinfo) -> Moment:
    """A dateTime as far as it was sent; a time without a zone is none in FHIR, its day stands."""
    match = _DATE.fullmatch(text)
    if match is None:
        return Moment(text)
    try:
        partial = PartialDate.from_iso(match[1])
        if not match[2]:
            return Moment(text, partial)
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        if at.tzinfo is None or not sensible(at):
            return Moment(text, partial)
        return Moment(text, PartialDate.of(at.astimezone(zone).date()), at)
    except (DateError, ValueError, OverflowError):
        return Moment(text)


class _Reader:
    """One bundle with its resources by their addresses."""

    def __init__(self, bundle: Json, zone: tzinfo) -> None:
        self.zone = zone
        self.faults: list[tuple[str, str]] = []
        self.entries: list[tuple[str, Json]] = []
        self.known: dict[str, Json] = {}
        for place, entry in enumerate(map(_map, _list(bundle.get("entry")))):
            resource = _map(entry.get("resource"))
            self.entries.append((f"Bundle.entry[{place}].resource", resource))
            kind, name = _text(resource.get("resourceType")), _text(resource.get("id"))
            for address in (_text(entry.get("fullUrl")), f"{kind}/{name}" if name else ""):
                if address:
                    self.known[address] = resource

    def patients(self, reference: Any) -> tuple[str, ...]:
        """The numbers of the patient a reference leads to, within the bundle or by identifier."""
        target = _map(reference)
        resource = self.known.get(_text(target.get("reference")), {})
        found = [_text(_map(row).get("value")) for row in _list(resource.get("identifier"))]
        found.append(_text(_map(target.get("identifier")).get("value")))
        return tuple(dict.fromkeys(text for text in found if text))

    def collected(self, observation: Json) -> str:
        """When the specimen was taken; the effective time where no specimen says it."""
        specimen = self.known.get(_text(_map(observation.get("specimen")).get("reference")), {})
        collection = _map(specimen.get("collection"))
        period = _map(observation.get("effectivePeriod"))
        said = (
            collection.get("collectedDateTime"),
            _map(collection.get("collectedPeriod")).get("start"),
            observation.get("effectiveDateTime"),
            period.get("start"),
            observation.get("effectiveInstant"),
        )
        return next((text for text in map(_text, said) if text), "")

    def results(self) -> Iterator[SentResult]:
        """The observations with a result, each component one of its own."""
        row = 0
        for place, resource in self.entries:
            if resource.get("resourceType") != "Observation":
                continue
            status = _text(resource.get("status"))
            if status == "registered":
                continue
            if status not in _STANDINGS:
                self.faults.append((f"{place}.status", "code-invalid"))
                continue
            parts = [resource, *map(_map, _list(resource.get("component")))]
            for part in parts:
                if not any(name.startswith("value") for name in part):
                    if part is not resource or len(parts) == 1:
                        self._absent(place, part, status)
                    if _STANDINGS[status] is not Standing.WITHDRAWN or part is not resource:
                        continue
                row += 1
                if row > MOST_RESULTS:
                    raise MessageUnreadable(MessageProblem.TOO_LARGE)
                yield self._result(resource, part, row, _STANDINGS[status])

    def _absent(self, place: str, part: Json, status: str) -> None:
        if "dataAbsentReason" not in part and status not in ("cancelled", "entered-in-error"):
            self.faults.append((f"{place}.value[x]", "required"))

    def _result(self, whole: Json, part: Json, row: int, standing: Standing) -> SentResult:
        code, words = _coded(part.get("code"))
        written, unit = _value(part)
        identifiers = [_text(_map(one).get("value")) for one in _list(whole.get("identifier"))]
        name = next((text for text in identifiers if text), "") or _text(whole.get("id"))
        ranges = [_range(_map(one)) for one in _list(part.get("referenceRange"))]
        flags = [_coded(one) for one in _list(part.get("interpretation"))]
        return SentResult(
            row=row,
            patients=self.patients(whole.get("subject")),
            item=" ".join(dict.fromkeys(text for text in (code, words) if text))[:80],
            written=written[:80],
            moment=moment(self.collected(whole), self.zone),
            standing=standing,
            key=f"{name}|{code or words}"[:200],
            unit=unit[:40],
            range_text=(ranges[0] if ranges else "")[:80],
            flag=(flags[0][0] if flags else "")[:10],
        )

    def changes(self) -> Iterator[SentChange]:
        """Links between patients and deaths."""
        for _place, resource in self.entries:
            if resource.get("resourceType") != "Patient":
                continue
            rows = [_text(_map(row).get("value")) for row in _list(resource.get("identifier"))]
            own = tuple(text for text in rows if text)
            for link in map(_map, _list(resource.get("link"))):
                other, kind = self.patients(link.get("other")), link.get("type")
                if own and other and kind in ("replaced-by", "replaces"):
                    pair = (other, own) if kind == "replaced-by" else (own, other)
                    yield SentChange(ChangeKind.MERGED, *pair)
            if own and (
                resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime")
            ):
                yield SentChange(ChangeKind.DIED, own)


def _value(part: Json) -> tuple[str, str]:
    """A value as it stands, and its unit."""
    quantity = _map(part.get("valueQuantity"))
    if quantity:
        comparator = _text(quantity.get("comparator"))
        sign = comparator if comparator in _COMPARATORS else f"{comparator} " if comparator else ""
        unit = _text(quantity.get("unit")) or _text(quantity.get("code"))
        return f"{sign}{_text(quantity.get('value'))}", unit
    if "valueCodeableConcept" in part:
        code, words = _coded(part["valueCodeableConcept"])
        return words or code, ""
    ratio = _map(part.get("valueRatio"))
    if ratio:
        ends = [_text(_map(ratio.get(name)).get("value")) for name in ("numerator", "denominator")]
        return ":".join(ends), ""
    return _text(part.get("valueString")) or _text(part.get("valueInteger")), ""


def _range(given: Json) -> str:
    low, high = _map(given.get("low")), _map(given.get("high"))
    ends = _text(low.get("value")), _text(high.get("value"))
    if _text(given.get("text")):
        return _text(given.get("text"))
    if all(ends):
        return "-".join(ends)
    return f">={ends[0]}" if ends[0] else f"<={ends[1]}" if ends[1] else ""
