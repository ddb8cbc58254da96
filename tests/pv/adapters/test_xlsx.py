"""Spreadsheets: no text is a formula, nothing is a zero that was not counted."""

from datetime import UTC, datetime

import openpyxl
import pytest

from followup.core.spreadsheets.workbooks import LONGEST, Book, shown

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM", "\t=1", " =1", "{=1}"]
LINKS = ["http://127.0.0.1/x", "mailto:a@b", "internal:Sheet1!A1", "file:///etc/passwd"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.xlsx"


def test_texts_stay_texts(path):
    texts = [*FORMULAS, *LINKS, "007", "1e5", "TRUE", "<b>&amp;</b>"]
    with Book(path, title="=x", made_at=NOW) as book:
        assert book.sheet("=A", ["=head"], [[text] for text in texts]) == len(texts)
    sheet = openpyxl.load_workbook(path).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells] == ["=head", *texts]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    assert all(cell.quotePrefix for cell in cells)


def test_figures_are_figures_and_nothing_is_empty(path):
    with Book(path, title="t", made_at=NOW) as book:
        book.sheet("a", ["n", "none", "zero"], [[3, None, 0]])
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[2]] == [3, None, 0]


def test_too_long_or_unwritable_text_is_visibly_cut_or_marked(path):
    with Book(path, title="t", made_at=NOW) as book:
        book.sheet("a", ["x"], [["字" * 40_000], ["a\x00\x07b"]])
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A2"].value.endswith("[…]")
    assert len(sheet["A2"].value) == LONGEST
    assert sheet["A3"].value == "a\ufffd\ufffdb"
    assert shown("plain") == "plain"
