"""The seal of the trail: head, lag, last verification, anchors, and the reviews of periods."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import trail_reviews
from followup.core import naming
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import reference, seals
from followup.web.dates import DateField

PAGE = 20


class ReviewForm(Form):
    """Which period of the trail was reviewed, and what was seen."""

    since = DateField(label=pgettext_lazy("period", "From"), future=False)
    until = DateField(label=pgettext_lazy("period", "To (included)"), future=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    remarks = forms.CharField(
        label=gettext_lazy("What was looked at and found"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, sites: list[Any], all_sites: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(site.id), naming.localized_name(site)) for site in sites]
        first = _("Every site") if all_sites else _("Choose a site")
        cast(forms.ChoiceField, self.fields["site"]).choices = [("", first), *named]


def _form(request: HttpRequest) -> ReviewForm:
    actor = cast(ActingRequest, request).actor
    sites = list(reference.sites(actor, needs=Perm.AUDIT_REVIEW))
    whole = any(grant.all_sites for grant in actor.granting(Perm.AUDIT_REVIEW))
    return ReviewForm(request.POST or None, sites=sites, all_sites=whole)


def _fault_words() -> dict[str, str]:
    """Each kind of fault in words."""
    fault = seals.Fault
    return {
        fault.GAP: pgettext("seal", "a number of the chain is missing"),
        fault.CHANGE_MISSING: pgettext("seal", "a sealed change is gone"),
        fault.CONTENT: pgettext("seal", "a change is not as it was sealed"),
        fault.CHAIN: pgettext("seal", "a seal was altered"),
        fault.BACKDATED: pgettext("seal", "a change is dated before what was sealed earlier"),
        fault.ANCHOR_MISMATCH: pgettext("seal", "the chain differs from an anchor"),
        fault.ANCHOR_BEYOND_END: pgettext("seal", "an anchor lies beyond the end of the chain"),
        fault.ROW_DIFFERS: pgettext("seal", "a record is not as its last change left it"),
        fault.ROW_UNKNOWN: pgettext("seal", "a record is unknown to the trail"),
        fault.ROW_GONE: pgettext("seal", "a record is gone without a change"),
        fault.SEARCH_DIFFERS: pgettext(
            "seal", "what a person is found by is not what the identity says"
        ),
    }


def _kinds() -> dict[str, str]:
    """How an anchor was handed out, in words."""
    return {
        "file": pgettext("anchor", "File"),
        "mail": pgettext("anchor", "Mail"),
        "time_stamp": pgettext("anchor", "Time-stamp service"),
    }


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """State of the seal; a review is recorded here."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.AUDIT_READ)
    may_review = actor.may(Perm.AUDIT_REVIEW)
    form = _form(request) if may_review else None
    if request.method == "POST":
        actor.require(Perm.AUDIT_REVIEW)
        if form is not None and form.is_valid():
            values = form.cleaned_data
            site = reference.site(actor, id=values["site"]).id if values["site"] else None
            with form.refusals():
                trail_reviews.record(
                    actor,
                    since=values["since"],
                    until=values["until"],
                    site=site,
                    remarks=values["remarks"],
                )
                flash.saved(request, _("The review is recorded. It is not yet signed."))
                return redirect("seal")
    state = seals.state(actor)
    fault = state.verified.fault if state.verified else ""
    site_names = {site.id: naming.localized_name(site) for site in reference.sites(actor)}
    kinds = _kinds()
    context = {
        "state": state,
        "lag": int(state.lag.total_seconds()),
        "fault": _fault_words().get(seals.Fault(fault), "") if fault else "",
        "anchors": [(row, kinds[row.kind]) for row in seals.anchors(actor)[:PAGE]],
        "anchored": bool(
            settings.SEAL_ANCHOR_FILE or settings.SEAL_ANCHOR_MAIL or settings.SEAL_STAMP_URL
        ),
        "reviews": [
            (row, site_names.get(row.site_id, "") if row.site_id else _("Every site"))
            for row in seals.reviews(actor)[:PAGE]
        ],
        "signed": seals.signed_reviews(actor),
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "followup/trail/seal.html", context, status=status)


urlpatterns = [path("seal/", page, name="seal")]
