"""Django's `url` tag, with the addresses of rows filled in instead of searched for.

A page of a register names a hundred addresses. Django looks each up, converts its arguments and
matches the result against the pattern again, and past 512 patterns (there are more) Python
compiles the expression each time. Here the first address of a name and kind of argument is
Django's own; where its pattern takes nothing but keys of rows, the next differs only in the key.

Source: django.urls.resolvers of Django 5.2.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.template import Context, Library, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as read_tag
from django.urls import get_resolver, get_script_prefix, get_urlconf, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils.html import conditional_escape

register = Library()
_Key = tuple[Any, ...]
_forms: dict[_Key, str | None] = {}
_CONVERTERS = {UUID: UUIDConverter, int: IntConverter}


def address(name: str, args: list[Any]) -> str:
    """The address of a view by its name; NoReverseMatch when there is none."""
    kinds = tuple(map(type, args))
    key = (get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), name, kinds)
    form = _forms.get(key)
    if form is not None and not any(arg < 0 for arg in args if type(arg) is int):
        return form.format(*args)
    found = str(reverse(name, args=args))
    if key not in _forms:
        _forms[key] = _form(name, args, found)
    return found


def _form(name: str, args: list[Any], found: str) -> str | None:
    """The address with places for its keys; None where it is not made of keys alone."""
    possible = get_resolver(get_urlconf()).reverse_dict.getlist(name)
    if len(possible) != 1 or "{" in found or "}" in found:
        return None
    [(ways, _pattern, _defaults, converters)] = possible
    if len(ways) != 1 or len(ways[0][1]) != len(args):
        return None
    for arg, parameter in zip(args, ways[0][1], strict=True):
        wanted = _CONVERTERS.get(type(arg))
        if wanted is None or type(converters.get(parameter)) is not wanted:
            return None
    places = ["{}"] * len(args)
    path = ways[0][0] % dict(zip(ways[0][1], places, strict=True))
    form = get_script_prefix() + path
    return form if form.format(*args) == found else None


class Address(URLNode):
    """An address without named arguments."""

    def render(self, context: Context) -> str:
        """The address, escaped as in HTML."""
        name = self.view_name.resolve(context)
        found = address(name, [arg.resolve(context) for arg in self.args])
        return conditional_escape(found) if context.autoescape else found


@register.tag("url")
def url(parser: Parser, token: Token) -> Node:
    """`{% url %}` as Django reads it."""
    node: Any = read_tag(parser, token)
    if not (node.kwargs or node.asvar):
        node.__class__ = Address
    made: Node = node
    return made
