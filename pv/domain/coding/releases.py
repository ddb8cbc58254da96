"""A dictionary release as its publisher delivers it: the files of a MedAscii folder, read whole.

Source: MedDRA distribution file format document (MSSO): fields between `$`, one `$` at the end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

LLT, PT, HIERARCHY, RELEASE = "llt.asc", "pt.asc", "mdhier.asc", "meddra_release.asc"
MOST_FAULTS = 20
_LLT_FIELDS, _PT_FIELDS, _HIERARCHY_FIELDS = 11, 11, 12
_CURRENT, _PRIMARY = 9, 11
_CODE_DIGITS = 8
# The names a release gives its language, and the files before Unicode.
_LANGUAGES = {"english": "en", "chinese": "zh", "simplified chinese": "zh"}
_OLD_CHARSETS = {"en": "cp1252", "zh": "gb18030"}


class ReleaseProblem(StrEnum):
    """Why a release is not loaded."""

    FILE_MISSING = "file_missing"
    NOT_READABLE = "not_readable"
    FIELDS = "fields"
    CODE = "code"
    NAME = "name"
    TWICE = "twice"
    NO_PT = "no_pt"
    NO_PRIMARY = "no_primary"
    FLAG = "flag"
    VERSION = "version"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class ReleaseFault:
    """One place that does not hold together; line 0 is the whole file."""

    file: str
    line: int
    problem: ReleaseProblem
    text: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One lowest level term; a preferred term is the one whose code is its own `pt_code`."""

    code: int
    name: str
    pt_code: int
    current: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """One path of a preferred term upwards; exactly one of its paths is primary."""

    pt_code: int
    hlt_code: int
    hlt_name: str
    hlgt_code: int
    hlgt_name: str
    soc_code: int
    soc_name: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Release:
    """A release in one language: what it calls itself, its terms and their places."""

    version: str
    language: str
    terms: tuple[Term, ...]
    placements: tuple[Placement, ...]
    faults: tuple[ReleaseFault, ...]


def version_key(version: str) -> tuple[int, ...]:
    """Order of versions: 9.1 before 28.0. ValueError for a text that is no version."""
    return tuple(int(part) for part in version.split("."))


def read_release(files: Mapping[str, bytes], *, version: str = "", language: str = "") -> Release:
    """Read the files of a release by name; `faults` says what stands against loading it.

    `version` ("28.1") and `language` ("en" or "zh") are those of the release's own file; given
    here as well they must agree. A release with a fault is not to be loaded in part: a dictionary
    with holes answers "no such code" for a code that exists.
    """
    faults = [
        ReleaseFault(name, 0, ReleaseProblem.FILE_MISSING)
        for name in (LLT, PT, HIERARCHY)
        if name not in files
    ]
    if not files:
        return Release(version, language, (), (), tuple(faults))
    version, language, said = _named(files, version, language)
    faults += said
    if faults:
        return Release(version, language, (), (), tuple(faults))
    reader = _Reader(files, _OLD_CHARSETS[language])
    preferred = reader.preferred()
    terms = reader.terms(preferred)
    placements = reader.placements(preferred)
    return Release(version, language, terms, placements, tuple(reader.faults[:MOST_FAULTS]))


def _named(
    files: Mapping[str, bytes], version: str, language: str
) -> tuple[str, str, list[ReleaseFault]]:
    fields = files.get(RELEASE, b"").decode("utf-8", "replace").split("\n")[0].split("$")
    own_version = fields[0].strip().lstrip("\ufeff")
    own_language = _LANGUAGES.get(fields[1].strip().lower(), "") if len(fields) > 1 else ""
    faults = []
    if version and own_version and version != own_version:
        faults.append(ReleaseFault(RELEASE, 1, ReleaseProblem.VERSION, own_version))
    if language and own_language and language != own_language:
        faults.append(ReleaseFault(RELEASE, 1, ReleaseProblem.LANGUAGE, own_language))
    version, language = version or own_version, language or own_language
    parts = version.split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        faults.append(ReleaseFault(RELEASE, 1, ReleaseProblem.VERSION, version))
    if language not in _OLD_CHARSETS:
        faults.append(ReleaseFault(RELEASE, 1, ReleaseProblem.LANGUAGE, language))
    return version, language, faults


class _Reader:
    """Collects faults while it reads; stops collecting at `MOST_FAULTS`."""

    def __init__(self, files: Mapping[str, bytes], old_charset: str) -> None:
        self._files, self._old = files, old_charset
        self.faults: list[ReleaseFault] = []

    def _fault(self, file: str, line: int, problem: ReleaseProblem, text: str = "") -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(ReleaseFault(file, line, problem, text[:100]))

    def _rows(self, file: str, fields: int) -> Iterator[tuple[int, list[str]]]:
        content = self._files[file]
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = content.decode(self._old)
            except UnicodeDecodeError:
                self._fault(file, 0, ReleaseProblem.NOT_READABLE)
                return
        for number, line in enumerate(text.split("\n"), 1):
            line = line.rstrip("\r")
            if not line.strip():
                continue
            row = line.split("$")
            if len(row) < fields:
                self._fault(file, number, ReleaseProblem.FIELDS, line)
                continue
            yield number, [cell.strip() for cell in row]

    def _code(self, file: str, number: int, text: str) -> int | None:
        if len(text) == _CODE_DIGITS and text.isascii() and text.isdigit():
            return int(text)
        self._fault(file, number, ReleaseProblem.CODE, text)
        return None

    def preferred(self) -> dict[int, str]:
        """Names of the preferred terms by code."""
        names: dict[int, str] = {}
        for number, row in self._rows(PT, _PT_FIELDS):
            code = self._code(PT, number, row[0])
            if code is None:
                continue
            if code in names:
                self._fault(PT, number, ReleaseProblem.TWICE, row[0])
            elif not row[1]:
                self._fault(PT, number, ReleaseProblem.NAME, row[0])
            names[code] = row[1]
        return names

    def terms(self, preferred: Mapping[int, str]) -> tuple[Term, ...]:
        """Every lowest level term; each preferred term is one of them."""
        terms: dict[int, Term] = {}
        for number, row in self._rows(LLT, _LLT_FIELDS):
            code = self._code(LLT, number, row[0])
            above = self._code(LLT, number, row[2])
            if code is None or above is None:
                continue
            if code in terms:
                self._fault(LLT, number, ReleaseProblem.TWICE, row[0])
            elif not row[1]:
                self._fault(LLT, number, ReleaseProblem.NAME, row[0])
            elif above not in preferred:
                self._fault(LLT, number, ReleaseProblem.NO_PT, row[2])
            elif row[_CURRENT] not in ("Y", "N"):
                self._fault(LLT, number, ReleaseProblem.FLAG, row[_CURRENT])
            else:
                terms[code] = Term(code, row[1], above, row[_CURRENT] == "Y")
        for code in preferred.keys() - terms.keys():
            self._fault(PT, 0, ReleaseProblem.NO_PT, str(code))
        return tuple(terms.values())

    def placements(self, preferred: Mapping[int, str]) -> tuple[Placement, ...]:
        """Every path of a preferred term; one of each is primary."""
        places: list[Placement] = []
        primary: dict[int, int] = {}
        for number, row in self._rows(HIERARCHY, _HIERARCHY_FIELDS):
            codes = [self._code(HIERARCHY, number, text) for text in row[:4]]
            if None in codes:
                continue
            if row[_PRIMARY] not in ("Y", "N"):
                self._fault(HIERARCHY, number, ReleaseProblem.FLAG, row[_PRIMARY])
                continue
            pt, hlt, hlgt, soc = (code or 0 for code in codes)
            if pt not in preferred:
                self._fault(HIERARCHY, number, ReleaseProblem.NO_PT, row[0])
                continue
            primary[pt] = primary.get(pt, 0) + (row[_PRIMARY] == "Y")
            places.append(
                Placement(pt, hlt, row[5], hlgt, row[6], soc, row[7], row[_PRIMARY] == "Y")
            )
        for code in preferred:
            if primary.get(code) != 1:
                self._fault(HIERARCHY, 0, ReleaseProblem.NO_PRIMARY, str(code))
        return tuple(places)
