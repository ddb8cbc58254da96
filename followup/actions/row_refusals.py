"""Rows of a file that are refused: why, in each language, for whoever mends the file."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.utils import translation

from followup.core.problems import Refused

LANGUAGES = ("zh-hans", "en")  # the file goes to whoever mends it
Made = TypeVar("Made")


def spoken(say: Callable[[], str]) -> tuple[str, ...]:
    """A text in each of `LANGUAGES`."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(say()))
    return tuple(found)


def tried(act: Callable[[], Made]) -> tuple[Made | None, tuple[str, ...]]:
    """What `act` makes, or why it is refused in each of `LANGUAGES`; then nothing of it stays.

    A refusal is put into words where it happens, so what is refused is tried once more in each.
    """
    reasons = []
    try:
        with transaction.atomic():
            return act(), ()
    except Refused:
        for language in LANGUAGES:
            try:
                with translation.override(language), transaction.atomic():
                    return act(), ()
            except Refused as refused:
                with translation.override(language):
                    reasons.append(refused.sentences)
    return None, tuple(reasons)
