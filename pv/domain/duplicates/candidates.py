"""Which pairs of reports are worth scoring: those that share at least one strong value.

The product's own rule; its weights are reference data.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from followup.domain.dates import PartialDate
from pv.domain.duplicates.comparison import Value
from pv.domain.duplicates.scoring import Report


def candidate_pairs(
    reports: Sequence[Report],
    keys: Sequence[Sequence[str]],
    *,
    largest_block: int,
) -> Iterator[tuple[int, int]]:
    """Index pairs (i < j) that agree on all fields of at least one of `keys`, each pair once.

    `keys` are combinations of field codes such as ("product_code", "infused_on"). Dates are
    blocked by their year and month, where known. A block of more than `largest_block` reports is
    left out: a value shared by so many says nothing. Cost grows with the sum of squared blocks.
    """
    blocks: dict[tuple[object, ...], list[int]] = {}
    for index, report in enumerate(reports):
        for number, fields in enumerate(keys):
            for key in block_keys([report.get(field) for field in fields]):
                blocks.setdefault((number, *key), []).append(index)
    seen: set[tuple[int, int]] = set()
    for members in blocks.values():
        if 2 <= len(members) <= largest_block:
            for pair in combinations(members, 2):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


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
