"""The marks of a patient's timeline as SVG: a shape for each kind, a thin bar for a span."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from followup.domain.timelines import Mark
from followup.web.timelines import LOOKS, lanes

register = template.Library()
_SIZE = 5.0


@register.filter
def lane(code: str) -> str:
    """The name of a lane."""
    return lanes().get(str(code), str(code))


def _outline(shape: str, x: float, y: float, colour: str) -> SafeString:
    """One shape around a point."""
    r = _SIZE
    corners = {
        "diamond": ((x, y - r - 1), (x + r + 1, y), (x, y + r + 1), (x - r - 1, y)),
        "triangle": ((x, y - r), (x + r, y + r), (x - r, y + r)),
        "square": tuple(
            (x + a * (r - 1), y + b * (r - 1)) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ),
    }.get(shape)
    if corners:
        points = format_html_join(" ", "{},{}", ((f"{a:.1f}", f"{b:.1f}") for a, b in corners))
        return format_html('<polygon points="{}" fill="{}"></polygon>', points, colour)
    if shape == "cross":
        ends = f"{x - r:.1f}", f"{x + r:.1f}", f"{y - r:.1f}", f"{y + r:.1f}"
        path = "M{0} {2}L{1} {3}M{0} {3}L{1} {2}".format(*ends)
        return format_html('<path d="{}" stroke="{}" stroke-width="2.2"></path>', path, colour)
    fill = "#ffffff" if shape == "ring" else colour
    made = format_html(
        '<circle cx="{}" cy="{}" r="4.5" fill="{}" stroke="{}" stroke-width="1.6"></circle>',
        f"{x:.1f}",
        f"{y:.1f}",
        fill,
        colour,
    )
    if shape == "half":
        path = f"M{x:.1f} {y - 4.5:.1f}A4.5 4.5 0 0 1 {x:.1f} {y + 4.5:.1f}Z"
        made += format_html('<path d="{}" fill="#ffffff"></path>', path)
    return made


@register.simple_tag
def shape(mark: Mark, link: bool = True) -> SafeString:
    """A mark with its words; on the page it leads to its line of the table."""
    form, colour = LOOKS.get(mark.kind, ("circle", "#566070"))
    parts = format_html("<title>{}</title>", mark.label)
    if mark.x2 - mark.x > 1:
        parts += format_html(
            '<rect x="{}" y="{}" width="{}" height="4" fill="{}" opacity="0.45"></rect>',
            f"{mark.x:.1f}",
            f"{mark.y - 2:.1f}",
            f"{mark.x2 - mark.x:.1f}",
            colour,
        )
    parts += _outline(form, mark.x, mark.y, colour)
    if not link:
        return format_html("<g>{}</g>", parts)
    label = mark.label or mark.kind
    return format_html('<a href="#story-{}" aria-label="{}">{}</a>', mark.row, label, parts)
