"""Classes of the delayed event of special interest, and what is asked of an event of each class.

Source: domain 1.1.5 (FDA long-term follow-up, January 2020) for the classes, 2.3 for the items.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class EventClass(StrEnum):
    """The five classes of new clinical conditions."""

    NEW_MALIGNANCY = "NEW_MALIGNANCY"
    NEUROLOGIC = "NEUROLOGIC"
    AUTOIMMUNE = "AUTOIMMUNE"
    HAEMATOLOGIC = "HAEMATOLOGIC"
    INFECTION = "INFECTION"


# Which list of codes an answer is from; an answer without one is in words.
CODE_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "event_class": "event_class",
        "neurologic_type": "neuro_event",
        "haematologic_type": "haem_event",
        "infection_type": "infection",
        "new_or_exacerbated": "new_or_exacerbated",
        "iv_anti_infective": "yes_no_unknown",
    }
)
# A new malignancy has questions of its own. A disorder of the blood and an infection are of their
# class only when they are new.
ASKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EventClass.NEUROLOGIC: ("neurologic_type", "new_or_exacerbated"),
        EventClass.AUTOIMMUNE: ("new_or_exacerbated",),
        EventClass.HAEMATOLOGIC: ("haematologic_type",),
        EventClass.INFECTION: (
            *("infection_type", "infection_organism", "infection_site", "iv_anti_infective"),
        ),
    }
)
ITEMS = tuple(dict.fromkeys(name for names in ASKED.values() for name in names))
CLASSIFIED = ("event_class", *ITEMS)
# Disorders of the blood that are malignant.
MALIGNANT_TYPES = frozenset({"MDS", "AML"})


def asked(event_class: str) -> tuple[str, ...]:
    """The items a class asks for; nothing of no class and of one nobody knows."""
    return ASKED.get(event_class, ())


def class_of(event_class: str, *, malignancy: bool) -> str:
    """The class of an event: that of a new malignancy follows from the answer that it is one."""
    return EventClass.NEW_MALIGNANCY.value if malignancy else event_class


def agrees(event_class: str, *, malignancy: bool) -> bool:
    """Whether a class and the answer "new malignancy" can both be true; no class always can."""
    return not event_class or (event_class == EventClass.NEW_MALIGNANCY) is malignancy


def not_asked(event_class: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """The items that were answered although the class does not ask for them."""
    wanted = asked(event_class)
    return tuple(name for name in ITEMS if answers.get(name) and name not in wanted)


def category(kind: str, event_class: str) -> str:
    """What an event is counted under: the toxicity or kind it was named, else its class."""
    return event_class if event_class and kind in ("", "OTHER") else kind
