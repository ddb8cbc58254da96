"""Code lists of the reference data with their labels in both languages."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, QuerySet

from followup.core.request_answers import once_a_request
from followup.core.statements import Given, written_once
from followup.languages import is_chinese
from followup.models import ReferenceItem

Code = tuple[str, str, str]  # code, English label, Chinese label


@lru_cache(maxsize=256)
def _rows(item_id: UUID, sha256: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(ReferenceItem.objects.get(id=item_id).data["items"])


@lru_cache(maxsize=256)
def _items(item_id: UUID, sha256: str) -> tuple[Code, ...]:
    return tuple((row["code"], row["en"], row["zh"]) for row in _rows(item_id, sha256))


@once_a_request
def _latest(code: str) -> tuple[UUID, str] | None:
    return next(iter(_last_loaded(code=code)), None)


@written_once
def _last_loaded() -> QuerySet[ReferenceItem, tuple[UUID, str]]:
    rows = ReferenceItem.objects.filter(kind="code_list", code=Given("code", CharField()))
    return rows.order_by("-loaded_at", "-version").values_list("id", "sha256")[:1]


def items(code: str) -> tuple[Code, ...]:
    """The codes of a list as last loaded; empty before reference data is loaded.

    Lists joined by "+" are read as one, for a column whose list depends on another column; a code
    of several is said in the words of the first.
    """
    if "+" in code:
        every = (row for each in code.split("+") for row in items(each))
        return tuple({row[0]: row for row in reversed(tuple(every))}.values())[::-1]
    row = _latest(code)
    return _items(*row) if row else ()


def rows(code: str) -> tuple[Mapping[str, Any], ...]:
    """The codes of a list with everything that stands beside their labels."""
    row = _latest(code)
    return _rows(*row) if row else ()


def label(code_list: str, code: str, language: str) -> str:
    """The label of one code; the code itself when the list does not know it."""
    for known, english, chinese in items(code_list):
        if known == code:
            return chinese if is_chinese(language) else english
    return code


def plausible_range(code: str) -> Mapping[str, Any]:
    """A range outside of which a value is asked about; empty when it was not loaded."""
    return next((row for row in rows("plausible_range") if row["code"] == code), {})
