"""The forms of sampling kits: a new one with its packing list, a step, a correction, a use."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.actions.samples import KitPart
from followup.core import clock
from followup.core.forms import Form, WholeNumberField
from followup.core.naming import localized_name
from followup.domain.samples.kits import KITS, REASONS, KitStepKind, scanned_part
from followup.queries.kits import KIT_REASONS
from followup.queries.samples import SampleRuleSet
from followup.web.dates import PartialDateField
from followup.web.samples.forms import DEVIATION, MomentForm
from followup.web.samples.words import labelled

LINES = 12
SHOWN = 4  # lines that are open when the page comes; the others unfold
NAMES = ("specimen", "tubes", "lot", "expires_on")
_SCANNED = {"autocomplete": "off", "data-scan": "next"}


class KitForm(MomentForm):
    """A kit as it was packed: for whom, by whom, what is in it and how long that lasts."""

    site = forms.ChoiceField(label=_("Site that fills it"))
    assembler = forms.CharField(label=_("Assembled by (laboratory or site)"), max_length=120)
    return_to = forms.CharField(label=_("Filled tubes go back to"), max_length=120)
    copies = WholeNumberField(
        label=_("How many kits with this content"), min_value=1, max_value=50, initial=1
    )
    code = forms.CharField(
        label=_("Code its assembler printed on it"),
        max_length=60,
        required=False,
        help_text=_("Scanned, it opens the kit like our own number."),
        widget=forms.TextInput(attrs=_SCANNED),
    )
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)

    def __init__(self, *args: Any, sites: Any, rules: SampleRuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rename("happened_on", _("Assembled on"))
        del self.fields["happened_time"]
        self.offer("site", [("", "—"), *((str(site.id), localized_name(site)) for site in sites)])
        specimens = labelled(rules.definitions.values())
        choices = [("", "—"), *((code, f"{code} {text}") for code, text in specimens)]
        for line in range(1, LINES + 1):
            self._line(line, choices)

    def _line(self, line: int, choices: list[Any]) -> None:
        """The four questions of one line of the packing list."""
        made: dict[str, forms.Field] = {
            "specimen": forms.ChoiceField(label=_("For the specimen"), choices=choices),
            "tubes": forms.CharField(label=_("Tubes, and how many"), max_length=120),
            "lot": forms.CharField(
                label=_("Lot of the tubes"), max_length=60, widget=forms.TextInput(attrs=_SCANNED)
            ),
            "expires_on": PartialDateField(label=_("Last day of use")),
        }
        for name, field in made.items():
            field.required = line == 1 and name != "expires_on"
            self.fields[f"{name}_{line}"] = field
        self.style([f"{name}_{line}" for name in made])

    @property
    def lines(self) -> Iterator[tuple[int, list[Any]]]:
        """Number and fields of every line of the packing list."""
        for line in range(1, LINES + 1):
            yield line, [self[f"{name}_{line}"] for name in NAMES]

    @property
    def first_lines(self) -> list[tuple[int, list[Any]]]:
        """The lines that are open."""
        return list(self.lines)[:SHOWN]

    @property
    def more_lines(self) -> list[tuple[int, list[Any]]]:
        """The lines that unfold."""
        return list(self.lines)[SHOWN:]

    @property
    def unfolded(self) -> bool:
        """Whether anything was typed into the lines that unfold."""
        return any(field.value() for _line, fields in self.more_lines for field in fields)

    def clean(self) -> dict[str, Any] | None:
        """A scanned label of a part says its lot, and its last day where none was typed."""
        for line in range(1, LINES + 1):
            text = self.cleaned_data.get(f"lot_{line}") or ""
            try:
                lot, day = scanned_part(text, clock.today())
            except ValueError:
                self.add_error(f"lot_{line}", _("This label cannot be read: scan again."))
                continue
            self.cleaned_data[f"lot_{line}"] = lot
            typed = self.cleaned_data.get(f"expires_on_{line}")
            last = typed.latest if typed else day
            if day is not None and last != day:
                text = _("The label says %(day)s. Check the last day of use.") % {"day": day}
                self.add_error(f"expires_on_{line}", text)
            self.cleaned_data[f"expires_on_{line}"] = last
        return self.cleaned_data

    @property
    def filled(self) -> list[int]:
        """The lines in which something was entered."""
        clean = self.cleaned_data
        return [
            line
            for line in range(1, LINES + 1)
            if any(clean.get(f"{name}_{line}") for name in NAMES)
        ]

    @property
    def named(self) -> dict[str, str]:
        """The field of this form for each field of the action, which counts filled lines alone."""
        return {
            f"{name}_{place}": f"{name}_{line}"
            for place, line in enumerate(self.filled, start=1)
            for name in NAMES
        }

    def given(self) -> dict[str, Any]:
        """The arguments of the action, the site apart."""
        clean = self.cleaned_data
        names = ("assembler", "return_to", "copies", "code", "note")
        parts = [
            KitPart(**{name: clean[f"{name}_{line}"] for name in NAMES}) for line in self.filled
        ]
        return {"parts": parts, "happened_at": self.moment} | {n: clean[n] for n in names}

    @property
    def moment(self) -> Any:
        """The day of the assembly."""
        self.cleaned_data.setdefault("happened_time", None)
        return super().moment


_PLACES = {
    "SEND": _("Sent to"),
    "RECEIVE": _("Received at"),
    "RETURN": _("Sent to"),
    "ARRIVE": _("Received at"),
    "FIND": _("Where it was found"),
    "ASSEMBLE": _("Assembled by (laboratory or site)"),
}
_ORDER = ("happened_on", "happened_time", "place", "carrier", "person", "reason", "note")


def asked(kind: KitStepKind) -> frozenset[str]:
    """What a step of a kit must carry, by the table of kits."""
    return frozenset(name for row in KITS.rows if row.event is kind for name in row.needs)


class KitForwardForm(MomentForm):
    """An unused kit that is sent on to another site."""

    to = forms.ChoiceField(label=_("Site that gets it"))
    carrier = forms.CharField(label=_("Carrier and consignment number"), max_length=120)
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("to", [("", "—"), *((str(site.id), localized_name(site)) for site in sites)])
        self.order_fields(("to", "happened_on", "happened_time", "carrier", "note"))

    def given(self) -> dict[str, Any]:
        """The arguments of the action, the site apart."""
        clean = self.cleaned_data
        return {"happened_at": self.moment, "carrier": clean["carrier"], "note": clean["note"]}


class _KitStepFields(MomentForm):
    """What a step of a kit may carry; only what this step asks stays."""

    place = forms.CharField(label=_("Place"), max_length=120)
    carrier = forms.CharField(label=_("Carrier and consignment number"), max_length=120)
    person = forms.CharField(label=_("Received by"), max_length=80)
    note = forms.CharField(label=_("Remarks"), max_length=500, required=False)

    def __init__(self, *args: Any, kind: KitStepKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"place", "carrier", "person"} - asked(kind):
            del self.fields[name]
        if kind.value in _PLACES and "place" in self.fields:
            self.rename("place", _PLACES[kind.value])
        self.order_fields(_ORDER)

    def given(self) -> dict[str, Any]:
        """The arguments of the action."""
        names = set(_ORDER[2:]) & set(self.fields)
        return {"happened_at": self.moment} | {name: self.cleaned_data[name] for name in names}


class KitStepForm(_KitStepFields):
    """One step of a kit."""

    reason = forms.ChoiceField(label=pgettext_lazy("sample", "Reason"))

    def __init__(self, *args: Any, kind: KitStepKind, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, **kwargs)
        words = dict(KIT_REASONS)
        fitting: Sequence[Any] = REASONS.get(kind, ())
        self.offer("reason", [("", "—"), *((each.value, words[each.value]) for each in fitting)])
        if not fitting:
            del self.fields["reason"]


class KitCorrectionForm(_KitStepFields):
    """A recorded step of a kit as it should read, and why it is changed."""

    reason = forms.CharField(label=_("Reason for the change"), max_length=500)


class KitUseForm(Form):
    """A sample that was collected with tubes of the kit, and what deviated."""

    number = forms.CharField(
        label=_("Scan or type the sample number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-scan": "submit"}),
    )
    kit_deviation = forms.CharField(**DEVIATION)
