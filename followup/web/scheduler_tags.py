"""A word on every page when the scheduler has stopped."""

from django import template

from followup.queries import scheduler

register = template.Library()


@register.simple_tag
def minutes_without_sweep() -> int | None:
    """Minutes since the last sweep once it is too long ago; None while all is well."""
    return scheduler.minutes_late()
