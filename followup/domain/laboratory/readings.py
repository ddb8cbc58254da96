"""A laboratory value as written: number with its comparator, finding, or why there is none.

The product's own rule.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.laboratory.measures import (
    Measure,
    MeasureKind,
    MissingBecause,
    Plausibility,
    storable,
)
from followup.domain.samples.reported import (
    Comparator,
    Reported,
    not_detected,
    read_reported,
)


class ValueProblem(StrEnum):
    """Why a value cannot stand."""

    UNREADABLE = "unreadable"
    NEGATIVE_NUMBER = "negative_number"
    ZERO = "zero"
    UNIT_MISSING = "unit_missing"
    UNIT_UNKNOWN = "unit_unknown"
    UNITS_DIFFER = "units_differ"
    IMPOSSIBLE = "impossible"
    NUMBER_NEEDED = "number_needed"
    FINDING_NEEDED = "finding_needed"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of a measure. Numbers are in the measure's unit; `written` is kept.

    `value` is a bound unless the comparator is EXACT. `missing` and everything else exclude each
    other. `flag` is the laboratory's arrow or letter, never used to assess.
    """

    written: str
    comparator: Comparator = Comparator.EXACT
    value: Decimal | None = None
    unit_written: str = ""
    finding: str = ""
    missing: MissingBecause | None = None
    flag: str = ""


RELATIONS: Mapping[Comparator, Relation] = {
    Comparator.EXACT: Relation.EQUAL,
    Comparator.BELOW: Relation.BELOW,
    Comparator.AT_MOST: Relation.AT_MOST,
    Comparator.ABOVE: Relation.ABOVE,
    Comparator.AT_LEAST: Relation.AT_LEAST,
    # Not detected and not quantifiable lie below the limit, where the report names one.
    Comparator.NOT_DETECTED: Relation.BELOW,
    Comparator.NOT_QUANTIFIABLE: Relation.BELOW,
}
# Below quantification: the value is under the limit of the assay, and is no measurement.
BELOW = frozenset(
    {Comparator.BELOW, Comparator.AT_MOST, Comparator.NOT_DETECTED, Comparator.NOT_QUANTIFIABLE}
)


def quantity(comparator: Comparator, value: Decimal | None) -> Quantity | None:
    """A stored number as the grading engine takes it; None for none."""
    return None if value is None else Quantity(value, RELATIONS[comparator])


_MISSING: tuple[tuple[re.Pattern[str], MissingBecause], ...] = (
    (re.compile(r"未做|未查|未检|未测|未送检|not done|nd\.?done"), MissingBecause.NOT_DONE),
    (re.compile(r"未问|未询问|not asked"), MissingBecause.NOT_ASKED),
    (re.compile(r"不详|未知|not known|unknown|unk"), MissingBecause.UNKNOWN),
    (re.compile(r"不适用|n/a|na|not applicable"), MissingBecause.NOT_APPLICABLE),
    (
        re.compile(
            r"(?:标本|样本|检测|仪器)?(?:严重)?(?:溶血|脂血|凝块|凝固|失败|不合格|量不足|污染)"
            r"|haemolysed|hemolyzed|clotted|failed|insufficient"
        ),
        MissingBecause.FAILED,
    ),
)
_FINDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        # A dash alone also stands where nothing was measured: it says nothing.
        re.compile(r"(?:阴性|neg(?:ative)?)(?:\s*\(?\s*[-−]\s*\)?)?|\(\s*[-−]\s*\)"),
        "NEGATIVE",
    ),
    (
        re.compile(r"(?:弱?阳性|pos(?:itive)?)?\s*\(?\s*\+{1,4}\s*\)?|弱?阳性|pos(?:itive)?"),
        "POSITIVE",
    ),
    (
        re.compile(r"\(?\s*(?:±|\+/-|\+-)\s*\)?|可疑|灰区|无法判定|不确定|indeterminate"),
        "INDETERMINATE",
    ),
)
_DETECTED = re.compile(r"(?:已|可)?检出|检测到|detected")
_WORD_AND_LIMIT = re.compile(
    r"(?P<word>未检出|未检测到|未测出|阴性|not detected|undetected|undetectable|negative)\s*"
    r"(?:[(（,，;；:：]\s*(?:[-−－]|(?P<limit>(?:[<＜≤﹤]|小于|低于)\s*[^()（）]*\d[^()（）]*))\s*[)）]?)",
    re.IGNORECASE,
)
_FLAG = re.compile(r"(.*?)\s*(↑+|↓+|(?<=\s)(?:HH|LL|H|L)|(?<=\d)\s*\*)", re.DOTALL)
_DIGITS_ALONE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
EMPTY = frozenset({"", "-", "—", "--", "——", "/", "\\", "…"})


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def says_nothing(text: str) -> bool:
    """Whether a cell is empty, or holds a dash people put where there is no value."""
    return _plain(text) in EMPTY


def _without_flag(text: str) -> tuple[str, str]:
    """The text and the laboratory's mark behind or before it."""
    plain = text.strip()
    if plain[:1] in ("↑", "↓"):
        rest = plain.lstrip("↑↓")
        return rest.strip(), plain[: len(plain) - len(rest)]
    if found := _FLAG.fullmatch(plain):
        return found[1].strip(), found[2].strip()
    return plain, ""


def read_value(measure: Measure, text: str, unit: str = "") -> Reading:
    """Read a value as a laboratory writes it; ValueError with a ValueProblem otherwise.

    A unit beside the number must say the same as `unit`; a number without any is refused where
    the measure has one. Nothing is guessed: a unit that is not known stops the value, and zero is
    refused where only "below quantification" can be true.
    """
    if _DIGITS_ALONE.fullmatch(text) and measure.kind is not MeasureKind.FINDING:
        # Most values: no word, no mark, no comparator and no unit of its own.
        return _checked(measure, text, Reported(Comparator.EXACT, Decimal(text)), unit, "")
    written = text.strip()
    plain = _plain(text).lower()
    for pattern, why in _MISSING:
        if pattern.fullmatch(plain):
            return Reading(written, missing=why)
    body, flag = _without_flag(text)
    body, bound = _beside(body)
    word = _finding(measure, _plain(body).lower())
    if measure.kind is MeasureKind.FINDING and not word:
        raise ValueError(ValueProblem.FINDING_NEEDED)
    if word and (measure.kind is MeasureKind.FINDING or not bound):
        return Reading(written, finding=word, flag=flag)
    return replace(_number(measure, bound or body, unit), written=written, flag=flag)


def _beside(body: str) -> tuple[str, str]:
    """The word and the limit or sign that stands beside it: 未检出(<50 copies/ug), 未检出(-).

    The limit alone is what is certain of the number; the word says the same of it.
    """
    if found := _WORD_AND_LIMIT.fullmatch(_raised(body).strip()):
        return found["word"], (found["limit"] or "").strip()
    return body, ""


def _finding(measure: Measure, plain: str) -> str:
    found = next((code for pattern, code in _FINDINGS if pattern.fullmatch(plain)), "")
    if measure.kind is MeasureKind.FINDING and not found:
        # A test without a number that did not find what it looked for is negative.
        found = "NEGATIVE" if not_detected(plain) else ""
        found = "POSITIVE" if _DETECTED.fullmatch(plain) else found
    elif _DETECTED.fullmatch(plain):
        found = "POSITIVE"
    if found and found not in measure.findings:
        raise ValueError(ValueProblem.NUMBER_NEEDED)
    return found


_PLAIN_NUMBER = re.compile(r"(?P<head>[^0-9]*[0-9][0-9.,]*)\s*(?P<tail>[^0-9.,].*)?", re.DOTALL)
_POWERED = re.compile(
    r"[^0-9]*(?:10\s*\^\s*[+-]?\d{1,2}"
    r"|[0-9][0-9.,]*(?:\s*[x×*·X]\s*10\s*\^\s*[+-]?\d{1,2}|[eE][+-]?\d{1,2})?)\s*(?P<tail>.*)",
    re.DOTALL,
)


def _number(measure: Measure, body: str, unit: str) -> Reading:
    if re.match(r"\s*[-−－]\s*[\d.]", body):
        raise ValueError(ValueProblem.NEGATIVE_NUMBER)
    number, beside = _split(measure, body)
    try:
        reported = read_reported(number)
    except ValueError as error:
        raise ValueError(ValueProblem.UNREADABLE) from error
    return _checked(measure, body, reported, unit, beside)


def _checked(measure: Measure, body: str, reported: Reported, unit: str, beside: str) -> Reading:
    """A number as reported in the measure's unit, when it can be."""
    if reported.number is None:
        return Reading(body, reported.comparator, unit_written=unit.strip())
    value = reported.number * _factor(measure, unit, beside)
    exact = reported.comparator in (Comparator.EXACT, Comparator.AT_LEAST, Comparator.ABOVE)
    if value == 0 and not (measure.zero_possible and exact):
        raise ValueError(ValueProblem.ZERO)
    if not storable(value) or measure.plausibility(value) is Plausibility.IMPOSSIBLE:
        raise ValueError(ValueProblem.IMPOSSIBLE)
    return Reading(body, reported.comparator, value, beside or unit.strip())


def names_unit(measure: Measure, text: str) -> bool:
    """Whether a unit stands behind the number."""
    if _DIGITS_ALONE.fullmatch(text):
        return False
    word, bound = _beside(_without_flag(text)[0])
    return bool(_split(measure, bound or word)[1])


def _split(measure: Measure, body: str) -> tuple[str, str]:
    """The number and the unit typed behind it, in the case it was typed in.

    "3.2×10⁹/L" is 3.2 in the unit 10⁹/L where the measure knows that unit; any other power of
    ten belongs to the number.
    """
    text = unicodedata.normalize("NFKC", _raised(body)).strip()
    if (found := _PLAIN_NUMBER.fullmatch(text)) and measure.factor(found["tail"] or "") is not None:
        return found["head"], found["tail"]
    if (found := _POWERED.fullmatch(text)) and found["tail"]:
        return text[: found.start("tail")], found["tail"].strip()
    return text, ""


def _raised(text: str) -> str:
    """Raised digits as a power: NFKC alone would make 10⁹ the number 109."""
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
    return re.sub(
        r"([⁺⁻]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)",
        lambda m: "^" + m[1].replace("⁺", "").replace("⁻", "-") + m[2].translate(digits),
        text,
    )


def _factor(measure: Measure, unit: str, beside: str) -> Decimal:
    """The factor of the unit stated once or twice; two that differ are no unit."""
    factors = {measure.factor(text) for text in (beside, unit) if text.strip()}
    if not factors:
        raise ValueError(ValueProblem.UNIT_MISSING)
    if None in factors:
        raise ValueError(ValueProblem.UNIT_UNKNOWN)
    if len(factors) > 1:
        raise ValueError(ValueProblem.UNITS_DIFFER)
    found = factors.pop()
    assert found is not None
    return found
