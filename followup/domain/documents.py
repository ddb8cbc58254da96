"""Whether a reference document holds together: who refuses it says at which place and why.

The product's own rule.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any

Check = Callable[[Mapping[str, Any]], object]
WRONG = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
LANGUAGES = ("en", "zh")


class Confidence(StrEnum):
    """How sure an entry of reference data is; also written with hyphens."""

    SOURCE = "source"  # the text of the source was read
    SECONDARY = "secondary"  # a text about the source was read
    MEMORY_HIGH = "memory_high"
    MEMORY_MEDIUM = "memory_medium"
    MEMORY_LOW = "memory_low"
    DERIVED = "derived"  # follows from entries that have a source
    PROJECT = "project"  # a default of this product
    MISSION = "mission"  # set by whoever ordered the product
    UNKNOWN = "unknown"


class WrongDocument(ValueError):
    """A document that cannot be used: `place` is a path such as `rules[3].limits`."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place, self.reason = place, reason


class DocumentPath:
    """Where a reader is in a document: the path of what it looked at last."""

    def __init__(self) -> None:
        self.path = ""


class _Object(dict[str, Any]):
    """A JSON object that notes which of its values is looked at."""

    def __init__(self, data: Mapping[str, Any], place: DocumentPath, path: str) -> None:
        super().__init__({key: _noted(data[key], place, _joined(path, key)) for key in data})
        self._place, self._path = place, path

    def __getitem__(self, key: str) -> Any:
        self._place.path = _joined(self._path, str(key))
        if key not in self:
            raise WrongDocument(self._place.path, "is missing")
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._place.path = _joined(self._path, str(key))
        return super().get(key, default)


class _List(list[Any]):
    """A JSON list that notes which of its entries is looked at."""

    def __init__(self, data: list[Any], place: DocumentPath, path: str) -> None:
        super().__init__(_noted(entry, place, f"{path}[{n}]") for n, entry in enumerate(data))
        self._place, self._path = place, path

    def __iter__(self) -> Iterator[Any]:
        for number, entry in enumerate(super().__iter__()):
            self._place.path = f"{self._path}[{number}]"
            yield entry


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _noted(data: Any, place: DocumentPath, path: str) -> Any:
    if isinstance(data, Mapping):
        return _Object(data, place, path)
    return _List(data, place, path) if isinstance(data, list) else data


def accept(check: Check, data: Mapping[str, Any]) -> None:
    """Let a reader read the document; WrongDocument with the place where it stopped."""
    place = DocumentPath()
    try:
        check(_noted(data, place, ""))
    except WrongDocument:
        raise
    except WRONG as error:
        raise WrongDocument(place.path, _words(error)) from error


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is not known" if error.args else "is not known"
    return str(error) or type(error).__name__


def both_languages(data: Any, path: str = "") -> None:
    """WrongDocument where a text is in one language only, or is no text."""
    if isinstance(data, Mapping):
        if any(language in data for language in LANGUAGES):
            _texts(data, path)
        _pairs(data, path)
        for key, value in data.items():
            both_languages(value, _joined(path, key))
    elif isinstance(data, list):
        for number, entry in enumerate(data):
            both_languages(entry, f"{path}[{number}]")


def _texts(data: Mapping[str, Any], path: str) -> None:
    for language in LANGUAGES:
        text = data.get(language)
        if not isinstance(text, str) or not text.strip():
            raise WrongDocument(_joined(path, language), "a text in both languages is needed")


def _pairs(data: Mapping[str, Any], path: str) -> None:
    """WrongDocument where `title_en` stands without `title_zh` or the reverse, or one is empty."""
    for base in {name[:-3] for name in data if name.endswith(("_en", "_zh"))} - _ONE_LANGUAGE:
        values = {f"{base}_{language}": data.get(f"{base}_{language}") for language in LANGUAGES}
        for name, value in values.items():
            blank = isinstance(value, str) and not value.strip()
            if blank or (value is None and base not in _PROPER_NAMES and any(values.values())):
                raise WrongDocument(_joined(path, name), "a text in both languages is needed")


# An international name beside the Chinese one, a name the holder took later, a shown citation.
_ONE_LANGUAGE = frozenset({"name", "mah_later_name", "citation"})
_PROPER_NAMES = frozenset({"brand"})  # a brand may exist in one language only


def sources(data: Any, path: str = "", *, cited: bool = False) -> None:
    """WrongDocument for an unknown confidence, an empty citation, or a confidence of nothing.

    Whoever states a confidence cites a source, on the spot or in what encloses it.
    """
    if isinstance(data, Mapping):
        cited = cited or any(name.startswith("citation") for name in data)
        stated = data.get("confidence") is not None or data.get("citation") is not None
        for name, value in data.items():
            place = _joined(path, name)
            if stated and name == "citation" and not (isinstance(value, str) and value.strip()):
                raise WrongDocument(place, "a text is needed")
            if stated and name.endswith("confidence") and not isinstance(value, Mapping | list):
                if value not in _CONFIDENCES:
                    raise WrongDocument(place, f"{value!r} is no confidence")
                if not cited and name == "confidence":
                    raise WrongDocument(_joined(path, "citation"), "is missing")
            sources(value, place, cited=cited)
    elif isinstance(data, list):
        for number, entry in enumerate(data):
            sources(entry, f"{path}[{number}]", cited=cited)


_CONFIDENCES = frozenset(
    spelling for known in Confidence for spelling in (known.value, known.value.replace("_", "-"))
)


def text(data: Mapping[str, Any], *names: str) -> None:
    """ValueError unless each of these is a text that says something.

    The reader makes it a WrongDocument.
    """
    for name in names:
        if not isinstance(data[name], str) or not data[name].strip():
            raise ValueError("a text is needed")


def number(data: Mapping[str, Any], *names: str) -> None:
    """ValueError unless each of these is a whole number from 0 on."""
    for name in names:
        value = data[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError("a whole number from 0 on is needed")


def codes(rows: Any, *texts: str) -> frozenset[str]:
    """The codes of a list of entries, each once and each with its texts.

    ValueError for an empty list or a repeated code.
    """
    if not isinstance(rows, list) or not rows:
        raise ValueError("a list with entries is needed")
    found: set[str] = set()
    for row in rows:
        text(row, *texts)
        code = row["code"]
        if not isinstance(code, str) or not code or code in found:
            raise ValueError(f"a code of its own is needed, not {code!r}")
        found.add(code)
    return frozenset(found)


def one_of(data: Mapping[str, Any], name: str, known: Collection[str]) -> None:
    """ValueError unless the value is one of the known ones."""
    if data[name] not in known:
        raise ValueError(f"{data[name]!r} is none of {', '.join(sorted(known))}")


def code_list(data: Mapping[str, Any]) -> None:
    """One code list: its titles and its entries in both languages."""
    text(data, "code", "title_en", "title_zh")
    codes(data["items"], *LANGUAGES)


def product(data: Mapping[str, Any]) -> None:
    """One product with its holder, its class and its indications.

    ValueError for a target that is no text.
    """
    text(data, "code", "inn", "name_zh", "mah_en", "mah_zh", "kind", "vector_type", "atmp_class")
    text(data["provenance"], "confidence")
    for target in data["targets"]:
        if not isinstance(target, str):
            raise ValueError("a text is needed")
    if data["indications"]:
        codes(data["indications"], "text_en", "text_zh", "disease", "authorisation")
    for row in data["indications"]:
        if row["authorisation"] == "approved":
            one_of(row, "status", ("conditional", "full", "unknown"))
            one_of(row["approval"], "precision", ("day", "month", "year"))
            text(row["approval"], "date")


def words(data: Mapping[str, Any]) -> None:
    """What stands beside the protocols: assessments, kinds of contact and conditions by name."""
    for name in ("assessments", "contact_types", "conditions"):
        codes(data[name], *LANGUAGES)
