"""Lines of a quarterly file: clean, mended by a rule that is named, or refused; none is lost.

A record is mended only where one reading is possible: lines that a break inside a field has cut
are joined, two records without a break between them are parted, a separator inside a value is put
back where the other columns allow one place alone. Every line of the file is counted once, as
clean, as part of a mended record, or as refused. The product's own rules, after what readers of
these files have reported.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

DOLLAR, UNIT = b"$", b"\x1f"  # a unit separator parts the columns of a mended file
MOST_JOINED = 20  # lines of one record
MOST_NOTES = 1_000
_KEY = re.compile(rb"\d{4,12}\$")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f]")
_CONTROLS = bytes(n for n in range(32) if n not in (9, 10))
_NUMBER = re.compile(rb"\d*")
_DATE = re.compile(rb"(?:\d{4}(?:\d\d){0,2})?")
_CODE = re.compile(rb"[A-Za-z0-9+]{0,4}")
_AMOUNT = re.compile(rb"-?\d*(?:\.\d*)?")
_FORMS = {
    **dict.fromkeys(
        "primaryid caseid caseversion drug_seq dsg_drug_seq indi_drug_seq val_vbm foll_seq".split(),
        _NUMBER,
    ),
    **dict.fromkeys(
        "event_dt mfr_dt init_fda_dt fda_dt rept_dt start_dt end_dt death_dt".split(), _DATE
    ),
    **dict.fromkeys(
        "i_f_code rept_cod age_cod age_grp sex e_sub wt_cod to_mfr occp_cod role_cod dechal rechal"
        " outc_cod rpsr_cod dur_cod confid".split(),
        _CODE,
    ),
    **dict.fromkeys(["age", "wt"], _AMOUNT),
}


@dataclass(frozen=True, slots=True)
class LineNote:
    """What was done to a record, or why a line was refused; `line` counts from 1, the header."""

    line: int
    what: str
    text: str


@dataclass(slots=True)
class Counts:
    """Lines of a file without its header, and the rows that came of them."""

    lines: int = 0
    clean: int = 0
    mended: int = 0
    refused: int = 0
    rows: int = 0
    what: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Whether every line is counted once."""
        return self.lines == self.clean + self.mended + self.refused


def text_of(line: bytes) -> tuple[bytes, str]:
    """A line in UTF-8 without control characters, and what had to be done ("" for nothing)."""
    done = ""
    if _CONTROL.search(line):
        line, done = _CONTROL.sub(b" ", line.replace(b"\x00", b"").replace(b"\x08", b"")), "control"
    try:
        line.decode()
    except UnicodeDecodeError:
        done = "encoding"
        try:
            line = line.decode("cp1252").encode()
        except UnicodeDecodeError:
            line = line.decode("latin-1").encode()
    return line, done


class Reader:
    """Reads the lines of one file; `columns` are those of its header."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.counts = Counts()
        self.notes: list[LineNote] = []
        self._width = len(columns) - 1  # separators inside a record
        self._forms = tuple(_FORMS.get(name) for name in columns)
        self._next = 2  # number of the next line: the header is line 1
        self._open: list[bytes] = []
        self._first = 0

    def rows(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Rows of whole lines, many in a piece, each with its line end; the last may lack one.

        A block ends at a line end, except the last.
        """
        for block in blocks:
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()
            plain = None if self._open else self._plain(block, lines)
            if plain is not None:
                self.counts.lines += len(lines)
                self.counts.clean += len(lines)
                self.counts.rows += len(lines)
                self._next += len(lines)
                yield plain
                continue
            made = [row for line in lines for row in self._line(line)]
            if made:
                yield b"\n".join(made) + b"\n"
        made = list(self._refuse_open("short"))
        if made:
            yield b"\n".join(made) + b"\n"

    def _plain(self, block: bytes, lines: Sequence[bytes]) -> bytes | None:
        """The block as rows when nothing in it needs a look; None otherwise."""
        if b"\r" in block:
            if block.count(b"\r") != block.count(b"\r\n"):
                return None
            block = block.replace(b"\r\n", b"\n")
            lines = block.split(b"\n")
            if not lines[-1]:
                lines = lines[:-1]
        if len(block.translate(None, _CONTROLS)) != len(block):
            return None
        if not block.isascii():
            try:
                block.decode()
            except UnicodeDecodeError:
                return None
        widths = {line.count(DOLLAR) for line in lines}
        if widths == {self._width}:
            made = block
        elif widths == {self._width + 1} and all(line.endswith(DOLLAR) for line in lines):
            made = (block if block.endswith(b"\n") else block + b"\n").replace(b"$\n", b"\n")
        else:
            return None
        made = made.replace(DOLLAR, UNIT)
        return made if made.endswith(b"\n") else made + b"\n"

    def _line(self, raw: bytes) -> Iterator[bytes]:
        self.counts.lines += 1
        number, self._next = self._next, self._next + 1
        line = raw.rstrip(b"\r")
        if self._open and _KEY.match(line):
            yield from self._refuse_open("short")
        if self._open:
            self._open.append(line)
            yield from self._joined()
            return
        if not line.strip(b"$ \t\x00"):
            self._refuse(number, "blank", line)
            return
        width = line.count(DOLLAR)
        if width < self._width:
            self._open.append(line)
            self._first = number
            return
        yield from self._whole(line, number, 1, "")

    def _joined(self) -> Iterator[bytes]:
        together = b" ".join(self._open)
        width = together.count(DOLLAR)
        if width < self._width and len(self._open) < MOST_JOINED:
            return
        number, count = self._first, len(self._open)
        if width < self._width or width > self._width + 1:
            yield from self._refuse_open("short")
            return
        self._open = []
        yield from self._whole(together, number, count, "joined")

    def _whole(self, line: bytes, number: int, count: int, done: str) -> Iterator[bytes]:
        """The rows of a line with at least as many separators as a record has."""
        line, changed = text_of(line)
        done = done or changed
        closed = line.count(DOLLAR) == self._width + 1 and line.endswith(DOLLAR)
        if closed and self._fits(line[:-1].split(DOLLAR)):
            line = line[:-1]
        if line.count(DOLLAR) == self._width:
            made = [line.replace(DOLLAR, UNIT)]
        else:
            made = self._parted(line)
            if made:
                done = "parted"
            else:
                made = self._separator_inside(line)
                done = "separator"
        if not made:
            for place in range(count):
                self._refuse(number + place, "long", line)
            return
        self.counts.rows += len(made)
        if done:
            self.counts.mended += count
            self.counts.what[done] += 1
            self._note(number, done, line)
        else:
            self.counts.clean += count
        yield from made

    def _parted(self, line: bytes) -> list[bytes]:
        """Two records without a line break between them; empty when it is not that."""
        parts = line.split(DOLLAR)
        width = self._width + 1
        size = len(parts[0])
        if len(parts) == 2 * width + 1 and not parts[-1]:
            parts.pop()  # both records close with a separator
        if len(parts) == 2 * width:
            first, second = parts[:width], parts[width:]
        elif len(parts) == 2 * width - 1:
            shared = parts[width - 1]
            key = shared[-size:]
            if len(key) != size or not key.isdigit():
                return []
            first = [*parts[: width - 1], shared[:-size]]
            second = [key, *parts[width:]]
        else:
            return []
        if not (self._fits(first) and self._fits(second)):
            return []
        return [UNIT.join(first), UNIT.join(second)]

    def _separator_inside(self, line: bytes) -> list[bytes]:
        """The only reading with separators inside one value; empty for none or several."""
        parts = line.split(DOLLAR)
        surplus = len(parts) - len(self.columns)
        found = set()
        for place in range(len(self.columns)):
            if self._forms[place] is not None:
                continue
            inner = DOLLAR.join(parts[place : place + surplus + 1])
            row = [*parts[:place], inner, *parts[place + surplus + 1 :]]
            if self._fits(row):
                found.add(UNIT.join(row))
        return list(found) if len(found) == 1 else []

    def _fits(self, values: Sequence[bytes]) -> bool:
        if not values[0]:
            return False
        return all(
            form is None or form.fullmatch(value) is not None
            for form, value in zip(self._forms, values, strict=True)
        )

    def _refuse_open(self, what: str) -> Iterator[bytes]:
        """Give up on lines that do not become a record; those whole in themselves are kept."""
        waiting, self._open = self._open, []
        for place, line in enumerate(waiting):
            width = line.count(DOLLAR)
            if place and self._width <= width <= self._width + 1 and _KEY.match(line):
                yield from self._whole(line, self._first + place, 1, "")
            else:
                self._refuse(self._first + place, what, line)

    def _refuse(self, number: int, what: str, line: bytes) -> None:
        self.counts.refused += 1
        self.counts.what[f"refused {what}"] += 1
        self._note(number, f"refused {what}", line)

    def _note(self, number: int, what: str, line: bytes) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(LineNote(number, what, line[:120].decode("utf-8", "replace")))
