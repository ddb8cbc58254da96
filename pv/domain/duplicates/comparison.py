"""How one field of two reports agrees: identical, compatible, different, missing.

The product's own rule; its weights are reference data.
"""

import unicodedata
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from followup.domain.dates import PartialDate

Value = str | Decimal | PartialDate | frozenset[str] | None


class Agreement(StrEnum):
    """Agreement of two values; MISSING as soon as one side has none."""

    IDENTICAL = "IDENTICAL"
    COMPATIBLE = "COMPATIBLE"
    DIFFERENT = "DIFFERENT"
    MISSING = "MISSING"


class FieldKind(StrEnum):
    """How a field is compared."""

    KEY = "key"
    NUMBER = "number"
    DATE = "date"
    SET = "set"
    IDS = "ids"


def compare(kind: FieldKind, one: Value, other: Value, tolerance: Decimal | None) -> Agreement:
    """The agreement of two values, the same in either order.

    `tolerance` is in days for dates, in units for numbers. A partial date that covers the other
    one is compatible, never identical; two equal months say only that the days could agree.
    Raises TypeError when a value is not of the field's kind.
    """
    if _empty(one) or _empty(other):
        return Agreement.MISSING
    if isinstance(one, str) and isinstance(other, str) and kind is FieldKind.KEY:
        same = _folded(one) == _folded(other)
        return Agreement.IDENTICAL if same else Agreement.DIFFERENT
    if isinstance(one, Decimal) and isinstance(other, Decimal) and kind is FieldKind.NUMBER:
        return _numbers(one, other, tolerance or Decimal(0))
    if isinstance(one, PartialDate) and isinstance(other, PartialDate) and kind is FieldKind.DATE:
        return _dates(one, other, tolerance or Decimal(0))
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return _sets(one, other, exact=kind is FieldKind.SET)
    raise TypeError(f"values do not fit a field of kind {kind.value}")


def _empty(value: Value) -> bool:
    return value is None or (not value and not isinstance(value, Decimal))


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _numbers(one: Decimal, other: Decimal, tolerance: Decimal) -> Agreement:
    if one == other:
        return Agreement.IDENTICAL
    return Agreement.COMPATIBLE if abs(one - other) <= tolerance else Agreement.DIFFERENT


def _dates(one: PartialDate, other: PartialDate, tolerance: Decimal) -> Agreement:
    if one.exact is not None and one.exact == other.exact:
        return Agreement.IDENTICAL
    # The smallest distance the two dates can have; 0 when their ranges overlap.
    gap = max((one.earliest - other.latest).days, (other.earliest - one.latest).days, 0)
    return Agreement.COMPATIBLE if gap <= tolerance else Agreement.DIFFERENT


def _sets(one: frozenset[str], other: frozenset[str], *, exact: bool) -> Agreement:
    left = {_folded(item) for item in one}
    right = {_folded(item) for item in other}
    if left == right or (not exact and left & right):
        return Agreement.IDENTICAL
    return Agreement.COMPATIBLE if left & right else Agreement.DIFFERENT
