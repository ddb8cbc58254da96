"""Code lists of the reference data with their labels in both languages."""

from functools import lru_cache
from uuid import UUID

from followup.models import ReferenceItem

Code = tuple[str, str, str]  # code, English label, Chinese label


@lru_cache(maxsize=256)
def _items(item_id: UUID, sha256: str) -> tuple[Code, ...]:
    data = ReferenceItem.objects.get(id=item_id).data
    return tuple((row["code"], row["en"], row["zh"]) for row in data["items"])


def items(code: str) -> tuple[Code, ...]:
    """The codes of a list as last loaded; empty before reference data is loaded."""
    row = (
        ReferenceItem.objects.filter(kind="code_list", code=code)
        .order_by("-loaded_at", "-version")
        .values_list("id", "sha256")
        .first()
    )
    return _items(*row) if row else ()


def label(code_list: str, code: str, language: str) -> str:
    """The label of one code; the code itself when the list does not know it."""
    for known, english, chinese in items(code_list):
        if known == code:
            return chinese if language.startswith("zh") else english
    return code
