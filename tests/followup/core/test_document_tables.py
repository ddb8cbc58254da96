"""Lines and listings set by ourselves: exact, complete, never markup, cheap."""

import io
import re

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from followup.core import pdf
from followup.core.pdf import layout
from followup.core.pdf.layout import NOT_FIRST, advance, wrap

COLUMNS = [
    pdf.Column("病例", 8),
    pdf.Column("反应", 30),
    pdf.Column("n", 4, True),
]


def report(rows, **more):
    made = pdf.Report(title="定期报告", language="zh-Hans", running="产品", foot="数据")
    made.heading("行列表", "说明")
    made.facts([("产品", "某产品")])
    count = made.table(COLUMNS, rows, **more)
    return made.pdf(), count


def pages_of(pdf):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text):
    return re.sub(r"\s+", "", text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="汉字a bW.。，（-\n", max_size=200), st.floats(3, 40), st.booleans())
def test_lines_fit_and_nothing_is_lost(text, ems, bold):
    lines = wrap(text, ems, bold=bold)
    assert squeezed("".join(lines)) == squeezed(text)
    for line in lines:
        if len(line) > 1:
            assert sum(advance(c, bold) for c in line) <= ems + 1e-9


def test_breaks_follow_the_rules_of_both_languages():
    assert wrap("一二三四。五", 4) == ["一二三", "四。五"]
    assert wrap("peripheral lymphoma", 6) == ["peripheral", "lymphoma"]
    assert all(line[0] not in NOT_FIRST for line in wrap("淋巴瘤，" * 40, 9.5))
    assert wrap("", 5) == [""]
    assert wrap("a\n\nb", 5) == ["a", "", "b"]


def test_advances_are_those_of_the_fonts():
    assert advance("汉") == 1.0
    assert advance("\u200b") == 0.0
    assert 0.2 < advance("i") < advance("W") < 1.0
    assert layout.face_of("☑", bold=True) == layout.SYMBOLS


def test_long_text_in_blocks_is_the_whole_text():
    text = "患者于输注后第九十天出现发热。" * 700
    found = pdf.blocks(text, millimetres=190, points=8.5)
    assert squeezed("".join(found)) == text
    assert max(block.count("\n") for block in found) < 25


@pytest.mark.requirement("A11-8")
def test_every_row_is_printed_with_its_head_on_every_page():
    rows = [[f"C26-{n:04d}", "外周T细胞淋巴瘤 <b>&amp;</b> {{ x }}", str(n)] for n in range(400)]
    seen = []
    pdf, count = report(rows, progress=seen.append)
    pages = pages_of(pdf)
    assert count == 400
    assert seen == [100, 200, 300, 400]
    assert len(pages) > 5
    whole = squeezed("".join(pages))
    assert all(f"C26-{n:04d}" in whole for n in range(400))
    assert whole.count("<b>&amp;</b>{{x}}") == 400
    for number, page in enumerate(pages, 1):
        assert "反应" in page
        assert f"{number} / {len(pages)}" in page


def test_a_heading_stands_on_the_page_of_its_table_and_of_the_contents():
    for lines in range(40):
        made = pdf.Report(title="t", language="en", running="r", foot="f")
        made.contents("Contents", [("Annex", 1)])
        made.facts([("fact", "value")] * lines)
        made.heading("Annex")
        made.reached()
        made.table([pdf.Column("Head of two lines", 1), *[pdf.Column("n", 1)] * 20], [["Row"] * 21])
        pages = pages_of(made.pdf())
        (place,) = [n for n, text in enumerate(pages, 1) if "Annex\n" in text and "Row" in text]
        assert re.search(rf"Annex\s*{place}\b|^{place}$", pages[0], re.MULTILINE), lines


@pytest.mark.parametrize(("entries", "pages"), [(30, 1), (46, 1), (50, 1), (80, 2)])
def test_contents_a_little_too_long_for_a_page_are_set_closer(entries, pages):
    made = pdf.Report(title="t", language="en", running="r", foot="f")
    made.page_break()
    made.contents("Contents", [(f"Entry {n}", 1 + n % 2) for n in range(entries)])
    for _entry in range(entries):
        made.reached()
    texts = pages_of(made.pdf())[1:]
    assert len(texts) == pages
    assert all(f"Entry {n}" in "".join(texts) for n in range(entries))


def test_a_row_longer_than_a_page_is_printed_whole():
    text = "".join(f"第{n}句话写在这里。" for n in range(3000))
    pdf, _count = report([["C1", text, "1"], ["C2", "短", "2"]])
    whole = squeezed("".join(pages_of(pdf)))
    assert all(f"第{n}句话" in whole for n in (0, 1500, 2999))
    assert "C2" in whole


def test_a_character_without_a_glyph_stands_as_its_code_point():
    pdf, _count = report([["C1", "发热😀", "1"], ["C2", "\u0007", "2"]])
    whole = "".join(pages_of(pdf))
    assert "[U+1F600]" in whole
    assert "[U+0007]" in whole


def test_rare_ideographs_and_latin_names_are_drawn():
    pdf, _count = report([["C1", "𠮷𡌴𫰠 ş ğ ř ễ", "1"]])
    assert "𠮷𡌴𫰠 ş ğ ř ễ" in "".join(pages_of(pdf))


def test_the_same_report_has_the_same_bytes_and_other_readers_read_it():
    rows = [["C1", "淋巴瘤 ☑ Ω", "7"]]
    first, second = report(rows)[0], report(rows)[0]
    assert first == second
    text = pypdfium2.PdfDocument(first)[0].get_textpage().get_text_range()
    assert "淋巴瘤 ☑ Ω" in text
    assert len(first) < 100_000


def test_figures_stand_right_and_inside_the_page():
    pdf, _count = report([["C1", "x", "1234567"]])
    page = pypdfium2.PdfDocument(pdf)[0]
    found = page.get_textpage().search("1234567").get_next()
    box = page.get_textpage().get_charbox(found[0] + 6)
    assert page.get_width() - 60 < box[2] < page.get_width() - 30
