"""Which pairs of reports are worth scoring: those that share at least one strong value.

The product's own rule; its weights are reference data.
"""

from collections.abc import Collection, Sequence

from followup.domain.dates import PartialDate
from pv.domain.duplicates.comparison import Value


def block_keys(values: Sequence[Value]) -> Collection[tuple[object, ...]]:
    """The block keys of one report for one combination; none when a value is missing."""
    keys: list[tuple[object, ...]] = [()]
    for value in values:
        options = _options(value)
        keys = [(*key, option) for key in keys for option in options]
    return keys


def _options(value: Value) -> Sequence[object]:
    if value is None or value == "" or value == frozenset():
        return []
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, PartialDate):
        return [] if value.month is None else [(value.year, value.month)]
    return [value]
