"""The tabulation by system organ class and preferred term, as far as a loaded dictionary goes.

Source: ICH E2C(R2), section 6.3: MedDRA system organ class, then preferred term.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pv.domain.periodic.tabulation import NONE, Cells, Key, Row


@dataclass(frozen=True, slots=True)
class Term:
    """Where a code stands: its preferred term and the primary system organ class."""

    preferred: str
    organ_class: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A row of the table: a class with the sum of its terms (`term` empty), or a term."""

    organ_class: str
    row: Row
    heading: bool


def by_class(rows: Iterable[Row], places: Mapping[str, Term]) -> list[ClassRow]:
    """Rows of terms under their classes, classes and terms by name; what no dictionary places
    comes last under the empty class, with its code and words. Every event stays counted once."""
    classes: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        place = places.get(row.code)
        organ_class = place.organ_class if place else ""
        term = place.preferred if place else f"{row.code} {row.term}".strip()
        classes.setdefault(organ_class, {}).setdefault(term, []).append(row)
    made: list[ClassRow] = []
    for organ_class in sorted(classes, key=lambda name: (not name, name)):
        terms = classes[organ_class]
        whole = [row for each in terms.values() for row in each]
        made.append(ClassRow(organ_class, _sum("", organ_class, whole), heading=True))
        made += [ClassRow(organ_class, _sum("", t, terms[t]), heading=False) for t in sorted(terms)]
    return made


def _sum(code: str, term: str, rows: Sequence[Row]) -> Row:
    cells: dict[Key, Cells] = {}
    for row in rows:
        for key, more in row.cells.items():
            cells[key] = cells.get(key, NONE) + more
    return Row(code, term, sum(row.wordings for row in rows), cells)
