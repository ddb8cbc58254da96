"""Study data sets: product, study, format and lock; the package is made as a job."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import datasets as actions
from pv.queries import datasets as queries
from pv.web.reports import LANGUAGES

FORMATS = (("dataset-json", "Dataset-JSON 1.1"), ("xpt", "SAS XPT v5"))


class DatasetForm(Form):
    """Which package."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    study = forms.CharField(
        label=gettext_lazy("Study identifier (STUDYID)"),
        max_length=20,
        help_text=gettext_lazy("At most 20 capital letters, digits, dots, hyphens, underscores."),
    )
    lock = LockField(label=gettext_lazy("Data as of"))
    format = forms.ChoiceField(label=pgettext_lazy("data sets", "Format"), choices=FORMATS)
    language = forms.ChoiceField(label=gettext_lazy("Language of labels"), choices=LANGUAGES)


def _worksheets(actor: Actor, language: str) -> list[tuple[str, str]]:
    text = _("Worksheet for %(registry)s (%(kind)s)")
    return [
        (code, text % {"registry": registry.label(language), "kind": kind.upper()})
        for code, (registry, kind) in queries.worksheets(actor).items()
    ]


def _form(request: HttpRequest, actor: Actor) -> DatasetForm:
    initial = {"language": get_language() or "zh-hans"}
    form = DatasetForm(request.POST if request.method == "POST" else None, initial=initial)
    form.offer("format", [*FORMATS, *_worksheets(actor, initial["language"])])
    offered = [(str(row.id), localized_name(row)) for row in queries.products(actor)]
    choose = [] if len(offered) == 1 else [("", _("Choose a product"))]
    form.offer("product", [*choose, *offered])
    if not actor.may(Perm.REPORT_WRITE):
        del form.fields["lock"]
        return form
    offer_locks(form, actor, first=[("", _("Choose a data lock"))])
    return form


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form, what the package holds, and the job that makes it."""
    actor = cast(ActingRequest, request).actor
    if not queries.may_make(actor):
        raise Denied(Perm.REPORT_WRITE)
    form = _form(request, actor)
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        with form.refusals():
            actions.request(
                actor,
                product_id=data["product"],
                study=data["study"],
                form=data["format"],
                lock_id=data.get("lock") or None,
                language=data["language"],
            )
            flash.saved(request, _("The data sets are being made. You may leave this page."))
            return redirect("jobs")
    mapping = queries.current_mapping(actor)
    analysis = queries.current_analysis_mapping(actor)
    language = get_language() or "zh-hans"
    context = {
        "form": form,
        "locks": "lock" in form.fields,
        "mapping": mapping,
        "analysis": analysis,
        "datasets": [
            (row.code, row.label(language), row.structure)
            for row in (*mapping.datasets, *analysis.datasets)
        ],
    }
    return render(request, "pv/datasets/page.html", context, status=form.status)


urlpatterns = [path("datasets/", page, name="datasets")]
