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
from followup.core.forms.versioned import VersionedForm

__all__ = [
    "NO_YES",
    "NO_YES_UNKNOWN",
    "AnswerField",
    "AnswersField",
    "Bound",
    "ChoiceButtons",
    "Form",
    "FormRenderer",
    "NumberField",
    "TickButtons",
    "VersionedForm",
    "WholeNumberField",
]
