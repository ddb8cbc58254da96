"""System files of SPSS (.sav), written row by row, with labels of variables and of values.

Format: "System File Format" of the PSPP developers' guide. Compressed byte by byte, so that the
padding of texts costs next to nothing; a text longer than 255 bytes lies in several segments.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

Value = str | float | int | date | datetime | None
_SYSMIS = -1.7976931348623157e308
_EPOCH = date(1582, 10, 14).toordinal()  # the first day of SPSS
_NUMBER, _STRING, _DATE, _MOMENT = (5, 16), (1, 0), (39, 10), (22, 20)  # print format, width
# A segment of a long text holds 255 bytes, but segments are counted as if they held 252.
_SEGMENT, _COUNTED = 255, 252
LONGEST = 32_767
_SPACES, _MISSING, _RAW = 254, 255, 253


@dataclass(frozen=True, slots=True)
class Variable:
    """A column. `width` is the longest text in bytes, 0 for a number or a date."""

    name: str
    label: str = ""
    width: int = 0
    day: bool = False
    moment: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def segments(self) -> list[int]:
        """Widths of the variables the format makes of it; empty for a number."""
        if not self.width:
            return []
        if self.width <= _SEGMENT:
            return [self.width]
        count = -(-self.width // _COUNTED)
        return [_SEGMENT] * (count - 1) + [max(1, self.width - (count - 1) * _COUNTED)]


def cut(text: str, width: int) -> bytes:
    """The text in at most `width` bytes of UTF-8, never in the middle of a character."""
    return text.encode()[:width].decode(errors="ignore").encode()


def _octets(width: int) -> int:
    return -(-width // 8)


def write(
    path: Path,
    variables: Sequence[Variable],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    made_at: datetime,
) -> int:
    """Write a file; the number of rows. ValueError for a name the format does not take."""
    for each in variables:
        if (
            not (each.name.isascii() and each.name.replace("_", "").isalnum())
            or len(each.name) > 64
        ):
            raise ValueError(f"{each.name} is no name of a variable")
    with path.open("wb") as file:
        _head(file, variables, title, made_at)
        for number, each in enumerate(variables):
            _variable(file, number, each)
        _extensions(file, variables)
        file.write(struct.pack("<ii", 999, 0))
        packer = _Packer(file)
        count = 0
        for row in rows:
            for each, value in zip(variables, row, strict=True):
                packer.put(each, value)
            count += 1
        packer.end()
        file.seek(80)
        file.write(struct.pack("<i", count))
    return count


def _head(file: BinaryIO, variables: Sequence[Variable], title: str, made_at: datetime) -> None:
    size = sum(sum(_octets(w) for w in v.segments) or 1 for v in variables)
    file.write(b"$FL2" + b"@(#) SPSS DATA FILE Everwatch".ljust(60))
    file.write(struct.pack("<iiiiid", 2, size, 1, 0, -1, 100.0))
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    day = f"{made_at.day:02d} {months[made_at.month - 1]} {made_at.year % 100:02d}"
    file.write(day.encode() + made_at.strftime("%H:%M:%S").encode())
    file.write(cut(title, 64).ljust(64) + b"\0\0\0")


def _short(number: int, segment: int = 0) -> bytes:
    """The name of eight signs every variable has beside its own."""
    return f"V{number:04d}{segment:03d}".encode() if segment else f"V{number:04d}".encode()


def _variable(file: BinaryIO, number: int, each: Variable) -> None:
    kind, width = (
        _DATE if each.day else _MOMENT if each.moment else _STRING if each.width else _NUMBER
    )
    decimals = 6 if kind == _NUMBER[0] else 0
    for segment, octets in enumerate(each.segments or [0]):
        shown = octets or width
        form = (kind << 16) | (min(shown, 255) << 8) | decimals
        label = cut(each.label, 252) if segment == 0 else b""
        file.write(struct.pack("<iiiiii", 2, octets, 1 if label else 0, 0, form, form))
        file.write(_short(number, segment).ljust(8))
        if label:
            file.write(struct.pack("<i", len(label)) + label.ljust(4 * -(-len(label) // 4)))
        for _more in range(_octets(octets) - 1):
            file.write(struct.pack("<iiiiii", 2, -1, 0, 0, 0, 0) + b" " * 8)


def _extension(file: BinaryIO, kind: int, size: int, content: bytes) -> None:
    file.write(struct.pack("<iiii", 7, kind, size, len(content) // size) + content)


def _extensions(file: BinaryIO, variables: Sequence[Variable]) -> None:
    _extension(file, 3, 4, struct.pack("<8i", 20, 0, 0, -1, 1, 1, 2, 65001))
    _extension(file, 4, 8, struct.pack("<3d", _SYSMIS, -_SYSMIS, -1.7976931348623155e308))
    names = [_short(n) + b"=" + v.name.encode() for n, v in enumerate(variables)]
    _extension(file, 13, 1, b"\t".join(names))
    long = [
        _short(n) + f"={v.width:05d}".encode() + b"\0\t"
        for n, v in enumerate(variables)
        if v.width > _SEGMENT
    ]
    if long:
        _extension(file, 14, 1, b"".join(long))
    _extension(file, 20, 1, b"UTF-8")
    labels = b"".join(_labels(n, v) for n, v in enumerate(variables) if v.labels and v.width > 8)
    if labels:
        _extension(file, 21, 1, labels)
    place = 1
    for each in variables:
        if each.labels and 0 < each.width <= 8:
            file.write(struct.pack("<ii", 3, len(each.labels)))
            for code, label in each.labels.items():
                text = cut(label, 60)
                file.write(cut(code, 8).ljust(8))
                file.write((bytes([len(text)]) + text).ljust(8 * -(-(len(text) + 1) // 8)))
            file.write(struct.pack("<iii", 4, 1, place))
        place += sum(_octets(w) for w in each.segments) or 1


def _labels(number: int, each: Variable) -> bytes:
    """The value labels of a text longer than eight bytes."""
    name, width = each.name.encode(), min(each.width, _SEGMENT)
    parts = [struct.pack("<i", len(name)), name, struct.pack("<ii", each.width, len(each.labels))]
    for code, label in each.labels.items():
        value, text = cut(code, width).ljust(width), cut(label, 120)
        parts += [struct.pack("<i", len(value)), value, struct.pack("<i", len(text)), text]
    return b"".join(parts)


class _Packer:
    """Eight bytes at a time: a command each, eight commands together, then what they need."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._commands = bytearray()
        self._raw = bytearray()

    def put(self, each: Variable, value: Value) -> None:
        """One value of a row."""
        if each.width:
            for octet in _text(each, value):
                if octet == b"        ":
                    self._add(_SPACES)
                else:
                    self._add(_RAW, octet)
            return
        if value is None or value == "":
            self._add(_MISSING)
            return
        number = _number(value)
        if number.is_integer() and -99 <= number <= 151:
            self._add(int(number) + 100)
        else:
            self._add(_RAW, struct.pack("<d", number))

    def _add(self, command: int, raw: bytes = b"") -> None:
        self._commands.append(command)
        self._raw += raw
        if len(self._commands) == 8:
            self._file.write(self._commands + self._raw)
            self._commands.clear()
            self._raw.clear()

    def end(self) -> None:
        """Fill the last eight commands with nothing."""
        if self._commands:
            self._file.write(bytes(self._commands).ljust(8, b"\0") + self._raw)


def _text(each: Variable, value: Value) -> Iterator[bytes]:
    rest = cut("" if value is None else str(value), each.width)
    for width in each.segments:
        piece, rest = rest[:width].ljust(8 * _octets(width)), rest[width:]
        for start in range(0, len(piece), 8):
            yield piece[start : start + 8]


def _number(value: Value) -> float:
    """A number, or the seconds of a day since the calendar of SPSS began."""
    if isinstance(value, date):
        seconds = (value.toordinal() - _EPOCH) * 86_400
        if isinstance(value, datetime):
            seconds += value.hour * 3600 + value.minute * 60 + value.second
        return float(seconds)
    return float(value or 0)
