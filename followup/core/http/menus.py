"""Menus as data: each package lists its items, the shell shows those the actor may use."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.permissions import Perm, Role
from followup.core.statements import rights
from followup.core.templatetags.addresses import address

logger = logging.getLogger("everwatch.menus")


class MenuPlace(StrEnum):
    """Where in the shell an item stands."""

    SIDE = "side"
    HEADER = "header"
    ACCOUNT = "account"


Badge = Callable[[Actor], int]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One address in a menu. `needs=None` means everyone who is signed in, `or_needs` opens it too.

    `badge` counts what waits there (zero shows nothing) and is asked on every full page, so it
    must be one indexed query, best of `counting.counts`, which are asked together. `home_for` names
    the roles that land here after signing in; the first such item in the order of the menus wins.
    `key` is a shortcut such as "g w". `also` are the beginnings of other paths that belong to the
    item and have none of their own.
    """

    label: str | Promise
    url: str
    needs: Perm | None = None
    or_needs: Perm | None = None
    icon: str = "list"
    place: MenuPlace = MenuPlace.SIDE
    group: str | Promise = ""
    badge: Badge | None = None
    home_for: frozenset[Role] = frozenset()
    key: str = ""
    also: tuple[str, ...] = ()

    def allows(self, actor: Actor) -> bool:
        """Whether this actor gets the item at all."""
        if self.needs is None or actor.may(self.needs):
            return True
        return self.or_needs is not None and actor.may(self.or_needs)

    @property
    def address(self) -> str:
        """The path, or an empty text when no view answers to the name."""
        try:
            return address(self.url, [])
        except NoReverseMatch:
            logger.warning("menu item without a page", extra={"url": self.url})
            return ""


@lru_cache(maxsize=1)
def registered() -> tuple[MenuItem, ...]:
    """All items of the menus of all applications, in their order."""
    menus = (added.menu() for added in extensions.registered())
    return tuple(item for menu in menus for item in menu if isinstance(item, MenuItem))


def for_actor(actor: Actor) -> list[MenuItem]:
    """The items the actor may use."""
    return list(_allowed(rights(actor)))


@lru_cache(maxsize=512)
def _allowed(actor: Actor) -> tuple[MenuItem, ...]:
    """What somebody with these rights may use: it follows from nothing else."""
    return tuple(item for item in registered() if item.allows(actor))


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """A menu item with its words in a language and its path; `starts` are where one is below it."""

    label: str
    href: str
    icon: str
    key: str
    group: str
    place: MenuPlace
    badge: Badge | None
    starts: tuple[str, ...]


def drawn(actor: Actor, language: str | None) -> tuple[DrawnItem, ...]:
    """The items that have a page, for somebody who reads this (the present) language."""
    urls = (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
    return _drawn(rights(actor), language, *urls)


@lru_cache(maxsize=512)
def _drawn(actor: Actor, language: str | None, *urls: str) -> tuple[DrawnItem, ...]:
    """Follows from rights, language and where the addresses are, and from nothing else."""
    found = ((item, item.address) for item in _allowed(actor))
    return tuple(
        DrawnItem(
            str(item.label),
            href,
            item.icon,
            item.key,
            str(item.group),
            item.place,
            item.badge,
            (href, *item.also),
        )
        for item, href in found
        if href
    )


def home(actor: Actor) -> str:
    """The URL an actor lands on: the page of the role, else the first page allowed."""
    items = for_actor(actor)
    own = [item for item in items if item.home_for & actor.roles]
    side = [item for item in items if item.place is MenuPlace.SIDE]
    return next((item.address for item in own + side if item.address), reverse("help"))
