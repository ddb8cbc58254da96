"""Related records: an event with the results, samples, contact and death it hangs together with.

Only what the register links is related: a value whose rule led to the event, a sample taken for
it with its steps and results, the contact that told of it, and the death an event ended in.

Source: CDISC SDTM implementation guide 3.4, section 8.2.
"""

from collections.abc import Iterator, Mapping, Sequence

from pv.domain.datasets.mapping import Dataset
from pv.domain.datasets.records import Facts, numbers

EVENTS = "events"
"""The fact that names the events a record belongs to: their keys, with spaces between."""
OF_EVENTS = ("AE", "CE")


def relations(datasets: Sequence[Dataset], facts: Mapping[str, Sequence[Facts]]) -> Iterator[Facts]:
    """The related records of one subject: a group for each event that any other record names."""
    by_code = {dataset.code: dataset for dataset in datasets if dataset.sequence}
    placed = {code: numbers(facts.get(code, ())) for code in by_code}
    named: dict[str, list[tuple[str, int]]] = {}
    for code in by_code:
        for row in facts.get(code, ()):
            for event in str(row.get(EVENTS) or "").split():
                named.setdefault(event, []).append((code, placed[code][str(row["key"])]))
    for code in OF_EVENTS:
        for event, number in placed.get(code, {}).items():
            if event in named:
                group = [(code, number), *sorted(named[event])]
                yield from _group(f"{code}{number}", group, by_code)


def _group(
    name: str, group: Sequence[tuple[str, int]], datasets: Mapping[str, Dataset]
) -> Iterator[Facts]:
    for code, number in group:
        yield {
            "key": f"{name} {code} {number:06d}",
            "domain": code,
            "variable": datasets[code].sequence,
            "value": str(number),
            "relation": name,
        }
