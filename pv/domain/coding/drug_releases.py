"""A drug dictionary as a customer of WHODrug has it: the B3 or the C3 files, read whole.

Source: WHODrug Global B3 and C3 file formats (Uppsala Monitoring Centre): fixed widths in .txt,
the same columns in .csv. Every code is checked, so that shifted columns refuse the release.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_FAULTS = 20
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")
_MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?")
# Widths up to the last column that is read; the rest of a line is left.
_DD = (6, 2, 3, 1, 1, 2, 4, 3, 5, 2, 1, 3, 1500)
_DDA = (6, 2, 3, 1, 3, 7)
_MP = (10, 35, 6, 2, 3, 10, 10, 1, 1500, 30, 30, 8, 8, 10)
_THG = (10, 10, 8, 1, 10)
_ING = (10, 8, 10, 15, 15, 10, 10, 10)
_SUN = (10, 10, 10, 250)


class DrugFormat(StrEnum):
    """Which files a customer has."""

    B3 = "B3"
    C3 = "C3"


class DrugProblem(StrEnum):
    """Why a release is not loaded."""

    FILE_MISSING = "file_missing"
    NOT_READABLE = "not_readable"
    CODE = "code"
    NAME = "name"
    TWICE = "twice"
    ATC = "atc"
    NO_DRUG = "no_drug"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class DrugFault:
    """One place that does not hold together; line 0 is the whole file."""

    file: str
    line: int
    problem: DrugProblem
    text: str = ""


@dataclass(frozen=True, slots=True)
class DrugName:
    """One name of the dictionary. `code` is record number and both sequence numbers, 11 digits.

    `identifier` is the identifier of the medicinal product (C3), else empty. The preferred name of
    a record is that with the sequence numbers 01 and 001.
    """

    code: str
    name: str
    identifier: str
    generic: bool
    country: str
    atc: tuple[str, ...]
    substances: tuple[str, ...]

    @property
    def preferred(self) -> bool:
        """Whether it is the preferred name of its record."""
        return self.code[6:] == "01001"


@dataclass(frozen=True, slots=True)
class DrugRelease:
    """A release: its format, version ("2026-09-01") and names."""

    form: DrugFormat
    version: str
    names: tuple[DrugName, ...]
    faults: tuple[DrugFault, ...]


def read_drug_release(files: Mapping[str, bytes], *, version: str) -> DrugRelease:
    """Read the files of a release by name in lower case, .txt or .csv.

    `version` is the month or day of the release (2026-09, 2026-09-01). A release with a fault is
    not to be loaded in part.
    """
    form = DrugFormat.C3 if {"mp.txt", "mp.csv"} & files.keys() else DrugFormat.B3
    reader = _Reader(files)
    if not _MONTH.fullmatch(version):
        reader.fault("", 0, DrugProblem.VERSION, version)
    names = reader.products() if form is DrugFormat.C3 else reader.records()
    if not names and not reader.faults:
        reader.fault("", 0, DrugProblem.NO_DRUG)
    return DrugRelease(form, version, names, tuple(reader.faults[:MOST_FAULTS]))


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of one line, with where it stands."""

    file: str
    line: int
    cells: list[str]


class _Reader:
    """Collects faults while it reads; stops collecting at `MOST_FAULTS`."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.faults: list[DrugFault] = []

    def fault(self, file: str, line: int, problem: DrugProblem, text: str = "") -> None:
        """Keep one fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(DrugFault(file, line, problem, text[:100]))

    def _rows(self, stem: str, widths: Sequence[int], *, needed: bool) -> Iterator[_Row]:
        name = next(
            (f"{stem}{end}" for end in (".txt", ".csv") if f"{stem}{end}" in self._files), ""
        )
        if not name:
            if needed:
                self.fault(f"{stem}.txt", 0, DrugProblem.FILE_MISSING)
            return
        try:
            text = self._files[name].decode("utf-8-sig")
        except UnicodeDecodeError:
            self.fault(name, 0, DrugProblem.NOT_READABLE)
            return
        if name.endswith(".csv"):
            lines = self._separated(name, text)
        else:
            plain = enumerate(text.split("\n"), 1)
            lines = ((_cut(line.rstrip("\r"), widths), n) for n, line in plain if line.strip())
        for cells, number in lines:
            padded = [cell.strip() for cell in cells] + [""] * len(widths)
            yield _Row(name, number, padded[: len(widths)])

    def _separated(self, name: str, text: str) -> Iterator[tuple[list[str], int]]:
        reader = csv.reader(io.StringIO(text, newline=""))  # a bare CR ends a line as well
        try:
            for number, cells in enumerate(reader, 1):
                if cells:
                    yield cells, number
        except csv.Error:
            self.fault(name, reader.line_num + 1, DrugProblem.NOT_READABLE)

    def _code(self, row: _Row, *cells: int) -> str:
        code = "".join(row.cells[cell] for cell in cells)
        if len(code) == 11 and code.isascii() and code.isdigit():
            return code
        self.fault(row.file, row.line, DrugProblem.CODE, code)
        return ""

    def _atc(self, row: _Row, cell: int) -> str:
        code = row.cells[cell]
        if not code or _ATC.fullmatch(code):
            return code
        self.fault(row.file, row.line, DrugProblem.ATC, code)
        return ""

    def records(self) -> tuple[DrugName, ...]:
        """B3: DD with the ATC codes of DDA."""
        atc: dict[str, list[str]] = {}
        for row in self._rows("dda", _DDA, needed=False):
            code, group = self._code(row, 0, 1, 2), self._atc(row, 5)
            if code and group:
                atc.setdefault(code[:8], []).append(group)
        names: dict[tuple[str, str], DrugName] = {}
        for row in self._rows("dd", _DD, needed=True):
            code, name = self._code(row, 0, 1, 2), row.cells[12]
            if not code:
                continue
            if not name:
                self.fault(row.file, row.line, DrugProblem.NAME, code)
                continue
            groups = tuple(dict.fromkeys(atc.get(code[:8], ())))
            names.setdefault(
                (code, name), DrugName(code, name, "", False, row.cells[7], groups, ())
            )
        return tuple(names.values())

    def products(self) -> tuple[DrugName, ...]:
        """C3: MP with the ATC codes of THG and the substances of ING and SUN."""
        substances = {row.cells[0]: row.cells[3] for row in self._rows("sun", _SUN, needed=False)}
        of_product: dict[str, list[str]] = {}
        for row in self._rows("ing", _ING, needed=False):
            named = substances.get(row.cells[2], "")
            if named:
                of_product.setdefault(row.cells[7], []).append(named)
        atc: dict[str, list[str]] = {}
        for row in self._rows("thg", _THG, needed=False):
            group = self._atc(row, 1)
            if group:
                atc.setdefault(row.cells[4], []).append(group)
        names: dict[str, DrugName] = {}
        for row in self._rows("mp", _MP, needed=True):
            code, name, key = self._code(row, 2, 3, 4), row.cells[8], row.cells[0]
            if not code:
                continue
            if not name or not key:
                self.fault(row.file, row.line, DrugProblem.NAME, code)
            elif key in names:
                self.fault(row.file, row.line, DrugProblem.TWICE, key)
            else:
                names[key] = DrugName(
                    code,
                    name,
                    key,
                    row.cells[7] == "Y",
                    row.cells[13],
                    tuple(dict.fromkeys(atc.get(key, ()))),
                    tuple(dict.fromkeys(of_product.get(key, ()))),
                )
        return tuple(names.values())


def _cut(line: str, widths: Sequence[int]) -> list[str]:
    cells, at = [], 0
    for width in widths:
        cells.append(line[at : at + width])
        at += width
    return cells
