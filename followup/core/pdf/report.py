"""Reports made of headings, facts and long tables, set by ourselves page by page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from followup.core.pdf import fonts
from followup.core.pdf.canvas import MM, Paper, Style, width_of
from followup.core.pdf.layout import wrap
from followup.core.pdf.pictures import Picture

TITLE, HEADING, BODY = Style(14, bold=True), Style(10.5, bold=True), Style(9)
LABEL = Style(9, grey=0.3)
HEAD, CELL, SMALL = Style(7, bold=True), Style(7), Style(7, grey=0.3)
WATERMARK = Style(80, bold=True, grey=0.9)
LEADING, CLOSE = 1.32, 1.1
MARGIN, FOOT = 12 * MM, 16 * MM
GAP = 1.2 * MM
LABELS = 72 * MM
ROW_SPACE = 1.8 * MM
SMALLER = 0.7  # how much of its size a picture keeps at least so as to need no page of its own
WIDEST_LINE = 0.98  # of the column: rounding of a viewer never reaches the neighbour


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its share of the width, figures to the right."""

    heading: str
    share: float
    numeric: bool = False


class Report:
    """A document of text blocks and tables; no text is markup.

    A character no font has is printed as its code point; `replaced` tells in which rows.
    """

    def __init__(
        self,
        *,
        title: str,
        language: str,
        running: str,
        foot: str,
        watermark: str = "",
        landscape: bool = True,
    ) -> None:
        self._paper = Paper(title=title, language=language, landscape=landscape)
        self._watermark = fonts.visible(watermark)
        self._entries: list[tuple[int, float]] = []
        self._running, self._foot = fonts.visible(running), fonts.visible(foot)
        self.replaced: dict[str, str] = {}  # first cell of a row: the characters
        self._left, self._width = MARGIN, self._paper.width - 2 * MARGIN
        self._bottom = self._paper.height - FOOT
        self._y = self._bottom
        self._groups: Sequence[tuple[str, int]] = ()
        self.title(title)

    def title(self, text: str) -> None:
        """The title on a new page."""
        self._new_page()
        self._paragraph(text, TITLE)
        self._y += 2 * MM

    def heading(self, text: str, note: str = "", *, room: float = 26) -> None:
        """A section with, under it, a sentence on what it shows; `room` are the millimetres that
        must be left on the page, so that a heading does not end it: the head of a table with two
        lines and a first row."""
        self._y += 4 * MM
        self._need(room * MM)
        self._paragraph(text, HEADING)
        if note:
            self._paragraph(note, SMALL)
        self._y += 1.5 * MM

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Label and value side by side, one pair under the other; either may take several lines."""
        indent = LABELS
        for name, value in pairs:
            self._need(5 * MM)
            labels = wrap(name, (indent - GAP) / BODY.size * WIDEST_LINE)
            lines = wrap(value, (self._width - indent) / BODY.size * WIDEST_LINE)
            for label, line in zip_longest(labels, lines, fillvalue=""):
                self._need(5 * MM)
                self._y += BODY.size * LEADING
                self._paper.text(self._left, self._y, label, LABEL)
                self._paper.text(self._left + indent, self._y, line, BODY)
        self._y += 1.5 * MM  # a table may follow

    def paragraph(self, text: str) -> None:
        """A block of plain text."""
        self._paragraph(text, BODY)

    def page_break(self) -> None:
        """The next block begins a page."""
        self._new_page()

    def contents(self, title: str, entries: Iterable[tuple[str, int]]) -> None:
        """The contents: text and level of each heading; `reached` fills in the page of the next."""
        self._paragraph(title, HEADING)
        set_entries = []
        for text, level in entries:
            indent = (level - 1) * 6 * MM
            lines = wrap(text, (self._width - indent - 14 * MM) / BODY.size * WIDEST_LINE)
            set_entries.append((indent, lines or [""]))
        step, count = BODY.size * LEADING, sum(len(lines) for _indent, lines in set_entries)
        fitting = (self._bottom - self._y) / max(count, 1) * 0.999
        if BODY.size * CLOSE <= fitting < step:
            step = fitting  # a few lines more than a page holds: no page of their own
        for indent, lines in set_entries:
            for line in lines:
                self._need(step)
                self._y += step
                self._paper.text(self._left + indent, self._y, line, BODY)
            self._entries.append((self._paper.page_count - 1, self._y))

    def reached(self) -> None:
        """The heading of the contents just set is on the present page."""
        page, y = self._entries.pop(0)
        number = str(self._paper.page_count)
        x = self._left + self._width - width_of(number, BODY)
        self._paper.note(page, x, y, number, BODY)

    def picture(self, drawing: Picture) -> None:
        """A picture over the width of the page, or as high as a page allows; never split.

        Where a little smaller it still fits below what is on the page, it is made smaller.
        """
        room = self._bottom - 15 * MM
        scale = min(self._width / drawing.width, room / drawing.height, 0.85)
        fitting = (self._bottom - self._y - 2.5 * MM) / drawing.height
        if scale * SMALLER <= fitting < scale:
            scale = fitting
        self._need(drawing.height * scale + 2 * MM)
        self._paper.picture(self._left, self._y, drawing, scale)
        self._y += drawing.height * scale + 2 * MM

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        *,
        groups: Sequence[tuple[str, int]] = (),
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """A table with its head on every page; the number of rows. A row may span pages.

        `groups` stand above the headings: a text and how many columns it spans.
        """
        self._groups = groups
        total = sum(column.share for column in columns)
        widths = [column.share / total * self._width for column in columns]
        head = [
            wrap(c.heading, (w - GAP) / HEAD.size * WIDEST_LINE, bold=True)
            for c, w in zip(columns, widths, strict=True)
        ]
        self._head(head, widths, columns)
        count = 0
        for count, row in enumerate(rows, 1):
            self._row(row, columns, widths, head)
            if progress and count % 100 == 0:
                progress(count)
        return count

    def pdf(self) -> bytes:
        """The finished file, each page with its number of all."""
        pages = self._paper.page_count
        for page in range(pages):
            y = self._paper.height - 9 * MM
            number = f"{page + 1} / {pages}"
            x = self._left + self._width - width_of(number, SMALL)
            self._paper.note(page, self._left, y, self._foot, SMALL)
            self._paper.note(page, x, y, number, SMALL)
        return self._paper.finish()

    @property
    def page_count(self) -> int:
        """Pages so far."""
        return self._paper.page_count

    def _new_page(self) -> None:
        self._paper.new_page()
        if self._watermark:  # under everything that follows
            middle = (self._paper.width - width_of(self._watermark, WATERMARK)) / 2
            self._paper.text(middle, self._paper.height / 2, self._watermark, WATERMARK)
        self._paper.text(self._left, 9 * MM, self._running, SMALL)
        self._y = 13 * MM

    def _need(self, height: float) -> None:
        if self._y + height > self._bottom:
            self._new_page()

    def _paragraph(self, text: str, style: Style) -> None:
        for line in wrap(text, self._width / style.size * WIDEST_LINE, bold=style.bold):
            self._need(style.size * LEADING)
            self._y += style.size * LEADING
            self._paper.text(self._left, self._y, line, style)

    def _head(
        self, head: list[list[str]], widths: Sequence[float], columns: Sequence[Column]
    ) -> None:
        height = max(map(len, head)) * HEAD.size * LEADING + 1.6 * MM
        above = HEAD.size * LEADING + 0.8 * MM if self._groups else 0.0
        self._need(height + above + 8 * MM)
        self._paper.band(self._left, self._y, self._width, height + above)
        self._spans(widths)
        self._y += above
        self._cells(head, widths, columns, HEAD)
        self._y += height
        self._paper.rule(self._left, self._y, self._width, weight=0.8)

    def _spans(self, widths: Sequence[float]) -> None:
        """The texts above groups of columns, each over a rule as wide as its columns."""
        x, first = self._left, 0
        for text, span in self._groups:
            width = sum(widths[first : first + span])
            if text:
                y = self._y + 0.5 * MM + HEAD.size * LEADING
                self._paper.text(x + GAP / 2, y, fonts.visible(text), HEAD)
                self._paper.rule(x + GAP / 2, y + 0.7 * MM, width - GAP)
            x, first = x + width, first + span

    def _cells(
        self,
        cells: Sequence[Sequence[str]],
        widths: Sequence[float],
        columns: Sequence[Column],
        style: Style,
    ) -> None:
        """The lines of one row side by side, from the present height on."""
        x = self._left
        for lines, width, column in zip(cells, widths, columns, strict=True):
            y = self._y + 0.5 * MM
            for line in lines:
                y += style.size * LEADING
                shift = width - GAP - width_of(line, style) if column.numeric else GAP / 2
                if line:
                    self._paper.text(x + shift, y, line, style)
            x += width

    def _row(
        self,
        row: Sequence[str],
        columns: Sequence[Column],
        widths: Sequence[float],
        head: list[list[str]],
    ) -> None:
        if lacking := fonts.missing("".join(row)):
            self.replaced[row[0]] = lacking
        left = [
            wrap(text, (width - GAP) / CELL.size * WIDEST_LINE)
            for text, width in zip(row, widths, strict=True)
        ]
        leading = CELL.size * LEADING
        while any(left):
            room = int((self._bottom - self._y - ROW_SPACE) / leading)
            tallest = max(map(len, left))
            fresh = self._y < 40 * MM
            if room < tallest and not (fresh and room > 0):
                self._new_page()
                self._head(head, widths, columns)
                continue
            part, left = [c[:room] for c in left], [c[room:] for c in left]
            self._cells(part, widths, columns, CELL)
            self._y += max(map(len, part)) * leading + ROW_SPACE
            self._paper.rule(self._left, self._y, self._width, weight=0.25)
