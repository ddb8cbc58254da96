"""Why a report is due when it is, step by step, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from followup.core import clock, naming
from followup.core.templatetags.everwatch import due_tag, listed, shown, status
from pv.domain.clocks import Stop, Unit
from pv.queries import rules

register = template.Library()
_DUTIES: dict[str, str | Promise] = {
    "report": pgettext_lazy("duty", "Report"),
    "investigation": pgettext_lazy("duty", "Investigation report"),
    "complete": pgettext_lazy("duty", "Complete follow-up report"),
    "none": pgettext_lazy("duty", "Periodic report"),
}
_STOPS: dict[str, str | Promise] = {
    Stop.ZERO_MOVED: gettext_lazy("Day zero %(old)s became %(new)s"),
    Stop.DUE_MOVED: gettext_lazy("Due %(old)s became %(new)s"),
    Stop.NOT_OWED: gettext_lazy("The facts of the case ask for it no longer"),
    Stop.NULLIFIED: gettext_lazy("The case is nullified"),
    Stop.NOT_REPORTABLE: gettext_lazy("The case is not reportable, as signed"),
}
_FACTS: dict[str, str | Promise] = {
    "serious": gettext_lazy("whether it is serious"),
    "fatal": gettext_lazy("whether it was fatal"),
    "life_threatening": gettext_lazy("whether it was life-threatening"),
    "unexpected": gettext_lazy("whether it was expected"),
    "related": gettext_lazy("whether the product may have caused it"),
    "origin": gettext_lazy("in which country it occurred"),
    "source": gettext_lazy("where the report came from"),
}


def length(unit: Unit, amount: int) -> str:
    """How long a duty has: "15 calendar days"."""
    words = {
        Unit.CALENDAR_DAYS: ngettext("%(n)d calendar day", "%(n)d calendar days", amount),
        Unit.WORKING_DAYS: ngettext("%(n)d working day", "%(n)d working days", amount),
        Unit.HOURS: ngettext("%(n)d hour", "%(n)d hours", amount),
        Unit.MONTHS: ngettext("%(n)d month", "%(n)d months", amount),
        Unit.IMMEDIATE: pgettext("limit", "at once"),
        Unit.NOT_EXPEDITED: pgettext("limit", "not expedited: in the periodic report"),
    }
    return words[unit] % {"n": amount}


def _limit(values: Mapping[str, Any]) -> str:
    parts = {
        "duty": str(_DUTIES.get(values["limit"], values["limit"])),
        "first": values["from"],
        "length": length(Unit(values["unit"]), values["amount"] or 0),
        "due": values["due"],
    }
    if values["due"] is None:
        return _("%(duty)s: %(length)s") % parts
    return _("%(duty)s: %(first)s + %(length)s = %(due)s") % parts


register.filter("rule_words", rules.words)


@register.filter
def due_words(row: Any) -> str:
    """When a clock or a duty ends: its day, with the hour where its limit is in hours."""
    return _hour(row.due_at) if row.due_at else shown(row.due)


@register.filter
def met_words(row: Any) -> str:
    """When a clock was met, with the hour where its limit is in hours."""
    return _hour(row.met_at) if row.met_at else shown(row.met_on)


@register.simple_tag
def clock_tag(row: Any, days: int | None) -> SafeString:
    """How an open clock stands: in days, or in hours where its limit is in hours."""
    if row.due_at is None:
        return due_tag(days)
    left = (row.due_at - clock.now()).total_seconds()
    if left < 0:
        hours = int(-left // 3600)
        text = ngettext("%(n)d hour overdue", "%(n)d hours overdue", hours) % {"n": hours}
        return status("overdue", text)
    hours = int(left // 3600)
    text = ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    return status("due", text)


def _hour(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


@register.filter
def reason(step: Mapping[str, Any]) -> str:
    """One step of a clock's reasoning; a step of an unknown kind as the rule wrote it."""
    values: Mapping[str, Any] = step.get("values", {})
    match step.get("code"):
        case "rule":
            words = {**values, "citation": naming.citation(str(values["citation"]))}
            return str(_("Rule %(rule)s (%(citation)s), day zero %(day_zero)s") % words)
        case "limit":
            return _limit(values)
        case "provisional":
            names = listed(_FACTS.get(n, n) for n in values["missing"])
            text = _("Not known: %(names)s. The shortest limit still possible was taken.")
            return text % {"names": names}
        case "assumed":
            names = listed(_FACTS.get(n, n) for n in values["missing"])
            text = _(
                "Nobody had assessed %(names)s. Until somebody does, it counts as unexpected and "
                "related (ICH E2D 2.4)."
            )
            return text % {"names": names}
    return str(step.get("text", ""))


@register.filter
def stop_words(row: Any) -> str:
    """Why a clock stopped, in the reader's language."""
    old, new = (*row.stop_days, "", "")[:2]
    return str(_STOPS.get(row.stop_code, "")) % {"old": old, "new": new}
