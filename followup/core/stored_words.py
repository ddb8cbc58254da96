"""A text that is kept as its words and values, and read in the language of its reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils import translation
from django.utils.translation import gettext, pgettext

from followup.core.naming import reader_language

LANGUAGES = {"en": "en", "zh": "zh-hans"}
# A value as it is, or by language where it is a name that has one in each.
StoredValue = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """English source words with their values: `Words(gettext_noop("Data of %(site)s"), {...})`.

    `values` are texts, or a mapping from `en` and `zh` to a text (`named`); `context` is that of
    the catalogue.
    """

    text: str
    values: Mapping[str, StoredValue] = field(default_factory=dict)
    context: str = ""

    def __str__(self) -> str:
        """In the language that is active; the source words where the values do not fit them."""
        words = pgettext(self.context, self.text) if self.context else gettext(self.text)
        language = reader_language()
        values = {
            name: value if isinstance(value, str) else value.get(language, "")
            for name, value in self.values.items()
        }
        try:
            return words % values if values else words
        except (KeyError, TypeError, ValueError):
            return self.text

    def stored(self) -> dict[str, Any]:
        """As a JSON column keeps it."""
        return {"text": self.text, "values": dict(self.values), "context": self.context}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self | None:
        """Out of a JSON column; None where nothing, or nothing readable, was kept."""
        text = stored.get("text")
        if not isinstance(text, str) or not text:
            return None
        return cls(text, stored.get("values") or {}, str(stored.get("context") or ""))


def columns(said: Words | str, most: int = 500) -> tuple[str, dict[str, Any]]:
    """What is kept of a text: a column of at most `most` characters, and its words beside it."""
    return str(said)[:most], said.stored() if isinstance(said, Words) else {}


def told(stored: Mapping[str, Any], text: str) -> str:
    """A kept text in the reader's language; as it was kept where no words are beside it."""
    return str(Words.of(stored) or text)


def named(name: Callable[[Any], str], row: Any) -> dict[str, str]:
    """What a row is called in each language, as a value of `Words`."""
    found = {}
    for code, language in LANGUAGES.items():
        with translation.override(language):
            found[code] = str(name(row))
    return found


def spoken(say: Callable[[], str]) -> Words | str:
    """What is said in the language that is active, as words: once in each.

    What sounds the same in each, as a text that was put into words before, stays a text.
    """
    found = named(lambda _row: say(), None)
    return Words("%(said)s", {"said": found}) if len(set(found.values())) > 1 else say()
