"""What a report is made of, whatever file it becomes: headings, texts, facts, tables.

The product's own rule: every writer (PDF, Word) takes the same blocks, so that no two files can
disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading; levels 1 and 2 are listed in the contents."""

    number: str
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text, one paragraph to a line. `note` is a remark on what is shown."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class FactList:
    """Labels with their values."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `groups` stand above its headings (text and how many columns it spans), `shares`
    are the widths against each other, `numeric` says from which column on there are figures."""

    title: str
    headings: Cells
    rows: Sequence[Cells]
    note: str = ""
    shares: Sequence[float] = ()
    groups: Sequence[tuple[str, int]] = ()
    numeric: int = 0
    """First column of figures; 0: none."""


Block = Heading | Paragraph | FactList | Grid
