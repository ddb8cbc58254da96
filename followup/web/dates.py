"""The date box of every form: reads what hospital staff type and echoes what it understood."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse_lazy
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.domain.dates import DateError, DateProblem, PartialDate, Precision, parse

_TEXTS: dict[DateProblem, str | Promise] = {
    DateProblem.EMPTY: gettext_lazy("Enter a date."),
    DateProblem.UNREADABLE: gettext_lazy(
        "This is not a date. Enter year-month-day, for example 2026-11-21."
    ),
    DateProblem.YEARLESS: gettext_lazy("Did you mean %(day)s? Type the year."),
    DateProblem.AMBIGUOUS: gettext_lazy(
        "This date can be read in two ways. Enter year-month-day, for example 2026-11-21."
    ),
    DateProblem.IMPOSSIBLE: gettext_lazy("This day is not in the calendar. Check the date."),
    DateProblem.OUT_OF_RANGE: gettext_lazy("The year is out of range. Check the date."),
    DateProblem.NO_ANCHOR: gettext_lazy("D+n needs an infusion date. Enter the date itself."),
}


def words(error: DateError) -> str:
    """Why a text is no date, with the day that may be meant."""
    text = str(_TEXTS[error.code])
    return text % {"day": error.meant} if error.meant else text


class PartialDateField(forms.Field):
    """A date of which the day, or day and month, may be unknown; cleans to a PartialDate.

    `anchor` (infusion day) reads D+28 and echoes D+n; it may be set on the field after the form
    is made. `future=False` refuses days after today. An empty box is None.
    """

    echo = True
    partial = True
    default_error_messages = {
        "future": gettext_lazy("The date cannot be later than today."),
        "partial": gettext_lazy(
            "This is not a date. Enter year-month-day, for example 2026-11-21, or as much of it as "
            "is known: 2026-11, 2026."
        ),
        "day": gettext_lazy("The day is needed. Enter year-month-day, for example 2026-11-21."),
    }

    def __init__(self, *, anchor: date | None = None, future: bool = True, **kwargs: Any) -> None:
        self.anchor = anchor
        self.future = future
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "w-date"}))
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Tell the script where to ask, once the anchor is known."""
        self.widget.attrs["data-date"] = reverse_lazy("read-date")
        if self.partial:
            self.widget.attrs["data-partial"] = "1"
        if not self.future:
            self.widget.attrs["data-past"] = "1"
        if self.anchor:
            self.widget.attrs["data-anchor"] = self.anchor.isoformat()
        self.widget.attrs["autocomplete"] = "off"
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored date in the form it is typed in."""
        return value.isoformat() if isinstance(value, date | PartialDate) else value

    def _read(self, value: Any) -> PartialDate | None:
        if value in self.empty_values:
            return None
        if isinstance(value, PartialDate):
            return value
        if isinstance(value, date):
            return PartialDate.of(value)
        try:
            read = parse(str(value), clock.today(), self.anchor, past=not self.future)
        except DateError as error:
            if error.code is DateProblem.EMPTY:
                return None
            vague = self.partial and error.code is DateProblem.UNREADABLE
            text = self.error_messages["partial"] if vague else words(error)
            raise forms.ValidationError(text, code=error.code.value) from error
        if not self.future and read.earliest > clock.today():
            raise forms.ValidationError(self.error_messages["future"], code="future")
        return read

    def to_python(self, value: Any) -> Any:
        """The typed text as a PartialDate."""
        return self._read(value)


class DateField(PartialDateField):
    """A whole date; cleans to a `date`."""

    partial = False

    def to_python(self, value: Any) -> Any:
        """The typed text as a day; a month alone is refused, never completed."""
        read = self._read(value)
        if read is None:
            return None
        if read.exact is None:
            raise forms.ValidationError(self.error_messages["day"], code="day")
        return read.exact


def _echo(read: PartialDate, anchor: date | None) -> str:
    """What was understood: weekday and day after infusion, or what stays unknown."""
    if read.precision is Precision.YEAR:
        return pgettext("date", "month and day not known")
    if read.precision is Precision.MONTH or read.exact is None:
        return pgettext("date", "day not known")
    parts = [date_format(read.exact, "l")]
    if anchor:
        parts.append(f"D{(read.exact - anchor).days:+d}")
    return " · ".join(parts)


@require_GET
def read_date(request: HttpRequest) -> HttpResponse:
    """`?value=&partial=&anchor=` to `{value, text}`; `value` is empty when it is not a date."""
    given = request.GET
    try:
        anchor = date.fromisoformat(given["anchor"]) if given.get("anchor") else None
    except ValueError:
        anchor = None
    try:
        read = parse(given.get("value", ""), clock.today(), anchor, past=bool(given.get("past")))
    except DateError as error:
        return JsonResponse({"value": "", "text": words(error)})
    if read.exact is None and not given.get("partial"):
        text = str(PartialDateField.default_error_messages["day"])
        return JsonResponse({"value": "", "text": text})
    return JsonResponse({"value": read.isoformat(), "text": _echo(read, anchor)})


def anchored(form: forms.Form, name: str, day: date) -> None:
    """Let the date box of a form read and echo days after the infusion."""
    field = form.fields[name]
    if not isinstance(field, PartialDateField):
        raise TypeError(f"{name} is no date")
    field.anchor = day


urlpatterns = [path("dates/", read_date, name="read-date")]
