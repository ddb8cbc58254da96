"""Lines of text as our fonts set them: exact advances, breaks where Chinese and English allow."""

from dataclasses import dataclass
from functools import cache

from followup.core.pdf import fonts

REGULAR, BOLD, SYMBOLS = range(3)  # places in `fonts.FILES`
# Characters that may not begin a line, and those that may not end one (GB/T 15834).
NOT_FIRST = frozenset("。，、；：？！）》〉」』】〕％…·,.;:?!)]}%’”")
NOT_LAST = frozenset("（《〈「『【〔([{‘“")


@dataclass(frozen=True, slots=True)
class Face:
    """One font file: glyph and advance (in ems) of each character it has."""

    glyphs: dict[str, int]
    advances: dict[str, float]


@cache
def face(index: int) -> Face:
    """The font with this index in `fonts.FILES`."""
    with fonts.opened(fonts.FILES[index]) as font:
        units, widths = font["head"].unitsPerEm, font["hmtx"].metrics
        named = {chr(code): name for code, name in font.getBestCmap().items()}
        glyphs = {character: font.getGlyphID(name) for character, name in named.items()}
        advances = {character: widths[name][0] / units for character, name in named.items()}
    return Face(glyphs, advances)


@cache
def face_of(character: str, bold: bool) -> int:
    """The first of our fonts that has the character; bold where bold is wanted and there."""
    order = (
        (BOLD, REGULAR, *range(SYMBOLS, len(fonts.FILES)))
        if bold
        else (REGULAR, *range(SYMBOLS, len(fonts.FILES)))
    )
    return next((i for i in order if character in face(i).glyphs), REGULAR)


@cache
def advance(character: str, bold: bool = False) -> float:
    """How far a character moves on, in ems; nothing for one without ink or glyph."""
    if character in fonts.INKLESS:
        return 0.0
    return face(face_of(character, bold)).advances.get(character, 0.0)


def wrap(text: str, ems: float, *, bold: bool = False) -> list[str]:
    """The lines of a text in a column of so many ems; a word longer than the line is cut.

    A character no font has becomes its code point. Empty text is one empty line. Time is linear
    in the length of the text.
    """
    lines: list[str] = []
    for paragraph in fonts.visible(text).replace("\t", "    ").splitlines() or [""]:
        lines.extend(_paragraph(paragraph, ems, bold))
    return lines


def blocks(text: str, *, millimetres: float, points: float, lines: int = 25) -> list[str]:
    """A long text as blocks of set lines, for a template that shows each as `white-space: pre`.

    WeasyPrint looks at the whole rest of a paragraph for each of its lines, which makes ten
    thousand characters cost seconds; lines that are set already cost a fiftieth.
    """
    ems = millimetres * 72 / 25.4 / points * 0.995
    found = wrap(text, ems)
    return ["\n".join(found[i : i + lines]) for i in range(0, len(found), lines)]


def _paragraph(text: str, ems: float, bold: bool) -> list[str]:
    lines: list[str] = []
    start, used, chance, at_chance = 0, 0.0, 0, 0.0
    for index, character in enumerate(text):
        step = advance(character, bold)
        if used + step > ems and index > start and character != " ":
            cut = chance if chance > start else index
            lines.append(text[start:cut].rstrip())
            used -= at_chance if chance > start else used
            start, chance, at_chance = cut, cut, 0.0
        used += step
        if _may_break(text, index):
            chance, at_chance = index + 1, used
    lines.append(text[start:].rstrip())
    return lines


def _may_break(text: str, index: int) -> bool:
    """Whether a line may end after the character at `index`."""
    here = text[index]
    after = text[index + 1] if index + 1 < len(text) else ""
    if not after or after in NOT_FIRST or here in NOT_LAST:
        return False
    if here in " -/":
        return True
    return here >= "\u2e80" or after >= "\u2e80"
