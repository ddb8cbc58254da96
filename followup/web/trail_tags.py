"""The trail in words: tables, columns, actions and plain answers."""

import re
from datetime import datetime

from django import template
from django.utils.translation import gettext, pgettext

from followup.core import clock, naming
from followup.core.whole_dates import WholeDates
from followup.web.code_choices import label
from followup.web.look_words import LOOKS

# As the database writes a moment into the image of a row: with the zone it is kept in.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d:\d\d")
register = template.Library()
register.filter("action_name", naming.action)
register.filter("table_name", naming.table)
register.filter("column_name", naming.column)


@register.filter
def operation(code: str) -> str:
    """What happened to the row."""
    names = {
        "INSERT": pgettext("trail", "Added"),
        "UPDATE": pgettext("trail", "Changed"),
        "DELETE": pgettext("trail", "Removed"),
        "BATCH": pgettext("trail", "Many rows written"),
    }
    return names.get(code.upper(), code)


@register.filter
def value_words(value: str) -> str:
    """A value as people say it: yes, no, a moment on the clock of the page."""
    if _MOMENT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return {"True": gettext("Yes"), "False": gettext("No")}.get(value, value)


@register.simple_tag
def trail_value(value: str, column: str, table: str) -> str:
    """A value in words: coded ones by their list, each of several; what nobody lists as it is."""
    words, code_list = naming.value(value, column, table)
    if words or not code_list:
        return WholeDates(words or value_words(value))
    return pgettext("list", ", ").join(label(code_list, code) for code in value.split(", "))


@register.filter
def look_kind(code: str) -> str:
    """How somebody read a record."""
    return str(LOOKS.get(code, code))
