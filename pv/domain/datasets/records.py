"""Facts of a subject become records: terms, study days, sequence numbers, supplemental qualifiers.

Nothing is imputed: a partial date stays partial and has no study day, what is missing stays empty.
There is no study day 0.

Source: CDISC SDTM implementation guide 3.4, sections 4.1.5, 4.4.4, 8.4.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pv.domain.datasets.epochs import FULL_DATE, epoch
from pv.domain.datasets.mapping import (
    Dataset,
    DatasetMapping,
    Qualifier,
    SdtmMapping,
    Source,
    Type,
    Variable,
)

Value = str | int | Decimal | None
Facts = Mapping[str, Value]
Record = dict[str, Value]
KEY = "key"  # the fact that orders the records of a subject: made once, never changed
_OF_ANOTHER = (Source.STUDY_DAY, Source.EPOCH)


def study_day(text: Value, reference: Value) -> int | None:
    """The study day of a full ISO date; None for a partial one or without a reference."""
    if not isinstance(text, str) or not isinstance(reference, str):
        return None
    if len(text) != FULL_DATE or len(reference) != FULL_DATE:
        return None
    days = (date.fromisoformat(text) - date.fromisoformat(reference)).days
    return days + 1 if days >= 0 else days


def numbers(rows: Iterable[Facts]) -> dict[str, int]:
    """The number of each record within its subject, by the key of its facts."""
    return {key: number for number, key in enumerate(sorted(str(r[KEY]) for r in rows), 1)}


def _text(value: Value) -> str | None:
    """A value as text; None where nothing stands, or blanks alone."""
    return None if value is None else str(value).strip() or None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject under the study's identifier; `reference` is day 1 (RFSTDTC)."""

    usubjid: str
    reference: str
    facts: Facts


@dataclass(slots=True)
class Tabulation:
    """Makes the records of one study, and counts our codes the terminology has no term for."""

    mapping: DatasetMapping
    study: Facts
    language: str = "en"
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)

    def records(
        self, dataset: Dataset, subject: Subject, rows: Iterable[Facts]
    ) -> Iterator[tuple[Record, list[Record]]]:
        """Each record of a subject with its supplemental ones, numbered by the key of its facts."""
        for number, facts in enumerate(sorted(rows, key=lambda row: str(row[KEY])), 1):
            record: Record = {}
            for variable in dataset.variables:
                if variable.source not in _OF_ANOTHER:
                    record[variable.name] = self._value(variable, subject, facts, number)
            for variable in dataset.variables:
                if variable.source in _OF_ANOTHER:
                    record[variable.name] = self._timed(variable, record, subject)
            extra = [
                made
                for qualifier in dataset.supplemental
                if (made := self._qualified(dataset, qualifier, record, facts)) is not None
            ]
            yield {name: record[name] for name in dataset.names}, extra

    def _timed(self, variable: Variable, record: Record, subject: Subject) -> Value:
        """The study day or the epoch of another variable of the record."""
        if variable.source is Source.STUDY_DAY:
            return study_day(record[variable.of], subject.reference)
        if not isinstance(self.mapping, SdtmMapping):
            return None
        code = epoch(self.mapping.design, record[variable.of], subject.reference)
        return code and self._term(variable.name, variable.codes, code)

    def _value(self, variable: Variable, subject: Subject, facts: Facts, number: int) -> Value:
        match variable.source:
            case Source.CONSTANT:
                return variable.of
            case Source.STUDY:
                raw = self.study.get(variable.of)
            case Source.SUBJECT:
                raw = subject.facts.get(variable.of)
            case Source.FACT:
                raw = facts.get(variable.of)
            case Source.SEQUENCE:
                return number
            case _:
                return None
        text = _text(raw)
        if text is None:
            return None
        if variable.codes:
            return self._term(variable.name, variable.codes, text)
        return text if variable.type in (Type.TEXT, Type.DATE, Type.NUMERIC_DATE) else raw

    def _term(self, name: str, codelist: str, code: str) -> str:
        value = self.mapping.value(codelist, code)
        if value is None:
            self.unmapped[name, code] += 1
        return code if value is None else value

    def _qualified(
        self, dataset: Dataset, qualifier: Qualifier, record: Record, facts: Facts
    ) -> Record | None:
        value = _text(facts.get(qualifier.fact))
        if value is None:
            return None
        if qualifier.codes:
            value = self._term(qualifier.name, qualifier.codes, value)
        label = qualifier.label(self.language)
        origin = qualifier.origin.value
        return qualified(dataset, record, qualifier.name, label, value, origin)


def qualified(
    dataset: Dataset, record: Record, name: str, label: str, value: str, origin: str
) -> Record:
    """A record of the supplemental data set that belongs to a record."""
    sequence = dataset.sequence
    return {
        "STUDYID": record["STUDYID"],
        "RDOMAIN": dataset.code,
        "USUBJID": record.get("USUBJID"),
        "IDVAR": sequence or None,
        "IDVARVAL": str(record[sequence]) if sequence else None,
        "QNAM": name,
        "QLABEL": label,
        "QVAL": value,
        "QORIG": origin,
        "QEVAL": None,
    }
