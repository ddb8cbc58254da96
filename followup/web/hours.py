"""The box of a time of day: reads what hospital staff type."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followup.domain.hours import time_of


class TimeField(forms.Field):
    """A time of day as typed: 14:30, 1430, 14时30分, full-width; an empty box is None."""

    default_error_messages = {"invalid": _("Enter the time as 14:30.")}

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "w-small", "inputmode": "numeric"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs | {"autocomplete": "off"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored time in the form it is typed in."""
        return value.strftime("%H:%M") if isinstance(value, time) else value

    def to_python(self, value: Any) -> time | None:
        """The typed text as a time of day."""
        if value in self.empty_values:
            return None
        if isinstance(value, time):
            return value
        if (found := time_of(str(value))) is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found
