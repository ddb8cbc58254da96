"""Figures as files: in a workbook a figure is a number; a tall picture has an upright page."""

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from followup.core.pdf.pictures import Box, Line, Picture, Text
from pv.adapters.charts.axes import LEFT, RIGHT
from pv.adapters.charts.bars import accrual_picture
from pv.adapters.charts.documents import Basis, pdf, xlsx
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


def test_a_month_whose_count_is_hidden_keeps_its_place_and_says_nothing_of_it() -> None:
    counts = [(date(2024, 1, 1), 7), (date(2024, 2, 1), None), (date(2024, 5, 1), None)]
    picture = accrual_picture(counts, name="", finding="")
    (column,) = [shape for shape in picture.shapes if isinstance(shape, Box)]
    outlines = [shape for shape in picture.shapes if isinstance(shape, Line) and shape.dash]
    assert column.width < (RIGHT - LEFT) / 5
    assert [round((line.points[0][0] - column.x) / (RIGHT - LEFT) * 5) for line in outlines] == [
        1,
        4,
    ]
    heights = {line.points[0][1] - line.points[1][1] for line in outlines}
    assert len(heights) == 1, "an outline is as high whatever the count"
    assert [shape.words for shape in picture.shapes if isinstance(shape, Text)][-1] == "2024"
    late = accrual_picture([(date(2021, 12, 1), 6), (date(2026, 6, 1), 6)], name="", finding="")
    labels = [shape.words for shape in late.shapes if isinstance(shape, Text) and shape.y == 218]
    assert labels == ["2022", "2023", "2024", "2025", "2026"], "2021-12 would lie on 2022"
    early = accrual_picture([(date(2021, 2, 1), 6), (date(2022, 3, 1), 6)], name="", finding="")
    assert "2021-02" in [shape.words for shape in early.shapes if isinstance(shape, Text)]


@pytest.mark.parametrize(
    ("width", "height", "upright"), [(720, 300, False), (720, 900, True), (720, 720, True)]
)
def test_a_tall_figure_has_an_upright_page_and_none_of_its_own(width, height, upright):
    drawn = Picture(width, height, "Plot", "One line.", ())
    facts = [(f"Fact {number}", "all") for number in range(8)]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    basis = Basis("Plot", facts, "en", "Product", at, "seal")
    made = PdfReader(BytesIO(pdf([Figure("plot", "Plot", "One line.", drawn)], basis)))
    (page,) = made.pages
    assert (page.mediabox.height > page.mediabox.width) is upright
