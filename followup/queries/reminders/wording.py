"""The one sentence of a reminder, in the current language, without any patient data."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followup.queries.reminders.sources import NoticeFacts, registered


def title(facts: NoticeFacts) -> str:
    """What is owed, in a few words."""
    return registered()[facts.kind].title(facts)


def days(facts: NoticeFacts, today: date) -> str:
    """How many days are left or gone."""
    left = (facts.due - today).days
    if left == 0:
        return _("due today")
    if left > 0:
        return ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left}
    return ngettext("%(n)d day overdue", "%(n)d days overdue", -left) % {"n": -left}


def sentence(facts: NoticeFacts, today: date) -> str:
    """ "C26-0041 serious, due 12-06, 3 days left"; the year only when it is another one.

    What only informs is said with its day.
    """
    form = "m-d" if facts.due.year == today.year else "Y-m-d"
    if registered()[facts.kind].informs:
        return _("%(title)s, %(day)s") % {
            "title": title(facts),
            "day": date_format(facts.due, form),
        }
    return _("%(title)s, due %(due)s, %(days)s") % {
        "title": title(facts),
        "due": date_format(facts.due, form),
        "days": days(facts, today),
    }
