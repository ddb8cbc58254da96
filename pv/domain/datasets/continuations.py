"""Texts longer than a transport file holds: the rest goes to the supplemental qualifiers.

Of trial summary parameters it goes to the variables TSVAL1 and on, which have no other content.

Source: SDTM implementation guide 3.4, section 4.5.3.2 (text strings of more than 200 characters).
The limit counts bytes of UTF-8, since that is what the format counts.
"""

from collections.abc import Callable, Sequence

from pv.domain.datasets.mapping import Dataset
from pv.domain.datasets.records import Record, qualified

Split = Callable[[str], list[str]]


def continued_name(name: str, number: int) -> str:
    """The qualifier that holds the part `number` of a variable, at most 8 characters."""
    end = str(number)
    return name[: 8 - len(end)] + end


def shortened(
    dataset: Dataset, record: Record, split: Split, language: str
) -> tuple[Record, list[Record]]:
    """A record with its texts in their first parts, and the records of the other parts."""
    short, extra = dict(record), []
    for variable in dataset.variables:
        value = record[variable.name]
        if not isinstance(value, str):
            continue
        first, *rest = split(value)
        short[variable.name] = first
        for number, part in enumerate(rest, 1):
            name = continued_name(variable.name, number)
            if name in record:
                short[name] = part
                continue
            label, origin = variable.label(language), variable.origin.value
            extra.append(qualified(dataset, record, name, label, part, origin))
    return short, extra


def shortened_qualifier(record: Record, split: Split) -> Sequence[Record]:
    """A supplemental record as one for each part of its value."""
    first, *rest = split(str(record["QVAL"]))
    return [
        {**record, "QVAL": first},
        *(
            {**record, "QNAM": continued_name(str(record["QNAM"]), number), "QVAL": part}
            for number, part in enumerate(rest, 1)
        ),
    ]
