"""The answers to the items of an instrument, read from what was typed; what was left out is None.

The product's own rule: a missing answer is never read as absent.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from followup.domain.assessments import Quantity
from followup.domain.clinical_assessments.instruments import (
    ITEMS,
    NO,
    YES,
    Instrument,
    Item,
    ItemKind,
)

Typed = Mapping[str, str | Sequence[str]]
Kind = TypeVar("Kind", bound=StrEnum)
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)


class AnswerProblem(StrEnum):
    """Why an answer cannot be taken."""

    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_WHOLE = "NOT_WHOLE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NEEDED = "NEEDED"  # a target lesion, or a protein, of which something else is given
    NO_TARGET = "NO_TARGET"
    BELOW_NADIR = "BELOW_NADIR"  # the smallest so far is larger than the baseline
    AGE_DIFFERS = "AGE_DIFFERS"
    TOTAL_DIFFERS = "TOTAL_DIFFERS"  # a total that the items beside it cannot add up to
    NOT_AT_THIS_AGE = "NOT_AT_THIS_AGE"  # the test of another age: it would not count


class AnswersRefused(ValueError):
    """Answers that cannot be taken, by item."""

    def __init__(self, problems: Mapping[str, AnswerProblem]) -> None:
        super().__init__(", ".join(f"{code}: {why.value}" for code, why in problems.items()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Answers:
    """Typed values by item code; `written` is what is kept, answered items alone."""

    written: Mapping[str, str]
    numbers: Mapping[str, Decimal]
    quantities: Mapping[str, Quantity]

    def yes(self, code: str) -> bool | None:
        """Yes, no, or None when it was not answered."""
        return {YES: True, NO: False}.get(self.written.get(code, ""))

    def number(self, code: str) -> Decimal | None:
        """The number in the item's unit; None when it was not answered."""
        return self.numbers.get(code)

    def whole(self, code: str) -> int | None:
        """The whole number; None when it was not answered."""
        value = self.numbers.get(code)
        return None if value is None else int(value)

    def quantity(self, code: str) -> Quantity | None:
        """The number or bound in the item's unit; None when it was not answered."""
        return self.quantities.get(code)

    def one_of(self, code: str, kinds: type[Kind]) -> Kind | None:
        """The choice as its own kind; None when it was not answered."""
        value = self.written.get(code)
        return None if value is None else kinds(value)

    def several(self, code: str) -> frozenset[str]:
        """The ticked codes."""
        return frozenset(filter(None, self.written.get(code, "").split(",")))


def read_answers(instrument: Instrument, typed: Typed) -> Answers:
    """The answers to the items of `instrument`; AnswersRefused names each that cannot be taken.

    Blank answers count as not answered. Full-width digits are folded.
    """
    items = {item.code: item for item in ITEMS[instrument]}
    problems = {code: AnswerProblem.UNKNOWN_ITEM for code in typed if code not in items}
    written: dict[str, str] = {}
    numbers: dict[str, Decimal] = {}
    quantities: dict[str, Quantity] = {}
    for code, value in typed.items():
        text = _text(value)
        if code in problems or not text:
            continue
        item = items[code]
        problem = _offered(item, text)
        if item.kind is ItemKind.QUANTITY:
            try:
                quantities[code] = Quantity.read(text)
            except ValueError:
                problem = AnswerProblem.NOT_A_NUMBER
        elif item.kind in (ItemKind.NUMBER, ItemKind.WHOLE):
            problem = _number(item, text)
            if problem is None:
                numbers[code] = Decimal(text)
        if problem is not None:
            problems[code] = problem
        else:
            written[code] = text
    if problems:
        raise AnswersRefused(problems)
    return Answers(written, numbers, quantities)


def _text(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value).replace("。", ".").strip()
    return ",".join(sorted(value))


def _offered(item: Item, text: str) -> AnswerProblem | None:
    if item.kind is ItemKind.YES_NO:
        return None if text in (YES, NO) else AnswerProblem.NOT_OFFERED
    if item.kind is ItemKind.CHOICE:
        return None if text in item.options else AnswerProblem.NOT_OFFERED
    if item.kind is ItemKind.SEVERAL:
        unknown = set(text.split(",")) - set(item.options)
        return AnswerProblem.NOT_OFFERED if unknown else None
    return None


def _number(item: Item, text: str) -> AnswerProblem | None:
    if not _NUMBER.fullmatch(text):
        return AnswerProblem.NOT_A_NUMBER
    value = Decimal(text)
    if item.kind is ItemKind.WHOLE and value != value.to_integral_value():
        return AnswerProblem.NOT_WHOLE
    low, high = item.low, item.high
    outside = (low is not None and value < low) or (high is not None and value > high)
    return AnswerProblem.OUT_OF_RANGE if outside else None
