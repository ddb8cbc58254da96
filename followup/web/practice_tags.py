"""The mark of practice patients on pages: a tag beside a number, a line across the page."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from django import template
from django.db.models import Model
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from followup.core.templatetags.everwatch import status
from followup.domain.practice import is_practice_code

register = template.Library()
DEPTH = 3  # a page of a result names its sample, the sample its patient


@register.simple_tag
def practice_tag(study_code: str) -> SafeString | str:
    """The tag beside the number of a practice patient; nothing beside any other."""
    if not is_practice_code(study_code):
        return ""
    return status("info", pgettext("patient", "Practice"))


@register.simple_tag(takes_context=True)
def practice_of_page(context: template.Context) -> str:
    """The number of the practice patient a page is about; empty on every other page.

    What the page was given is looked at as it is, so that no page has to say it, and nothing is
    asked of the database.
    """
    for value in context.flatten().values():
        for code in _codes(value, DEPTH):
            if is_practice_code(code):
                return code
    return ""


def _codes(value: Any, depth: int) -> Iterator[str]:
    """The study codes of the patients a value names."""
    if isinstance(value, Model):
        if value._meta.label == "followup.Patient":
            yield value.__dict__.get("study_code", "")
        for related in value._state.fields_cache.values() if depth else ():
            yield from _codes(related, depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from _codes(getattr(value, name, None), depth - 1)
