"""Pictures of figures: plain shapes that a page shows as SVG and a document draws as they are.

Units are those of the view box, from the top left corner. Texts are never markup. What differs
by colour differs by shape, dash or word as well: a picture is read in grey too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

INK, MUTED, GRID = "#1f2733", "#566070", "#e1e6ee"
BLUE, GREEN, RED, ORANGE = "#0072b2", "#00714f", "#b42318", "#b45309"
PALE_BLUE, PALE_GREY = "#d6e9f5", "#c3cad5"
_OCTAGON = (
    *((4.0, 1.7), (1.7, 4.0), (-1.7, 4.0), (-4.0, 1.7)),
    *((-4.0, -1.7), (-1.7, -4.0), (1.7, -4.0), (4.0, -1.7)),
)
SIGNS = ("dot", "diamond", "triangle", "cross", "arrow", "tick", "square")


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline; closed and with a fill it is an area."""

    points: Sequence[Point]
    stroke: str = ""
    width: float = 1.0
    dash: bool = False
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """A small mark of one of `SIGNS`, with a name for whoever points at it, and a place to go."""

    kind: str
    x: float
    y: float
    colour: str = INK
    name: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of words with its base line at y; `anchor` is start, middle or end."""

    x: float
    y: float
    words: str
    anchor: str = "start"
    colour: str = MUTED
    size: float = 13
    bold: bool = False


Shape = Line | Box | Sign | Text


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes with the name of the picture and the sentence that says what it shows."""

    width: float
    height: float
    name: str
    finding: str
    shapes: Sequence[Shape]


def sign_outline(sign: Sign) -> tuple[list[list[Point]], bool]:
    """The lines of a mark, and whether they enclose an area to fill."""
    x, y = sign.x, sign.y
    if sign.kind == "diamond":
        return [[(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)]], True
    if sign.kind == "triangle":
        return [[(x, y - 6), (x + 5.5, y + 5), (x - 5.5, y + 5)]], True
    if sign.kind == "square":
        return [[(x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5)]], True
    if sign.kind == "arrow":
        return [[(x, y - 5), (x + 8, y), (x, y + 5)]], True
    if sign.kind == "cross":
        return [[(x - 5, y - 5), (x + 5, y + 5)], [(x - 5, y + 5), (x + 5, y - 5)]], False
    if sign.kind == "tick":
        return [[(x, y - 5), (x, y + 5)]], False
    return [[(x + dx, y + dy) for dx, dy in _OCTAGON]], True


def svg(picture: Picture, key: str) -> str:
    """The picture as SVG without style or script; `key` tells the pictures of a page apart."""
    body = "".join(_element(shape) for shape in picture.shapes)
    # An image hides what is inside it: a picture that leads somewhere is a group.
    leads = any(isinstance(shape, Sign) and shape.href for shape in picture.shapes)
    role = "group" if leads else "img"
    return (
        f'<svg viewBox="0 0 {picture.width:g} {picture.height:g}" role="{role}" '
        f'aria-labelledby="{escape(key)}-name {escape(key)}-desc" font-size="13">'
        f'<title id="{escape(key)}-name">{escape(picture.name)}</title>'
        f'<desc id="{escape(key)}-desc">{escape(picture.finding)}</desc>{body}</svg>'
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _element(shape: Shape) -> str:
    if isinstance(shape, Line):
        tag = "polygon" if shape.fill else "polyline"
        dash = ' stroke-dasharray="5 4"' if shape.dash else ""
        stroke = f' stroke="{shape.stroke}" stroke-width="{shape.width:g}"' if shape.stroke else ""
        fill = shape.fill or "none"
        return f'<{tag} points="{_points(shape.points)}" fill="{fill}"{stroke}{dash}></{tag}>'
    if isinstance(shape, Box):
        place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
        size = f'width="{_number(shape.width)}" height="{_number(shape.height)}"'
        stroke = f' stroke="{shape.stroke}"' if shape.stroke else ""
        return f'<rect {place} {size} fill="{shape.fill or "none"}"{stroke}></rect>'
    if isinstance(shape, Text):
        place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
        weight = ' font-weight="600"' if shape.bold else ""
        size = "" if shape.size == 13 else f' font-size="{shape.size:g}"'
        look = f'fill="{shape.colour}" text-anchor="{shape.anchor}"{weight}{size}'
        return f"<text {place} {look}>{escape(shape.words)}</text>"
    return _sign(shape)


def _sign(sign: Sign) -> str:
    lines, filled = sign_outline(sign)
    tag = "polygon" if filled else "polyline"
    stroke = f'fill="none" stroke="{sign.colour}" stroke-width="2"'
    look = f'fill="{sign.colour}"' if filled else stroke
    drawn = "".join(f'<{tag} points="{_points(line)}" {look}></{tag}>' for line in lines)
    named = f"<g><title>{escape(sign.name)}</title>{drawn}</g>" if sign.name else drawn
    return f'<a href="{escape(sign.href)}">{named}</a>' if sign.href else named


def operations(picture: Picture, x: float, top: float, scale: float) -> list[str]:
    """The shapes but the texts as PDF drawing operators.

    x and top are points of the page, top from its lower edge, where the upper left corner of the
    picture comes; scale is points to a unit.
    """

    def path(points: Sequence[Point]) -> str:
        places = [f"{x + px * scale:.2f} {top - py * scale:.2f}" for px, py in points]
        return f"{places[0]} m " + " ".join(f"{place} l" for place in places[1:])

    drawn = []
    for shape in picture.shapes:
        if isinstance(shape, Line) and shape.points:
            width = shape.width * scale
            line = _painted(path(shape.points), shape.fill, shape.stroke, width, bool(shape.fill))
            drawn.append(f"[4 3] 0 d {line} [] 0 d" if shape.dash else line)
        elif isinstance(shape, Box):
            corner = f"{x + shape.x * scale:.2f} {top - (shape.y + shape.height) * scale:.2f}"
            outline = f"{corner} {shape.width * scale:.2f} {shape.height * scale:.2f} re"
            drawn.append(_painted(outline, shape.fill, shape.stroke, scale, True))
        elif isinstance(shape, Sign):
            lines, filled = sign_outline(shape)
            fill, stroke = (shape.colour, "") if filled else ("", shape.colour)
            drawn += [_painted(path(line), fill, stroke, 2 * scale, filled) for line in lines]
    return drawn


def _painted(outline: str, fill: str, stroke: str, width: float, closed: bool) -> str:
    close = " h" if closed else ""
    if fill and stroke:
        return f"{_rgb(fill)} rg {_rgb(stroke)} RG {width:.2f} w {outline}{close} B"
    if fill:
        return f"{_rgb(fill)} rg {outline}{close} f"
    return f"{_rgb(stroke or INK)} RG {width:.2f} w {outline}{close} S"


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))
