"""A registry's worksheet: each item of its forms with our value, or that it is missing, and why.

The items are reference data (`registries.json`); no form of a registry is copied. A value without
a term of the registry is shown as ours and its answer stays open for a person.

Source: public manuals of CIBMTR, as cited in the reference data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from followup.domain.documents import LANGUAGES, codes, text
from followup.languages import is_chinese
from pv.domain.datasets.records import KEY, Facts


class Level(StrEnum):
    """Whose facts answer an item, once for each of them: data sets of the SDTM mapping."""

    SUBJECT = "DM"
    INFUSION = "EX"
    MEDICATION = "CM"
    PROCEDURE = "PR"
    CONTACT = "SS"
    EVENT = "AE"
    CLINICAL_EVENT = "CE"


class Missing(StrEnum):
    """Why an item has no answer."""

    NOT_COLLECTED = "NOT_COLLECTED"  # the register has no such fact
    NOT_RECORDED = "NOT_RECORDED"
    NO_TERM = "NO_TERM"  # recorded, and the registry's word for it is for a person to choose


# The fact that says which record of its level a value belongs to.
DAY = {
    Level.INFUSION: "infused_on",
    Level.MEDICATION: "started",
    Level.PROCEDURE: "started",
    Level.CONTACT: "contact_on",
    Level.EVENT: "onset",
    Level.CLINICAL_EVENT: "onset",
}


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a form by its public number; `fact` is empty where the register has none."""

    code: str
    form: str
    level: Level
    fact: str
    when: str
    en: str
    zh: str
    terms: Mapping[str, str]

    def label(self, language: str) -> str:
        """The item in a language of the product."""
        return self.zh if is_chinese(language) else self.en


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry with its items in the order of the worksheet."""

    code: str
    en: str
    zh: str
    items: Sequence[Item]

    def label(self, language: str) -> str:
        """The name in a language of the product."""
        return self.zh if is_chinese(language) else self.en


@dataclass(frozen=True, slots=True)
class Answer:
    """An item for one record: `number` counts the records of the level from 1."""

    item: Item
    number: int
    day: str
    value: str
    answer: str
    missing: Missing | None


def read_registries(data: Mapping[str, Any]) -> Mapping[str, Registry]:
    """The registries out of their document. ValueError, KeyError or TypeError where wrong."""
    text(data, "citation", "confidence")
    codes(data["registries"], *LANGUAGES)
    for row in data["registries"]:
        codes(row["items"], "form", *LANGUAGES)
    return {
        row["code"]: Registry(
            row["code"],
            row["en"],
            row["zh"],
            tuple(Item(**{**item, "level": Level(item["level"])}) for item in row["items"]),
        )
        for row in data["registries"]
    }


def answers(registry: Registry, facts: Mapping[str, Sequence[Facts]]) -> Iterator[Answer]:
    """Every item of one subject, once for each record it is asked of."""
    for item in registry.items:
        rows = sorted(facts.get(item.level.value, ()), key=lambda row: _order(item, row))
        for number, row in enumerate(rows, 1):
            if not item.when or row.get(item.when):
                yield _answer(item, number, row)


def _order(item: Item, row: Facts) -> tuple[str, str]:
    return str(row.get(DAY.get(item.level, "")) or ""), str(row[KEY])


def _answer(item: Item, number: int, row: Facts) -> Answer:
    raw = row.get(item.fact) if item.fact else None
    value = "" if raw is None else str(raw).strip()
    answer = item.terms.get(value, "") if item.terms else value
    missing = None
    if not item.fact:
        missing = Missing.NOT_COLLECTED
    elif not value:
        missing = Missing.NOT_RECORDED
    elif not answer:
        missing = Missing.NO_TERM
    return Answer(item, number, str(row.get(DAY.get(item.level, "")) or ""), value, answer, missing)
