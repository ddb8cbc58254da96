"""Entering laboratory values: all measures of one specimen, or a table out of a spreadsheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from followup.actions import laboratory as actions
from followup.actions.laboratory import Specimen, ValueInput
from followup.core import clock, row_permissions
from followup.core.confirmations import Unconfirmed
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.laboratory import PastedCell, names_unit, read_pasted
from followup.queries import laboratory, patients, visit_sections
from followup.web import drafts as typed
from followup.web.laboratory import words
from followup.web.laboratory.forms import PasteForm, ValuesForm
from followup.web.laboratory.grid import who

FORM = "laboratory-values"


def _said(request: HttpRequest, made: int, known: int) -> None:
    if made:
        text = ngettext("%(n)s value recorded.", "%(n)s values recorded.", made) % {"n": made}
        flash.saved(request, text)
    if known:
        text = ngettext(
            "%(n)s value was already recorded.", "%(n)s values were already recorded.", known
        )
        flash.note(request, text % {"n": known})


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: str) -> HttpResponse:
    """Enter the values of one specimen."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    draft = typed.of(request, FORM, str(pk))
    start = {"received_on": clock.today()} | draft.values
    rules = laboratory.rules(actor).laboratory
    groups = request.GET.getlist("group")
    form = ValuesForm(request.POST or None, initial=start, rules=rules, groups=groups)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = actions.record(
                actor,
                patient,
                specimen=form.specimen(),
                values=form.values(),
                confirmed=form.confirmed,
            )
            typed.saved(request, draft)
            _said(request, len(done.made), done.known)
            if visit := visit_sections.planned_of(actor, patient, request.GET.get("visit", "")):
                return redirect("visit-sections", pk=visit.pk)
            return redirect("laboratory", pk=patient.id)
    context = who(actor, patient) | {"form": form, "draft": draft}
    return render(request, "followup/laboratory/record.html", context, status=form.status)


@dataclass(frozen=True, slots=True)
class Previewed:
    """One pasted cell with what saving would do to it: GOOD, ASKED, KNOWN or BAD."""

    cell: PastedCell
    state: str
    text: str = ""
    key: str = ""

    @property
    def ticket(self) -> str:
        """What a tick confirms: this value in this cell; another value there is asked again."""
        return f"{self.cell.row}-{self.cell.column}-{self.cell.text} {self.cell.unit}"


def _given(cell: PastedCell) -> ValueInput:
    unit = "" if names_unit(cell.measure, cell.text) else cell.unit
    return ValueInput(
        measure=cell.measure.code, text=cell.text, unit=unit, range_text=cell.range_text
    )


def _save(actor: Any, patient: Any, cell: PastedCell, laboratory_name: str, **more: Any) -> Any:
    specimen = Specimen(on=cell.on, laboratory=laboratory_name)
    return actions.record(
        actor, patient, specimen=specimen, values=[_given(cell)], source="PASTED", **more
    )


def _previewed(actor: Any, patient: Any, cell: PastedCell, name: str) -> Previewed:
    """What saving a cell would do, held against the same rules."""
    specimen = Specimen(on=cell.on, laboratory=name)
    try:
        known = actions.preview(actor, patient, specimen=specimen, given=_given(cell))
    except Unconfirmed as asked:
        return Previewed(cell, "ASKED", str(asked.questions[0].text), asked.questions[0].key)
    except Refused as refused:
        return Previewed(cell, "BAD", str(refused))
    return Previewed(cell, "KNOWN" if known else "GOOD")


def _stored(
    actor: Any, patient: Any, shown: Sequence[Previewed], name: str, ticks: Sequence[str]
) -> tuple[int, int]:
    """Save the good cells, and the unusual ones that were ticked; (new, known)."""
    made = known = 0
    for one in shown:
        ticked = one.ticket in ticks
        if one.state == "BAD" or (one.state == "ASKED" and not ticked):
            continue
        confirmed = [one.key] if one.key else []
        done = _save(actor, patient, one.cell, name, confirmed=confirmed)
        made, known = made + len(done.made), known + done.known
    return made, known


@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest, pk: str) -> HttpResponse:
    """Paste a table, look at it, save what is good."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    form = PasteForm(request.POST or None)
    shown: list[Previewed] = []
    faults: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        rules = laboratory.rules(actor).laboratory
        pasted = read_pasted(rules, form.cleaned_data["table"], clock.today())
        faults = [{"fault": f, "text": words.PASTE[f.problem]} for f in pasted.faults]
        name = form.cleaned_data["laboratory"]
        shown = [_previewed(actor, patient, cell, name) for cell in pasted.cells]
        if request.POST.get("then") == "save" and shown:
            made, known = _stored(actor, patient, shown, name, request.POST.getlist("unusual"))
            left = len(shown) - made - known
            _said(request, made, known)
            if left or faults:
                flash.warn(request, _("What could not be read was left out."))
            if made or known:
                return redirect("laboratory", pk=patient.id)
        if not shown:
            form.add_error("table", _("No value could be read."))
    context = who(actor, patient) | {
        "form": form,
        "shown": shown,
        "faults": faults,
        "counts": {
            state: sum(one.state == state for one in shown)
            for state in ("GOOD", "ASKED", "KNOWN", "BAD")
        },
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "followup/laboratory/paste.html", context, status=status)


urlpatterns = [
    path("patients/<uuid:pk>/laboratory/new/", record, name="laboratory-record"),
    path("patients/<uuid:pk>/laboratory/paste/", paste, name="laboratory-paste"),
]
