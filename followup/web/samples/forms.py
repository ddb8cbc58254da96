"""The forms of a sample: a step of its custody, the answer whether it exists, its choice."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.actions.samples.refusals import permit_problems
from followup.core import clock
from followup.core.forms import AnswerField, AnswersField, ChoiceButtons, Form, VersionedForm
from followup.domain.samples import Moment, Requirement
from followup.queries.samples import SampleRuleSet
from followup.web.dates import DateField
from followup.web.hours import TimeField
from followup.web.samples.words import PLACES, labelled, requires

_ORDER = (
    "happened_on",
    "happened_time",
    "place",
    "kit",
    "kit_deviation",
    "carrier",
    "abroad",
    "permit",
    "permit_on",
)
DEVIATION: dict[str, Any] = {
    "label": _("Deviation of the kit"),
    "max_length": 500,
    "required": False,
    "help_text": _("Needed when the kit had expired: why it was used all the same."),
}


def moment(on: date | None, at: time | None) -> Moment:
    """What the two boxes say; without a time only the day is known."""
    if on is None or at is None:
        return Moment(on)
    return Moment(on, datetime.combine(on, at, clock.SHANGHAI))


class MomentForm(Form):
    """A day, and the time if somebody noted it."""

    happened_on = DateField(label=_("Date"), future=False)
    happened_time = TimeField(
        label=pgettext_lazy("sample", "Time"),
        help_text=_("Only if it was noted, for example 14:30. Limits in hours need it."),
        required=False,
    )

    @property
    def moment(self) -> Moment:
        """What the two boxes say."""
        return moment(self.cleaned_data["happened_on"], self.cleaned_data["happened_time"])


class BorderForm(MomentForm):
    """A day, and of a shipment whether it crosses the border, with its permit."""

    abroad = AnswerField(
        label=_("Does it leave mainland China?"),
        choices=(("NO", pgettext_lazy("answer", "No")), ("YES", pgettext_lazy("answer", "Yes"))),
    )
    permit = forms.CharField(
        label=_("Approval or notice number for human genetic resources"),
        help_text=_("Needed for whatever leaves mainland China (HGR regulation, articles 27, 28)."),
        max_length=80,
        required=False,
    )
    permit_on = DateField(label=_("Date of the approval or notice"), future=False, required=False)

    def ship(self, shipped: bool) -> None:
        """Keep the questions about the border for a shipment alone."""
        if not shipped:
            for name in ("abroad", "permit", "permit_on"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """What the permit lacks is said together with what else is missing."""
        clean = super().clean() or self.cleaned_data
        if clean.get("abroad") == "YES" and not {"permit", "permit_on"} & self.errors.keys():
            day = clean.get("happened_on")
            found = permit_problems(clean["permit"], clean["permit_on"], shipped_on=day)
            for name, text in found.items():
                self.add_error(name, text)
        return clean

    @property
    def border(self) -> dict[str, Any]:
        """The arguments of the action about the border; a permit counts only abroad."""
        if "abroad" not in self.fields:
            return {}
        clean = self.cleaned_data
        abroad = {"YES": True, "NO": False}.get(clean.get("abroad") or "")
        if not abroad:
            return {"abroad": abroad}
        return {"abroad": True, "permit": clean["permit"], "permit_on": clean["permit_on"]}


class StepForm(BorderForm):
    """One step of custody; only the questions this step asks."""

    place = forms.CharField(label=_("Place"), max_length=120)
    carrier = forms.CharField(
        label=_("Carrier and consignment number"), max_length=120, required=False
    )
    kit = forms.CharField(
        label=_("Kit the tubes came from"),
        max_length=60,
        required=False,
        help_text=_("Scan or type its number or code."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-scan": "next"}),
    )
    kit_deviation = forms.CharField(**DEVIATION)
    condition = forms.ChoiceField(label=_("Condition"), required=False)
    reason = forms.ChoiceField(label=pgettext_lazy("sample", "Reason"))
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)

    def __init__(self, *args: Any, kind: str, rules: SampleRuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        conditions = [
            ("", pgettext_lazy("sample", "Not noted")),
            *labelled(rules.assays.offered_conditions()),
        ]
        self.offer("condition", conditions)
        self.offer("reason", [("", "—"), *labelled(rules.assays.reasons)])
        if kind in PLACES:
            self.rename("place", PLACES[kind])
        needs_reason = requires(kind, Requirement.REASON)
        if not needs_reason:
            del self.fields["reason"]
        if not requires(kind, Requirement.CARRIER):
            del self.fields["carrier"]
        else:
            self.fields["carrier"].required = True
        if not requires(kind, Requirement.PLACE):
            del self.fields["place"]
            del self.fields["condition"]
        if kind != "COLLECT":
            del self.fields["kit"]
            del self.fields["kit_deviation"]
        self.ship(kind == "SHIP")
        self.order_fields(_ORDER)

    def given(self) -> dict[str, Any]:
        """The arguments of the action, but for the kit, which only its number names."""
        clean = self.cleaned_data
        names = ("place", "carrier", "condition", "reason", "note", "kit_deviation")
        return {"happened_at": self.moment} | {n: clean.get(n) or "" for n in names} | self.border


class CorrectionForm(BorderForm, VersionedForm):
    """A recorded step as it should read, and why it is changed."""

    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    carrier = forms.CharField(
        label=_("Carrier and consignment number"), max_length=120, required=False
    )
    kit_deviation = forms.CharField(**DEVIATION)
    condition = forms.ChoiceField(label=_("Condition"), required=False)
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)
    reason = forms.CharField(label=_("Reason for the change"), max_length=500)

    def __init__(
        self, *args: Any, kind: str, rules: SampleRuleSet, from_kit: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not from_kit:
            del self.fields["kit_deviation"]
        recorded = str(self.initial.get("condition", ""))
        conditions = [
            ("", pgettext_lazy("sample", "Not noted")),
            *labelled(rules.assays.offered_conditions(besides=recorded)),
        ]
        self.offer("condition", conditions)
        self.ship(kind == "SHIP")
        self.order_fields(_ORDER)

    def given(self) -> dict[str, Any]:
        """The arguments of the action."""
        names = ("place", "carrier", "condition", "note", "reason")
        given = {"happened_at": self.moment} | {n: self.cleaned_data[n] for n in names}
        if "kit_deviation" in self.fields:
            given["kit_deviation"] = self.cleaned_data["kit_deviation"]
        return given | self.border


class HeldForm(MomentForm):
    """Whether material kept before treatment exists. Nobody answers by default."""

    held = AnswerField(
        label=_("Is this material held?"),
        choices=(
            ("NO", pgettext_lazy("sample held", "Not held")),
            ("YES", pgettext_lazy("sample held", "Held")),
            ("UNKNOWN", pgettext_lazy("sample held", "Not known")),
        ),
        widget=ChoiceButtons(opens={"YES": "block-held-yes", "NO": "block-held-no"}),
    )
    place = forms.CharField(label=_("Where it is kept"), max_length=120, required=False)
    reason = forms.ChoiceField(label=_("Why it is not held"), required=False)
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)

    def __init__(self, *args: Any, rules: SampleRuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rename("happened_on", _("Looked on"))
        del self.fields["happened_time"]
        self.offer("reason", [("", "—"), *labelled(rules.assays.reasons)])

    def given(self) -> dict[str, Any]:
        """The arguments of the action; a block whose answer was not given is ignored."""
        clean = self.cleaned_data
        return {
            "held": clean["held"],
            "happened_at": Moment(clean["happened_on"]),
            "place": clean["place"] if clean["held"] == "YES" else "",
            "reason": clean["reason"] if clean["held"] == "NO" else "",
            "note": clean["note"],
        }


class ChoiceForm(Form):
    """Specimens chosen by a person, for a visit or without one."""

    infusion = forms.ChoiceField(label=_("After which infusion"))
    visit = forms.ChoiceField(label=_("For the visit"), required=False)
    codes = AnswersField(label=_("Specimens"), choices=())

    def __init__(
        self, *args: Any, infusions: Any, visits: Any, rules: SampleRuleSet, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("infusion", infusions)
        self.offer("visit", [("", pgettext_lazy("sample", "No visit")), *visits])
        specimens = labelled(rules.definitions.values())
        self.offer("codes", [(code, f"{code} {text}") for code, text in specimens])
