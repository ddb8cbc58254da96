"""Laboratory measures as loaded data: units with exact factors, limits, what is implausible.

The product's own rules; factors and limits are cited in `laboratory.json`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from followup.domain.samples.assays import Coded

_RAISED = re.compile(r"([⁺⁻]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


class MeasureKind(StrEnum):
    """What a measure reports: a number, or a finding alone."""

    QUANTITY = "QUANTITY"
    FINDING = "FINDING"


class MissingBecause(StrEnum):
    """Why there is no value."""

    NOT_DONE = "NOT_DONE"
    NOT_ASKED = "NOT_ASKED"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    FAILED = "FAILED"


class Plausibility(StrEnum):
    """What a number is, held against the limits of its measure."""

    LIKELY = "LIKELY"
    UNUSUAL = "UNUSUAL"  # possible: asked
    IMPOSSIBLE = "IMPOSSIBLE"  # a slip of unit or point: refused


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing a laboratory measures. Limits are in `unit`; None = there is none.

    `factors` leads from a unit as laboratories write it to `unit`; it is exact and never guessed.
    """

    code: str
    label_en: str
    label_zh: str
    group: str
    kind: MeasureKind
    unit: str
    ucum: str
    loinc: str
    factors: Mapping[str, Decimal]
    zero_possible: bool
    impossible_above: Decimal | None
    unusual_below: Decimal | None
    unusual_above: Decimal | None
    lloq: Decimal | None
    lod: Decimal | None
    ctcae: str
    findings: frozenset[str]
    names: frozenset[str]

    def factor(self, written: str) -> Decimal | None:
        """What to multiply a number with to have it in `unit`; None for a unit not known here."""
        return self.factors.get(folded_unit(written))

    def plausibility(self, value: Decimal) -> Plausibility:
        """How likely a number in `unit` is."""
        if self.impossible_above is not None and value > self.impossible_above:
            return Plausibility.IMPOSSIBLE
        if value < 0 or (self.unit == "%" and value > 100):
            return Plausibility.IMPOSSIBLE
        low = self.unusual_below is not None and value < self.unusual_below
        high = self.unusual_above is not None and value > self.unusual_above
        return Plausibility.UNUSUAL if low or high else Plausibility.LIKELY


@dataclass(frozen=True, slots=True)
class LaboratoryRules:
    """One version of the document: its measures in order, and what a new value is held against."""

    version: str
    measures: Mapping[str, Measure]
    groups: Sequence[Coded]
    missing: Sequence[Coded]
    findings: Sequence[Coded]
    unit_citation: str
    limits_citation: str
    citation: str
    after_day: int
    ctcae_from: Mapping[str, int]
    icaht_from: int
    analysis_days: int
    analysis_citation: str
    rcl_citation: str

    def named(self, text: str) -> Measure | None:
        """The measure of a name people use for it; None for one not known here."""
        name = folded_name(text)
        return next((m for m in self.measures.values() if name and name in m.names), None)


@lru_cache(maxsize=4096)
def folded_unit(text: str) -> str:
    """A unit in one spelling: ×10⁹/L, 10E9/L and 10*9/L are one; case keeps its meaning.

    `G/L` and `g/L` stay apart, and so do `mg` and `Mg`; only the litre is written either way.
    """
    raised = _RAISED.sub(
        lambda m: "^" + m[1].replace("⁺", "").replace("⁻", "-") + m[2].translate(_DIGITS), text
    )
    plain = unicodedata.normalize("NFKC", raised).replace("μ", "u").replace("µ", "u")
    plain = re.sub(r"\s+", "", plain)
    plain = re.sub(r"^[x×X*·](?=10)", "", plain)
    plain = re.sub(r"^10(?:\*|[eE]|\*\*)\^?(?=\d)", "10^", plain)
    return re.sub(r"(?<=[/dumnp])l$", "L", plain)


_FINEST = Decimal("1e-9")
_LARGEST = Decimal("1e15")


def storable(value: Decimal) -> bool:
    """Whether a number fits the register's column exactly: 15 digits before the point, 9 behind."""
    if not value.is_finite() or abs(value) >= _LARGEST:
        return False
    return value == value.quantize(_FINEST)


def folded_name(text: str) -> str:
    """A name in one spelling: width, case and spaces do not count; signs do."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def read_laboratory_rules(data: Mapping[str, Any]) -> LaboratoryRules:
    """The rules of a loaded `laboratory.json`; KeyError or ValueError for a broken file."""
    rules, sources = data["rules"], data["provenance_of"]
    measures = {row["code"]: _measure(row) for row in data["measures"]}
    names = [name for measure in measures.values() for name in measure.names]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two measures share a name: {sorted(doubled)}")
    groups = _coded(data["groups"])
    known = {group.code for group in groups}
    if strange := {m.code for m in measures.values() if m.group not in known}:
        raise ValueError(f"measures of unknown groups: {sorted(strange)}")
    if strange := set(rules["ctcae_from"]) - set(measures):
        raise ValueError(f"rules name unknown measures: {sorted(strange)}")
    missing = _coded(data["missing"])
    if {row.code for row in missing} != {each.value for each in MissingBecause}:
        raise ValueError("the reasons of a missing value are not those the register knows")
    return LaboratoryRules(
        version=str(data["version"]),
        measures=measures,
        groups=groups,
        missing=missing,
        findings=_coded(data["findings"]),
        unit_citation=sources["units"]["citation"],
        limits_citation=sources["limits"]["citation"],
        citation=rules["citation"],
        after_day=int(rules["after_day"]),
        ctcae_from={code: int(grade) for code, grade in rules["ctcae_from"].items()},
        icaht_from=int(rules["icaht_from"]),
        analysis_days=int(rules["analysis_days"]),
        analysis_citation=rules["analysis_citation"],
        rcl_citation=rules["rcl_citation"],
    )


def _coded(rows: Sequence[Mapping[str, Any]]) -> tuple[Coded, ...]:
    return tuple(Coded(row["code"], row["en"], row["zh"]) for row in rows)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _measure(row: Mapping[str, Any]) -> Measure:
    factors = {
        folded_unit(written): Decimal(unit["factor"])
        for unit in row["units"]
        for written in unit["written"]
    }
    if any(factor <= 0 for factor in factors.values()):
        raise ValueError(f"{row['code']}: a factor is above zero")
    if row["unit"] and factors.get(folded_unit(row["unit"])) != 1:
        raise ValueError(f"{row['code']}: its own unit is not among its units")
    return Measure(
        code=row["code"],
        label_en=row["label_en"],
        label_zh=row["label_zh"],
        group=row["group"],
        kind=MeasureKind(row["kind"]),
        unit=row["unit"],
        ucum=row["ucum"],
        loinc=row["loinc"] or "",
        factors=factors,
        zero_possible=bool(row["zero_possible"]),
        impossible_above=_number(row["impossible_above"]),
        unusual_below=_number(row["unusual_below"]),
        unusual_above=_number(row["unusual_above"]),
        lloq=_number(row["lloq"]),
        lod=_number(row["lod"]),
        ctcae=row["ctcae"] or "",
        findings=frozenset(row["findings"]),
        names=frozenset(
            folded_name(name)
            for name in (row["code"], row["label_en"], row["label_zh"], *row["synonyms"])
        ),
    )
