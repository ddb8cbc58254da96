"""The files of an export: workbook, CSV and SPSS, with dictionary, codes and who was left out."""

import csv
import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.spreadsheets import csv_export, spss
from followup.core.spreadsheets.spss import Variable
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.domain.fields import Dataset, Field, Kind
from followup.queries import fields as dictionary
from followup.queries.exports import LeftOut, Value
from followup.queries.field_words import DATASETS, KINDS, LEFT_OUT, NEEDS, PERSONAL, PURPOSES

SHEET_ROWS = 1_000_000  # a sheet of the format holds 1,048,576
Rows = Iterable[Sequence[Value]]


@dataclass
class Table:
    """A table of the export: its columns, and its rows as a stream that is read once."""

    dataset: Dataset
    fields: tuple[Field, ...]
    rows: Rows


@dataclass
class Contents:
    """What a file is made of; the writers count what they wrote."""

    title: str
    about: list[tuple[str, str]]
    made_at: datetime
    tables: Iterable[Table]
    fields: tuple[Field, ...]
    left_out: Iterable[LeftOut]
    words: bool = False
    counts: Counter[str] = default(default_factory=Counter)
    hashes: dict[str, str] = default(default_factory=dict)


def _labels(fields: Sequence[Field], *, words: bool) -> list[dict[str, str]]:
    """The words of the codes of each column, read once for a table; empty for codes as they are."""
    if not words:
        return [{} for _field in fields]
    return [
        {code: dictionary.label(field, code) for code, _en, _zh in dictionary.answers(field)}
        for field in fields
    ]


def _cell(field: Field, value: Value, labels: dict[str, str]) -> Cell:
    """A value as a cell: numbers as numbers, dates as text that no program turns round."""
    if value is None:
        return None
    if isinstance(value, list):
        return "; ".join(labels.get(code, code) for code in value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return labels.get(value, value) if isinstance(value, str) else value


def _cells(table: Table, contents: Contents) -> Iterator[list[Cell]]:
    labels = _labels(table.fields, words=contents.words)
    for row in table.rows:
        contents.counts[table.dataset.value] += 1
        yield [
            _cell(field, value, known)
            for field, value, known in zip(table.fields, row, labels, strict=True)
        ]


def _dictionary(fields: Iterable[Field]) -> Iterator[list[Cell]]:
    for field in fields:
        english, chinese = dictionary.both(field)
        yield [
            str(DATASETS[field.dataset]),
            field.name,
            english,
            chinese,
            str(KINDS[field.kind]),
            field.unit,
            "" if field.low is None else field.low,
            "" if field.high is None else field.high,
            "; ".join(str(NEEDS[need]) for need in field.needs),
            str(PERSONAL[field.personal]),
        ]


def _dictionary_head() -> list[str]:
    return [
        _("Table"),
        _("Column"),
        _("English"),
        _("Chinese"),
        _("How it is written"),
        _("Unit"),
        _("From"),
        _("To"),
        _("Needed by"),
        _("Personal data"),
    ]


def _codes(fields: Iterable[Field]) -> Iterator[list[Cell]]:
    for field in fields:
        for code, english, chinese in dictionary.answers(field):
            yield [str(DATASETS[field.dataset]), field.name, code, english, chinese]


def _codes_head() -> list[str]:
    return [_("Table"), _("Column"), _("Code"), _("English"), _("Chinese")]


def _left_out(contents: Contents) -> Iterator[list[Cell]]:
    for each in contents.left_out:
        contents.counts["left_out"] += 1
        since = each.since.isoformat() if each.since else ""
        purpose = next(str(text) for code, text in PURPOSES.items() if code == each.purpose)
        yield [each.study_code, purpose, str(LEFT_OUT[each.reason]), since]


def _left_out_head() -> list[str]:
    return [_("Study code"), _("Purpose"), _("Reason"), _("Since")]


def _xlsx(folder: Path, contents: Contents) -> Path:
    path = folder / "export.xlsx"
    with Book(path, title=contents.title, made_at=contents.made_at) as book:
        heads = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        book.sheet(pgettext("sheet", "About"), heads, contents.about, widths=(40, 70))
        for table in contents.tables:
            name, number = str(DATASETS[table.dataset]), 1
            rows = _cells(table, contents)
            head = [field.name for field in table.fields]
            first: list[list[Cell]] = list(islice(rows, 1))
            while first or number == 1:
                title = name if number == 1 else f"{name} {number}"
                book.sheet(title, head, chain(first, islice(rows, SHEET_ROWS - 1)))
                first, number = list(islice(rows, 1)), number + 1
        book.sheet(_("Dictionary"), _dictionary_head(), _dictionary(contents.fields))
        book.sheet(_("Codes"), _codes_head(), _codes(contents.fields))
        book.sheet(_("Left out"), _left_out_head(), _left_out(contents))
    return path


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packed(folder: Path, contents: Contents, write: Callable[[Table], Path]) -> Path:
    """The tables, each a file, with dictionary, codes, those left out and a manifest."""
    target = folder / "export.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(path: Path) -> None:
            contents.hashes[path.name] = _hash(path)
            archive.write(path, path.name)
            path.unlink()

        for table in contents.tables:
            add(write(table))
        sheets: tuple[tuple[str, list[str], Iterable[list[Cell]]], ...] = (
            ("dictionary.csv", _dictionary_head(), _dictionary(contents.fields)),
            ("codes.csv", _codes_head(), _codes(contents.fields)),
            ("left_out.csv", _left_out_head(), _left_out(contents)),
        )
        for name, head, rows in sheets:
            csv_export.write(folder / name, head, rows)
            add(folder / name)
        manifest = {
            "about": dict(contents.about),
            "rows": dict(contents.counts),
            "sha256": contents.hashes,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        archive.writestr("manifest.json", text)
    return target


def _csv(folder: Path, contents: Contents) -> Path:
    def write(table: Table) -> Path:
        path = folder / f"{table.dataset}.csv"
        csv_export.write(path, [f.name for f in table.fields], _cells(table, contents))
        return path

    return _packed(folder, contents, write)


def _spss(folder: Path, contents: Contents) -> Path:
    def write(table: Table) -> Path:
        return _system_file(folder, table, contents)

    return _packed(folder, contents, write)


_TYPED = (Kind.NUMBER, Kind.DAY, Kind.MOMENT)


def _system_file(folder: Path, table: Table, contents: Contents) -> Path:
    """Two passes over a spool, since the format wants the longest text before the first row."""
    spool, path = folder / "spool.csv", folder / f"{table.dataset}.sav"
    widths = [1] * len(table.fields)
    with spool.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in table.rows:
            contents.counts[table.dataset.value] += 1
            texts = ["; ".join(v) if isinstance(v, list) else _plain(v) for v in row]
            widths = [max(w, len(t.encode())) for w, t in zip(widths, texts, strict=True)]
            writer.writerow(texts)
    variables = [
        _variable(f, min(w, spss.LONGEST)) for f, w in zip(table.fields, widths, strict=True)
    ]
    with spool.open(encoding="utf-8", newline="") as file:
        rows = (
            [_read(f, text) for f, text in zip(table.fields, line, strict=True)]
            for line in csv.reader(file)
        )
        spss.write(path, variables, rows, title=contents.title, made_at=contents.made_at)
    spool.unlink()
    return path


def _plain(value: Value) -> str:
    return "" if value is None else str(value)


def _read(field: Field, text: str) -> Any:
    if not text or field.kind not in _TYPED:
        return text
    if field.kind is Kind.NUMBER:
        return float(text)
    read = date.fromisoformat if field.kind is Kind.DAY else datetime.fromisoformat
    return read(text)


def _variable(field: Field, width: int) -> Variable:
    answers = dictionary.answers(field) if field.kind is Kind.CODE else ()
    labels = {code: dictionary.label(field, code) for code, _en, _zh in answers}
    longest = max((len(code.encode()) for code in labels), default=1)
    return Variable(
        field.name,
        dictionary.words(field),
        0 if field.kind in _TYPED else max(width, longest),
        day=field.kind is Kind.DAY,
        moment=field.kind is Kind.MOMENT,
        labels=labels,
    )


WRITERS: dict[str, Callable[[Path, Contents], Path]] = {"xlsx": _xlsx, "csv": _csv, "spss": _spss}
