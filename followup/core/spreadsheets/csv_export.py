"""Comma-separated files that a spreadsheet opens as text: UTF-8 with BOM, no cell a formula."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
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


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Stream rows into a file; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([cell(name) for name in header])
        for row in rows:
            writer.writerow([cell(value) for value in row])
            count += 1
    return count
