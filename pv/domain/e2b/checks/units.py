"""Units of measure as UCUM writes them (case sensitive), the code system ICH demands of doses.

Source: the grammar of the Unified Code for Units of Measure 2.2: atoms with an optional metric
prefix and exponent, joined by "." and "/", with annotations in braces. The atoms are the table
beside.
"""

import re
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent.parent / "table" / "ucum.psv"
_LONGEST = 50
# A run of atom characters; square brackets enclose any text, a trailing number is an exponent.
_COMPONENT = re.compile(
    r"(?P<atom>10\*|(?:[A-Za-z%'\"_]|\[[!-Z^-z|~]+\])(?:[A-Za-z0-9%'\"_]|\[[!-Z^-z|~]+\])*?)"
    r"(?P<exponent>[+-]?[0-9]+)?(?P<note>\{[!-z|~]*\})?"
)
_FACTOR = re.compile(r"[0-9]+(?P<note>\{[!-z|~]*\})?")
_NOTE = re.compile(r"\{[!-z|~]*\}")


def _read() -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    rows = [
        line.partition("|") for line in _TABLE.read_text(encoding="utf-8").splitlines()[1:] if line
    ]
    prefixes = tuple(code for kind, _, code in rows if kind == "prefix")
    metric = frozenset(code for kind, _, code in rows if kind == "metric")
    return prefixes, metric, frozenset(code for kind, _, code in rows if kind == "plain") | metric


_PREFIXES, _METRIC, _ATOMS = _read()


@lru_cache(maxsize=4096)
def is_ucum(text: str) -> bool:
    """Whether the text is a UCUM unit, powers of ten written 10* as ICH's list does, not 10^."""
    if not text or len(text) > _LONGEST:
        return False
    rest = text.removeprefix("/")
    end, whole = _term(rest, 0)
    return whole and end == len(rest)


def _term(text: str, at: int) -> tuple[int, bool]:
    """The end of the term that begins at a place, and whether it is one."""
    while True:
        at, whole = _part(text, at)
        if not whole:
            return at, False
        if at == len(text) or text[at] not in "./":
            return at, True
        at += 1


def _part(text: str, at: int) -> tuple[int, bool]:
    if text[at : at + 1] == "(":
        end, whole = _term(text, at + 1)
        after = _NOTE.match(text, end + 1)  # not in the grammar, but UCUM's own examples have it
        closed = whole and text[end : end + 1] == ")"
        return (after.end() if after is not None else end + 1), closed
    note = _NOTE.match(text, at)
    if note is not None:
        return note.end(), True
    stop = next(
        (n for n in range(at, len(text)) if text[n] in "./()" and not _inside(text, n)), None
    )
    part = text[at:stop]
    known = _FACTOR.fullmatch(part) is not None or _is_component(part)
    return at + len(part), known


def _inside(text: str, place: int) -> bool:
    """Whether a place lies within square brackets or braces."""
    before = text[:place]
    return before.count("[") > before.count("]") or before.count("{") > before.count("}")


def _is_component(part: str) -> bool:
    match = _COMPONENT.fullmatch(part)
    return match is not None and (
        match["atom"] in _ATOMS
        or any(
            match["atom"].startswith(prefix) and match["atom"].removeprefix(prefix) in _METRIC
            for prefix in _PREFIXES
        )
    )
