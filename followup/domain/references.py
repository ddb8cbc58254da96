"""Reference documents as versioned entries: what a file holds, and how it differs from before.

The product's own rule.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

# Documents whose rows have a life of their own: kind of one entry, and the list that holds them.
# What remains of such a document, and every other document whole, is of kind `document`.
ITEMISED: Mapping[str, tuple[str, str]] = {
    "protocols": ("protocol", "protocols"),
    "code_lists": ("code_list", "code_lists"),
    "products": ("product", "products"),
    "holidays": ("holidays", "tables"),
}
DOCUMENT = "document"


class LoadChange(StrEnum):
    """What loading an entry does to what is recorded."""

    ADDED = "added"
    CHANGED = "changed"  # a new version; the old one stays
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # recorded, and a newer version is too
    REPLACED = "replaced"  # other content under the same version, in the demo only
    REFUSED = "refused"  # the same in earnest: a version that was used is never rewritten


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """One versioned piece of reference data with its source."""

    kind: str
    code: str
    version: str
    data: Mapping[str, Any]
    sha256: str
    valid_from: date | None
    valid_to: date | None
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded of one entry: a version, its fingerprint, its content."""

    version: str
    sha256: str
    data: Mapping[str, Any]


def fingerprint(data: Any) -> str:
    """SHA-256 of the canonical JSON form: key order and spacing do not count."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(name: str, document: Mapping[str, Any]) -> list[ReferenceEntry]:
    """Every entry of a document called `name` (its file without the ending).

    An entry without a version of its own carries the document's. Raises KeyError for a document
    that has neither `version` nor `as_of`, or an entry without a code.
    """
    version = str(document["version"] if "version" in document else document["as_of"])
    kind, key = ITEMISED.get(name, (DOCUMENT, ""))
    rest = {field: value for field, value in document.items() if field != key}
    made = [_entry(DOCUMENT, name, version, rest)]
    made += [_entry(kind, row["code"], version, row) for row in document.get(key, ())]
    return made


def _entry(kind: str, code: str, version: str, data: Mapping[str, Any]) -> ReferenceEntry:
    source = data.get("provenance") or data
    own = data.get("version") if kind != DOCUMENT else None
    return ReferenceEntry(
        kind=kind,
        code=code,
        version=str(own or version),
        data=data,
        sha256=fingerprint(data),
        valid_from=_day(data.get("valid_from") or data.get("effective_from")),
        valid_to=_day(data.get("valid_to") or data.get("effective_to")),
        citation=source.get("citation") or "",
        confidence=source.get("confidence") or "",
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def decide(
    entry: ReferenceEntry, known: Iterable[Known], *, replace: bool
) -> tuple[LoadChange, tuple[str, ...]]:
    """What to do with an entry, given its recorded versions with the newest last.

    Also names the fields that differ from the same or else the newest version. Content that is
    recorded as the newest version under another number is unchanged: a document may get a new
    version for one of its entries without making all others new.
    """
    versions = list(known)
    if not versions:
        return LoadChange.ADDED, ()
    same = next((k for k in versions if k.version == entry.version), None)
    before = same or versions[-1]
    if before.sha256 == entry.sha256:
        return (LoadChange.UNCHANGED if before is versions[-1] else LoadChange.SUPERSEDED), ()
    fields = differing(before.data, entry.data)
    if same is None:
        return LoadChange.CHANGED, fields
    return (LoadChange.REPLACED if replace else LoadChange.REFUSED), fields


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the top-level fields whose content differs, in alphabetical order."""
    names = sorted(set(before) | set(after))
    return tuple(n for n in names if before.get(n) != after.get(n) or (n in before) != (n in after))
