"""What is held of a person, why, for how long and for whom: reference data.

Source: PIPL, GVP, rules on medical records and on data that leave the country, each cited in
`privacy.json`. Periods are in whole years.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from followup.domain.dates import add_months


class Start(StrEnum):
    """From when a period runs."""

    NONE = "NONE"
    WITHDRAWN = "WITHDRAWN"
    FOLLOW_UP_ENDED = "FOLLOW_UP_ENDED"
    CERTIFICATE_CANCELLED = "CERTIFICATE_CANCELLED"


class OnErasure(StrEnum):
    """Whether an erasure of the identity takes it."""

    ERASED = "ERASED"
    KEPT = "KEPT"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long some tables are kept; `years` counts from `start`, None where nothing is counted."""

    code: str
    labels: Mapping[str, str]
    tables: tuple[str, ...]
    start: Start
    years: int | None
    on_erasure: OnErasure
    citation: str
    confidence: str

    def over_on(self, start: date) -> date | None:
        """The first day after the period that began on a day; None where none is counted."""
        return None if self.years is None else add_months(start, 12 * self.years)


@dataclass(frozen=True, slots=True)
class ProcessingPurpose:
    """One purpose of the record of processing, with words in both languages."""

    code: str
    words: Mapping[str, str]
    classes: tuple[str, ...]
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class TransferRule:
    """One rule for data that leave the country."""

    code: str
    words: Mapping[str, str]
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """One version of `privacy.json`. `answer_days`: within which a person is answered."""

    version: str
    answer_days: int
    purposes: tuple[ProcessingPurpose, ...]
    retention: tuple[RetentionRule, ...]
    transfers: tuple[TransferRule, ...]


def _words(row: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Texts in both languages; ValueError for an empty one."""
    found = {f"{name}{tail}": str(row[f"{name}{tail}"]) for name in names for tail in ("en", "zh")}
    if empty := [name for name, text in found.items() if not text.strip()]:
        raise ValueError(f"{row['code']}: {', '.join(empty)} is empty")
    return found


def _cited(row: Mapping[str, Any]) -> tuple[str, str]:
    if not str(row["citation"]).strip():
        raise ValueError(f"{row['code']}: a citation is needed")
    return str(row["citation"]), str(row["confidence"])


def _rule(row: Mapping[str, Any]) -> RetentionRule:
    start, years = Start(row["start"]), row["keep_years"]
    if (years is None) != (start is Start.NONE):
        raise ValueError(f"{row['code']}: a period needs its start, and a start its years")
    if years is not None and (type(years) is not int or not 0 <= years <= 100):
        raise ValueError(f"{row['code']}: keep_years must be a whole number from 0 to 100")
    citation, confidence = _cited(row)
    return RetentionRule(
        code=row["code"],
        labels=_words(row, ""),
        tables=tuple(row["tables"]),
        start=start,
        years=years,
        on_erasure=OnErasure(row["on_erasure"]),
        citation=citation,
        confidence=confidence,
    )


def read_privacy_rules(data: Mapping[str, Any]) -> PrivacyRules:
    """The rules in a document; ValueError for a period without start or a text without words."""
    days = data["answer_days"]
    if type(days) is not int or not 1 <= days <= 60:
        raise ValueError("answer_days must be a whole number from 1 to 60")
    purposes = [
        ProcessingPurpose(
            row["code"],
            _words(row, "", "basis_", "recipients_"),
            tuple(row["classes"]),
            *_cited(row),
        )
        for row in data["purposes"]
    ]
    transfers = [TransferRule(r["code"], _words(r, ""), *_cited(r)) for r in data["transfers"]]
    return PrivacyRules(
        version=data["version"],
        answer_days=days,
        purposes=tuple(purposes),
        retention=tuple(_rule(row) for row in data["retention"]),
        transfers=tuple(transfers),
    )
