"""Drawing an element of a case as a field."""

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext, pgettext_lazy

from followup.core.naming import reader_language
from pv.domain.cases.sections import Row
from pv.domain.e2b.elements import DataType, Group, Label, country
from pv.domain.e2b.sendings import SendingState
from pv.domain.e2b.submissions import Delivery
from pv.queries.e2b_values import reason, worded
from pv.queries.rules import receiver_names
from pv.web.problems import Problems, anchor

register = template.Library()
_KINDS: dict[str, str | Promise] = {
    "initial": pgettext_lazy("version", "Initial report"),
    "follow_up": pgettext_lazy("version", "Follow-up"),
    "amendment": pgettext_lazy("version", "Amendment"),
    "nullification": pgettext_lazy("version", "Nullification"),
}


@register.filter
def version_kind(kind: str) -> str:
    """What kind of version it is, in words."""
    return str(_KINDS.get(kind, kind))


@register.filter
def file_state(row: Any) -> Any:
    """The state of a file with `void`: one that an unlocking made void is none any more.

    What a channel has is not merely generated: sent by hand as well it would be a second report.
    """
    if row.void and row.sent_on is None and row.state == Delivery.GENERATED:
        return pgettext("icsr", "void: the version was unlocked")
    sending = getattr(row, "transmission", None)
    if row.state == Delivery.GENERATED and sending and sending.state != SendingState.FAILED:
        return sending.get_state_display()
    return row.get_state_display()


@register.filter
def country_name(code: str) -> str:
    """A country in the reader's language; the code where it is none."""
    return country(code, reader_language()) or code


@register.filter
def receiver_name(code: str) -> str:
    """A receiver in the reader's language; the code where it is none."""
    return receiver_names().get(code, code)


@register.filter
def group_name(group: Group) -> str:
    """A group's name in the reader's language."""
    return group.name(get_language() or "en")


@register.filter
def element_name(element: Any) -> str:
    """An element's name in the reader's language."""
    return str(element.name(get_language() or "en"))


@register.simple_tag
def element_words(element: Any, value: Any) -> str:
    """A stored value in the reader's words; a dash where there is none."""
    return worded(element, value, get_language() or "en") or "—"


@register.simple_tag
def field_id(path: str) -> str:
    """The id of what an instance path names on the page."""
    return anchor(path)


@register.inclusion_tag("pv/cases/element.html")
def element_field(row: Row, typed: Any, problems: Problems, pointed: str = "") -> dict[str, Any]:
    """One element with its label, code, value or list, why it may be empty, and what is wrong.

    `pointed` is the path a finding led to: its field takes the focus.
    """
    language = get_language() or "en"
    shown = (
        worded(row.element, row.text, language) if row.element.type is DataType.DATE else row.text
    )
    text = typed.get(f"v:{row.path}", shown) if typed else shown
    null = typed.get(f"n:{row.path}", row.null) if typed else row.null
    options = [(label.code, _option(row, label, language)) for label in row.options]
    if not options and row.element.type is DataType.BOOLEAN:
        options = [("true", pgettext("boolean", "Yes")), ("false", pgettext("boolean", "No"))]
    return {
        "row": row,
        "id": anchor(row.path),
        "errors": problems.errors.get(row.path, []),
        "name": row.element.name(language),
        "text": text,
        "null": null,
        "nulls": [(flavor, reason(flavor)) for flavor in row.nulls],
        "options": options,
        "known": text in {code for code, _label in options},
        "said": _said(row, text, language),
        "focus": row.path == pointed,
    }


def _said(row: Row, text: str, language: str) -> str:
    """What a code typed by hand means; empty for other elements, and for what is no code."""
    if row.element.code_list not in ("COUNTRY", "LANGUAGE") or not text:
        return ""
    words = worded(row.element, text, language)
    return "" if words == text else words


def _option(row: Row, label: Label, language: str) -> str:
    if row.element.type in (DataType.REFERENCE, DataType.BOOLEAN):
        return label.text(language)  # neither an identifier nor "true" is a code people know
    return f"{label.text(language)} ({label.code})"
