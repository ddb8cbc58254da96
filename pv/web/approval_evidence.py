"""Evidence behind an approval: the register, an entry, the second person, withdrawal."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form, WholeNumberField
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import approval_evidence as actions
from pv.queries import approval_evidence, studies
from pv.web import register_documents
from pv.web.entry_decisions import EntryDecision
from pv.web.register_documents import RemovalForm


class EvidenceForm(Form):
    """One result, as its document states it."""

    indication = forms.ChoiceField(label=pgettext_lazy("column", "Indication"))
    kind = forms.ChoiceField(label=pgettext_lazy("approval evidence", "Kind"))
    study = forms.ChoiceField(
        label=pgettext_lazy("approval evidence", "Study of the register"), required=False
    )
    study_number = forms.CharField(
        label=pgettext_lazy("approval evidence", "Study number"), max_length=60
    )
    participants = WholeNumberField(
        label=pgettext_lazy("approval evidence", "Participants"), min_value=1, max_value=1_000_000
    )
    endpoint = forms.CharField(label=pgettext_lazy("approval evidence", "Endpoint"), max_length=200)
    result = forms.CharField(
        label=pgettext_lazy("approval evidence", "Result"),
        help_text=pgettext_lazy("approval evidence", "As the document states it"),
        max_length=200,
    )
    interval = forms.CharField(
        label=pgettext_lazy("approval evidence", "Interval"),
        help_text=pgettext_lazy("approval evidence", "As the document states it, with its level"),
        max_length=100,
        required=False,
    )
    data_cutoff = DateField(
        label=pgettext_lazy("approval evidence", "Data cut-off"), required=False, future=False
    )
    source = forms.CharField(label=gettext_lazy("Document this was taken from"), max_length=300)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """What holds of each indication, what waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    context = {
        "held": approval_evidence.held(actor),
        "waiting": approval_evidence.waiting(actor),
        "products": approval_evidence.products(actor) if actor.may(Perm.REPORT_WRITE) else [],
    }
    return render(request, "pv/approval_evidence/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a result, or one in place of an entry that is wrong."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    before = None
    if replaced := request.GET.get("replaces", ""):
        before = approval_evidence.one(actor, replaced)
    asked = request.GET.get("product", "")
    if before is None and not asked:
        return redirect("approval-evidence-list")
    product = before.product if before else reference.product(actor, id=asked)
    actor.require(Perm.REPORT_WRITE, product=product.id)
    form = EvidenceForm(
        request.POST if request.method == "POST" else None, initial=_known(before) if before else {}
    )
    indications = {str(row.id): row for row in reference.indications(actor, product)}
    names = [(key, localized_name(row)) for key, row in indications.items()]
    form.offer("indication", [("", _("Choose an indication")), *names])
    form.offer("kind", [("", _("Choose what it is.")), *approval_evidence.kinds()])
    known = {str(row.id): row for row in studies.standing(actor, product.id)}
    form.offer("study", [("", _("None")), *((key, str(row)) for key, row in known.items())])
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        data |= {
            "indication": indications[data["indication"]],
            "study": known.get(data["study"]),
            "replaces": before,
        }
        with form.refusals():
            row = actions.enter(actor, product, values=data)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("approval-evidence", pk=row.pk)
    cancel = reverse("approval-evidence-list")
    context = {"form": form, "product": product, "before": before, "cancel": cancel}
    return render(request, "pv/approval_evidence/new.html", context, status=form.status)


def _known(row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in EvidenceForm.base_fields}
    return values | {"indication": str(row.indication_id), "study": str(row.study_id or "")}


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry, compared with its document by another person."""
    actor = cast(ActingRequest, request).actor
    row = approval_evidence.one(actor, pk)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("approval-evidence", pk=row.pk),
        refused=redirect("approval-evidence-list"),
    )
    if answer is not None:
        return answer
    may = actor.may(Perm.REPORT_WRITE, product=row.product_id)
    holds = approval_evidence.holds(row)
    later = approval_evidence.replacement(actor, row)
    context: dict[str, Any] = {
        "row": row,
        "later": later,
        "later_holds": later is not None and approval_evidence.holds(later),
        "may_change": holds and may,
        "entries": approval_evidence.entries(actor, row),
        **decision.context(actor, row, Perm.REPORT_WRITE),
        **register_documents.panel(actor, row),
    }
    return render(request, "pv/approval_evidence/detail.html", context, status=decision.status)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw an entry that holds, with the reason."""
    actor = cast(ActingRequest, request).actor
    row = approval_evidence.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    form.rename("reason", pgettext("interaction", "Why it is withdrawn"))
    back = reverse("approval-evidence", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.withdraw(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The entry is withdrawn."))
            return redirect(back)
    context = {"form": form, "row": row, "back": back}
    return render(request, "pv/registers/withdraw.html", context, status=form.status)


@dataclass(frozen=True, slots=True)
class ProductNote:
    """One result behind an approval, on the page of products."""

    indication: str
    kind: str
    text: str
    href: str


def of_product(actor: Actor, product: Any) -> list[ProductNote]:
    """What the approvals of a product rest on, for whoever reads the register of it."""
    if not actor.may(Perm.REPORT_READ, product=product.id):
        return []
    return [
        ProductNote(
            localized_name(row.indication),
            str(row.get_kind_display()),
            " ".join(filter(None, (row.study_number, row.endpoint, row.result, row.interval))),
            reverse("approval-evidence", args=[row.pk]),
        )
        for row in approval_evidence.held(actor, product_id=product.id)
    ]


urlpatterns = [
    path("evidence/", listing, name="approval-evidence-list"),
    path("evidence/new/", new, name="approval-evidence-new"),
    path("evidence/<uuid:pk>/", detail, name="approval-evidence"),
    path("evidence/<uuid:pk>/withdraw/", withdraw, name="approval-evidence-withdraw"),
]
