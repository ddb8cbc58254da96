"""The reports a case is read together with: made, offered, undone."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from pv.actions import case_links as actions
from pv.queries import case_links, cases
from pv.web.cases import page_context, seen_version, undone

SOURCES = {
    "message": gettext_lazy("Named in the message"),
    "other": gettext_lazy("Linked from the other case"),
    "duplicate": gettext_lazy("Decided as the same patient with another event"),
}


class LinkForm(Form):
    """The other report, what links the two, and how it is known. Nothing is preselected."""

    number = forms.CharField(
        label=gettext_lazy("Number of the other report"),
        help_text=gettext_lazy("Of a case here, as C26-0017, or its worldwide identifier."),
        max_length=100,
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("case link", "What links them"),
        choices=[("", "—"), *actions.Kind.choices],
    )
    reason = forms.CharField(label=pgettext_lazy("case link", "How it is known"), max_length=500)


def _offers(offers: list[case_links.LinkOffer]) -> list[tuple[Any, ...]]:
    kinds = dict(actions.Kind.choices)
    return [(row, SOURCES[row.source], kinds.get(row.kind, "")) for row in offers]


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The links of a case, what a message offers as one, and the next."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    offered = request.GET.get("number", "")
    form = LinkForm(request.POST or None, initial={"number": offered})
    if request.method == "POST":
        actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            actions.link(actor, case, **form.cleaned_data, lock_version=seen_version(request))
            flash.saved(request, _("Linked."))
            return redirect("case-links", pk=case.id)
    version = cases.version(actor, case)
    context = {
        **page_context(request, case, version),
        "form": form,
        "links": case_links.of_case(actor, case),
        "children": case_links.children(actor, case),
        "offers": _offers(case_links.offers(actor, case)),
        "next_version": not case_links.open_version(actor, case, version),
        "section": "links",
    }
    return render(request, "pv/cases/links.html", context, status=form.status)


@posted_from("case-links")
def undo(request: HttpRequest, pk: str, link_id: str) -> HttpResponse:
    """Undo a link with a reason."""
    made = case_links.one(cast(ActingRequest, request).actor, link_id)
    return undone(request, actions.undo, made, "case-links")


urlpatterns = [
    path("cases/<uuid:pk>/links/", page, name="case-links"),
    path("cases/<uuid:pk>/links/<uuid:link_id>/undo/", undo, name="case-link-undo"),
]
