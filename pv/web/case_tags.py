"""Drawing an element of a case as a field."""

from typing import Any

from django import template
from django.utils.translation import get_language, pgettext

from pv.domain.cases.forms import Row
from pv.domain.e2b.elements import DataType, Group
from pv.web.problems import Problems, anchor

register = template.Library()


@register.filter
def group_name(group: Group) -> str:
    """A group's name in the reader's language."""
    return group.name(get_language() or "en")


@register.filter
def element_name(element: Any) -> str:
    """An element's name in the reader's language."""
    return str(element.name(get_language() or "en"))


@register.inclusion_tag("pv/cases/element.html")
def element_field(row: Row, typed: Any, problems: Problems) -> dict[str, Any]:
    """One element with its label, code, value or list, why it may be empty, and what is wrong."""
    language = get_language() or "en"
    text = typed.get(f"v:{row.path}", row.text) if typed else row.text
    null = typed.get(f"n:{row.path}", row.null) if typed else row.null
    options = [(label.code, label.text(language)) for label in row.options]
    if not options and row.element.type is DataType.BOOLEAN:
        options = [("true", pgettext("boolean", "Yes")), ("false", pgettext("boolean", "No"))]
    return {
        "row": row,
        "id": anchor(row.path),
        "errors": problems.errors.get(row.path, []),
        "name": row.element.name(language),
        "text": text,
        "null": null,
        "options": options,
        "known": text in {code for code, _label in options},
    }
