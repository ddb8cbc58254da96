"""Answers as buttons: native radios, none of them ever pressed beforehand."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

# No comes first in every question, so that the same digit always means the same.
NO_YES = (
    ("NO", pgettext_lazy("is it so", "No")),
    ("YES", pgettext_lazy("is it so", "Yes")),
)
NO_YES_UNKNOWN = (*NO_YES, ("UNKNOWN", pgettext_lazy("is it so", "Not known")))


class _Buttons(forms.RadioSelect):
    """Options with a digit each, some marked as grave, some that open a block."""

    template_name = "parts/choice_buttons.html"
    use_fieldset = True

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        opens: Mapping[str, str] | None = None,
        grave: Collection[str] = (),
    ) -> None:
        super().__init__(attrs)
        self.opens = dict(opens or {})
        self.grave = frozenset(grave)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Digits are shown while nine keys are enough, and where the answer is not the digit."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        labels = [str(label) for _value, label in self.choices]
        digits = [str(number) for number in range(1, len(labels) + 1)]
        context["widget"]["numbered"] = len(labels) <= 9 and labels != digits
        return context

    def create_option(
        self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        """One answer; drops `aria-invalid`, which a radio cannot carry."""
        option: dict[str, Any] = super().create_option(name, value, label, *args, **kwargs)
        option["attrs"].pop("aria-invalid", None)
        option["grave"] = str(value) in self.grave
        if str(value) in self.opens:
            option["attrs"]["data-opens"] = self.opens[str(value)]
        return option


class ChoiceButtons(_Buttons):
    """One answer. `opens` maps a value to the id of the block it opens (see docs/pages.md)."""


class TickButtons(_Buttons):
    """Several answers."""

    input_type = "checkbox"
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All ticked values; None when the question was not on the form."""
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)


class AnswerField(forms.TypedChoiceField):
    """A clinical question with one answer; an answer beforehand is a programming error."""

    widget = ChoiceButtons

    def __init__(
        self,
        *,
        choices: Any,
        coerce: Callable[[str], Any] = str,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("initial") not in (None, ""):
            raise TypeError("a clinical answer is never preselected")
        kwargs.setdefault("empty_value", None)
        super().__init__(choices=choices, coerce=coerce, **kwargs)


class AnswersField(forms.TypedMultipleChoiceField):
    """A clinical question with several answers, none ticked beforehand."""

    widget = TickButtons

    def __init__(self, *, choices: Any, coerce: Callable[[str], Any] = str, **kwargs: Any) -> None:
        if kwargs.get("initial"):
            raise TypeError("a clinical answer is never preselected")
        super().__init__(choices=choices, coerce=coerce, **kwargs)
