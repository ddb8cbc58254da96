"""How the product of an infusion was made and given, and what went before: asked and shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import infusion_details as actions
from followup.core import row_permissions
from followup.core.forms import NO_YES_UNKNOWN, AnswerField, NumberField, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.templatetags.everwatch import listed
from followup.domain import infusion_details as rules
from followup.domain.dates import PartialDate
from followup.domain.infusion_details import InfusionDetails
from followup.queries import identity, patients
from followup.queries import infusion_details as queries
from followup.web.code_choices import choices, label
from followup.web.date_tags import shown_date
from followup.web.dates import PartialDateField
from followup.web.hours import TimeField

GROUPS = (
    (pgettext_lazy("infusion", "Manufacturing"), rules.MANUFACTURING),
    (pgettext_lazy("infusion", "Given"), rules.GIVEN),
    (pgettext_lazy("infusion", "Treatment before"), rules.BEFORE),
)
_LISTED = "prior_hsct"  # the one answer with a code list of its own


def _answer() -> AnswerField:
    return AnswerField(choices=NO_YES_UNKNOWN, required=False, empty_value="")


def _number(name: str, digits: int, decimals: int) -> NumberField:
    unit = rules.UNITS.get(name, "")
    return NumberField(unit=unit, required=False, max_digits=digits, decimal_places=decimals)


def _words(name: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=actions.LONGEST[name],
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DetailsForm(VersionedForm):
    """Everything optional; what is empty is not known. The labels are those of the dictionary."""

    manufacturing_site = forms.CharField(
        required=False,
        max_length=actions.LONGEST["manufacturing_site"],
        help_text=gettext_lazy("As the certificate of the product names it."),
    )
    apheresis_on = PartialDateField(
        required=False,
        future=False,
        help_text=gettext_lazy("Year and month, or the year, if no more is known."),
    )
    vector_copy_number = _number("vector_copy_number", 6, 3)
    viability = _number("viability", 5, 2)
    out_of_specification = _answer()
    out_of_specification_note = _words(
        "out_of_specification_note", gettext_lazy("Which test, what was found, who agreed to it.")
    )
    thawed_at = TimeField(
        required=False, help_text=gettext_lazy("Beijing time, on the day of the infusion.")
    )
    dose_per_kg = _number("dose_per_kg", 10, 3)
    fludarabine_dose = _number("fludarabine_dose", 8, 2)
    cyclophosphamide_dose = _number("cyclophosphamide_dose", 8, 2)
    bridging_therapy = _answer()
    bridging_note = _words("bridging_note", gettext_lazy("Agents, and from when to when."))
    prior_hsct = AnswerField(choices=choices(_LISTED), required=False, empty_value="")
    prior_alkylator = _answer()
    prior_radiation = _answer()
    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        help_text=gettext_lazy("Needed when a value on record changes or goes."),
        required=False,
        max_length=500,
    )

    def __init__(self, *args: Any, infusion: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=known(infusion), **kwargs)
        self.before = queries.recorded(infusion)
        self.shown = queries.asked(infusion.product) | self.before.recorded()
        for name in rules.NAMES:
            if name in self.shown:
                self.rename(name, queries.title(name))
            else:
                del self.fields[name]
        for name in ("fludarabine_dose", "cyclophosphamide_dose"):
            if name in self.fields:
                self.fields[name].help_text = _("All days of the course together.")
        if not self.before.recorded():
            del self.fields["reason"]
        if "apheresis_on" in self.fields:
            cast(PartialDateField, self.fields["apheresis_on"]).anchor = infusion.infused_on

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The questions under their headings; a heading without a question is left out."""
        for heading, names in GROUPS:
            if fields := [self[name] for name in names if name in self.fields]:
                yield str(heading), fields

    def details(self) -> InfusionDetails:
        """What was answered; what is not asked stays as it was."""
        clean = self.cleaned_data
        return InfusionDetails(
            **{name: clean.get(name, getattr(self.before, name)) for name in rules.NAMES}
        )


def known(infusion: Any) -> dict[str, Any]:
    """What the record says, as the form shows it."""
    said = queries.recorded(infusion)
    values = {name: getattr(said, name) for name in rules.NAMES}
    for name in rules.NUMBERS:
        if values[name] is not None:
            values[name] = f"{values[name].normalize():f}"
    return values | {"version": infusion.version}


@dataclass(frozen=True, slots=True)
class Group:
    """Some details under a heading, in words; a dash for what nobody recorded."""

    heading: str
    lines: tuple[tuple[str, str], ...]


def shown(infusion: Any) -> list[Group]:
    """The details of an infusion in words with their units; nothing where none is recorded.

    Lymphodepletion and prior lines stand with what went before. What belongs to the answer yes has
    no line of its own where that is not the answer.
    """
    said, treated = queries.recorded(infusion), _treated(infusion)
    held = said.recorded()
    if not held and not treated:
        return []
    names = (queries.asked(infusion.product) | held) - (frozenset(rules.WORDS) - held)
    groups = []
    for heading, group in GROUPS:
        lines = [(queries.title(n), _said(n, getattr(said, n))) for n in group if n in names]
        if group is rules.BEFORE:
            lines = [*treated, *lines]
        if lines:
            groups.append(Group(str(heading), tuple(lines)))
    return groups


def _treated(infusion: Any) -> list[tuple[str, str]]:
    """Lymphodepletion, in words whether recorded by code or not, and prior lines, if recorded."""
    lines = []
    if text := infusion.lymphodepletion:
        words = dict(choices("lymphodepletion")())
        agents = text.split("+")
        known = all(agent in words for agent in agents)
        said = listed(words[agent] for agent in agents) if known else text
        lines.append((queries.title("lymphodepletion"), said))
    if infusion.prior_lines is not None:
        lines.append((queries.title("prior_lines"), str(infusion.prior_lines)))
    return lines


def _said(name: str, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if isinstance(value, Decimal):
        return f"{value.normalize():f} {rules.UNITS.get(name, '')}".strip()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, PartialDate):
        return shown_date(value.isoformat())
    if name == _LISTED:
        return label(_LISTED, value)
    return str(dict(NO_YES_UNKNOWN)[value]) if name in rules.CODES else str(value)


def construct(actor: Any, product: Any) -> list[tuple[str, str]]:
    """What the data of the product say of its vector and its receptor, in words."""
    domain = queries.costimulation(actor, product)
    lines = [
        (_("Vector"), label("vector_type", product.vector_type) if product.vector_type else "—"),
    ]
    if product.is_car_t:
        text = label("costimulation", domain) if domain else "—"
        lines.append((pgettext("product", "Costimulatory domain"), text))
    return lines


def onward(infusion: Any) -> dict[str, str]:
    """The way to the details, for the message after an infusion was recorded."""
    return {"url": reverse("infusion-details", args=[infusion.id]), "label": _("Record details")}


@require_http_methods(["GET", "POST"])
def describe(request: HttpRequest, pk: str) -> HttpResponse:
    """Record the details of an infusion, or put them right."""
    actor = cast(ActingRequest, request).actor
    infusion = patients.infusion(actor, pk)
    row_permissions.require(actor, infusion, Perm.PATIENT_WRITE)
    form = DetailsForm(request.POST or None, infusion=infusion)
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=known):
            actions.describe(
                actor,
                infusion,
                given=form.details(),
                version=form.seen,
                reason=form.cleaned_data.get("reason", ""),
                confirmed=form.confirmed,
            )
            flash.saved(request, _("Details of the infusion recorded."))
            return redirect("patient", pk=infusion.patient_id)
    patient = infusion.patient
    context = {
        "form": form,
        "infusion": infusion,
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "construct": construct(actor, infusion.product),
    }
    return render(request, "followup/infusions/details.html", context, status=form.status)


urlpatterns = [path("infusions/<uuid:pk>/details/", describe, name="infusion-details")]
