"""Figures of a cohort at a lock: survival, second malignancy, swimmer plot, and the files."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http.numbers import page_index
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name, reads_chinese
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import data_locks, reference
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import figures as figure_files
from pv.queries import cohorts, figures
from pv.queries.cohorts import Filters

NOW = "now"
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class CohortForm(Form):
    """Which patients, and as known when."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    lock = LockField(label=gettext_lazy("Data as of"))
    indication = forms.ChoiceField(label=gettext_lazy("Indication"), required=False)
    site = forms.ChoiceField(label=pgettext_lazy("column", "Site"), required=False)
    start = DateField(label=gettext_lazy("Infused from"), required=False)
    end = DateField(label=gettext_lazy("Infused to"), required=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page was asked for: the form as shown, and the filters if it could be read."""

    form: CohortForm
    filters: Filters | None


def choice(request: HttpRequest, actor: Actor) -> Choice:
    """Read the filters; what is not asked for is the first product at the latest lock."""
    offered = cohorts.products(actor)
    if not offered:
        raise NotFound()
    asked = request.GET.dict()
    latest = data_locks.locks(actor).first()
    asked.setdefault("product", str(offered[0].id))
    asked.setdefault("lock", str(latest.id) if latest else NOW)
    form = CohortForm(asked)
    form.offer("product", [(str(row.id), localized_name(row)) for row in offered])
    offer_locks(form, actor, last=[(NOW, _("Now, no lock"))])
    product = next((row for row in offered if str(row.id) == asked["product"]), offered[0])
    every = [("", _("All"))]
    rows = reference.indications(actor, of=product)
    form.offer("indication", every + [(str(row.id), localized_name(row)) for row in rows])
    places = cohorts.sites_of(actor, Filters(product))
    chinese = reads_chinese()
    sites = [(str(pk), f"{code} {zh if chinese else en}") for pk, code, zh, en in places]
    form.offer("site", every + sites)
    if not form.is_valid():
        return Choice(form, None)
    return Choice(form, _filters(actor, form.cleaned_data, product))


def _filters(actor: Actor, data: dict[str, Any], product: Any) -> Filters:
    lock = None if data["lock"] == NOW else data_locks.lock(actor, data["lock"])
    return Filters(
        product=product,
        indication=UUID(data["indication"]) if data["indication"] else None,
        site=UUID(data["site"]) if data["site"] else None,
        start=data["start"],
        end=data["end"],
        lock=lock,
        cutoff=clock.today(),
    )


def _kind(request: HttpRequest) -> str:
    """The figure asked for, the first without a name; NotFound for one that there is not."""
    asked = request.GET.get("figure", "") or figures.kinds()[0][0]
    if asked not in dict(figures.kinds()):
        raise NotFound()
    return asked


@require_GET
@reads_from_standby
def cohort(request: HttpRequest) -> HttpResponse:
    """One figure with its finding, its tables and what it rests on."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    chosen, kind = choice(request, actor), _kind(request)
    found, page = None, page_index(request)
    if chosen.filters:
        with cohorts.reading(chosen.filters):
            found = figures.figure(
                actor,
                chosen.filters,
                kind,
                page=page,
                measure=request.GET.get("measure", ""),
                place=lambda pk: reverse("patient", args=[pk]),
            )
    context = {
        "form": chosen.form,
        "filters": chosen.filters,
        "figure": found,
        "kind": kind,
        "kinds": figures.kinds(),
        "measures": figures.measures(actor) if kind == "waterfall" else [],
        "measure": request.GET.get("measure", ""),
        "next_page": page + 2 if kind == "swimmer" and found and _full(found) else None,
    }
    return render(request, "pv/cohorts/cohort.html", context, status=200 if found else 422)


def _full(found: Any) -> bool:
    return bool(found.tables) and len(found.tables[0].rows) == figures.LANES


@require_GET
def file(request: HttpRequest, kind: str) -> HttpResponse:
    """The figure as PDF or workbook; taking it away is logged."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    chosen = choice(request, actor)
    if kind not in TYPES or chosen.filters is None:
        raise NotFound()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"figure.{kind}"
        name = figure_files.write(
            actor,
            chosen.filters,
            _kind(request),
            target,
            measure=request.GET.get("measure", ""),
            page=page_index(request),
        )
        content = target.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=TYPES[kind], headers=headers)


urlpatterns = [
    path("cohort/", cohort, name="cohort"),
    path("cohort/file/<slug:kind>/", file, name="cohort-file"),
]
