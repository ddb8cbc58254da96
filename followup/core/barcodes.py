"""Codes a scanner reads, as the path of a vector drawing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from pystrich import datamatrix as symbology
else:
    symbology = lazy("pystrich.datamatrix")

QUIET = 1  # modules of white around a DataMatrix, which ISO/IEC 16022 asks for


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square code: its width in modules with the quiet zone, and its dark modules as a path."""

    modules: int
    path: str


def datamatrix(text: str) -> Symbol:
    """The DataMatrix (ECC 200) of a short ASCII text; ValueError for any other text.

    Drawn as vectors, so that the size on paper decides the resolution and not the other way.
    """
    if not text or not text.isascii():
        raise ValueError("a label carries plain ASCII")
    marks = symbology.DataMatrixEncoder(text, quiet_zone=QUIET).get_rect_marks()
    runs = (f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in marks.marks)
    return Symbol(int(marks.width), "".join(runs))
