"""Names in the reader's language: of rows, of what the trail names, and of sources."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.utils.translation import get_language, gettext, pgettext

from followup.core.actor import AUTOMATIC
from followup.languages import is_chinese

FILE = "names.json"
# What replaces the path inside a column that holds a document; empty leaves the path.
PlaceName = Callable[[str, str], str]
# The words of a value stored at a place inside such a column; empty leaves the value.
PlaceValue = Callable[[str, str, str], str]
_places: dict[str, PlaceName] = {}
_place_values: dict[str, PlaceValue] = {}


def reads_chinese() -> bool:
    """Whether the reader of the page or paper being made reads Chinese."""
    return is_chinese(get_language())


def reader_language() -> str:
    """The half of a two-language entry that is shown: `zh` or `en`."""
    return "zh" if reads_chinese() else "en"


def localized_name(row: Any) -> str:
    """The name of a product, site, holder or indication; the other language when one is empty."""
    chinese = reads_chinese()
    for language in ("zh", "en") if chinese else ("en", "zh"):
        for stem in ("name", "generic", "label", "title"):
            if text := getattr(row, f"{stem}_{language}", ""):
                return str(text)
        if language == "en" and (inn := getattr(row, "inn", "")):
            return str(inn)
    return str(row)


def who(row: Any) -> str:
    """Who wrote a row, as pages name people; as recorded where no account is kept with it."""
    person = getattr(row, "recorded_by", None) or getattr(row, "actor", None)
    if person is not None:
        return str(person)
    name = str(row.actor_name)
    return gettext("the system") if name.startswith(AUTOMATIC) else name


@cache
def _shipped() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """`names.json` of every installed application: all it names, in words."""
    found: dict[str, dict[str, Mapping[str, str]]] = {
        kind: {} for kind in ("tables", "columns", "values", "actions", "citations", "documents")
    }
    for config in apps.get_app_configs():
        path = Path(config.path) / FILE
        if path.exists():
            for kind, names in json.loads(path.read_text(encoding="utf-8")).items():
                for code, words in names.items():
                    found[kind].setdefault(code, words)
    return found


def state_places(column: str, name: PlaceName, value: PlaceValue | None = None) -> None:
    """Say how places inside a column that holds a document are named: (place, language).

    `value` puts what is stored there in words: (place, stored, language).
    """
    _places[column] = name
    if value is not None:
        _place_values[column] = value


def _words(kind: str, code: str) -> str:
    words = _shipped()[kind].get(code)
    return words[reader_language()] if words else ""


def table(code: str) -> str:
    """A table in words; its own name when it has none."""
    return _words("tables", code) or code


def action(code: str) -> str:
    """An action in words; its own name when it has none."""
    return _words("actions", code) or code


def document(code: str) -> str:
    """A set of reference data in words; its own name when it has none."""
    return _words("documents", code) or code


def edition(text: str) -> str:
    """Sets of reference data with their versions, as rows keep what they were counted by.

    "rule_sets 2026-11.5, CN 2026-11-28": the second is the table of a country's holidays.
    """
    said = []
    for part in text.split(", "):
        code, _space, version = part.partition(" ")
        words = _words("documents", code)
        if not words and version and len(code) == 2 and code.isupper():
            words = f"{document('holidays')} {code}"
        said.append(f"{words or code} {version}".strip())
    return pgettext("list", ", ").join(said)


def citation(text: str) -> str:
    """Where a rule or fact is written, in the reader's language; as it stands without words.

    Several sources in one text are joined by "; ", which one source may hold too: the longest
    run of parts that has words is one source.
    """
    if words := _words("citations", text):
        return words
    parts, said = text.split("; "), []
    while parts:
        runs = ((n, "; ".join(parts[:n])) for n in range(len(parts), 0, -1))
        known = ((n, words) for n, run in runs if (words := _words("citations", run)))
        length, words = next(known, (1, parts[0]))
        said.append(words)
        parts = parts[length:]
    return ("；" if reads_chinese() else "; ").join(said)


def column(code: str, of: str = "") -> str:
    """A column of a table in words, with the place inside it for one that holds a document."""
    head, _dot, place = code.partition(".")
    head, bracket, number = head.partition("[")
    words = _words("columns", f"{of}.{head}") or _words("columns", head) or head
    inside = f"{bracket}{number}{'.' if place else ''}{place}"
    if not inside:
        return words
    known = _places[head](inside, get_language() or "") if head in _places else ""
    return f"{words} · {known or inside.lstrip('.')}"


def value(code: str, column: str, of: str = "") -> tuple[str, str]:
    """The words of a coded value, and the code list that has them where it has none here."""
    head = column.partition(".")[0].partition("[")[0]
    if head in _place_values:
        inside = column.removeprefix(head)
        if placed := _place_values[head](inside, code, get_language() or ""):
            return placed, ""
    known: Mapping[str, Any] = _shipped()["values"]
    spelled = known.get(f"{of}.{head}") or known.get(head) or {}
    words = spelled.get(code)
    if isinstance(words, dict):
        return words[reader_language()], ""
    if each := spelled.get("each"):  # several codes of another column
        named = (value(one, str(each))[0] or one for one in code.split(", "))
        return pgettext("list", ", ").join(named), ""
    if spelled.get("list"):
        return "", str(spelled["list"])
    return str(_choice_labels().get(f"{of}.{head}", {}).get(code, "")), ""


@cache
def _choice_labels() -> Mapping[str, Mapping[str, Any]]:
    """The choices of every column that has them, with their lazy words, by table and column."""
    return {
        f"{model._meta.db_table}.{field.column}": dict(field.flatchoices)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.choices
    }


def values(column: str, of: str = "") -> Mapping[str, Mapping[str, str]]:
    """The codes of a column with their words in both languages, where they stand here."""
    known: Mapping[str, Any] = _shipped()["values"]
    spelled = known.get(f"{of}.{column}") or known.get(column) or {}
    return {code: words for code, words in spelled.items() if isinstance(words, dict)}


def actions() -> list[tuple[str, str]]:
    """Every action with its words, in the order of the words."""
    return sorted(((code, action(code)) for code in _shipped()["actions"]), key=lambda one: one[1])
