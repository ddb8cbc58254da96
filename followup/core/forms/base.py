"""The base form: no default answers, the same words in the summary and at the field."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.forms.utils import pretty_name
from django.forms.widgets import Input
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.confirmations import Question, Unconfirmed
from followup.core.forms.refusals import Refusals
from followup.core.forms.renderer import Bound
from followup.core.problems import Conflict, Refused

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.HiddenInput, ""),
    (forms.Select, "form-select"),
    (forms.Textarea, "form-control"),
    (forms.FileInput, "form-control w-medium"),
    (Input, "form-control"),
)


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of the error summary."""

    anchor: str
    label: str
    message: str


def _style(widget: forms.Widget) -> None:
    style = next((css for kind, css in _CLASSES if isinstance(widget, kind)), "form-control")
    if style:
        extra = str(widget.attrs.get("class", ""))
        widget.attrs["class"] = f"{style} {extra}".strip()


def _renamed(refused: Refused, at: Mapping[str, str]) -> Refused:
    """The same with the form's names of the fields."""
    if isinstance(refused, Unconfirmed):
        return Unconfirmed([replace(q, field=at.get(q.field, q.field)) for q in refused.questions])
    return Refused({at.get(name, name): texts for name, texts in refused.fields.items()})


# Fields of which something is chosen; into others it is entered.
CHOSEN = (forms.ChoiceField, forms.FileField)


def _empty(label: Any, *, chosen: bool) -> str:
    """What is said of a field that needs an answer and has none."""
    text = _("Choose: %(label)s") if chosen else _("Enter: %(label)s")
    return text % {"label": label}


# What Django says in its own words of a value a list does not hold.
_NOT_OFFERED = tuple(
    kind.default_error_messages["invalid_choice"]
    for kind in (forms.ChoiceField, forms.MultipleChoiceField)
)


# The bounds of a field, and what no text may hold, said with what to do about it.
_BOUNDS = {
    "null_characters_not_allowed": gettext_lazy(
        "A character that cannot be kept is in it. Type it, do not paste it."
    ),
    "max_length": gettext_lazy(
        "At most %(limit_value)d characters; there are %(show_value)d. Shorten it."
    ),
    "min_value": gettext_lazy("Enter a number not below %(limit_value)s."),
    "max_value": gettext_lazy("Enter a number not above %(limit_value)s."),
}


def _not_offered(label: Any) -> str:
    """What is said of a value that the list does not hold, or holds no longer."""
    text = _("This is not among the choices. Choose again: %(label)s")
    return (text % {"label": label}).replace("%", "%%")  # Django fills the value in


class Form(forms.Form):
    """Base of every form on a page.

    `refuse` takes what an action refused; what it asked to confirm gets a tick box each.
    `confirmed` holds the keys that were ticked (with the words of those `warn` asked about), to
    be handed to the action. `warn` inside `clean` asks about a value no action assesses.
    """

    use_required_attribute = False  # the server's rules are the only rules

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = []
        self.confirmation = self.add_prefix("confirmed")  # the name of the tick boxes
        sent = self.data.getlist(self.confirmation) if isinstance(self.data, QueryDict) else []
        self.confirmed: dict[str, str] = dict.fromkeys(sent, "")
        self.conflicted = False  # whether `refusals` has met a conflict
        self.beside: Sequence[Form] = ()  # forms on the same page that are sent with this one
        self.style(self.fields)

    def style(self, names: Iterable[str]) -> None:
        """Give fields their look and their words; a form that adds fields of its own calls it."""
        for name in names:
            field = self.fields[name]
            label = field.label or pretty_name(name)
            _style(field.widget)
            standard = forms.Field.default_error_messages["required"]
            chosen = isinstance(field, CHOSEN)  # of which one with several is a kind
            if field.error_messages.get("required") == standard:
                field.error_messages["required"] = _empty(label, chosen=chosen)
            # A browser would cut off what is pasted beyond it, without a word.
            field.widget.attrs.pop("maxlength", None)
            for code, words in _BOUNDS.items():
                field.error_messages.setdefault(code, words)
            if chosen and field.error_messages.get("invalid_choice") in _NOT_OFFERED:
                field.error_messages["invalid_choice"] = _not_offered(label)

    def rename(self, name: str, label: Any) -> None:
        """Another label for a field, in what is said when it is empty too."""
        field = self.fields[name]
        field.label = label
        chosen = isinstance(field, CHOSEN)
        field.error_messages["required"] = _empty(label, chosen=chosen)
        if chosen:
            field.error_messages["invalid_choice"] = _not_offered(label)

    def offer(self, name: str, choices: list[Any]) -> None:
        """The choices of a field that depend on who asks."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} offers no choices")
        field.choices = choices

    def resubmit(self, **values: str) -> None:
        """Show the form again with what was typed and these hidden values renewed."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in values.items():
            data[self.add_prefix(name)] = value
        self.data = data

    @property
    def faulty(self) -> bool:
        """Whether anything sent has to be looked at again, here or in a form beside."""
        return bool(self.errors) or any(form.errors for form in self.beside)

    def summary(self) -> Iterator[SummaryLine]:
        """What is wrong: the form's own problems, its fields' in their order, the forms beside."""
        asked = {q.request: f"id_{self.confirmation}_{q.code}" for q in self.large_questions}
        for message in self.non_field_errors():
            yield SummaryLine(asked.get(str(message), ""), "", str(message))
        for bound in self:
            for message in bound.errors:
                anchor = bound.anchor if isinstance(bound, Bound) else str(bound.auto_id)
                yield SummaryLine(anchor, str(bound.label), str(message))
        for form in self.beside:
            yield from form.summary()

    @property
    def warnings(self) -> dict[str, str]:
        """What is asked at each field."""
        return {question.field: question.text for question in self.questions}

    @property
    def large_questions(self) -> list[Question]:
        """Questions about no field of this form; `parts/questions.html` shows them."""
        return [question for question in self.questions if question.field not in self.fields]

    @property
    def settled(self) -> list[str]:
        """Keys ticked before that are not asked again: sent along until it is saved."""
        asked = {question.key for question in self.questions}
        return [key for key in self.confirmed if key not in asked]

    def refuse(self, refused: Refused) -> None:
        """Show what the action refused or asks at its field; an unknown one becomes the form's."""
        if isinstance(refused, Unconfirmed):
            self.questions.extend(refused.questions)
        for name, messages in refused.fields.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, str(message))

    def refusals(
        self,
        *,
        stale: str = "",
        at: Mapping[str, str] | None = None,
        on_conflict: Callable[[Conflict], object] | None = None,
        on_refusal: Callable[[Refused], object] | None = None,
    ) -> Refusals:
        """The block an action is called in; with `stale` a conflict is said in these words.

        `at` names the field of the form for a field of the action that is called differently.
        `on_conflict` and `on_refusal` do what a page needs beside it: a merge of its own, a count
        of wrong passwords. A refusal is shown on the form in any case.
        """

        def conflicting(conflict: Conflict) -> None:
            self.conflicted = True
            if on_conflict is not None:
                on_conflict(conflict)
            if stale:
                self.add_error(None, stale)

        def refusing(refused: Refused) -> None:
            if on_refusal is not None:
                on_refusal(refused)
            self.refuse(_renamed(refused, at) if at else refused)

        return Refusals(refusing, conflicting if stale or on_conflict else None)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form: 422 once it was sent."""
        return 422 if self.is_bound else 200

    def warn(self, name: str, message: str) -> None:
        """Ask to confirm a value that is unusual but possible; a tick lets it pass."""
        if name in self.confirmed:
            self.confirmed[name] = message
        else:
            self.refuse(Unconfirmed([Question(name, message, name)]))
