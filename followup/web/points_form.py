"""The form of one point of a protocol: when it stands, what is assessed, how one may be reached."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.actor import Actor
from followup.core.forms import ChoiceButtons, Form, TickButtons, WholeNumberField
from followup.core.naming import citation as citation_words
from followup.core.naming import reads_chinese
from followup.domain.protocols import Condition, valid_code
from followup.queries import reference

ONCE, SERIES, LIFE = "once", "series", "life"
MOST_DAYS, MOST_MONTHS = 40_000, 1_560


def _label(row: Mapping[str, Any]) -> str:
    chinese = reads_chinese()
    return str(row["zh" if chinese else "en"])


def words(actor: Actor) -> dict[str, str]:
    """Assessments and ways of contact by code, in the reader's language."""
    document = reference.document(actor, "protocols")
    rows = (*document["assessments"], *document["contact_types"])
    return {row["code"]: _label(row) for row in rows}


class PointForm(Form):
    """A point or a series of points; `entry` is what the draft says."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=12,
        help_text=gettext_lazy(
            "Short and in capitals, for example M3. A series has {month} or {year} in it: M{month}."
        ),
    )
    repeats = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=(
            (ONCE, gettext_lazy("once")),
            (SERIES, gettext_lazy("a series of months")),
        ),
        widget=ChoiceButtons,
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=(("days", gettext_lazy("days")), ("months", gettext_lazy("calendar months"))),
        widget=ChoiceButtons,
        required=False,
    )
    offset = WholeNumberField(
        label=gettext_lazy("From the infusion (first, in a series)"),
        min_value=-400,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Before the infusion: with a minus sign."),
    )
    step = WholeNumberField(
        label=gettext_lazy("Months from one to the next"),
        min_value=1,
        max_value=120,
        required=False,
    )
    last = WholeNumberField(
        label=gettext_lazy("Last month of the series"),
        min_value=1,
        max_value=MOST_MONTHS,
        required=False,
    )
    before = WholeNumberField(
        label=gettext_lazy("Window: days before"), min_value=0, max_value=400, required=False
    )
    after = WholeNumberField(
        label=gettext_lazy("Window: days after"), min_value=0, max_value=400, required=False
    )
    first_day = WholeNumberField(
        label=gettext_lazy("or first day of the window, from the infusion"),
        min_value=-400,
        max_value=MOST_DAYS,
        required=False,
    )
    last_day = WholeNumberField(
        label=gettext_lazy("and last day of the window"),
        min_value=-400,
        max_value=MOST_DAYS,
        required=False,
    )
    contact_types = forms.MultipleChoiceField(
        label=gettext_lazy("Ways of contact allowed"), widget=TickButtons
    )
    preferred_contact = forms.ChoiceField(label=gettext_lazy("Preferred"), required=False)
    citation = forms.CharField(
        label=gettext_lazy("Source of this point"), max_length=300, required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        document: Mapping[str, Any],
        entry: Mapping[str, Any] | None,
        lifelong: bool,
        version: int,
        **kwargs: Any,
    ) -> None:
        self.entry, self.lifelong = entry, lifelong
        super().__init__(*args, initial=_start(entry) | {"version": version}, **kwargs)
        self.fields["citation"].help_text = in_words((entry or {}).get("citation", ""))
        if lifelong:
            for name in ("repeats", "unit", "last", "first_day", "last_day"):
                del self.fields[name]
        contacts = [(row["code"], _label(row)) for row in document["contact_types"]]
        self.offer("contact_types", contacts)
        self.offer("preferred_contact", [("", "—"), *contacts])
        conditions = [(row["code"], _label(row)) for row in document["conditions"]]
        self.assessments = {f"assess_{row['code']}": row["code"] for row in document["assessments"]}
        added = {
            f"assess_{row['code']}": forms.ChoiceField(
                label=_label(row),
                choices=[("", _("not at this visit")), *conditions],
                required=False,
            )
            for row in document["assessments"]
        }
        self.fields |= added
        self.style(added)

    def clean(self) -> dict[str, Any]:
        """What one field alone cannot know: the series, the kind of window, an empty visit."""
        values = super().clean() or self.cleaned_data
        series = self.lifelong or values.get("repeats") == SERIES
        if "code" in values:
            values["code"] = values["code"].strip()
            if not valid_code(values["code"], repeats=series):
                text = _("Use capitals and digits, and {month} or {year} only in a series.")
                self.add_error("code", text)
        if series and not values.get("step") and "step" not in self.errors:
            self.add_error("step", _("Enter the months from one to the next."))
        if series and not self.lifelong and not values.get("last") and "last" not in self.errors:
            self.add_error("last", _("Enter the last month of the series."))
        if not series and not values.get("unit"):
            self.add_error("unit", _("Choose days or calendar months."))
        days = [values.get("first_day"), values.get("last_day")]
        absolute = [day for day in days if day is not None]
        around = [values.get("before"), values.get("after")]
        if len(absolute) == 1 or (absolute and None not in around):
            self.add_error("first_day", _("Enter the window in one way, and both ends of it."))
        elif len(absolute) == 2 and absolute[0] > absolute[1]:
            self.add_error("last_day", _("The window ends before it begins."))
        elif not absolute and None in around and not {"before", "after"} & set(self.errors):
            self.add_error("before", _("Enter the days before and after; 0 for none."))
        if not any(values.get(name) for name in self.assessments):
            self.add_error(None, _("Choose at least one thing to assess."))
        preferred = values.get("preferred_contact")
        if preferred and preferred not in values.get("contact_types", ()):
            self.add_error("preferred_contact", _("The preferred way must be an allowed one."))
        return values

    def point(self) -> dict[str, Any]:
        """The entry as reference data holds it; what the form does not show stays."""
        values = self.cleaned_data
        shown = {"series", "unit", "offset", "before", "after", "day_window", "citation"}
        kept = {k: v for k, v in (self.entry or {}).items() if k not in shown}
        made = {**kept, "code": values["code"]}
        if self.lifelong or values["repeats"] == SERIES:
            last = None if self.lifelong else values["last"]
            made["series"] = {"first": values["offset"], "last": last, "step": values["step"]}
        else:
            made |= {"unit": values["unit"], "offset": values["offset"]}
        if values.get("first_day") is not None:
            made["day_window"] = [values["first_day"], values["last_day"]]
        else:
            made |= {"before": values["before"], "after": values["after"]}
        made["assessments"] = [
            code if values[name] == Condition.ALWAYS else {"code": code, "condition": values[name]}
            for name, code in self.assessments.items()
            if values[name]
        ]
        made["contact_types"] = values["contact_types"]
        made.pop("preferred_contact", None)
        if values["preferred_contact"]:
            made["preferred_contact"] = values["preferred_contact"]
        if values["citation"].strip():
            made["citation"] = values["citation"].strip()
        return made


def in_words(citation: str) -> str:
    """A source kept in one language, in the reader's; empty where there is nothing to add."""
    known = citation_words(citation)
    return "" if known == citation else known


def _start(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """An entry as the form shows it; nothing for a new point."""
    if entry is None:
        return {}
    span = entry.get("series")
    window = entry.get("day_window") or (None, None)
    found: dict[str, Any] = {
        "code": entry["code"],
        "repeats": SERIES if span else ONCE,
        "unit": entry.get("unit", ""),
        "offset": span["first"] if span else entry["offset"],
        "step": span["step"] if span else None,
        "last": span.get("last") if span else None,
        "before": entry.get("before"),
        "after": entry.get("after"),
        "first_day": window[0],
        "last_day": window[1],
        "contact_types": list(entry["contact_types"]),
        "preferred_contact": entry.get("preferred_contact", ""),
        "citation": entry.get("citation", ""),
    }
    for assessed in entry["assessments"]:
        whole = assessed if isinstance(assessed, dict) else {"code": assessed}
        found[f"assess_{whole['code']}"] = whole.get("condition", Condition.ALWAYS.value)
    return found
