"""The name of a row in the reader's language."""

from typing import Any

from django.utils.translation import get_language


def named(row: Any) -> str:
    """The name of a product, site, holder or indication; the other language when one is empty."""
    chinese = (get_language() or "").startswith("zh")
    for language in ("zh", "en") if chinese else ("en", "zh"):
        for stem in ("name", "generic", "label", "title"):
            if text := getattr(row, f"{stem}_{language}", ""):
                return str(text)
        if language == "en" and (inn := getattr(row, "inn", "")):
            return str(inn)
    return str(row)
