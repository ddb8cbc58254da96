"""Forms: renderer, base form, answers and numbers. Dates are in `followup.web.dates`."""

from followup.core.forms.base import Form
from followup.core.forms.choices import AnswerField, AnswersField, ChoiceButtons, TickButtons
from followup.core.forms.numbers import NumberField, WholeNumberField
from followup.core.forms.renderer import Bound, FormRenderer

__all__ = [
    "AnswerField",
    "AnswersField",
    "Bound",
    "ChoiceButtons",
    "Form",
    "FormRenderer",
    "NumberField",
    "TickButtons",
    "WholeNumberField",
]
