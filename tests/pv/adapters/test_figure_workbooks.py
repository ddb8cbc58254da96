"""Tables of figures in a workbook: a figure is a number, a range or a dash stays text."""

from datetime import UTC, datetime
from pathlib import Path

import openpyxl

from pv.adapters.charts.documents import Basis, xlsx
from pv.adapters.charts.statements import Figure, Table


def test_plain_figures_of_a_numeric_column_are_numbers(tmp_path: Path) -> None:
    rows = [["12", "0.5", "1.2 – 3.4"], ["007", "–", "n < 5"]]
    table = Table("Rates", ["Code", "Rate", "Limits"], rows, frozenset({1, 2}))
    figure = Figure("rates", "Rates", "found", None, [table], [])
    basis = Basis("title", [], "en", "title", datetime(2026, 11, 1, tzinfo=UTC), "seal")
    xlsx([figure], basis, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[1]
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found == [["12", 0.5, "1.2 – 3.4"], ["007", "–", "n < 5"]]
