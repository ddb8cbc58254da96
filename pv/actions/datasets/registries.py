"""The worksheet for a registry: values and what is missing, patient by patient, to be typed over.

A registry abroad gets the data of those alone who agreed to that as well.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.jobs import Progress
from followup.core.spreadsheets import csv_export
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.domain.consents import Purpose
from followup.queries.exports import LeftOut
from followup.queries.field_words import LEFT_OUT, PURPOSES
from pv.actions import reports
from pv.domain.datasets.registries import Answer, Missing, answers
from pv.queries import datasets as queries
from pv.queries.datasets import DatasetChoice

MISSING = {
    Missing.NOT_COLLECTED: gettext_lazy("Not collected in the register"),
    Missing.NOT_RECORDED: gettext_lazy("Not recorded"),
    Missing.NO_TERM: gettext_lazy("Recorded; choose the word of the registry"),
}
Row = list[Cell]


def worksheet(
    actor: Actor,
    choice: DatasetChoice,
    portions: Sequence[Sequence[UUID]],
    made_at: datetime,
    left_out: Sequence[LeftOut],
    about: Sequence[tuple[str, str]],
    progress: Progress,
) -> tuple[Path, dict[str, int]]:
    """Write the file; the rows of each of its tables."""
    code, kind = queries.worksheet_of(choice.format) or ("", "")
    registry = queries.registries(choice)[code]
    values, missing = list[Row](), list[Row]()
    mapping, total, done = queries.mapping(choice), sum(map(len, portions)), 0
    last_day = made_at.astimezone(clock.SHANGHAI).date()
    for ids in portions:
        with choice.reading():
            found = list(queries.gathered(actor, choice, mapping, ids, last_day))
        for each in found:
            own = list(answers(registry, each.facts))
            code = str(each.subject.facts["subjid"])
            values += _values(code, own, choice.language)
            missing += _missing(code, own, choice.language)
        done += len(found)
        progress.report(done, total)
    out = [
        [each.study_code, _purpose(each), str(LEFT_OUT[each.reason]), str(each.since or "")]
        for each in left_out
    ]
    tables: dict[str, tuple[str, list[str], list[Row]]] = {
        "values": (pgettext("registry", "Values"), _value_head(), values),
        "missing": (pgettext("registry", "Missing"), _missing_head(), missing),
        "left_out": (
            _("Left out"),
            [_("Study code"), _("Purpose"), _("Reason"), _("Since")],
            [list[Cell](row) for row in out],
        ),
    }
    title = registry.label(choice.language)
    if kind == "xlsx":
        path = _book(Path(progress.folder), title, tables, about, made_at)
    else:
        path = _pack(Path(progress.folder), choice, tables, about)
    return path, {name: len(rows) for name, (_title, _head, rows) in tables.items()}


def _purpose(each: LeftOut) -> str:
    return str(PURPOSES[Purpose(each.purpose)])


def _value_head() -> list[str]:
    return [
        _("Study code"),
        pgettext("registry", "Form"),
        pgettext("registry", "Item"),
        pgettext("registry", "Number"),
        _("Date"),
        pgettext("registry", "Our value"),
        pgettext("registry", "Answer for the registry"),
        _("Source"),
        pgettext("registry", "Missing"),
    ]


def _missing_head() -> list[str]:
    return [
        _("Study code"),
        _("Reason"),
        pgettext("registry", "Answers"),
        pgettext("registry", "Items"),
    ]


def _values(code: str, own: Sequence[Answer], language: str) -> Iterator[Row]:
    for each in own:
        item = each.item
        yield [
            code,
            item.form,
            item.label(language),
            each.number,
            each.day,
            each.value,
            each.answer,
            f"{item.level.value}.{item.fact}" if item.fact else "",
            str(MISSING[each.missing]) if each.missing else "",
        ]


def _missing(code: str, own: Sequence[Answer], language: str) -> Iterator[Row]:
    """What is missing of a patient: by reason, how many answers, and of which items."""
    for reason, words in MISSING.items():
        counts = Counter(each.item.label(language) for each in own if each.missing is reason)
        if counts:
            items = pgettext("punctuation", "; ").join(counts)
            yield [code, str(words), sum(counts.values()), items]


def _book(
    folder: Path,
    title: str,
    tables: dict[str, tuple[str, list[str], list[Row]]],
    about: Sequence[tuple[str, str]],
    made_at: datetime,
) -> Path:
    path = folder / "worksheet.xlsx"
    with Book(path, title=title, made_at=made_at) as book:
        heads = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        book.sheet(pgettext("sheet", "About"), heads, about, widths=(40, 70))
        for name, head, rows in tables.values():
            book.sheet(name, head, rows)
    return path


def _pack(
    folder: Path,
    choice: DatasetChoice,
    tables: dict[str, tuple[str, list[str], list[Row]]],
    about: Sequence[tuple[str, str]],
) -> Path:
    names = [pgettext("sheet", "Item"), pgettext("sheet", "Value")]
    csv_export.write(folder / "about.csv", names, about)
    counts = {
        code: csv_export.write(folder / f"{code}.csv", head, rows)
        for code, (_name, head, rows) in tables.items()
    }
    files = {f"{code}.csv": folder / f"{code}.csv" for code in ("about", *tables)}
    return reports.pack(folder / "worksheet.zip", files, {**choice.stored(), "rows": counts})
