"""Addresses as a tree: what begins alike is asked for its beginning once.

Django tries the patterns of a list one after the other; a thousand addresses in one list cost a
request more than its session. The tree answers every path with the view the list would have
found: only neighbours are put together, or, where all begin with a word, those of one word. Names,
routes and arguments stay what they were, the arguments in the last part.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

Address = URLPattern | URLResolver
FEWEST = 2


def tree(addresses: Iterable[Address]) -> list[Address]:
    """The same addresses, those with the same first segment below it."""
    listed = list(addresses)
    if all(_splits(each) and "<" not in str(each.pattern).partition("/")[0] for each in listed):
        places = {segment: n for n, segment in reversed(list(enumerate(map(_first, listed))))}
        listed.sort(key=lambda each: places[_first(each)])
    grown: list[Address] = []
    for segment, neighbours in groupby(listed, _first):
        grown += _below(segment, list(neighbours))
    return grown


def _splits(address: Address) -> bool:
    """Whether an address is a plain route, which may be written in two parts."""
    return isinstance(address, URLPattern) and isinstance(address.pattern, RoutePattern)


def _first(address: Address) -> str:
    """The first segment with its slash; empty where there is none, or one that takes a value."""
    first, slash, _rest = str(address.pattern).partition("/")
    return first + slash if slash and "<" not in first and _splits(address) else ""


def _below(segment: str, addresses: Sequence[Address]) -> Iterator[Address]:
    if not segment or len(addresses) < FEWEST:
        yield from addresses
        return
    shorter = (_shorter(each, len(segment)) for each in addresses if isinstance(each, URLPattern))
    yield URLResolver(RoutePattern(segment), tree(shorter))


def _shorter(address: URLPattern, by: int) -> URLPattern:
    """The rest of an address; the same view, name and further arguments."""
    route = RoutePattern(str(address.pattern)[by:], name=address.name, is_endpoint=True)
    return URLPattern(route, address.callback, address.default_args, address.name)
