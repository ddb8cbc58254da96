"""The rule of a visit in words: how far from the infusion, within which window, how sure."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followup.domain.protocols import Point
from followup.web.products import CONFIDENCES

register = template.Library()


@register.filter
def distance(point: Point) -> str:
    """How far a point stands from the infusion: "+24 months"."""
    if point.kind.value == "days":
        words = ngettext("%(n)s day", "%(n)s days", abs(point.offset))
    else:
        words = ngettext("%(n)s month", "%(n)s months", abs(point.offset))
    return words % {"n": f"{'−' if point.offset < 0 else '+'}{abs(point.offset)}"}


@register.filter
def window(point: Point) -> str:
    """The window of a point: "± 30 days", "day 366 to 425"."""
    if point.day_window:
        first, last = point.day_window
        return _("day %(first)d to %(last)d") % {"first": first, "last": last}
    if not point.before and not point.after:
        return pgettext("window", "that day")
    if point.before == point.after:
        return ngettext("± %(n)d day", "± %(n)d days", point.before) % {"n": point.before}
    text = _("−%(before)d to +%(after)d days")
    return text % {"before": point.before, "after": point.after}


@register.filter
def confidence(code: str) -> str:
    """How sure a source is, in words; the documents spell it with dash or underscore."""
    return str(CONFIDENCES.get(code.replace("-", "_"), code))
