"""Django's `i18n` tags; a text that is the same on every page is looked up once a language.

A page holds two hundred translations, nearly all of a constant. Django makes a lazy text of each,
resolves it as a variable and escapes it every time. Here the escaped words are kept beside the
tag; what depends on a variable, or is not for HTML, is Django's own.

Source: django.templatetags.i18n of Django 5.2.
"""

from typing import Any

from django.template import Context, Library, Node, Variable
from django.template.base import FilterExpression, Parser, Token
from django.templatetags import i18n
from django.utils.translation import get_language

register = Library()
register.tags |= i18n.register.tags
register.filters |= i18n.register.filters


def _constant(expression: FilterExpression | None) -> bool:
    """Whether an argument is a literal without filters."""
    if expression is None:
        return True
    if expression.filters:
        return False
    found = expression.var
    return not isinstance(found, Variable) or found.lookups is None


class ConstantText(Node):
    """A translation without a variable: what the tag of Django made, by language."""

    child_nodelists = ()

    def __init__(self, whole: Node) -> None:
        self._whole = whole
        self._texts: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """The words in the present language, escaped as in HTML."""
        if not context.autoescape:
            return str(self._whole.render(context))
        language = get_language()
        text = self._texts.get(language)
        if text is None:
            text = self._texts[language] = self._whole.render(context)
        return text


class Blocks(i18n.BlockTranslateNode):
    """A block whose message is joined once, not for every row."""

    def render_token_list(self, tokens: Any) -> tuple[str, list[str]]:
        """The message and the names in it; `tokens` is the singular or the plural of this tag."""
        made: dict[int, tuple[str, list[str]]] = self.__dict__.setdefault("_made", {})
        known = made.get(id(tokens))
        if known is None:
            known = made[id(tokens)] = super().render_token_list(tokens)
        return known[0], list(known[1])


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Node:
    """`{% translate %}` as Django reads it."""
    node: Any = i18n.do_translate(parser, token)
    constant = _constant(node.filter_expression) and _constant(node.message_context)
    made: Node = ConstantText(node) if constant and not (node.asvar or node.noop) else node
    return made


@register.tag("blocktranslate")
@register.tag("blocktrans")
def blocktranslate(parser: Parser, token: Token) -> Node:
    """`{% blocktranslate %}` as Django reads it."""
    node: Any = i18n.do_block_translate(parser, token)
    node.__class__ = Blocks
    free = node.extra_context or node.plural or node.asvar or node.countervar
    if (
        not free
        and _constant(node.message_context)
        and not node.render_token_list(node.singular)[1]
    ):
        return ConstantText(node)
    made: Node = node
    return made
