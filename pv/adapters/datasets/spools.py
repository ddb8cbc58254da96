"""Rows of a data set on disk before its file is written: a file begins with counts and lengths."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pv.domain.datasets import Dataset, Record

Row = Sequence[Any]


class Spool:
    """The rows of one data set as lines of JSON, with their count and the longest texts.

    Decimals are kept as text: a number written by a person keeps its digits.
    """

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        self.dataset = dataset
        self.path = folder / f"{dataset.code.lower()}.rows"
        self.count = 0
        self.characters = [1] * len(dataset.variables)
        self.octets = [1] * len(dataset.variables)
        self._file = self.path.open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, record: Record) -> None:
        """Keep a record."""
        row = [_plain(record[name]) for name in self.dataset.names]
        for place, value in enumerate(row):
            if isinstance(value, str):
                self.characters[place] = max(self.characters[place], len(value))
                self.octets[place] = max(self.octets[place], len(value.encode()))
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.count += 1

    def close(self) -> None:
        """No more rows."""
        self._file.close()

    def lines(self) -> Iterator[str]:
        """Each row as a line of JSON."""
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")

    def rows(self) -> Iterator[list[Any]]:
        """Each row as values."""
        for line in self.lines():
            yield json.loads(line)

    def records(self) -> Iterator[Record]:
        """Each row by the names of its variables."""
        for row in self.rows():
            yield dict(zip(self.dataset.names, row, strict=True))


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value
