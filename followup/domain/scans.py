"""What a scanner typed: ISBT 128, GS1, Chinese drug codes and numbers of our own, told apart.

Scanners write their symbology in front, separators of their own, and pass through whatever input
method is on; all of that is taken off first. A check character that does not fit is a problem, and
nothing is repaired beyond what the input method did.

What a product code of ISBT 128 stands for is a licensed table, which a site may load
(`product_codes`).

Source: ISBT 128 Standard ST-001 (data structures 001, 003, 004, 005, 023, 035 and 040, ISO/IEC 7064
mod 37-2); GS1 General Specifications, chapter 3; NMPA drug traceability code of 20 digits.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

GROUP = "\x1d"
_AIM = re.compile(r"\](?:C[0-9]|d[0-9]|Q[0-9]|J[0-9]|E[0-9]|e[0-9])")
_IME = str.maketrans(
    {
        "《": "<",
        "》": ">",
        "。": ".",
        "、": "\\",
        "￥": "$",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "【": "[",
        "】": "]",
        "「": "{",
        "」": "}",
        "·": "`",
    }
)
_AROUND = "".join(map(chr, range(0x20))).replace(GROUP, "") + " \x7f"  # frames of serial scanners
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_DIN = re.compile(r"=?([A-NP-Z1-9][0-9]{4}[0-9]{2}[0-9]{6})([0-9]{2})?")
_TYPED_DIN = re.compile(r"([A-NP-Z1-9][0-9]{4})[ -]?([0-9]{2})[ -]?([0-9]{6})[ -]?([0-9A-Z*])")
_BARE_DIN = re.compile(r"[A-NP-Z][0-9]{12}")  # with a digit in front it may be another number
_COI = re.compile(r"(?:&/)?(CH[A-NP-Z1-9][A-Z0-9]{4}[0-9]{2}[A-Z0-9]{6})")
_COMPOUND = re.compile(r"=\+[0-9]{5}")  # how many structures follow, and under which number
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "13": 6, "15": 6, "17": 6}
_OPEN = {"10": 20, "21": 20, "22": 20, "240": 30, "241": 30, "7007": 12, "8008": 12}


class ScanKind(StrEnum):
    """What a part of a scan is."""

    DONATION = "donation"
    CHAIN_OF_IDENTITY = "chain_of_identity"
    PRODUCT_CODE = "product_code"
    TRADE_ITEM = "trade_item"
    LOT = "lot"
    SERIAL = "serial"
    EXPIRY = "expiry"
    DRUG_CODE = "drug_code"
    OTHER = "other"


class ScanProblem(StrEnum):
    """Why a scan cannot be taken as it stands."""

    CHECK = "check"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a scan says."""

    kind: ScanKind
    value: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan read: its text without what scanner and input method added, and its parts."""

    text: str
    parts: tuple[Part, ...]
    problem: ScanProblem | None = None

    def value(self, kind: ScanKind) -> str:
        """What the scan says of a kind; empty for nothing."""
        return next((part.value for part in self.parts if part.kind is kind), "")


# Structures that may stand one behind the other, in one symbol or put together by the scanner.
_STRUCTURES: tuple[tuple[re.Pattern[str], ScanKind | None], ...] = (
    (re.compile(r"&,1([A-Z0-9]{18})"), ScanKind.LOT),
    (re.compile(r"=<([A-Z][A-Z0-9]{6}[a-zA-Z0-9])"), ScanKind.PRODUCT_CODE),
    (re.compile(r"&/(CH[A-NP-Z1-9][A-Z0-9]{4}[0-9]{2}[A-Z0-9]{6})"), ScanKind.CHAIN_OF_IDENTITY),
    (re.compile(r"=>([0-9]{6})"), ScanKind.EXPIRY),
    (re.compile(r"&>([0-9]{6})(?:[01][0-9]|2[0-3])[0-5][0-9]"), ScanKind.EXPIRY),
    (re.compile(r"=([A-NP-Z1-9][0-9]{12})([0-9]{2})"), ScanKind.DONATION),
    # Any other structure (blood groups, collection, divisions): it finds nobody and hides nothing.
    (re.compile(r"[=&][^A-Za-z0-9=&<>/]([A-Za-z0-9+ :-]+)(?=[=&]|$)"), None),
    (re.compile(r"=/([A-Za-z0-9]{16})"), None),
)
_GS1 = {
    "01": ScanKind.TRADE_ITEM,
    "10": ScanKind.LOT,
    "17": ScanKind.EXPIRY,
    "21": ScanKind.SERIAL,
}


def clean(text: str) -> str:
    """The text without symbology, line ends and what a Chinese input method made of its signs."""
    plain = text.replace("……", "^").replace("——", "_").translate(_IME)
    plain = unicodedata.normalize("NFKC", plain).strip(_AROUND)
    return _AIM.sub("", plain, count=1) if _AIM.match(plain) else plain


def check_character(number: str) -> str:
    """ISO/IEC 7064 mod 37-2 of a donation number of 13 characters; ValueError for other signs."""
    total = 0
    for sign in number:
        total = (total + _SIGNS.index(sign)) * 2 % 37
    return _SIGNS[(38 - total) % 37]


def read(text: str) -> Scan:
    """What a scan says; a text that is none of the known codes is one part of its own."""
    plain = clean(text)
    # A reader without AIM prefixes, such as a telephone's, hands on the first FNC1 as a separator.
    gs1 = plain.startswith(GROUP) or re.match(r"\s*\](?:C1|d2|Q3|e0|J1)", text) is not None
    if found := _COI.fullmatch(plain.upper()):
        return Scan(plain, (Part(ScanKind.CHAIN_OF_IDENTITY, found[1]),))
    if found := _TYPED_DIN.fullmatch(plain.upper()):
        number = found[1] + found[2] + found[3]
        wrong = None if check_character(number) == found[4] else ScanProblem.CHECK
        return Scan(plain, (Part(ScanKind.DONATION, number),), wrong)
    if _BARE_DIN.fullmatch(plain.upper()):
        return Scan(plain, (Part(ScanKind.DONATION, plain.upper()),))
    if plain.startswith("=") and (found := _DIN.fullmatch(plain)):
        return Scan(plain, (Part(ScanKind.DONATION, found[1]),), _flagged(found[1], found[2] or ""))
    if plain.startswith(("=", "&")) and (isbt := _isbt(plain)):
        return isbt
    if re.fullmatch(r"8\d{19}", plain, re.ASCII):
        return Scan(plain, (Part(ScanKind.DRUG_CODE, plain),))
    if gs1 or re.match(r"\(\d{2,4}\)|01\d{14}(?:1[017]|21)", plain, re.ASCII):
        return _gs1(plain)
    return Scan(plain, (Part(ScanKind.OTHER, plain),))


def _isbt(plain: str) -> Scan | None:
    """Structures of ISBT 128 one behind the other; None when none of them says anything here."""
    rest, parts, problem = _COMPOUND.sub("", plain, count=1), [], None
    while rest:
        found, kind = next(
            ((found, kind) for shape, kind in _STRUCTURES if (found := shape.match(rest))),
            (None, None),
        )
        if found is None:
            return None
        rest = rest[found.end() :]
        value = found[1]
        if kind is ScanKind.DONATION:
            problem = problem or _flagged(value, found[2])
        if kind is ScanKind.EXPIRY:
            value = _day(value)
            problem = problem or (None if value else ScanProblem.INCOMPLETE)
        if kind is ScanKind.LOT:
            value = value.lstrip("0")  # filled up to its length
        if kind is not None and value:
            parts.append(Part(kind, value))
    return Scan(plain, tuple(parts), problem) if parts or problem else None


def _day(text: str) -> str:
    """A day of ISBT 128 (century, year, day of the year) as GS1 writes it; empty for none."""
    year = 1900 + int(text[1:3]) if text[0] == "9" else 2000 + int(text[:3])
    first = date(year, 1, 1)
    day = first + timedelta(days=int(text[3:]) - 1)
    return f"{day:%y%m%d}" if day.year == year else ""


def _flagged(number: str, flag: str) -> ScanProblem | None:
    """Flags 60 to 96 are 60 and the check value of the number (ST-001, type 3 flags)."""
    if not flag.isdigit() or not 60 <= int(flag) <= 96:
        return None
    fits = _SIGNS.index(check_character(number)) == int(flag) - 60
    return None if fits else ScanProblem.CHECK


def _gs1(plain: str) -> Scan:
    """Element strings, in brackets or bare; without a separator an open one takes the rest."""
    rest = re.sub(r"\((\d{2,4})\)", rf"{GROUP}\1", plain).lstrip(GROUP)
    parts: list[Part] = []
    while rest:
        code = _identifier(rest)
        if not code:
            return Scan(plain, tuple(parts), ScanProblem.INCOMPLETE)
        value, rest = _element(rest[len(code) :], code)
        if len(value) > _OPEN.get(code, 20) or not value:
            return Scan(plain, tuple(parts), ScanProblem.INCOMPLETE)
        if code in _FIXED and not re.fullmatch(rf"[0-9]{{{_FIXED[code]}}}", value):
            return Scan(plain, tuple(parts), ScanProblem.INCOMPLETE)
        if code in ("00", "01", "02") and not _mod10(value):
            return Scan(plain, tuple(parts), ScanProblem.CHECK)
        if code in _GS1:
            parts.append(Part(_GS1[code], value))
    return Scan(plain, tuple(parts))


def printed(text: str) -> str:
    """A GS1 scan with its elements in brackets, as it is printed; any other text as it is.

    A record holds no control character, and without the separator a serial would join the lot.
    """
    if GROUP not in text:
        return text
    rest, said = clean(text).lstrip(GROUP), ""
    while rest:
        code = _identifier(rest)
        if not code:
            return text
        value, rest = _element(rest[len(code) :], code)
        said += f"({code}){value}"
    return said


def _identifier(rest: str) -> str:
    return next((rest[:n] for n in (2, 3, 4) if rest[:n] in _FIXED or rest[:n] in _OPEN), "")


def _element(rest: str, code: str) -> tuple[str, str]:
    """The value of an element, and what follows it."""
    if code in _FIXED:
        return rest[: _FIXED[code]], rest[_FIXED[code] :].lstrip(GROUP)
    value, _, after = rest.partition(GROUP)
    return value, after


def _mod10(digits: str) -> bool:
    """The check digit of a GS1 number: weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(reversed(digits)))
    return total % 10 == 0


def labels(text: str) -> tuple[str, ...]:
    """What a recorded scan may be found by: its lot, chain of identity, donation, or its text."""
    kinds = (ScanKind.LOT, ScanKind.CHAIN_OF_IDENTITY, ScanKind.DONATION, ScanKind.SERIAL)
    scan = read(text)
    if scan.problem is not None:
        return ()
    found = [part.value for part in scan.parts if part.kind in kinds]
    return tuple(dict.fromkeys((*found, scan.text)))


def differs(text: str, *, lot: str, chain_of_identity: str) -> tuple[ScanKind, ...]:
    """Which of lot and chain of identity a scanned label says otherwise; empty when it agrees."""
    scan = read(text)
    wrong = []
    for kind, typed in ((ScanKind.LOT, lot), (ScanKind.CHAIN_OF_IDENTITY, chain_of_identity)):
        said = scan.value(kind)
        if said and said.casefold() != clean(typed).removeprefix("&/").casefold():
            wrong.append(kind)
    return tuple(wrong)
