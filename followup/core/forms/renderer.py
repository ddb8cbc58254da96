"""Draws forms with the project's own parts; widgets without one keep Django's templates."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template

from followup.core.confirmations import Question


class Bound(forms.BoundField):
    """A field on a page: where a link of the error summary leads, its unit, its questions."""

    @property
    def anchor(self) -> str:
        """The id of the control that takes the focus; the first answer of a group."""
        if self.use_fieldset and self.subwidgets:
            return str(self.subwidgets[0].data["attrs"].get("id", self.auto_id))
        return str(self.id_for_label or self.auto_id)

    @property
    def unit(self) -> str:
        """The unit shown behind the box."""
        return str(getattr(self.field, "unit", ""))

    @property
    def echo(self) -> bool:
        """Whether the server tells what it understood (dates)."""
        return bool(getattr(self.field, "echo", False))

    @property
    def questions(self) -> list[Question]:
        """What has to be confirmed here before it is saved; not an error."""
        asked: list[Question] = getattr(self.form, "questions", [])
        return [question for question in asked if question.field == self.name]

    @property
    def problems(self) -> list[str]:
        """The errors beside the questions, which stand at the field with their tick box once."""
        asked = {question.request for question in self.questions}
        return [str(error) for error in self.errors if str(error) not in asked]


class FormRenderer(DjangoTemplates):
    """settings.FORM_RENDERER."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"
    bound_field_class = Bound

    def get_template(self, template_name: str) -> Any:
        """Ours from `templates/parts`, everything else from Django."""
        if template_name.startswith("parts/"):
            return get_template(template_name)
        return super().get_template(template_name)
