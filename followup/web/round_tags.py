"""A word on every page when the system has stopped working by itself."""

from django import template

from followup.queries import rounds

register = template.Library()


@register.simple_tag
def minutes_without_sweep() -> int | None:
    """Minutes since the last sweep once it is too long ago; None while all is well."""
    return rounds.minutes_late()
