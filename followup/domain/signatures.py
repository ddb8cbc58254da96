"""What is signed, as bytes that are the same on every machine, and what ties a signature to it.

Source: 21 CFR 11.50 and 11.70; EU GMP Annex 11, 14. The canonical form is the product's own.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SignedLine:
    """One line as the signer sees it. `raw` is the stored value, the same in every language."""

    name: str
    label: str
    shown: str
    raw: str


@dataclass(frozen=True, slots=True)
class Content:
    """A record as it is shown for signing."""

    kind: str
    record: str
    title: str
    language: str
    lines: tuple[SignedLine, ...]


def canonical(data: Any) -> str:
    """JSON with sorted keys, without blanks, in Unicode's composed form (NFC)."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def sha256(text: str) -> str:
    """Of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(content: Content) -> str:
    """All that was shown, and nothing else: these bytes are hashed and kept."""
    return canonical(
        {
            "kind": content.kind,
            "record": content.record,
            "title": content.title,
            "language": content.language,
            "lines": [[line.name, line.label, line.shown, line.raw] for line in content.lines],
        }
    )


def state_of(content: Content) -> str:
    """Hash of the stored values alone: another language or a new label is no change."""
    values = [[line.name, line.raw] for line in content.lines]
    return sha256(canonical([content.kind, content.record, values]))


def lines_of(text: str) -> list[SignedLine]:
    """The lines of a kept content."""
    return [SignedLine(*line) for line in json.loads(text)["lines"]]


def leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The single values inside a document, each with its place; an empty part is a value."""
    if isinstance(value, Mapping) and value:
        for name in value:
            yield from leaves(f"{place}.{name}", value[name])
    elif isinstance(value, list | tuple) and value:
        for number, inner in enumerate(value, 1):
            yield from leaves(f"{place}[{number}]", inner)
    else:
        yield place, value


def changed(
    before: Iterable[SignedLine], after: Iterable[SignedLine]
) -> list[tuple[str, str, str]]:
    """Which lines differ: label, what was signed, what stands now."""
    old, new = {line.name: line for line in before}, {line.name: line for line in after}
    found = []
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        if one and other and one.raw == other.raw:
            continue
        if present := other or one:
            found.append((present.label, one.shown if one else "", other.shown if other else ""))
    return found
