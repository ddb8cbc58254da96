"""A partial date as every page shows it, from the text it is stored as."""

from django import template

from followup.core.templatetags.everwatch import shown
from followup.domain.dates import PartialDate

register = template.Library()


@register.filter
def shown_date(text: str) -> str:
    """`2026-11` as 2026-11 (day not known); a dash where nothing is stored."""
    return shown(PartialDate.from_iso(text)) if text else "—"
