"""Comma-separated files that a spreadsheet opens as text: UTF-8 with BOM, no cell a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: Any) -> str:
    """A cell no spreadsheet reads as a formula; full-width signs and leading spaces included."""
    text = "" if value is None else str(value)
    start = unicodedata.normalize("NFKC", text.lstrip())[:1]
    if isinstance(value, str) and (start in _DANGEROUS or text[:1] in _DANGEROUS) and start:
        return f"'{text}"
    return text


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The pieces of a file, a row each; the first begins with the mark of UTF-8."""
    buffer = io.StringIO("\ufeff", newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Stream rows into a file; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines(chain([header], rows)):
            file.write(line)
            count += 1
    return count - 1  # the header is none
