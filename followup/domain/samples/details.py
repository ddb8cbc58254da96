"""What a molecular report says beyond one number: integration sites, variants, markers.

Source: domain 3.5.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

MOST_LINES = 500
_PLACE = re.compile(r"(?:chr)?([0-9]{1,2}|X|Y|M)[:\t ,]+([0-9,]+)", re.IGNORECASE | re.ASCII)
_MARKER = re.compile(r"([A-Za-z0-9]+)\s*([+-])")
_CHANGED = {"changed": True, "yes": True, "是": True, "unchanged": False, "no": False, "否": False}


class DetailProblem(StrEnum):
    """Why a line of a report cannot be read."""

    COLUMNS = "columns"
    PLACE = "place"
    STRAND = "strand"
    PERCENT = "percent"
    DISTANCE = "distance"
    MARKER = "marker"
    TOO_MANY = "too_many"


class DetailError(ValueError):
    """One unreadable line; `line` counts from 1."""

    def __init__(self, code: DetailProblem, line: int) -> None:
        super().__init__(f"line {line}: {code.value}")
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class InsertionSite:
    """One integration site: place on the genome, share in percent, nearest cancer gene.

    `distance_bp` base pairs to that gene, 0 inside it; None and empty mean: not reported.
    """

    chromosome: str
    position: int
    strand: str
    gene: str
    percent: Decimal | None
    distance_bp: int | None
    expression_changed: bool | None


@dataclass(frozen=True, slots=True)
class Variant:
    """One somatic variant: gene, change as reported, allele fraction in percent."""

    gene: str
    change: str
    percent: Decimal | None


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Numbered non-empty lines as cells; tab from a spreadsheet, else comma or semicolon."""
    folded = unicodedata.normalize("NFKC", text).replace("、", ",")
    rows = []
    for number, line in enumerate(folded.splitlines(), 1):
        if line.strip():
            cells = line.split("\t") if "\t" in line else re.split(r"[,;]", line)
            rows.append((number, [cell.strip() for cell in cells]))
    if len(rows) > MOST_LINES:
        raise DetailError(DetailProblem.TOO_MANY, MOST_LINES + 1)
    return rows


def _percent(text: str, line: int) -> Decimal | None:
    if not text:
        return None
    try:
        share = Decimal(text.rstrip("% "))
    except InvalidOperation as error:
        raise DetailError(DetailProblem.PERCENT, line) from error
    if not (share.is_finite() and 0 < share <= 100):
        raise DetailError(DetailProblem.PERCENT, line)
    return share


def read_sites(text: str) -> tuple[InsertionSite, ...]:
    """Integration sites, one per line: `chr17:7675000, +, TP53, 35, 1200, changed`.

    Columns: place, strand, nearest cancer gene, share in percent, distance in base pairs, whether
    its expression changed. Columns after the strand may be empty. DetailError names the line.
    """
    return tuple(_site(cells, number) for number, cells in _lines(text))


def _site(cells: list[str], line: int) -> InsertionSite:
    if not 2 <= len(cells) <= 6:
        raise DetailError(DetailProblem.COLUMNS, line)
    place, strand, gene, percent, distance, changed = cells + [""] * (6 - len(cells))
    found = _PLACE.fullmatch(place)
    if found is None:
        raise DetailError(DetailProblem.PLACE, line)
    if strand not in ("+", "-"):
        raise DetailError(DetailProblem.STRAND, line)
    if distance and not re.fullmatch(r"-?[0-9]+", distance, re.ASCII):
        raise DetailError(DetailProblem.DISTANCE, line)
    if changed and changed.lower() not in _CHANGED:
        raise DetailError(DetailProblem.COLUMNS, line)
    return InsertionSite(
        f"chr{found[1].upper()}",
        int(found[2].replace(",", "")),
        strand,
        gene,
        _percent(percent, line),
        int(distance) if distance else None,
        _CHANGED.get(changed.lower()),
    )


def read_variants(text: str) -> tuple[Variant, ...]:
    """Somatic variants, one per line: `TET2, p.R1261H, 38`. DetailError names the line."""
    found = []
    for number, cells in _lines(text):
        if not 1 <= len(cells) <= 3 or not cells[0]:
            raise DetailError(DetailProblem.COLUMNS, number)
        gene, change, percent = cells + [""] * (3 - len(cells))
        found.append(Variant(gene, change, _percent(percent, number)))
    return tuple(found)


def read_markers(text: str) -> Mapping[str, bool]:
    """Markers with their sign: `CD3+ CD4+ CD8-`. DetailError for what is no marker."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-")
    left = _MARKER.sub("", folded)
    if left.strip(" ,;/、\n\r\t"):
        raise DetailError(DetailProblem.MARKER, 1)
    return {found[1]: found[2] == "+" for found in _MARKER.finditer(folded)}
