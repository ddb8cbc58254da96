"""Opening a commitment, and correcting what describes it."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form, VersionedForm, WholeNumberField
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.web import drafts
from followup.web.dates import DateField
from pv.actions import commitments as actions
from pv.queries import commitments as queries
from pv.web.commitments.versions import posted
from pv.web.commitments.words import language


class DescriptionForm(Form):
    """What describes a commitment."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("As worded in the certificate, for example: phase III study"),
    )
    condition_text = forms.CharField(
        label=gettext_lazy("Condition, in the words of the certificate"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    condition_source = forms.CharField(
        label=gettext_lazy("Where it is written (document, page)"), required=False, max_length=200
    )
    trial_number = forms.CharField(
        label=gettext_lazy("Trial number"), required=False, max_length=60
    )
    dossier_number = forms.CharField(
        label=gettext_lazy("Dossier number"), required=False, max_length=60
    )
    owner = forms.TypedChoiceField(
        label=pgettext_lazy("commitment", "Owner"), coerce=UUID, empty_value=None, required=False
    )

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = cast(forms.TypedChoiceField, self.fields["owner"])
        owner.choices = [("", "—"), *((str(user.id), user.display_name) for user in people)]


class AmendForm(DescriptionForm, VersionedForm):
    """A correction, with one reason for the whole."""

    version_name = "lock_version"

    reason = forms.CharField(label=gettext_lazy("Reason for the change"), max_length=1000)
    field_order = ("title", "condition_text", "condition_source", "trial_number")


class OpenForm(DescriptionForm):
    """A new commitment."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of commitment"))
    legal_end = DateField(label=gettext_lazy("Statutory deadline"), required=False)
    override_reason = forms.CharField(
        label=gettext_lazy("Reason for a later end than the law's limit"),
        required=False,
        max_length=1000,
    )
    document = forms.CharField(
        label=gettext_lazy("Number of the certificate or approval document"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Without it the commitment stays a draft."),
    )
    target_enrolment = WholeNumberField(
        label=gettext_lazy("Evaluable patients needed"), required=False, min_value=1
    )
    maturity_days = WholeNumberField(
        label=gettext_lazy("Follow-up until the primary endpoint, in days"),
        required=False,
        min_value=1,
        max_value=36_500,
    )
    field_order = ("kind", "title", "legal_end", "override_reason", "document")

    def __init__(self, *args: Any, book: queries.Rulebook, gap: queries.Gap, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = cast(forms.ChoiceField, self.fields["kind"])
        names = [(code, queries.text(k.name, language())) for code, k in book.kinds.items()]
        kind.choices = [("", "—"), *names]
        if gap.end:
            self.fields["legal_end"].help_text = _limit_text(gap)


def _limit_text(gap: queries.Gap) -> str:
    if gap.end is None:
        return ""
    if gap.end.exact:
        return _("Left empty it is %(day)s, the limit of the law.") % {"day": gap.end.exact}
    return _(
        "Left empty it is %(first)s: the day of approval is not known, so the earliest is held "
        "(at the latest %(last)s)."
    ) % {"first": gap.end.earliest, "last": gap.end.latest}


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, indication_id: str) -> HttpResponse:
    """Open a commitment for a conditional indication."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    indication = queries.indication(actor, indication_id)
    actor.require(Perm.COMMITMENT_WRITE, product=indication.product_id)
    book = queries.rulebook()
    gap = queries.gap(indication, book, today)
    confirmatory = [code for code, kind in book.kinds.items() if kind.confirmatory]
    draft = drafts.of(request, "commitment-open", str(indication.pk))
    form = OpenForm(
        posted(request),
        initial={"kind": confirmatory[0], "owner": str(actor.id or ""), **draft.values},
        people=queries.owners(actor, indication.product_id),
        book=book,
        gap=gap,
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.begin(
                actor, indication, given=actions.CommitmentInput(**form.cleaned_data)
            )
            drafts.saved(request, draft)
            text = _("The commitment is open. Statutory deadline: %(day)s.")
            flash.saved(request, text % {"day": row.legal_end})
            return redirect("commitment", pk=row.id)
    context = {
        "form": form,
        "draft": draft,
        "indication": indication,
        "gap": gap,
        "limit": book.limit(today),
    }
    return render(request, "pv/commitments/open.html", context, status=form.status)


def _known(row: Any) -> dict[str, Any]:
    names = [name for name in DescriptionForm.base_fields if name != "owner"]
    return {name: getattr(row, name) for name in names} | {"owner": str(row.owner_id or "")}


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: str) -> HttpResponse:
    """Correct the description of a commitment."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    people = queries.owners(actor, row.product_id)
    start = _known(row) | {"lock_version": row.lock_version}
    draft = drafts.of(request, "commitment-amend", str(row.pk))
    form = AmendForm(posted(request), initial=start | draft.values, people=people)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in DescriptionForm.base_fields}
        reason = form.cleaned_data["reason"]
        with form.refusals(known=_known):
            actions.amend(
                actor,
                row,
                given=actions.Description(**values),
                lock_version=form.seen,
                reason=reason,
            )
            drafts.saved(request, draft)
            flash.saved(request, _("Saved."))
            return redirect("commitment", pk=row.id)
    context = {"form": form, "draft": draft, "commitment": row}
    return render(request, "pv/commitments/amend.html", context, status=form.status)


urlpatterns = [
    path("commitments/for/<uuid:indication_id>/", begin, name="commitment-open"),
    path("commitments/<uuid:pk>/amend/", amend, name="commitment-amend"),
]
