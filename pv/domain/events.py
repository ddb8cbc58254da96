"""Adverse events as safety sees them: seriousness with its reasons, the four minimum elements.

Source: domain 4.2.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pv.domain.clocks.day_zero import Element


class Seriousness(StrEnum):
    """The six criteria of GVP art. 44."""

    DEATH = "DEATH"
    LIFE_THREATENING = "LIFE_THREATENING"
    HOSPITALISATION = "HOSPITALISATION"
    DISABILITY = "DISABILITY"
    CONGENITAL_ANOMALY = "CONGENITAL_ANOMALY"
    OTHER_IMPORTANT = "OTHER_IMPORTANT"


class EventKind(StrEnum):
    """Kinds of event that a default rule can name; OTHER is everything else."""

    MALIGNANCY = "MALIGNANCY"
    CRS = "CRS"
    ICANS = "ICANS"
    IEC_HS = "IEC_HS"
    IEC_EC = "IEC_EC"
    RCL_POSITIVE = "RCL_POSITIVE"
    OTHER = "OTHER"


# What a scale grades and nothing else (Lee 2019, Rejeski 2023, Hines 2023). CTCAE grades events of
# any kind, so its name says none.
_KIND_OF_SCALE = {
    "ASTCT_CRS": EventKind.CRS,
    "ASTCT_ICANS": EventKind.ICANS,
    "IEC_HS": EventKind.IEC_HS,
    "ICAHT_EARLY": EventKind.OTHER,
    "ICAHT_LATE": EventKind.OTHER,
    "T_ICAHT_EARLY": EventKind.OTHER,
    "T_ICAHT_LATE": EventKind.OTHER,
}


def event_kind(*, category: str, malignancy: bool, scale: str) -> EventKind | None:
    """The kind of an event as it is recorded; None while nothing recorded says it.

    `category` is what the hospital named it, `scale` that of its grade. A category no rule asks
    about is OTHER, unless the scale grades one kind alone.
    """
    if malignancy:
        return EventKind.MALIGNANCY
    if category in set(EventKind) - {EventKind.OTHER}:
        return EventKind(category)
    return _KIND_OF_SCALE.get(scale) or (EventKind.OTHER if category else None)


@dataclass(frozen=True, slots=True)
class KindWords:
    """Words that name a kind of event, and words beside which they do not: progression, say."""

    kind: EventKind
    words: tuple[str, ...]
    unless: tuple[str, ...]


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words: one in ASCII as a whole word in either case, another anywhere."""
    parts = [
        rf"(?i:(?<![a-z0-9]){re.escape(word)}(?![a-z0-9]))" if word.isascii() else re.escape(word)
        for word in words
    ]
    return re.compile("|".join(parts) or r"(?!)")


@lru_cache(maxsize=65_536)
def names_one(text: str, words: tuple[str, ...]) -> bool:
    """Whether a text holds one of some words; Latin words count as whole words."""
    return _pattern(words).search(text) is not None


def kind_of_words(
    said: Collection[str], terms: Collection[str], kinds: Sequence[KindWords]
) -> EventKind | None:
    """The kind of a reaction told in words alone; None where they do not settle it.

    `said` are the reporter's words, `terms` the names of its dictionary codes. The first kind in
    the order of `kinds` holds. Words that name none prove nothing; a term that names none is OTHER.
    """
    texts = (*said, *terms)
    for one in kinds:
        if any(names_one(text, one.words) for text in texts):
            if any(names_one(text, one.unless) for text in texts):
                return None
            return one.kind
    return EventKind.OTHER if terms else None


@dataclass(frozen=True, slots=True)
class DefaultSerious:
    """A rule that adds a criterion: by kind, by kind from a grade on, or by outcome."""

    code: str
    kind: EventKind | None
    least_grade: int | None
    scales: frozenset[str]
    outcome: str | None
    criterion: Seriousness
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class EventRules:
    """Default rules, E2B element of each criterion, and what makes a minimum element."""

    version: str
    defaults: tuple[DefaultSerious, ...]
    e2b_elements: Mapping[Seriousness, str]
    minimum: Mapping[Element, tuple[str, ...]]
    minimum_citation: str
    kind_words: tuple[KindWords, ...] = ()  # in their order; none in a table before it named some


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What is recorded on one event; None = not recorded.

    `reported` are the criteria the reporter ticked; `reported_not_serious` is an explicit answer
    "not serious", which is not the same as ticking nothing.
    """

    reported: frozenset[Seriousness]
    reported_not_serious: bool | None
    kind: EventKind | None
    scale: str | None
    grade: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class AddedCriterion:
    """A criterion that a rule added to those reported."""

    criterion: Seriousness
    rule: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class SeriousnessAnswer:
    """`serious` is None while it is open; the reporter's criteria are always among `criteria`."""

    serious: bool | None
    criteria: frozenset[Seriousness]
    added: tuple[AddedCriterion, ...]
    missing: tuple[str, ...]


def read_event_rules(data: Mapping[str, Any]) -> EventRules:
    """The rules of a loaded `events.json`; KeyError or ValueError for a broken file."""
    defaults = tuple(
        DefaultSerious(
            row["code"],
            EventKind(row["kind"]) if row["kind"] else None,
            row["least_grade"],
            frozenset(row["scales"]),
            row["outcome"],
            Seriousness(row["criterion"]),
            row["citation"],
            row["confidence"],
        )
        for row in data["default_serious"]
    )
    elements = {Seriousness(row["code"]): row["e2b"] for row in data["seriousness"]}
    minimum = {Element(row["code"]): tuple(row["any_of"]) for row in data["minimum_elements"]}
    words = tuple(
        KindWords(EventKind(row["kind"]), tuple(row["words"]), tuple(row["unless"]))
        for row in data.get("kind_words", ())
    )
    citation = data["minimum_citation"]
    return EventRules(str(data["version"]), defaults, elements, minimum, citation, words)


def seriousness(rules: EventRules, facts: EventFacts) -> SeriousnessAnswer:
    """The criteria met: those reported, and those a default rule adds (GVP art. 44; domain 4.2).

    Nothing reported is ever taken away. Without any criterion the event is not serious only when
    the reporter said so and no rule waits for a missing kind or grade.
    """
    added: list[AddedCriterion] = []
    missing: list[str] = []
    for rule in rules.defaults:
        answer = _applies(rule, facts)
        if answer:
            added.append(AddedCriterion(rule.criterion, rule.code, rule.citation, rule.confidence))
        elif answer is None:
            waits_for_kind = facts.kind is None and rule.kind is not None
            missing.append("kind" if waits_for_kind else "grade" if rule.kind else "outcome")
    criteria = facts.reported | {item.criterion for item in added}
    if criteria:
        return SeriousnessAnswer(True, criteria, tuple(added), ())
    if not facts.reported_not_serious:
        missing.append("seriousness")
    gaps = tuple(dict.fromkeys(missing))
    return SeriousnessAnswer(None if gaps else False, criteria, (), gaps)


def _applies(rule: DefaultSerious, facts: EventFacts) -> bool | None:
    """Whether a default rule fires; None when the kind, grade or outcome it needs is missing."""
    if rule.outcome is not None and rule.outcome != facts.outcome:
        return None if facts.outcome is None else False
    if rule.kind is None:
        return rule.outcome is not None
    if facts.kind is not rule.kind:
        return None if facts.kind is None else False
    if rule.least_grade is None:
        return True
    # A grade on another scale says nothing here: grades are never converted.
    if facts.grade is None or facts.scale is None or facts.scale not in rule.scales:
        return None
    return facts.grade >= rule.least_grade
