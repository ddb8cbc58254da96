"""SAS transport files, version 5 (XPT), written row by row and read back.

Format: SAS technical support note TS-140. Texts are UTF-8: the format has no place to say so, the
reviewer's guide does. A text has at most 200 bytes and a label 40; a longer one is never cut inside
a character, and what does not fit goes to the supplemental qualifiers before (`pieces`).
"""

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

LONGEST_TEXT, LONGEST_LABEL, LONGEST_NAME = 200, 40, 8
_LINE = 80
_MISSING = b"." + bytes(7)
_NAMESTR = struct.Struct(">hhhh8s40s8shhh2s8shhl52s")
Value = str | float | int | None
DATE = "DATE"
_FORMATS = {DATE: 9}  # how many places a shown value has
_FIRST_DAY = date(1960, 1, 1)  # day 0 of a date in the format


class WrongTransport(ValueError):
    """What the format cannot hold, or a file that does not read as it was written."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` is the longest text in bytes, 0 for a number; `format` shows a number."""

    name: str
    label: str
    width: int = 0
    format: str = ""

    @property
    def size(self) -> int:
        """Bytes in a row."""
        return self.width or 8


def cut(text: str, size: int) -> str:
    """As much of a text as fits into `size` bytes of UTF-8, whole characters only."""
    return text.encode()[:size].decode(errors="ignore")


def pieces(text: str, size: int = LONGEST_TEXT) -> list[str]:
    """A text in parts of at most `size` bytes that together are the text.

    A part ends at a character, and neither begins nor ends with a space: the format pads with
    them. ValueError for a text with a longer run of spaces than a part holds.
    """
    found: list[str] = []
    rest = text
    while len(rest.encode()) > size:
        part = cut(rest, size)
        while part and (part[-1] == " " or rest[len(part)] == " "):
            part = part[:-1]
        if not part:
            raise ValueError("a run of spaces longer than a value can hold")
        found.append(part)
        rest = rest[len(part) :]
    return [*found, rest]


def days_of(day: str) -> float:
    """A whole date as the format counts it: days since 1960-01-01."""
    return float((date.fromisoformat(day) - _FIRST_DAY).days)


def to_ibm(value: float) -> bytes:
    """A number as the eight bytes of an IBM mainframe. WrongTransport beyond its range."""
    if not math.isfinite(value):
        raise WrongTransport(f"{value} is no number")
    if value == 0:
        return bytes(8)
    mantissa, exponent = math.frexp(abs(value))
    power = -(-exponent // 4)
    if not -64 <= power <= 63:
        raise WrongTransport(f"{value} is out of the range of the format")
    digits = int(mantissa * 2**56) >> (4 * power - exponent)
    return bytes([(0x80 if value < 0 else 0) | (power + 64)]) + digits.to_bytes(7, "big")


def from_ibm(raw: bytes) -> float | None:
    """The number of eight bytes; None for a missing value."""
    if raw[1:] == bytes(7) and raw[0]:
        return None
    power = (raw[0] & 0x7F) - 64
    value = math.ldexp(int.from_bytes(raw[1:], "big"), 4 * power - 56)
    return -value if raw[0] & 0x80 else value


def _field(text: str, size: int) -> bytes:
    raw = text.encode()
    if len(raw) > size:
        raise WrongTransport(f"{text!r} has more than {size} bytes")
    return raw.ljust(size)


def _header(name: str, numbers: str = "0" * 30) -> bytes:
    return _field(f"HEADER RECORD*******{name:<8}HEADER RECORD!!!!!!!{numbers}", _LINE)


def _moment(at: datetime) -> bytes:
    months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
    return f"{at:%d}{months[at.month - 1]}{at:%y}:{at:%H:%M:%S}".encode()


def _namestr(column: Column, number: int, place: int) -> bytes:
    kind = 2 if column.width else 1
    name, label = _field(column.name, LONGEST_NAME), _field(column.label, LONGEST_LABEL)
    blank = b" " * 8
    shown = _field(column.format, LONGEST_NAME)
    places = _FORMATS.get(column.format, 0)
    return _NAMESTR.pack(
        kind,
        0,
        column.size,
        number,
        name,
        label,
        shown,
        places,
        0,
        0,
        bytes(2),
        blank,
        0,
        0,
        place,
        bytes(52),
    )


def _pad(file: BinaryIO, written: int) -> None:
    file.write(b" " * (-written % _LINE))


def write(
    path: Path,
    name: str,
    label: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    made_at: datetime,
) -> int:
    """Write a data set; how many rows. WrongTransport for what the format cannot hold."""
    for column in columns:
        if column.width > LONGEST_TEXT:
            raise WrongTransport(f"{column.name} has texts of more than {LONGEST_TEXT} bytes")
    at = _moment(made_at)
    with path.open("wb") as file:
        file.write(_header("LIBRARY"))
        system = _field("SAS", 8) + _field("SAS", 8) + _field("SASLIB", 8) + _field("9.4", 8)
        file.write((system + _field("", 32) + at).ljust(_LINE) + at.ljust(_LINE))
        file.write(_header("MEMBER", "000000000000000001600000000140"))
        file.write(_header("DSCRPTR"))
        system = _field("SAS", 8) + _field(name, 8) + _field("SASDATA", 8) + _field("9.4", 8)
        file.write((system + _field("", 32) + at).ljust(_LINE))
        file.write(at + _field("", 16) + _field(label, LONGEST_LABEL) + _field("", 8))
        file.write(_header("NAMESTR", f"000000{len(columns):04d}" + "0" * 20))
        place = 0
        for number, column in enumerate(columns, 1):
            file.write(_namestr(column, number, place))
            place += column.size
        _pad(file, len(columns) * _NAMESTR.size)
        file.write(_header("OBS"))
        count = 0
        for row in rows:
            file.write(b"".join(map(_cell, columns, row)))
            count += 1
        _pad(file, count * place)
    return count


def _cell(column: Column, value: Value) -> bytes:
    if column.width:
        if value is not None and (not isinstance(value, str) or value != value.rstrip(" ")):
            raise WrongTransport(f"{column.name}: {value!r} is no text the format keeps")
        return _field(value or "", column.width)
    return _MISSING if value is None else to_ibm(float(value))


def read(path: Path) -> tuple[str, str, list[Column], Iterator[list[Value]]]:
    """Name, label, columns and rows of a file with one data set; as `write` makes them."""
    with path.open("rb") as file:
        head = file.read(8 * _LINE)
        if not head.startswith(_header("LIBRARY")[:48]) or len(head) < 8 * _LINE:
            raise WrongTransport(f"{path.name} is no transport file")
        name = head[5 * _LINE + 8 : 5 * _LINE + 16].decode().rstrip()
        label = head[6 * _LINE + 32 : 6 * _LINE + 72].decode().rstrip()
        count = int(head[7 * _LINE + 54 : 7 * _LINE + 58])
        columns = []
        for _number in range(count):
            found = _NAMESTR.unpack(file.read(_NAMESTR.size))
            width = found[2] if found[0] == 2 else 0
            texts = [found[place].decode().rstrip() for place in (4, 5, 6)]
            columns.append(Column(texts[0], texts[1], width, texts[2]))
        file.read(-(count * _NAMESTR.size) % _LINE + _LINE)
        start = file.tell()
    return name, label, columns, _rows(path, columns, start)


def _rows(path: Path, columns: Sequence[Column], start: int) -> Iterator[list[Value]]:
    size = sum(column.size for column in columns)
    with path.open("rb") as file:
        file.seek(start)
        while len(raw := file.read(size)) == size and raw.strip(b" "):
            row: list[Value] = []
            place = 0
            for column in columns:
                cell = raw[place : place + column.size]
                place += column.size
                if column.width:
                    row.append(cell.decode().rstrip(" ") or None)
                else:
                    row.append(from_ibm(cell))
            yield row
