"""Opening the work-up of a case by hand: the suspicion and why."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from pv.actions import work_up_openings as actions
from pv.queries import cases
from pv.queries.work_up_questions import SUSPICIONS, SUSPICIOUS
from pv.web.cases import page_context


class SuspicionForm(Form):
    """What raised the suspicion; nothing is chosen beforehand."""

    suspicion = forms.ChoiceField(label=SUSPICIOUS, choices=[("", "—"), *SUSPICIONS])
    reason = forms.CharField(label=pgettext_lazy("work-up", "Reason"), max_length=500)


@require_http_methods(["GET", "POST"])
def suspect(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a work-up on a suspicion the hospital did not report as a malignancy."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = SuspicionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.open_by_hand(actor, case, **form.cleaned_data)
            flash.saved(request, _("The work-up is open."))
            return redirect("work-up", pk=case.id)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "section": "suspect",
        "form": form,
    }
    return render(request, "pv/workups/suspect.html", context, status=form.status)


urlpatterns = [path("cases/<uuid:pk>/suspect-malignancy/", suspect, name="case-suspect")]
