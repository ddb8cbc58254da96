"""A laboratory value as reported: exact, below or above a limit; comparisons may be unknown.

The product's own rule, after domain 3.5: below a limit is never zero.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

_FORM = re.compile(r"(<|>|=)?\s*(\d+(?:\.\d+)?)", re.ASCII)


class Relation(StrEnum):
    """How the true value stands to the reported number."""

    EQUAL = "="
    BELOW = "<"
    AT_MOST = "≤"
    ABOVE = ">"
    AT_LEAST = "≥"


_UPPER = (Relation.BELOW, Relation.AT_MOST)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its relation; `value` None is a result outside a limit nobody stated.

    The unit is fixed by the function that takes the quantity. A result below quantification is
    "somewhere under the limit" and never zero, so a comparison may have no answer.
    """

    value: Decimal | None
    relation: Relation = Relation.EQUAL

    def __post_init__(self) -> None:
        if self.value is None and self.relation is Relation.EQUAL:
            raise ValueError("an exact quantity needs its number")
        if self.value is not None and (not self.value.is_finite() or self.value < 0):
            raise ValueError("a quantity is finite and not negative")

    @classmethod
    def of(cls, number: Decimal | int | str) -> Self:
        """An exact quantity."""
        return cls(Decimal(number))

    @classmethod
    def read(cls, text: str) -> Self:
        """`1.0`, `<0.1` or `>500`; ValueError otherwise."""
        found = _FORM.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if not found:
            raise ValueError(f"not a quantity: {text[:20]!r}")
        return cls(Decimal(found[2]), Relation(found[1] or "="))

    def below(self, limit: Decimal) -> bool | None:
        """Whether the true value is under `limit`; None when the report leaves it open."""
        if self.value is None:
            return None
        if self.relation is Relation.EQUAL:
            return self.value < limit
        if self.relation is Relation.AT_MOST:
            return True if self.value < limit else None
        if self.relation is Relation.BELOW:
            return True if self.value <= limit else None
        return False if self.value >= limit else None

    def at_most(self, limit: Decimal) -> bool | None:
        """Whether the true value is `limit` or under; None when the report leaves it open."""
        if self.value is None:
            return None
        if self.relation is Relation.EQUAL:
            return self.value <= limit
        if self.relation in _UPPER:
            return True if self.value <= limit else None
        if self.relation is Relation.AT_LEAST:
            return False if self.value > limit else None
        return False if self.value >= limit else None

    def above(self, limit: Decimal) -> bool | None:
        """Whether the true value is over `limit`; None when the report leaves it open."""
        answer = self.at_most(limit)
        return None if answer is None else not answer

    def at_least(self, limit: Decimal) -> bool | None:
        """Whether the true value is `limit` or over; None when the report leaves it open."""
        answer = self.below(limit)
        return None if answer is None else not answer

    def __str__(self) -> str:
        sign = "" if self.relation is Relation.EQUAL else self.relation.value
        return f"{sign}{'?' if self.value is None else self.value}"
