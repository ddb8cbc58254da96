"""The six grades of causality, their E2B text, and the opinion a report rests on.

Source: domain 3.6.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Causality(StrEnum):
    """China's six grades; WHO-UMC has the same six."""

    CERTAIN = "CERTAIN"
    PROBABLE = "PROBABLE"
    POSSIBLE = "POSSIBLE"
    UNLIKELY = "UNLIKELY"
    CONDITIONAL = "CONDITIONAL"
    UNASSESSABLE = "UNASSESSABLE"


class OpinionFlag(StrEnum):
    """What a reader of the effective opinion must know."""

    DEFAULT_RELATED = "DEFAULT_RELATED"
    REPORTER_KEPT = "REPORTER_KEPT"
    RAISED_BY_HOLDER = "RAISED_BY_HOLDER"
    RAISED_BY_AUTHORITY = "RAISED_BY_AUTHORITY"


@dataclass(frozen=True, slots=True)
class CausalityRules:
    """Naranjo scores and categories, the grade table, texts and strength, as loaded data."""

    version: str
    naranjo_scores: Mapping[str, Mapping[str, int]]
    naranjo_categories: tuple[tuple[str, int], ...]  # category and its lowest score, highest first
    china_rows: tuple[Mapping[str, Any], ...]
    texts: Mapping[str, Mapping[str, str]]
    strength: Mapping[str, int]
    related: frozenset[str]
    citations: Mapping[str, str]
    assessors: Mapping[str, Mapping[str, Any]]
    methods: Mapping[str, Mapping[str, Any]]
    questions: Mapping[str, tuple[Mapping[str, Any], ...]]  # by method, in the order asked
    reasons: Mapping[str, Mapping[str, str]]
    categories: Mapping[str, Mapping[str, str]]  # of Naranjo


@dataclass(frozen=True, slots=True)
class Opinion:
    """Every opinion as given, the one the report rests on, and why.

    `grade` is None for the default "related" of a spontaneous report without any opinion.
    """

    reporter: Causality | None
    holder: Causality | None
    authority: Causality | None
    grade: Causality | None
    related: bool | None
    flags: tuple[OpinionFlag, ...]
    citation: str


def read_causality_rules(data: Mapping[str, Any]) -> CausalityRules:
    """The rules of a loaded `causality.json`; KeyError or ValueError for a broken file."""
    naranjo = data["naranjo"]
    methods = {row["code"]: row for row in data.get("methods", ())}
    grades = {Causality(row["code"]).value: row for row in data["grades"]}
    return CausalityRules(
        str(data["version"]),
        {row["code"]: row["scores"] for row in naranjo["questions"]},
        tuple((row["code"], row["from_score"]) for row in naranjo["categories"]),
        tuple(data["china"]["rows"]),
        {code: {"en": row["en"], "zh": row["zh"]} for code, row in grades.items()},
        {code: row["strength"] for code, row in grades.items()},
        frozenset(code for code, row in grades.items() if row["related"]),
        data["citations"],
        # A version of before these were added names nobody; opinions then stand as they came.
        {row["code"]: row for row in data.get("assessors", ())},
        methods,
        {code: tuple(data[code]["questions"]) for code in methods},
        {row["code"]: row for row in data.get("reasons", ())},
        {row["code"]: row for row in naranjo["categories"]},
    )


def is_related(rules: CausalityRules, grade: Causality) -> bool:
    """Whether a grade keeps the event a suspected reaction: all but "unlikely"."""
    return grade.value in rules.related


def effective_opinion(
    rules: CausalityRules,
    reporter: Causality | None,
    holder: Causality | None,
    *,
    spontaneous: bool,
    authority: Causality | None = None,
) -> Opinion:
    """The opinion a report rests on: the strongest, all of them kept (GVP art. 45).

    Nobody lowers the reporter's opinion; a weaker one is sent beside it. A spontaneous report
    without an opinion of its reporter counts as related, whatever the holder alone says. A report
    from a study without any opinion has no answer yet: causality is assessed first there.
    """
    flags: list[OpinionFlag] = []
    others = {OpinionFlag.RAISED_BY_HOLDER: holder, OpinionFlag.RAISED_BY_AUTHORITY: authority}
    grade = reporter
    for flag, opinion in others.items():
        if opinion is None or opinion is grade:
            continue
        if grade is None or rules.strength[opinion.value] > rules.strength[grade.value]:
            grade = opinion
            flags = [flag] if reporter is not None else []
    related = is_related(rules, grade) if grade else None
    if reporter is None and spontaneous and not related:
        # Silence of the reporter counts as "related"; another opinion alone cannot undo that.
        kept = [OpinionFlag.REPORTER_KEPT] if grade else []
        grade, related, flags = None, True, [OpinionFlag.DEFAULT_RELATED, *kept]
    elif grade is reporter and any(one not in (None, reporter) for one in others.values()):
        flags = [OpinionFlag.REPORTER_KEPT]
    citation = rules.citations["opinion"]
    return Opinion(reporter, holder, authority, grade, related, tuple(flags), citation)


def to_e2b_text(rules: CausalityRules, grade: Causality, language: str) -> str:
    """The text of G.k.9.i.2.r.3 for `en` or `zh` (free text, at most 60 characters)."""
    return rules.texts[grade.value][language]


def from_e2b_text(rules: CausalityRules, text: str) -> Causality | None:
    """The grade a received text names in either language; None when it is not one of the six."""
    wanted = unicodedata.normalize("NFKC", text).strip().casefold()
    for code, texts in rules.texts.items():
        if wanted in {code.casefold(), *(label.casefold() for label in texts.values())}:
            return Causality(code)
    return None
