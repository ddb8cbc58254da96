"""FHIR R4 bundles of observations and patients, read from JSON with each number as written.

A decimal keeps its trailing zeros and a date its precision, as FHIR demands. Elements that are not
used are left in the raw message; of what is unknown only a modifier is refused, since it may turn
the meaning of the rest. A transaction is read as a whole or not at all.

Source: HL7 FHIR 4.0.1 (hl7.org/fhir/R4): Bundle, Observation, DiagnosticReport, Patient.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, tzinfo

from followup.domain.dates import DateError, PartialDate
from followup.domain.laboratory.fhir_bundles import Bundle, Found
from followup.domain.laboratory.fhir_values import (
    Json,
    Written,
    absent,
    coded,
    contradiction,
    has_value,
    identifiers,
    mapping,
    printed_range,
    rows,
    text,
    value,
)
from followup.domain.laboratory.messages import (
    MOST_RESULTS,
    ChangeKind,
    MessageProblem,
    MessageUnreadable,
    Moment,
    SentChange,
    SentMessage,
    SentPerson,
    SentResult,
    Standing,
    fitted,
    named,
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
_SEXES = {"male": "MALE", "female": "FEMALE"}
_DATE = re.compile(r"(\d{4}(?:-\d\d){0,2})(T\d\d:\d\d.*)?", re.ASCII)


def read(data: bytes, zone: tzinfo) -> SentMessage:
    """What a bundle says; MessageUnreadable where it is none."""
    bundle = _parsed(data)
    if bundle.get("resourceType") != "Bundle":
        raise MessageUnreadable(MessageProblem.STRUCTURE, "Bundle.resourceType")
    if "implicitRules" in bundle:
        raise MessageUnreadable(MessageProblem.STRUCTURE, "Bundle.implicitRules")
    reader = _Reader(Bundle(bundle), zone)
    number = text(mapping(bundle.get("identifier")).get("value")) or text(bundle.get("id"))
    if not number:
        raise MessageUnreadable(MessageProblem.NO_NUMBER, "Bundle.identifier")
    results, changes = tuple(reader.results()), tuple(reader.changes())
    faults = tuple(reader.faults)
    if bundle.get("type") == "transaction" and faults:
        told = "; ".join(f"{place}: {code}" for place, code in faults)
        raise MessageUnreadable(MessageProblem.NOT_WHOLE, told[:400])
    kind = f"Bundle {text(bundle.get('type'))}"[:20]
    persons = tuple(reader.persons())
    subjects = tuple(reader.subjects()) if faults else ()
    return SentMessage(
        named(number, 80), kind, results, changes, "utf-8", faults, persons, subjects
    )


def _parsed(data: bytes) -> Json:
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MessageUnreadable(MessageProblem.NOT_UTF_8) from error

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        found = json.loads(
            decoded,
            parse_float=Written,
            parse_int=Written,
            parse_constant=refuse,
            object_pairs_hook=_named_once,
        )
    except MessageUnreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise MessageUnreadable(MessageProblem.STRUCTURE, "JSON") from error
    if not isinstance(found, dict):
        raise MessageUnreadable(MessageProblem.STRUCTURE, "JSON")
    return found


def _named_once(pairs: list[tuple[str, object]]) -> Json:
    """An object; the second value of a name would silently take the place of the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _value in pairs)
        twice = counts.most_common(1)[0][0]
        raise MessageUnreadable(MessageProblem.TWICE, twice[:80])
    return found


def moment(sent: str, zone: tzinfo) -> Moment:
    """A dateTime as far as it was sent; a time without a zone is none in FHIR, its day stands."""
    match = _DATE.fullmatch(sent)
    if match is None:
        return Moment(sent)
    try:
        partial = PartialDate.from_iso(match[1])
        if not match[2]:
            return Moment(sent, partial)
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", sent))
        if at.tzinfo is None or not sensible(at):
            return Moment(sent, partial)
        return Moment(sent, PartialDate.of(at.astimezone(zone).date()), at)
    except (DateError, ValueError, OverflowError):
        return Moment(sent)


class _Reader:
    """One bundle; `faults` are the parts that were not read."""

    def __init__(self, bundle: Bundle, zone: tzinfo) -> None:
        self.bundle, self.zone = bundle, zone
        self.faults: list[tuple[str, str]] = list(bundle.faults)

    def patients(self, reference: object, within: Json) -> tuple[str, ...]:
        """The numbers of the patient a reference leads to, within the bundle or by identifier."""
        resource = self.bundle.resolved(reference, within)
        own = text(mapping(mapping(reference).get("identifier")).get("value"))
        return tuple(dict.fromkeys((*identifiers(resource), *((own,) if own else ()))))

    def whose(self, one: Found) -> tuple[str, ...]:
        """Whose an observation is: its subject, or that of the report it is in."""
        found = self.patients(one.resource.get("subject"), one.within)
        report = one.report
        if found or "subject" in one.resource or report is None:
            return found
        return self.patients(report.get("subject"), report)

    def subjects(self) -> Iterator[str]:
        """The numbers of everybody an observation is of, also of one that could not be read."""
        for one in self.bundle.observations():
            yield from self.whose(one)

    def specimen(self, resource: Json, within: Json) -> Json:
        """The specimen of an observation or report, where it is one."""
        named_ = rows(resource.get("specimen")) or [resource.get("specimen")]
        return self.bundle.resolved(named_[0], within) if len(named_) == 1 else {}

    def specimen_kind(self, one: Found) -> str:
        """What the specimen is called, in words where there are any."""
        report = one.report or {}
        found = self.specimen(one.resource, one.within) or self.specimen(report, report)
        code, words = coded(found.get("type"))
        return words or code

    def collected(self, one: Found) -> str:
        """When the specimen was taken; the effective time where no specimen says it."""
        for resource, within in ((one.resource, one.within), (one.report or {}, one.report or {})):
            specimen = self.specimen(resource, within)
            collection = mapping(specimen.get("collection"))
            said = (
                collection.get("collectedDateTime"),
                mapping(collection.get("collectedPeriod")).get("start"),
                resource.get("effectiveDateTime"),
                mapping(resource.get("effectivePeriod")).get("start"),
                resource.get("effectiveInstant"),
            )
            if found := next(filter(None, map(text, said)), ""):
                return found
        return ""

    def results(self) -> Iterator[SentResult]:
        """The observations with a result, each component one of its own."""
        row = 0
        for one in self.bundle.observations():
            standing = self._standing(one)
            if standing is None:
                continue
            parts = [one.resource, *map(mapping, rows(one.resource.get("component")))]
            for part in parts:
                if any("modifierExtension" in each for each in (part, one.resource)):
                    self.faults.append((f"{one.place}.modifierExtension", "extension"))
                    break
                if not self._said(one, part, standing, alone=len(parts) == 1):
                    continue
                row += 1
                if row > MOST_RESULTS:
                    raise MessageUnreadable(MessageProblem.TOO_LARGE)
                yield self._result(one, part, row, standing)

    def _standing(self, one: Found) -> Standing | None:
        status = text(one.resource.get("status"))
        if status == "registered":
            return None
        if "implicitRules" in one.resource:
            self.faults.append((f"{one.place}.implicitRules", "not-supported"))
            return None
        if status not in _STANDINGS:
            self.faults.append((f"{one.place}.status", "code-invalid"))
            return None
        if one.report is not None and one.report.get("status") == "entered-in-error":
            return Standing.WITHDRAWN
        return _STANDINGS[status]

    def _said(self, one: Found, part: Json, standing: Standing, *, alone: bool) -> bool:
        """Whether a part is a result: by its value, by why there is none, or by its withdrawal."""
        whole = part is one.resource
        if found := contradiction(part):
            self.faults.append((f"{one.place}.{found[0]}", found[1]))
            return False
        if has_value(part):
            return True
        if standing is Standing.WITHDRAWN:
            return whole
        if absent(part):
            return True
        if (alone or not whole) and "dataAbsentReason" not in part:
            self.faults.append((f"{one.place}.value[x]", "required"))
        return False

    def _result(self, one: Found, part: Json, row: int, standing: Standing) -> SentResult:
        code, words = coded(part.get("code"))
        written, unit = value(part) if has_value(part) else (absent(part), "")
        flags = [coded(each) for each in rows(part.get("interpretation"))]
        when = moment(self.collected(one), self.zone)
        name = one.name or (f"@{when.written}" if when.at else "")
        return SentResult(
            row=row,
            patients=self.whose(one),
            item=named(" ".join(dict.fromkeys(each for each in (code, words) if each)), 80),
            written=fitted(written, 80),
            moment=when,
            standing=standing,
            key=named(f"{name}|{code or words}", 200) if name else "",
            unit=fitted(unit, 40),
            specimen_kind=named(self.specimen_kind(one), 40),
            range_text=fitted(printed_range(part), 80),
            flag=(flags[0][0] if flags else "")[:10],
        )

    def persons(self) -> Iterator[SentPerson]:
        """The patients of the bundle with what tells that they are these very persons."""
        for patient in self.bundle.of_kind("Patient"):
            if known := identifiers(patient):
                born = moment(text(patient.get("birthDate")), self.zone).partial
                yield SentPerson(known, born, _SEXES.get(text(patient.get("gender")), ""))

    def changes(self) -> Iterator[SentChange]:
        """Links between patients and deaths."""
        for patient in self.bundle.of_kind("Patient"):
            own = identifiers(patient)
            for link in map(mapping, rows(patient.get("link"))):
                other, kind = self.patients(link.get("other"), patient), link.get("type")
                if own and other and kind in ("replaced-by", "replaces"):
                    pair = (other, own) if kind == "replaced-by" else (own, other)
                    yield SentChange(ChangeKind.MERGED, *pair)
            if own and (patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime")):
                yield SentChange(ChangeKind.DIED, own)
