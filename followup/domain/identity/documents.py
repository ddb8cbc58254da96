"""Identity documents other than one: kinds with their form, check and what they say of a person.

The product's own rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from followup.domain.identity.national_ids import (
    NationalIdError,
    NationalIdProblem,
    normalise_national_id,
    read_national_id,
)

RESIDENT = "RESIDENT_ID"


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document, as the reference data describes it.

    `pattern` is the form of the number without blanks; `check` names its check (`GB11643`) or is
    empty; `unique` says that a number belongs to one person only (a passport's does so within
    its country alone); `same` is the part of the pattern that stays when a document is renewed.
    """

    code: str
    pattern: str
    check: str = ""
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A checked document: its kind, its number, and what the number says where it says it."""

    kind: str
    number: str
    key: str  # what is equal for one person: the kind and the number without the count of issues
    unique: bool
    birth_date: date | None = None
    sex: str = ""


def kinds_of(items: Mapping[str, Mapping[str, Any]]) -> dict[str, DocumentKind]:
    """The kinds of a code list, by code; an item without a pattern takes any number."""
    return {
        code: DocumentKind(
            code=code,
            pattern=str(item.get("pattern") or r"[0-9A-Z]{3,30}"),
            check=str(item.get("check") or ""),
            unique=bool(item.get("unique")),
        )
        for code, item in items.items()
    }


def read_document(text: str, kind: DocumentKind, *, not_after: date | None = None) -> Document:
    """The document a number of this kind stands for; NationalIdError with a code otherwise."""
    number = normalise_national_id(text)
    if not number:
        raise NationalIdError(NationalIdProblem.EMPTY)
    if kind.code == RESIDENT:
        return _checked(number, kind, not_after)
    form = re.fullmatch(kind.pattern, number, re.ASCII)
    if form is None:
        raise NationalIdError(NationalIdProblem.CHARACTERS)
    if kind.check == "GB11643" and len(number) == 18:
        return _checked(number, kind, not_after)
    same = form.groupdict().get("same") or number
    return Document(kind.code, number, f"{kind.code}:{same}", kind.unique)


def _checked(number: str, kind: DocumentKind, not_after: date | None) -> Document:
    read = read_national_id(number, not_after=not_after)
    # The number of a resident stands alone: so it is kept since the first registration.
    key = read.number
    return Document(kind.code, read.number, key, kind.unique, read.birth_date, read.sex)
