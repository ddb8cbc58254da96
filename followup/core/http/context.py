"""What the shell shows around every page: menus, counts, session times, language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from followup.core import clock
from followup.core.counting import Count, together
from followup.core.http import menus
from followup.core.http.menus import Badge, MenuPlace
from followup.core.http.requests import ANONYMOUS

SESSION_WARNING_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A menu item as it is on one page."""

    label: str
    href: str
    icon: str
    count: int
    current: str
    key: str
    group: str


@lru_cache(maxsize=1024)
def _menu(entries: tuple[ShownItem, ...]) -> str:
    """The HTML of a menu: it follows from its items, their counts among them, and nothing else."""
    groups = [(label, list(items)) for label, items in groupby(entries, lambda e: e.group)]
    return render_to_string("parts/menu.html", {"groups": groups})


class Shell:
    """Lazy on purpose: an error page draws nothing here and so asks no database."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._actor = getattr(request, "actor", ANONYMOUS)

    @cached_property
    def _entries(self) -> dict[MenuPlace, list[ShownItem]]:
        found: dict[MenuPlace, list[ShownItem]] = {place: [] for place in MenuPlace}
        items = menus.drawn(self._actor, get_language())
        # Of /patients/ and /patients/new/ only the longer one is where we are.
        path = self._request.path
        above = [
            (len(start), item.href)
            for item in items
            if item.place is MenuPlace.SIDE
            for start in item.starts
            if path.startswith(start)
        ]
        nearest = max(above)[1] if above else ""
        badges = self._badges([item.badge for item in items])
        for item in items:
            count = badges[item.badge] if item.badge else 0
            current = "page" if path == item.href else "true" if item.href == nearest else ""
            shown = ShownItem(
                item.label, item.href, item.icon, count, current, item.key, item.group
            )
            found[item.place].append(shown)
        return found

    def _badges(self, badges: Iterable[Badge | None]) -> dict[Badge, int]:
        """What each counts; those that can be asked together are."""
        asked = list(dict.fromkeys(badge for badge in badges if badge is not None))
        written = [badge for badge in asked if isinstance(badge, Count)]
        found: dict[Badge, int] = dict(zip(written, together(written, self._actor), strict=True))
        return found | {badge: badge(self._actor) for badge in asked if badge not in found}

    @property
    def menu(self) -> str:
        """The left navigation: its items under their group labels, in order."""
        return _menu(tuple(self._entries[MenuPlace.SIDE]))

    @property
    def header(self) -> list[ShownItem]:
        """Items of the top bar: jobs, notices."""
        return self._entries[MenuPlace.HEADER]

    @property
    def account(self) -> list[ShownItem]:
        """Items under the user's name."""
        return self._entries[MenuPlace.ACCOUNT]

    @cached_property
    def may(self) -> dict[str, bool]:
        """What the actor may do somewhere, by the name of the permission: `shell.may.CASE_WRITE`.

        Only for leaving out links; whether a row allows it is the action's question.
        """
        return {perm.name: True for perm in self._actor.permissions}

    @cached_property
    def access_ends(self) -> date | None:
        """The earliest last day among the person's rights, for the top of each page."""
        return min((g.ends_on for g in self._actor.grants if g.ends_on), default=None)

    @property
    def other_language(self) -> tuple[str, str]:
        """Code and own name of the language the switch leads to."""
        now = get_language()
        return next((pair for pair in settings.LANGUAGES if pair[0] != now), settings.LANGUAGES[0])

    @property
    def idle_seconds(self) -> int:
        """How long a session lives without activity."""
        return int(settings.SESSION_IDLE_SECONDS)

    @property
    def warning_seconds(self) -> int:
        """How long before the end the warning opens; never more than half the idle time."""
        return min(SESSION_WARNING_SECONDS, self.idle_seconds // 2)

    @property
    def now(self) -> Any:
        """The moment the page was made, for the printed head."""
        return clock.now()


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
