"""Labels: the register of versions, a new one, the second person, cases to look at again."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import labels as actions
from pv.queries import dictionaries, labels
from pv.web import clock_changes
from pv.web.entry_decisions import EntryDecision


class LabelForm(Form):
    """One version of a label with its terms."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    kind = forms.ChoiceField(label=pgettext_lazy("label", "What it is"))
    country = forms.CharField(
        label=pgettext_lazy("label", "Country of the label (CN, US, EU …)"),
        max_length=2,
        required=False,
    )
    number = forms.CharField(label=gettext_lazy("Version of the label"), max_length=40)
    valid_from = DateField(label=pgettext_lazy("label", "Valid from"))
    dictionary = forms.ChoiceField(label=pgettext_lazy("label", "MedDRA version of the terms"))
    terms = forms.CharField(
        label=pgettext_lazy("label", "Terms, one per line"),
        help_text=gettext_lazy(
            "Code or whole name; then, after a semicolon, the words of the label, and “fatal” where"
            " the label names death: Sepsis; 脓毒症; fatal"
        ),
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    source = forms.CharField(label=gettext_lazy("Document this was taken from"), max_length=300)


class ReviewForm(Form):
    """When a case was looked at again, and what came of it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    done_on = DateField(label=pgettext_lazy("label review", "Looked at on"), future=False)
    outcome = forms.CharField(
        label=pgettext_lazy("label review", "What came of it"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What holds, and what waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    context = {
        "held": labels.held(actor),
        "waiting": [(row, row.entered_by_id != actor.id) for row in labels.waiting(actor)],
        "may_keep": bool(labels.keepers(actor)),
        "open": len(labels.open_reviews(actor)),
    }
    return render(request, "pv/labels/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a version."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    form = LabelForm(request.POST if request.method == "POST" else None)
    offered = [(str(row.id), localized_name(row)) for row in labels.keepers(actor)]
    form.offer("product", [("", _("Choose a product")), *offered])
    form.offer("kind", [("", pgettext("label", "Choose what it is")), *labels.kinds()])
    loaded = dictionaries.versions()
    form.offer("dictionary", [("", _("Choose a version")), *((v, f"MedDRA {v}") for v in loaded)])
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        product = reference.product(actor, id=data.pop("product"))
        with form.refusals():
            row = actions.enter(actor, product, terms=data.pop("terms"), values=data)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("label", pk=row.pk)
    context = {"form": form, "loaded": loaded}
    return render(request, "pv/labels/new.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One version beside the one before it; confirmed or refused by another person."""
    actor = cast(ActingRequest, request).actor
    row = labels.one(actor, pk)
    if request.method == "POST" and "trial" in request.POST:
        return clock_changes.trial(request, "label", row)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("label", pk=row.pk),
        refused=redirect("labels"),
    )
    if answer is not None:
        return answer
    context = {
        "row": row,
        "terms": labels.terms(actor, row, reader_language()),
        "difference": labels.difference(actor, row, reader_language()),
        "reviews": _due(labels.reviews_of(actor, row)),
        **decision.context(actor, row, *labels.KEEPERS, also=Perm.CASE_READ),
    }
    return render(request, "pv/labels/detail.html", context, status=decision.status)


def _due(rows: list[Any]) -> list[tuple[Any, int]]:
    today = clock.today()
    return [(row, (row.due - today).days) for row in rows]


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """Cases to look at again after a label changed, the earliest day first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    context = {"reviews": _due(labels.open_reviews(actor))}
    return render(request, "pv/labels/reviews.html", context)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """Note what came of looking at a case again."""
    actor = cast(ActingRequest, request).actor
    row = labels.review(actor, pk)
    sent = request.POST if request.method == "POST" else None
    form = ReviewForm(sent, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody has ended this task meanwhile.")):
            actions.finish_review(actor, row, **form.cleaned_data)
            flash.saved(request, _("The task is done."))
            return redirect("label-reviews")
    place = {"site": row.site_id, "product": row.product_id}
    may = any(actor.may(perm, **place) for perm in (Perm.CASE_WRITE, Perm.CASE_ASSESS))
    context = {
        "form": form,
        "row": row,
        "days": (row.due - clock.today()).days,
        "may_end": may and row.done_on is None,
    }
    return render(request, "pv/labels/review.html", context, status=form.status)


urlpatterns = [
    path("labels/", listing, name="labels"),
    path("labels/new/", new, name="label-new"),
    path("labels/reviews/", reviews, name="label-reviews"),
    path("labels/reviews/<uuid:pk>/", review, name="label-review"),
    path("labels/<uuid:pk>/", detail, name="label"),
]
