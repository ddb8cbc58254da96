"""The samples of a patient, and making the set of a visit."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import samples as actions
from followup.core import clock, row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.consents import Purpose
from followup.queries import follow_up_status, patients, samples, worklist
from followup.web import visit_infusions
from followup.web.samples.forms import ChoiceForm
from followup.web.samples.labels import SIZES
from followup.web.samples.words import KINDS, PAIRS


def _labels_url(rows: list[Any]) -> str:
    query = urlencode([("sample", row.id) for row in rows])
    return f"{reverse('sample-labels')}?{query}"


def _consented(actor: Any, patient: Any) -> bool:
    """Whether a consent in force covers keeping and testing samples."""
    return follow_up_status.agreed(actor, patient, Purpose.SAMPLES)


@require_GET
def of_patient(request: HttpRequest, pk: str) -> HttpResponse:
    """The samples of one patient; the set of the nearest visit is one press away."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_READ)
    patient = patients.one(actor, pk)
    found = samples.described(actor, samples.of_patient(actor, patient))
    may_write = actor.may(Perm.SAMPLE_WRITE, site=patient.site_id)
    offered = samples.visits(actor, patient, today=clock.today()) if may_write else []
    fresh = [row.sample for row in found if str(row.sample.planned_visit_id) == _visit(request)]
    context = {
        "patient": patient,
        "rows": [(row, KINDS[row.sample.state]) for row in reversed(found)],
        "offered": next((choice for choice in offered if not choice.made), None),
        "fresh": fresh,
        "fresh_labels": _labels_url(fresh) if fresh else "",
        "sizes": SIZES.values(),
        "consented": _consented(actor, patient),
        "may_write": may_write,
        "pairs": [
            (pair.pairing, _side(found, pair.pairing.pre), _side(found, pair.pairing.post), *word)
            for pair in samples.pairs(actor, found)
            for word in [PAIRS[pair.state.value]]
        ],
    }
    return render(request, "followup/samples/patient.html", context)


def _side(rows: list[Any], code: str) -> list[Any]:
    """The samples of one side of a comparison, the material that is there first."""
    own = [row for row in rows if row.sample.code == code]
    return sorted(own, key=lambda row: row.held.value != "YES")


def _visit(request: HttpRequest) -> str:
    return request.GET.get("visit", "-")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: str) -> HttpResponse:
    """Make the set of a visit in one press, or choose specimens."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_WRITE)
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.SAMPLE_WRITE)
    if request.method == "POST" and request.POST.get("set"):
        return _make_set(request, patient)
    offered = samples.visits(actor, patient, today=clock.today())
    infusions = patients.infusions(actor, patient)
    words = visit_infusions.words(actor, patient)
    form = ChoiceForm(
        request.POST or None,
        infusions=[(str(i.id), f"{i.infused_on} {localized_name(i.product)}") for i in infusions],
        visits=[
            (str(v.id), v.code + words.get(v.schedule.infusion_id, ""))
            for v in patients.planned(actor, patient)
        ],
        rules=samples.rules(actor),
        initial={"infusion": str(infusions[0].id)} if len(infusions) == 1 else {},
    )
    if request.method == "POST" and form.is_valid():
        answer = _make_choice(request, form, patient)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "patient": patient,
        "offered": offered,
        "definitions": samples.rules(actor).definitions,
    }
    return render(request, "followup/samples/new.html", context, status=form.status)


def _said(request: HttpRequest, made: list[Any]) -> None:
    text = ngettext("%(n)s sample planned.", "%(n)s samples planned.", len(made))
    flash.saved(request, text % {"n": len(made)})


def _make_set(request: HttpRequest, patient: Any) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, request.POST["set"])
    if planned.patient_id != patient.id:
        raise NotFound()
    actions.plan_visit(actor, planned)
    return redirect(f"{reverse('patient-samples', args=[patient.id])}?visit={planned.id}")


def _make_choice(request: HttpRequest, form: ChoiceForm, patient: Any) -> HttpResponse | None:
    actor = cast(ActingRequest, request).actor
    clean = form.cleaned_data
    visit = worklist.one(actor, clean["visit"]) if clean["visit"] else None
    infusion = patients.infusion(actor, clean["infusion"])
    with form.refusals():
        made = actions.add(
            actor,
            infusion,
            codes=clean["codes"],
            visit=visit,
            planned_for=clock.today(),
        )
        _said(request, made)
        return redirect(_labels_url(made))
    return None


urlpatterns = [
    path("patients/<uuid:pk>/samples/", of_patient, name="patient-samples"),
    path("patients/<uuid:pk>/samples/new/", new, name="sampling-new"),
]
