"""Word documents: headings, paragraphs, facts and tables, with Chinese fonts right in Word.

Fonts are set at the styles, for Latin and for Chinese apart: the default template points headings
to theme fonts, so `w:eastAsia` alone on a run would leave them to the reader's machine. Source of
the names: CDE's rules for electronic submission (宋体, Times New Roman).
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from followup.languages import is_chinese
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import docx
    from docx import oxml, shared
    from docx.enum import section as sections
    from docx.oxml import ns
else:
    docx, oxml, shared = lazy("docx"), lazy("docx.oxml"), lazy("docx.shared")
    sections, ns = lazy("docx.enum.section"), lazy("docx.oxml.ns")

LATIN, CHINESE, CHINESE_BOLD = "Times New Roman", "宋体", "黑体"
BODY_POINTS, TABLE_POINTS = 12, 9
CONTENTS = ' TOC \\o "1-2" \\h '
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the file says nothing its content does not
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WATERMARK = """<w:p {names} xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><w:pPr><w:pStyle w:val="Header"/></w:pPr>
<w:r><w:pict><v:shape id="watermark" type="#_x0000_t136" style="position:absolute;width:420pt;
height:120pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;
mso-position-horizontal-relative:margin;mso-position-vertical:center;
mso-position-vertical-relative:margin" fillcolor="silver" stroked="f">
<v:fill opacity=".5"/><v:textpath on="t" fitshape="t" style="font-family:'{font}';font-size:1pt"
 string="{text}"/></v:shape></w:pict></w:r></w:p>"""


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return _CONTROL.sub("", text)


def _field(part: str) -> Any:
    """One part of the field that Word fills with the contents."""
    inside = f'<w:fldChar w:fldCharType="{part}"/>'
    if part == "begin":
        inside = '<w:fldChar w:fldCharType="begin" w:dirty="true"/>'
    elif part == "instruction":
        inside = f'<w:instrText xml:space="preserve">{CONTENTS}</w:instrText>'
    return oxml.parse_xml(f"<w:r {ns.nsdecls('w')}>{inside}</w:r>")


class WordDocument:
    """A document that grows from top to bottom; A4, landscape as the PDF of a report."""

    def __init__(
        self,
        *,
        title: str,
        language: str,
        running: str,
        made_at: datetime,
        watermark: str = "",
        landscape: bool = True,
    ) -> None:
        self._document: Any = docx.Document()
        self._language = "zh-CN" if is_chinese(language) else "en-GB"
        self._fonts()
        self._page(running, watermark, landscape)
        about = self._document.core_properties
        about.title, about.author, about.comments = title, "", ""
        about.language = self._language
        about.created = about.modified = made_at.replace(tzinfo=None)

    def _fonts(self) -> None:
        names = ("Normal", "Title", "Heading 1", "Heading 2", "Header", "Footer", "Caption")
        for name in names:
            style = self._document.styles[name]
            heading = name not in ("Normal", "Header", "Footer")
            style.font.name = LATIN
            properties = style.element.get_or_add_rPr()
            fonts = properties.get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(ns.qn(f"w:{theme}"), None)
            for slot in ("ascii", "hAnsi", "cs"):
                fonts.set(ns.qn(f"w:{slot}"), LATIN)
            fonts.set(ns.qn("w:eastAsia"), CHINESE_BOLD if heading else CHINESE)
            speech = oxml.OxmlElement("w:lang")
            speech.set(ns.qn("w:val"), "en-GB")
            speech.set(ns.qn("w:eastAsia"), "zh-CN")
            for old in properties.findall(ns.qn("w:lang")):
                properties.remove(old)
            properties.append(speech)
            if heading:
                style.font.bold, style.font.color.rgb = True, None
        self._document.styles["Normal"].font.size = shared.Pt(BODY_POINTS)
        self._document.styles["Caption"].font.size = shared.Pt(BODY_POINTS)

    def _page(self, running: str, watermark: str, landscape: bool) -> None:
        section = self._document.sections[0]
        turned = sections.WD_ORIENT
        section.orientation = turned.LANDSCAPE if landscape else turned.PORTRAIT
        long, short = shared.Pt(841.9), shared.Pt(595.3)
        width, height = (long, short) if landscape else (short, long)
        section.page_width, section.page_height = width, height
        section.left_margin = section.right_margin = shared.Pt(48)
        section.top_margin = section.bottom_margin = shared.Pt(56)
        section.header.paragraphs[0].text = _clean(running)
        if watermark:
            shape = _WATERMARK.format(
                names=ns.nsdecls("w"), font=CHINESE_BOLD, text=escape(watermark, {'"': "&quot;"})
            )
            section.header._element.append(oxml.parse_xml(shape))
        foot = section.footer.paragraphs[0]
        self._field(foot, "PAGE", "1")
        foot.add_run(" / ")
        self._field(foot, "NUMPAGES", "1")

    def _field(self, paragraph: Any, code: str, shown: str) -> None:
        """A field Word computes; `shown` stands until it does."""
        xml = (
            f'<w:fldSimple {ns.nsdecls("w")} w:instr="{code}" w:dirty="true">'
            f"<w:r><w:t>{escape(shown)}</w:t></w:r></w:fldSimple>"
        )
        paragraph._p.append(oxml.parse_xml(xml))

    def title(self, text: str) -> None:
        """The title of the document."""
        self._document.add_paragraph(_clean(text), style="Title")

    def heading(self, text: str, level: int = 1) -> None:
        """A heading of level 1 or 2."""
        self._document.add_heading(_clean(text), level=min(level, 2))

    def paragraph(self, text: str, *, small: bool = False) -> None:
        """Plain text; small for a remark."""
        run = self._document.add_paragraph().add_run(_clean(text))
        if small:
            run.font.size, run.italic = shared.Pt(TABLE_POINTS), True

    def contents(self, title: str, entries: Iterable[tuple[str, int]]) -> None:
        """The contents: what stands there until Word counts the pages (F9) has no page numbers."""
        self._document.add_paragraph(_clean(title), style="Caption")
        first = self._document.add_paragraph()
        for kind in ("begin", "instruction", "separate"):
            first._p.append(_field(kind))
        for text, level in entries:
            self._document.add_paragraph("\u2003" * (level - 1) + _clean(text))
        last = self._document.add_paragraph()
        last._p.append(_field("end"))

    def page_break(self) -> None:
        """The next block begins a page."""
        self._document.add_page_break()

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Labels and values as a table of two columns without a head."""
        self._table([], [list(pair) for pair in pairs], (30, 70), (), numeric=0)

    def table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        shares: Sequence[float] = (),
        groups: Sequence[tuple[str, int]] = (),
        numeric: int = 0,
    ) -> None:
        """A table whose head comes again on each page and whose rows are not split over pages."""
        self._table(headings, rows, shares or (1,) * len(headings), groups, numeric=numeric)

    def _table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        shares: Sequence[float],
        groups: Sequence[tuple[str, int]],
        *,
        numeric: int,
    ) -> None:
        whole, width = sum(shares), 14_900  # twentieths of a point between the margins
        widths = [int(share / whole * width) for share in shares]
        made = [f'<w:tbl {ns.nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>']
        made.append(f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>')
        made.append("</w:tblPr><w:tblGrid>")
        made += [f'<w:gridCol w:w="{each}"/>' for each in widths]
        made.append("</w:tblGrid>")
        if groups:
            first, cells = 0, []
            for text, span in groups:
                cells.append(_cell(text, sum(widths[first : first + span]), bold=True, span=span))
                first += span
            made.append(_row(cells, head=True))
        if headings:
            cells = [_cell(t, w, bold=True) for t, w in zip(headings, widths, strict=True)]
            made.append(_row(cells, head=True))
        for row in rows:
            cells = [
                _cell(text, w, right=bool(numeric) and place >= numeric)
                for place, (text, w) in enumerate(zip(row, widths, strict=True))
            ]
            made.append(_row(cells))
        made.append("</w:tbl>")
        end = self._document.element.body.sectPr
        end.addprevious(oxml.parse_xml("".join(made)))
        self._document.add_paragraph()

    def content(self) -> bytes:
        """The finished file: the same for the same content."""
        raw, fixed = io.BytesIO(), io.BytesIO()
        self._document.save(raw)
        with zipfile.ZipFile(raw) as old, zipfile.ZipFile(fixed, "w") as new:
            for name in old.namelist():
                entry = zipfile.ZipInfo(name, ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(entry, old.read(name))
        return fixed.getvalue()


def _row(cells: Sequence[str], *, head: bool = False) -> str:
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, width: int, *, bold: bool = False, right: bool = False, span: int = 1) -> str:
    look = "<w:b/>" if bold else ""
    runs = f'<w:rPr>{look}<w:sz w:val="{2 * TABLE_POINTS}"/></w:rPr>'
    side = '<w:jc w:val="right"/>' if right else ""
    lines = escape(_clean(text)).split("\n")
    broken = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    over = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{over}</w:tcPr><w:p><w:pPr>'
        f'<w:spacing w:before="0" w:after="0"/>{side}</w:pPr><w:r>{runs}{broken}</w:r></w:p></w:tc>'
    )
