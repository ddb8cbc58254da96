"""A partial date as every page shows it, from the text it is stored as."""

from django import template

from followup.domain.dates import PartialDate

register = template.Library()


@register.filter
def shown_date(text: str) -> str:
    """`2026-11` as 2026-11-??; a dash where nothing is stored."""
    return PartialDate.from_iso(text).shown() if text else "—"
