"""What the cells of a cohort's row mean: purposes, telephone numbers, details of the infusion."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from followup.actions.identity import Contact
from followup.core.problems import Refused
from followup.core.stored_words import LANGUAGES
from followup.domain.cohorts import fold
from followup.domain.consents import Purpose
from followup.domain.infusion_details import NUMBERS, InfusionDetails
from followup.queries.field_words import PURPOSES

_SHORT_WORDS = {
    "样本": Purpose.SAMPLES,
    "出境": Purpose.CROSS_BORDER,
    "再次联系": Purpose.LATER_CONTACT,
    "研究": Purpose.RESEARCH,
}


@cache
def _purpose_words() -> dict[str, str]:
    """Purposes by code, and by their words in each language; folded."""
    found = {fold(purpose.value): purpose.value for purpose in Purpose}
    found |= {fold(word): purpose.value for word, purpose in _SHORT_WORDS.items()}
    for language in LANGUAGES.values():
        with translation.override(language):
            found |= {fold(str(words)): purpose.value for purpose, words in PURPOSES.items()}
    return found


def contacts(values: Mapping[str, Any]) -> tuple[Contact, ...]:
    """The numbers of the patient and of the family."""
    found = []
    if values.get("phone"):
        found.append(Contact(phone=values["phone"], whose="PATIENT"))
    if values.get("phone_family"):
        relation = values.get("relation", "")
        found.append(Contact(phone=values["phone_family"], whose="FAMILY", relation=relation))
    return tuple(found)


def purposes(text: str) -> list[str]:
    """Purposes as written, by code or in words, with any common mark between them."""
    for mark in "，、；;+/|\n":
        text = text.replace(mark, ",")
    found = []
    for word in filter(None, (part_of.strip() for part_of in text.split(","))):
        purpose = _purpose_words().get(fold(word))
        if purpose is None:
            raise Refused(_("This purpose is not known: %(text)s") % {"text": word})
        found.append(purpose)
    return found


def details(values: Mapping[str, Any]) -> InfusionDetails:
    """The details of the infusion as they are told; what is left out is not known."""
    said = {each.name: values[each.name] for each in fields(InfusionDetails) if each.name in values}
    numbers = {name: Decimal(said[name]) for name in NUMBERS if name in said}
    return InfusionDetails(**said | numbers)
