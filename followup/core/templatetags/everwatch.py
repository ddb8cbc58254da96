"""Icons, status tags, deadlines: the small vocabulary of the pages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template import Node
from django.template.base import FilterExpression, Parser, Token
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from followup.core import naming
from followup.core.pdf import Picture, pictures
from followup.core.whole_dates import WholeDates

register = template.Library()
register.filter("edition_words", naming.edition)
register.filter("document_words", naming.document)


@dataclass(frozen=True, slots=True)
class Status:
    """How a state looks: a mark that differs in shape, a tone, a word."""

    mark: str
    tone: str
    word: str | Promise


STATUSES: dict[str, Status] = {
    "overdue": Status("overdue", "overdue", pgettext_lazy("status", "Overdue")),
    "due": Status("due", "due", pgettext_lazy("status", "Due")),
    "open": Status("open", "plain", pgettext_lazy("status", "Not yet due")),
    "partial": Status("partial", "due", pgettext_lazy("status", "Partly done")),
    "done": Status("done", "ok", pgettext_lazy("status", "Done")),
    "running": Status("partial", "info", pgettext_lazy("status", "In progress")),
    "na": Status("none", "plain", pgettext_lazy("status", "Not applicable")),
    "dead": Status("dead", "plain", pgettext_lazy("status", "Died")),
    "moved": Status("moved", "plain", pgettext_lazy("status", "Transferred")),
    "lost": Status("lost", "due", pgettext_lazy("status", "Lost to follow-up")),
    "withdrawn": Status("blocked", "plain", pgettext_lazy("status", "Consent withdrawn")),
    "elsewhere": Status("moved", "info", pgettext_lazy("status", "Reported elsewhere")),
    "query": Status("query", "due", pgettext_lazy("status", "Clarification")),
    "serious": Status("serious", "overdue", pgettext_lazy("status", "Serious")),
    "risk": Status("overdue", "overdue", pgettext_lazy("status", "At risk")),
    "failed": Status("dead", "overdue", pgettext_lazy("status", "Failed")),
    "blocked": Status("blocked", "plain", pgettext_lazy("status", "Blocked")),
    "info": Status("diamond", "info", pgettext_lazy("status", "Note")),
}


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; decoration unless it is given a label. A page has a hundred."""
    css = f"icon icon-{size}" if size else "icon"
    address = f"{static('everwatch/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>',
            css,
            label,
            address,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        css,
        address,
    )


class ConstantIcon(Node):
    """An icon whose arguments are literals: looked up once."""

    child_nodelists = ()

    def __init__(self, whole: Node) -> None:
        self._whole, self._text = whole, ""

    def render(self, context: template.Context) -> str:
        """What the tag makes of its arguments."""
        if not self._text:
            self._text = self._whole.render(context)
        return self._text


def _literal(argument: FilterExpression) -> bool:
    """Whether an argument is a text in quotes, not to be translated and without filters."""
    return isinstance(argument.var, str) and not argument.filters


_icon: Callable[[Parser, Token], Any] = register.tags["icon"]


@register.tag("icon")
def icon_tag(parser: Parser, token: Token) -> Node:
    """`{% icon "name" %}` with a literal, or with a variable."""
    node = _icon(parser, token)
    constant = node.target_var is None and all(map(_literal, (*node.args, *node.kwargs.values())))
    made: Node = ConstantIcon(node) if constant else node
    return made


@register.simple_tag
def status(kind: str, text: str = "", solid: bool = False, whole: bool = False) -> SafeString:
    """Icon, word and colour of a state; `text` says more than the standard word.

    `whole`: a number and its unit, which stay on one line.
    """
    look = STATUSES[kind]
    return format_html(
        '<span class="tag{} tone-{}">{}{}</span>',
        f"{' tag-solid' if solid else ''}{' nowrap' if whole else ''}",
        look.tone,
        icon(f"mark-{look.mark}"),
        text or look.word,
    )


@register.simple_tag
def mark(kind: str, text: str = "") -> SafeString:
    """Only the mark, named for readers who do not see it; for matrices."""
    look = STATUSES[kind]
    return format_html(
        '<span class="tone-{}">{}</span>',
        look.tone,
        icon(f"mark-{look.mark}", label=str(text or look.word)),
    )


@register.simple_tag
def due_tag(days: int | None, soon: int = 7) -> SafeString:
    """How a day limit stands, from the days left; None (no limit known) shows a dash."""
    return _due_tag(days, soon, get_language())


@lru_cache(maxsize=1024)
def _due_tag(days: int | None, soon: int, language: str | None) -> SafeString:
    if days is None:
        return status("na", "—")
    if days < 0:
        text = ngettext("%(days)s day overdue", "%(days)s days overdue", -days)
        return status("overdue", text % {"days": -days}, whole=True)
    if days == 0:
        return status("due", _("Due today"))
    text = ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    return status("due" if days <= soon else "open", text, whole=True)


@register.simple_tag
def statuses() -> Iterable[tuple[str, Status]]:
    """All states, for the legend on the help page."""
    return STATUSES.items()


@register.filter
def shown(value: Any) -> str:
    """A date as the pages show it: 2026-11-21, and 2026-11 (day not known).

    A moment is shown to the minute, by the clock of the place. No page breaks it at its hyphens;
    inside an attribute say `|shown|plain`.
    """
    if value is None or value == "":
        return "—"
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return WholeDates(f"{local:%Y-%m-%d %H:%M}")
    if getattr(value, "day", 0) is None:
        whole = pgettext("date", "month and day not known")
        rest = whole if value.month is None else pgettext("date", "day not known")
        return WholeDates(f"{value.isoformat()}{bracketed(rest)}")
    return WholeDates(value.isoformat() if hasattr(value, "isoformat") else value)


@register.filter
def whole_dates(text: Any) -> str:
    """A sentence whose dates do not break at their hyphens; HTML is left as it is."""
    said = str(text)
    return said if hasattr(said, "__html__") else WholeDates(said)


@register.filter
def source_words(text: str) -> str:
    """Where a rule or fact is written, in the reader's language."""
    return WholeDates(naming.citation(text))


@register.filter
def source_line(text: str) -> str:
    """As `source_words`, at the beginning of a sentence or as all of one value."""
    said = naming.citation(text)
    return WholeDates(said[:1].upper() + said[1:])


@register.filter
def plain(text: str) -> str:
    """What `shown` says without the element around its dates, for an attribute."""
    return str(text)


@register.simple_tag
def colon() -> str:
    """The mark between a label and what it says."""
    return pgettext("punctuation", ": ")


@register.simple_tag
def full_stop() -> str:
    """The mark between what a variable says and the next sentence."""
    return pgettext("punctuation", ". ")


@register.simple_tag
def semicolon() -> str:
    """The mark between two parts of a sentence."""
    return pgettext("punctuation", "; ")


@register.simple_tag
def comma() -> str:
    """The mark between two counts or clauses; between the items of a list see `listed`."""
    return pgettext("punctuation", ", ")


@register.filter(is_safe=True)
def bracketed(text: str) -> str:
    """A remark after a word, in the brackets of the language."""
    return pgettext("punctuation", " (%(text)s)") % {"text": text}


@register.filter
def listed(parts: Iterable[object]) -> str:
    """Parts one after the other, with the comma of the language."""
    return pgettext("list", ", ").join(str(part) for part in parts)


register.filter(naming.localized_name)
register.filter(naming.who)


@register.simple_tag
def picture(drawing: Picture, key: str) -> SafeString:
    """A picture as SVG, its texts escaped; `key` is its own on the page."""
    return mark_safe(pictures.svg(drawing, key))
