"""Numbers as typed with a Chinese input method: full-width digits and stops are folded."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_STOPS = str.maketrans({"。": ".", "．": ".", "−": "-", "–": "-"})
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def fold(value: Any) -> Any:
    """Half-width form of a typed number. Commas go only where they group thousands; 1,5 stays
    as typed and is refused, because nobody can say whether it means 1.5 or 15.
    """
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).translate(_STOPS).strip()
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def _box(mode: str) -> forms.TextInput:
    # A number input drops full-width digits without a word, so the box is text.
    attrs = {"inputmode": mode, "autocomplete": "off", "class": "w-number", "data-fold": "1"}
    return forms.TextInput(attrs=attrs)


class NumberField(forms.DecimalField):
    """A decimal number with its unit. An empty box is None, never zero."""

    default_error_messages = {
        "invalid": _("Enter a number in digits, for example 6.5."),
    }

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        self.unit = unit
        kwargs.setdefault("widget", _box("decimal"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Fold, then read; NaN and infinity are refused by the base class."""
        return super().to_python(fold(value))


class WholeNumberField(forms.IntegerField):
    """A count with its unit. An empty box is None, never zero."""

    default_error_messages = {
        "invalid": _("Enter a whole number in digits, for example 12."),
    }

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        self.unit = unit
        kwargs.setdefault("widget", _box("numeric"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Fold, then read."""
        return super().to_python(fold(value))
