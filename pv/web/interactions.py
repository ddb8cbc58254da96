"""Exchanges with the authority: the register, one with its answer, corrections and mistakes."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.forms.versioned import VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from followup.web.products import CONFIDENCES
from pv.actions import interactions as actions
from pv.domain.approvals.interactions import Debtor
from pv.queries import duties, interactions
from pv.web import register_documents
from pv.web.register_documents import RemovalForm

BOXES = (
    ("open", pgettext_lazy("interaction", "Open")),
    ("", pgettext_lazy("interaction", "All")),
)


class InteractionForm(VersionedForm):
    """What came or went, and by which day it is answered."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    kind = forms.ChoiceField(label=pgettext_lazy("interaction", "Kind"))
    subject = forms.CharField(label=pgettext_lazy("interaction", "Subject"), max_length=200)
    content = forms.CharField(
        label=pgettext_lazy("interaction", "What is asked or was said"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    certificate_number = forms.ChoiceField(label=gettext_lazy("Certificate"), required=False)
    reference_number = forms.CharField(
        label=pgettext_lazy("interaction", "Acceptance number of the dossier, or of the letter"),
        max_length=60,
        required=False,
    )
    happened_on = DateField(
        label=pgettext_lazy("interaction", "Received, requested or held on"), future=False
    )
    named_due = DateField(
        label=pgettext_lazy("interaction", "Day the letter names for the answer"),
        help_text=pgettext_lazy("interaction", "Empty: the day is counted by the rule of the kind"),
        required=False,
    )
    owner_name = forms.CharField(
        label=pgettext_lazy("duty", "Owner"), max_length=120, required=False
    )
    follows = forms.ChoiceField(label=pgettext_lazy("interaction", "It follows on"), required=False)


class CorrectionForm(InteractionForm):
    """The same, with why it is corrected."""

    reason = forms.CharField(
        label=pgettext_lazy("interaction", "Why it is corrected"), max_length=500
    )


class AnswerForm(Form):
    """When it was answered, and the proof."""

    answered_on = DateField(label=pgettext_lazy("interaction", "Answered on"), future=False)
    content = forms.CharField(
        label=pgettext_lazy("interaction", "What was answered"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = forms.CharField(
        label=pgettext_lazy("interaction", "Proof"),
        help_text=pgettext_lazy("interaction", "A receipt number, a letter, a file below"),
        max_length=300,
    )


def _offer(form: InteractionForm, actor: Any, products: list[Any], follows: list[Any]) -> None:
    offered = [(str(row.id), localized_name(row)) for row in products]
    form.offer("product", [("", _("Choose a product")), *offered])
    kinds = interactions.kind_names()
    form.offer("kind", [("", _("Choose what it is.")), *kinds.items()])
    known = {row.id for row in products}
    numbers = [
        (row.number, f"{row.number} {localized_name(row.product)}")
        for row in (duties.certificates(actor) if actor.may(Perm.COMMITMENT_READ) else [])
        if row.product_id in known
    ]
    kept = str(form.initial.get("certificate_number") or "")
    if kept and kept not in dict(numbers):
        numbers.append((kept, kept))
    form.offer("certificate_number", [("", _("None")), *numbers])
    earlier = [(str(row.pk), f"{row.happened_on} {row.subject}") for row in follows]
    form.offer("follows", [("", _("Nothing")), *earlier])


def _values(actor: Any, form: InteractionForm) -> dict[str, Any]:
    names = (*actions.FIELDS, "named_due")
    values = {name: form.cleaned_data[name] for name in names}
    if values["follows"]:
        values["follows"] = interactions.one(actor, values["follows"]).row
    else:
        values["follows"] = None
    return values


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The register, open ones first by choice, a page by key."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.REPORT_READ)
    box, product = request.GET.get("box", ""), request.GET.get("product", "")
    page = interactions.page(actor, box=box, product=product, key=request.GET.get("after", ""))
    context = {
        "rows": [(line, line.days(today)) for line in page.items],
        "page": page,
        "box": box,
        "boxes": BOXES,
        "product": product,
        "products": reference.products_for(actor, Perm.REPORT_READ),
        "may_write": actor.may(Perm.REPORT_WRITE),
    }
    return render(request, "pv/interactions/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Record an exchange, or what followed on one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    before = request.GET.get("follows", "")
    earlier = interactions.one(actor, before).row if before else None
    start = {"product": str(earlier.product_id), "follows": before} if earlier else {}
    form = InteractionForm(request.POST if request.method == "POST" else None, initial=start)
    products = [earlier.product] if earlier else interactions.products(actor)
    _offer(form, actor, products, [earlier] if earlier else [])
    if request.method == "POST" and form.is_valid():
        product = reference.product(actor, id=form.cleaned_data["product"])
        with form.refusals():
            row = actions.record(actor, product, values=_values(actor, form))
            flash.saved(request, _("The exchange is recorded."))
            return redirect("interaction", pk=row.pk)
    cancel = reverse("interaction", args=[before]) if before else reverse("interactions")
    context = {"form": form, "cancel": cancel, "row": None}
    return render(request, "pv/interactions/edit.html", context, status=form.status)


def _known(row: Any) -> dict[str, Any]:
    """The values of the form of a row."""
    names = [name for name in actions.FIELDS if name != "follows"]
    values = {name: getattr(row, name) for name in names}
    values |= {"product": str(row.product_id), "follows": str(row.follows_id or "")}
    return values | {"named_due": row.due if row.due_named else None}


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Correct an entry, with the reason."""
    actor = cast(ActingRequest, request).actor
    row = interactions.one(actor, pk).row
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    sent = request.POST if request.method == "POST" else None
    form = CorrectionForm(sent, initial=_known(row) | {"version": row.version})
    follows = [each for each in interactions.earlier(actor, row.product_id) if each.pk != row.pk]
    if row.follows and row.follows not in follows:
        follows.append(row.follows)
    _offer(form, actor, [row.product], follows)
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            reason = form.cleaned_data["reason"]
            values = _values(actor, form)
            actions.correct(actor, row, values=values, version=form.seen, reason=reason)
            flash.saved(request, _("The entry is corrected."))
            return redirect("interaction", pk=row.pk)
    context = {"form": form, "cancel": reverse("interaction", args=[row.pk]), "row": row}
    return render(request, "pv/interactions/edit.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One exchange: who owes the answer by when, the answer, documents, what followed."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    line = interactions.one(actor, pk)
    row = line.row
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE, product=row.product_id)
        if form.is_valid():
            with form.refusals():
                actions.answer(actor, row, **form.cleaned_data)
                flash.saved(request, _("The answer is recorded."))
                return redirect("interaction", pk=row.pk)
    may = actor.may(Perm.REPORT_WRITE, product=row.product_id) and row.withdrawn_at is None
    rule = interactions.kinds().get(row.kind)
    context = {
        "line": line,
        "row": row,
        "form": form if may and line.open else None,
        "days": line.days(today),
        "holder_owes": row.owed_by == Debtor.HOLDER,
        "rule": rule,
        "confidence": CONFIDENCES.get(rule.confidence, rule.confidence) if rule else "",
        "answers": interactions.answers(actor, row),
        "following": interactions.following(actor, row),
        "review": interactions.review_time(actor, row),
        "may_write": may,
        **register_documents.panel(actor, row),
    }
    return render(request, "pv/interactions/detail.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw an entry made by mistake."""
    actor = cast(ActingRequest, request).actor
    row = interactions.one(actor, pk).row
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    return _withdrawn(request, row, lambda reason: actions.withdraw(actor, row, reason=reason))


@require_http_methods(["GET", "POST"])
def withdraw_answer(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw an answer recorded by mistake."""
    actor = cast(ActingRequest, request).actor
    answer = interactions.answer(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=answer.product_id)
    row = answer.interaction
    return _withdrawn(
        request, row, lambda reason: actions.withdraw_answer(actor, answer, reason=reason)
    )


def _withdrawn(request: HttpRequest, row: Any, withdrawing: Any) -> HttpResponse:
    form = RemovalForm(request.POST if request.method == "POST" else None)
    form.rename("reason", pgettext("interaction", "Why it is withdrawn"))
    back = reverse("interaction", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            withdrawing(form.cleaned_data["reason"])
            flash.saved(request, _("The entry is withdrawn."))
            return redirect(back)
    context = {"form": form, "row": row, "back": back}
    return render(request, "pv/registers/withdraw.html", context, status=form.status)


urlpatterns = [
    path("interactions/", listing, name="interactions"),
    path("interactions/new/", new, name="interaction-new"),
    path("interactions/<uuid:pk>/", detail, name="interaction"),
    path("interactions/<uuid:pk>/correct/", correct, name="interaction-correct"),
    path("interactions/<uuid:pk>/withdraw/", withdraw, name="interaction-withdraw"),
    path("interactions/answers/<uuid:pk>/withdraw/", withdraw_answer, name="answer-withdraw"),
]
