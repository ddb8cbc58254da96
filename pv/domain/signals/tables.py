"""CSV tables somebody publishes, read line by line: what is wrong is named, the rest is read.

Source: RFC 4180 for the shape; spreadsheets of some systems end a line with a bare CR.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowFault:
    """A line that was left out, by its number in the file, with the column and what it held."""

    line: int
    column: str
    value: str


class WrongTable(ValueError):
    """A file that is no table at all; `faults` are its lines when none of them can be read."""

    def __init__(self, text: str, faults: Sequence[RowFault] = ()) -> None:
        super().__init__(text)
        self.faults = faults


def lines(text: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line and its cells without blanks around, by column.

    Names of columns count without blanks around and in any case. Raises WrongTable for missing
    columns, and for a line no reader of CSV takes, such as a cell of more than 131,072 characters.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if missing := [name for name in columns if name not in names]:
            raise WrongTable(", ".join(missing))
        reader.fieldnames = names
        for raw in reader:
            yield reader.line_num, {name: (raw.get(name) or "").strip() for name in columns}
    except csv.Error as error:
        raise WrongTable("no line", [RowFault(reader.line_num + 1, "", str(error))]) from error
