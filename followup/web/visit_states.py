"""The state of a planned visit in words and as a mark: what its dates and its record say today."""

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

_KINDS = {
    "DONE_IN_WINDOW": ("done", pgettext_lazy("visit state", "Done")),
    "DONE_OUT_OF_WINDOW": ("partial", pgettext_lazy("visit state", "Done outside the window")),
    "MISSED": ("failed", pgettext_lazy("visit state", "Missed")),
    "BEFORE_REGISTER": ("na", pgettext_lazy("visit state", "Before register")),
    "CANCELLED": ("na", pgettext_lazy("visit state", "Cancelled")),
}
NOT_DONE = pgettext_lazy("visit state", "Not done")
PARTLY = pgettext_lazy("visit state", "Partly done")
OVERDUE = pgettext_lazy("visit state", "Overdue")
OPEN = pgettext_lazy("visit state", "Window open")
TO_COME = pgettext_lazy("visit state", "To come")


def shown(visit: Any, today: date, *, called: bool) -> tuple[str, str | Promise]:
    """Kind of mark and words. Whoever is not to be called has nothing overdue."""
    if visit.state in _KINDS:
        return _KINDS[visit.state]
    if visit.due < today and not called:
        return "na", NOT_DONE
    if visit.missing:
        return "partial", PARTLY
    if visit.due < today:
        return "overdue", OVERDUE
    if visit.window_start <= today:
        return "due", OPEN
    return "open", TO_COME
