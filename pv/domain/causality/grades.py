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


@dataclass(frozen=True, slots=True)
class Opinion:
    """Both opinions as given, the one the report rests on, and why.

    `grade` is None for the default "related" of a spontaneous report without any opinion.
    """

    reporter: Causality | None
    holder: Causality | None
    grade: Causality | None
    related: bool | None
    flags: tuple[OpinionFlag, ...]
    citation: str


def read_causality_rules(data: Mapping[str, Any]) -> CausalityRules:
    """The rules of a loaded `causality.json`; KeyError or ValueError for a broken file."""
    naranjo = data["naranjo"]
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
) -> Opinion:
    """The opinion a report rests on: the stronger of the two, both kept (GVP art. 45).

    The holder never lowers the reporter's opinion; its own, weaker one is sent beside it. A
    spontaneous report without an opinion counts as related. A report from a study without any
    opinion has no answer yet: causality is assessed first there.
    """
    citation = rules.citations["opinion"]
    if reporter is None and holder is None:
        if spontaneous:
            flags: tuple[OpinionFlag, ...] = (OpinionFlag.DEFAULT_RELATED,)
            return Opinion(None, None, None, True, flags, citation)
        return Opinion(None, None, None, None, (), citation)
    if reporter is None:
        assert holder is not None
        if spontaneous and not is_related(rules, holder):
            # Silence of the reporter counts as "related"; the holder alone cannot undo that.
            flags = (OpinionFlag.DEFAULT_RELATED, OpinionFlag.REPORTER_KEPT)
            return Opinion(None, holder, None, True, flags, citation)
        return Opinion(None, holder, holder, is_related(rules, holder), (), citation)
    if holder is None or holder is reporter:
        return Opinion(reporter, holder, reporter, is_related(rules, reporter), (), citation)
    higher = rules.strength[holder.value] > rules.strength[reporter.value]
    grade = holder if higher else reporter
    flag = OpinionFlag.RAISED_BY_HOLDER if higher else OpinionFlag.REPORTER_KEPT
    return Opinion(reporter, holder, grade, is_related(rules, grade), (flag,), citation)


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
