"""Forms: renderer, base form, answers and numbers. Dates are in `followup.web.dates`."""

from followup.core.forms.base import Form
from followup.core.forms.choices import (
    NO_YES,
    NO_YES_UNKNOWN,
    AnswerField,
    AnswersField,
    ChoiceButtons,
    TickButtons,
)
from followup.core.forms.numbers import NumberField, WholeNumberField
from followup.core.forms.renderer import Bound, FormRenderer
from followup.core.forms.versioned import MINE, PRESENT, Clash, VersionedForm, unresolved

__all__ = [
    "MINE",
    "NO_YES",
    "NO_YES_UNKNOWN",
    "PRESENT",
    "AnswerField",
    "AnswersField",
    "Bound",
    "ChoiceButtons",
    "Clash",
    "Form",
    "FormRenderer",
    "NumberField",
    "TickButtons",
    "VersionedForm",
    "WholeNumberField",
    "unresolved",
]
