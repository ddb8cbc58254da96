"""J5: one CIOMS I form, a listing of a hundred pages, a spreadsheet of 20,000 rows.

Times are CPU microseconds for a form, a page, a row. The limit of the form is WeasyPrint alone on
the same page, its style sheets parsed and its fonts loaded each time, as a web request without a
printing process would; the peer of the listing is a WeasyPrint table of the same rows; the limit
of the spreadsheet is Python's csv writer.
"""

import csv
import importlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from bench._measure import alternate, row
from dev.paths import ROOT
from followup.core.pdf import Column, Report, blocks, fonts
from followup.core.spreadsheets.workbooks import Book
from pv.domain.cioms import CiomsSheet, form
from pv.domain.e2b.message import Message, Node

FOLDER = ROOT / "templates" / "documents"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
LINE = (
    "C26-0041 v1",
    "2026-11-22",
    "CN",
    "自发",
    "58 岁 / 男",
    "某某赛注射液; 120 x 10^6 CAR+ cells; 2026-08-20; A2608-17",
    "10042971 外周T细胞淋巴瘤待排，颈部淋巴结肿大伴发热",
    "2026-11-05",
    "77",
    "导致住院或住院时间延长, 其他重要医学事件",
    "未痊愈/未缓解/持续",
    "报告者: 可能",
)
SHARES = (6.5, 6, 4.3, 6.7, 5.5, 16, 19, 6.5, 4.3, 12.5, 9, 10.9)


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Rows of J5."""
    # The printing process is told so by its parent; here we are the printing process.
    os.environ["FONTCONFIG_FILE"] = str(fonts.CONFIGURATION)
    printer = importlib.import_module("followup.core.pdf.worker")
    yield _form(printer, 5 if quick else 20)
    yield _listing(printer, 200 if quick else 2000, 2 if quick else 5)
    yield _spreadsheet(1000 if quick else 20_000, 2 if quick else 5)


def _message() -> Message:
    root = Node("", values={"C.1.1": "CN-X-0041", "D.5": "1", "D.2.2a": "58", "D.2.2b": "a"})
    root.add("E.i", "r").values.update({"E.i.1.1a": LINE[6], "E.i.3.2c": "true", "E.i.7": "3"})
    drug = root.add("G.k", "d")
    drug.values.update({"G.k.1": "1", "G.k.2.2": "某某赛注射液", "G.k.8": "9"})
    drug.add("G.k.4.r").values.update({"G.k.4.r.4": "20260820", "G.k.4.r.7": "A2608-17"})
    return Message(root)


def _page() -> str:
    told = CiomsSheet("C26-0041", 1, False, "患者输注后第七十七天出现颈部淋巴结肿大。" * 12, True)
    filled = form(_message(), told, "zh-hans")
    boxes = {f"b{n.replace('+', '_').replace('-', '_')}": b for n, b in filled.boxes.items()}
    rest = blocks("\n".join(filled.rest), millimetres=190, points=8.5)
    context = {"form": filled, "boxes": boxes, "rest": rest, "parts": [], "printed_at": NOW}
    return render_to_string("documents/cioms.html", {**context, "language": "zh-hans"})


def _form(printer: Any, rounds: int) -> dict[str, Any]:
    kept, page, styles = printer.Printer(FOLDER), _page(), ["document", "cioms"]

    def alone() -> None:
        printer.Printer(FOLDER).pdf(page, styles)

    kept.pdf(page, styles)
    ours, limit = alternate([partial(kept.pdf, page, styles), alone], rounds=rounds)
    return row("J5", "CIOMS form, process kept", 1, ours, limit)


def _report(count: int) -> Report:
    report = Report(title="定期安全性汇总", language="zh-hans", running="某某赛", foot="x")
    report.table([Column(f"列{n}", s) for n, s in enumerate(SHARES)], [LINE] * count)
    report.pdf()
    return report


def _listing(printer: Any, count: int, rounds: int) -> dict[str, Any]:
    kept, some = printer.Printer(FOLDER), 60
    cells = "".join(f"<td>{text}</td>" for text in LINE)
    table = f"<style>@page{{size:A4 landscape}}</style><table>{f'<tr>{cells}</tr>' * some}</table>"
    pages, few = _report(count).page_count, _report(some).page_count
    ours, peer = alternate(
        [partial(_report, count), partial(kept.pdf, table, ["document"])], rounds=rounds
    )
    scaled = [time * pages / few for time in peer]
    # The WeasyPrint table is the only thing to compare with: nothing simpler sets these pages.
    return row("J5", "listing, a page", pages, ours, scaled, peer="WeasyPrint table")


def _spreadsheet(count: int, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)

        def ours() -> None:
            with Book(target / "a.xlsx", title="t", made_at=NOW) as book:
                book.sheet("a", LINE, [LINE] * count)

        def plain() -> None:
            with (target / "a.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([LINE] * count)

        times, limit = alternate([ours, plain], rounds=rounds)
    return row("J5", "spreadsheet, a row", count, times, limit, peer="csv")
