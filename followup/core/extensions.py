"""What each application adds to the common pages and duties: one typed object per application.

An application registers its `Extensions` in `ready()`. Every entry is a function asked at first
use, so that starting a command reads no page; the order is that of INSTALLED_APPS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from followup.core.actor import Actor

if TYPE_CHECKING:
    from followup.core.security.rotations import Rotated

Finder = Callable[[Actor, str, int], Iterable[Any]]
Notes = Callable[[Actor, Any], Iterable[Any]]
Handler = Callable[[Actor, Any], Any]
FactTable = Mapping[type, tuple[Callable[..., Any], ...]]
Daily = Callable[..., int]
Calendar = Callable[..., Iterable[Any]]
Figures = Callable[[Actor], Iterable[Any]]
Rotation = Callable[[Actor], "Rotated"]


class OfKind(Protocol):
    """What is known by the name of its kind: a signable record, a source of obligations."""

    @property
    def kind(self) -> str:
        """The name, once among all applications."""


class Linked(Protocol):
    """An item of a menu."""

    @property
    def url(self) -> str:
        """The name of its address."""


def _none() -> tuple[()]:
    return ()


def _nothing() -> Mapping[Any, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What one application adds.

    `finders` answer the search box (actor, text, limit); `trail_numbers` name the column by which
    an auditor names a record (`pv.Case`, `number`), `trail_crossing` the actions of one side that
    write what the other reads; the notes are shown on the page of an event, of
    a sample, or beside a product; `daily` duties and `metrics` have names that marks and alarms
    keep; `dictionaries` are the releases of licensed dictionaries that are loaded, as a data lock
    names them; `rotations` encrypt what is named again under the newest key and say what changed
    and what was left.
    """

    finders: Callable[[], Sequence[Finder]] = _none
    trail_numbers: Sequence[tuple[str, str]] = ()
    trail_crossing: Sequence[str] = ()
    event_notes: Callable[[], Sequence[Notes]] = _none
    sample_notes: Callable[[], Sequence[Notes]] = _none
    product_notes: Callable[[], Sequence[Notes]] = _none
    fact_handlers: Callable[[], FactTable] = _nothing
    signables: Callable[[], Sequence[OfKind]] = _none
    menu: Callable[[], Sequence[Linked]] = _none
    daily: Callable[[], Mapping[str, Daily]] = _nothing
    calendars: Callable[[], Sequence[Calendar]] = _none
    metrics: Callable[[], Mapping[str, Figures]] = _nothing
    reminders: Callable[[], Sequence[OfKind]] = _none
    dictionaries: Callable[[], Sequence[str]] = _none
    rotations: Callable[[], Mapping[str, Rotation]] = _nothing


# Settings that named code as text until version 2026-11; see `register`.
RETIRED: Mapping[str, str] = {
    "EVERWATCH_FINDERS": "finders",
    "EVERWATCH_TRAIL_NUMBERS": "trail_numbers",
    "EVERWATCH_EVENT_NOTES": "event_notes",
    "EVERWATCH_SAMPLE_NOTES": "sample_notes",
    "EVERWATCH_FACT_HANDLERS": "fact_handlers",
    "EVERWATCH_SIGNABLES": "signables",
    "EVERWATCH_MENUS": "menu",
    "EVERWATCH_DAILY": "daily",
    "EVERWATCH_CALENDARS": "calendars",
    "EVERWATCH_METRICS": "metrics",
    "EVERWATCH_REMINDERS": "reminders",
}
_applications: dict[str, Extensions] = {}


def register(application: str, extensions: Extensions) -> None:
    """Take an application's object in; ImproperlyConfigured while a retired setting is used."""
    for name, field in RETIRED.items():
        if hasattr(settings, name):
            raise ImproperlyConfigured(
                f"{name} is no longer read: add it to `{field}` of EXTENSIONS in the application's "
                "extensions.py (docs/architecture.md, What an application adds)."
            )
    _applications[application] = extensions


def registered() -> tuple[Extensions, ...]:
    """The objects of all installed applications, in the order of INSTALLED_APPS."""
    return tuple(_applications.values())
