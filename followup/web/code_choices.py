"""Choices of forms from the code lists, labelled in the reader's language."""

from collections.abc import Callable, Collection

from django.utils.translation import get_language

from followup.core.naming import reads_chinese
from followup.queries import codes


def choices(code_list: str, only: Collection[str] = ()) -> Callable[[], list[tuple[str, str]]]:
    """A callable for `choices=`, asked again for each form so that it follows the language."""

    def listed() -> list[tuple[str, str]]:
        chinese = reads_chinese()
        found = [(code, zh if chinese else en) for code, en, zh in codes.items(code_list)]
        if only:
            by_code = dict(found)
            return [(code, by_code.get(code, code)) for code in only]
        return found

    return listed


def label(code_list: str, code: str) -> str:
    """One label in the reader's language."""
    return codes.label(code_list, code, get_language() or "en")
