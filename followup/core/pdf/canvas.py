"""Pages drawn line by line, for listings of hundreds of pages: text, rules, our fonts embedded.

A listing through WeasyPrint's tables costs half a second and 6 MB per page; drawn here, from text
that is never markup, it costs some milliseconds.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import pydyf

from followup.core.pdf import fonts
from followup.core.pdf.layout import advance, face, face_of
from followup.core.pdf.pictures import INK, Picture, Text, operations
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from fontTools import subset
else:
    subset = lazy("fontTools.subset")

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
NAMES = tuple(name.removesuffix(".ttf") for name in fonts.FILES)
_TO_UNICODE = """/CIDInit /ProcSet findresource begin
12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange
{maps}
endcmap CMapName currentdict /CMap defineresource pop end end"""


@dataclass(frozen=True, slots=True)
class Style:
    """Size in points, weight and grey (0 black, 1 white) of a text."""

    size: float
    bold: bool = False
    grey: float = 0.07


class Paper:
    """A growing PDF. Positions are points from the top left corner of the page."""

    def __init__(self, *, title: str, language: str, landscape: bool = False) -> None:
        self.width, self.height = A4[::-1] if landscape else A4
        self._pdf = pydyf.PDF()
        self._pdf.info["Title"] = pydyf.String(title)
        self._pdf.info["Producer"] = pydyf.String("Everwatch")
        self._pdf.catalog["Lang"] = pydyf.String(language)
        self._used: list[dict[str, int]] = [{} for _name in NAMES]
        self._pages: list[pydyf.Dictionary] = []
        self._drawn: list[bytes] = []
        self._fonts = pydyf.Dictionary({})
        self._pdf.add_object(self._fonts)

    @property
    def page_count(self) -> int:
        """Pages begun so far."""
        return len(self._pages)

    def new_page(self) -> None:
        """Close the page and begin the next."""
        self._close()
        page = pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": self._pdf.pages.reference,
                "MediaBox": pydyf.Array([0, 0, round(self.width, 2), round(self.height, 2)]),
                "Contents": pydyf.Array([]),
                "Resources": pydyf.Dictionary({"Font": self._fonts.reference}),
            }
        )
        self._pages.append(page)

    def text(self, x: float, y: float, line: str, style: Style) -> None:
        """One line with its base line at y. Characters passed `fonts.visible`."""
        self._drawn.append(self._line(x, y, line, style))

    def rule(self, x: float, y: float, length: float, *, weight: float = 0.4) -> None:
        """A horizontal line."""
        at = round(self.height - y, 2)
        path = f"0.55 G {weight} w {x:.2f} {at} m {x + length:.2f} {at} l S"
        self._drawn.append(path.encode())

    def band(self, x: float, y: float, width: float, height: float) -> None:
        """A pale grey area, its upper edge at y."""
        low = round(self.height - y - height, 2)
        self._drawn.append(f"0.93 g {x:.2f} {low} {width:.2f} {height:.2f} re f".encode())

    def picture(self, x: float, y: float, drawing: Picture, scale: float) -> None:
        """A picture with its upper left corner there; `scale` is points to its unit."""
        self._drawn += [each.encode() for each in operations(drawing, x, self.height - y, scale)]
        for shape in drawing.shapes:
            if isinstance(shape, Text):
                style = Style(shape.size * scale, shape.bold, 0.07 if shape.colour == INK else 0.3)
                words = fonts.visible(shape.words)
                shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
                left = x + shape.x * scale - shift * width_of(words, style)
                self.text(left, y + shape.y * scale, words, style)

    def finish(self) -> bytes:
        """The whole file."""
        self._close()
        for index in range(len(NAMES)):
            if self._used[index]:
                self._fonts[f"F{index}"] = self._embed(index)
        for page in self._pages:
            self._pdf.add_page(page)
        output = io.BytesIO()
        self._pdf.write(output, identifier=True, compress=True)
        return output.getvalue()

    def note(self, page: int, x: float, y: float, line: str, style: Style) -> None:
        """A line added to an earlier page (from 0), such as "3 / 12" when 12 is known."""
        self._close()
        self._add(page, [self._line(x, y, line, style)])

    def _close(self) -> None:
        if self._drawn:
            self._add(len(self._pages) - 1, self._drawn)
            self._drawn = []

    def _add(self, page: int, drawn: list[bytes]) -> None:
        stream = pydyf.Stream(drawn, compress=True)
        self._pdf.add_object(stream)
        self._pages[page]["Contents"].append(stream.reference)

    def _line(self, x: float, y: float, line: str, style: Style) -> bytes:
        shown = [c for c in line if c not in fonts.INKLESS]
        runs = groupby(shown, key=lambda c: face_of(c, style.bold))
        parts = [f"BT {style.grey} g {x:.2f} {self.height - y:.2f} Td"]
        for index, characters in runs:
            known, used, codes = face(index).glyphs, self._used[index], []
            for character in characters:
                glyph = known[character]
                used[character] = glyph
                codes.append(f"{glyph:04x}")
            parts.append(f"/F{index} {style.size} Tf <{''.join(codes)}> Tj")
        return (" ".join(parts) + " ET").encode()

    def _embed(self, index: int) -> bytes:
        """Add the font with the glyphs used; the reference to it."""
        used = self._used[index]
        body = pydyf.Stream([_cut(index, "".join(sorted(used)))], compress=True)
        self._pdf.add_object(body)
        described = pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": f"/{_tag(used)}+{NAMES[index]}",
                "Flags": 4,
                "FontBBox": pydyf.Array([-200, -300, 1500, 1200]),
                "ItalicAngle": 0,
                "Ascent": 880,
                "Descent": -120,
                "CapHeight": 733,
                "StemV": 120 if index == 1 else 80,
                "FontFile2": body.reference,
            }
        )
        self._pdf.add_object(described)
        return self._composite(index, described)

    def _composite(self, index: int, described: pydyf.Dictionary) -> bytes:
        used, name = self._used[index], described["FontName"]
        widths = pydyf.Array([])
        by_glyph = sorted((glyph, character) for character, glyph in used.items())
        for glyph, character in by_glyph:
            widths.extend([glyph, pydyf.Array([round(advance_of(index, character) * 1000)])])
        inner = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": name,
                "CIDSystemInfo": pydyf.Dictionary(
                    {
                        "Registry": pydyf.String("Adobe"),
                        "Ordering": pydyf.String("Identity"),
                        "Supplement": 0,
                    }
                ),
                "CIDToGIDMap": "/Identity",
                "W": widths,
                "FontDescriptor": described.reference,
            }
        )
        self._pdf.add_object(inner)
        table = pydyf.Stream([_unicode(by_glyph)], compress=True)
        self._pdf.add_object(table)
        outer = pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": name,
                "Encoding": "/Identity-H",
                "DescendantFonts": pydyf.Array([inner.reference]),
                "ToUnicode": table.reference,
            }
        )
        self._pdf.add_object(outer)
        return bytes(outer.reference)


def advance_of(index: int, character: str) -> float:
    """Advance of a character in one font, in ems."""
    return face(index).advances[character]


def width_of(line: str, style: Style) -> float:
    """Length of a line in points."""
    return sum(advance(c, style.bold) for c in line) * style.size


def _tag(used: dict[str, int]) -> str:
    """Six letters that differ between subsets, the same for the same glyphs."""
    number = sum(used.values()) * 31 + len(used)
    letters = []
    for _ in range(6):
        number, letter = divmod(number, 26)
        letters.append(chr(65 + letter))
    return "".join(letters)


@lru_cache(maxsize=16)  # reports of one kind use the same characters
def _cut(index: int, characters: str) -> bytes:
    """The font file with only these characters, their glyph numbers unchanged."""
    options = subset.Options()
    options.retain_gids = True
    options.layout_features = []
    options.notdef_outline = True
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "name", "OS/2", "post"]
    with fonts.opened(fonts.FILES[index]) as font:
        font.setGlyphOrder(list(fonts.glyph_order(fonts.FILES[index])))
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        output = io.BytesIO()
        font.save(output)
    return output.getvalue()


def _unicode(by_glyph: list[tuple[int, str]]) -> bytes:
    """The table a reader copies text with."""
    blocks = []
    for first in range(0, len(by_glyph), 100):
        part = by_glyph[first : first + 100]
        lines = [f"<{g:04x}> <{c.encode('utf-16-be').hex()}>" for g, c in part]
        blocks.append(f"{len(part)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar")
    return _TO_UNICODE.format(maps="\n".join(blocks)).encode()
