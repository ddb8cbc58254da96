"""Products and indications of the register: what is entered, and the second person."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web import code_choices
from followup.web.dates import PartialDateField
from pv.actions import product_entries as actions
from pv.queries import product_entries
from pv.web import register_documents
from pv.web.entry_decisions import EntryDecision

_SOURCE = gettext_lazy("Document this was taken from")


class ProductForm(Form):
    """What a document says of a product."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Of the product in this system, for example AXI_CEL; it stays."),
        max_length=30,
    )
    inn = forms.CharField(label=gettext_lazy("International name"), max_length=120)
    generic_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=120)
    brand_en = forms.CharField(label=gettext_lazy("Brand, English"), max_length=120, required=False)
    brand_zh = forms.CharField(label=gettext_lazy("Brand, Chinese"), max_length=120, required=False)
    holder_zh = forms.CharField(label=gettext_lazy("Holder, Chinese"), max_length=120)
    holder_en = forms.CharField(label=gettext_lazy("Holder, English"), max_length=120)
    target = forms.CharField(
        label=pgettext_lazy("product", "Target"), max_length=60, required=False
    )
    vector_type = forms.ChoiceField(label=gettext_lazy("Vector"))
    is_car_t = forms.ChoiceField(label=gettext_lazy("CAR-T"))
    approval_number = forms.CharField(
        label=gettext_lazy("Approval number"), max_length=60, required=False
    )
    source = forms.CharField(label=_SOURCE, max_length=300)


class IndicationForm(Form):
    """What a document says of an indication."""

    name_zh = forms.CharField(label=gettext_lazy("Indication, Chinese"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Indication, English"), max_length=200)
    disease = forms.ChoiceField(label=pgettext_lazy("product entry", "Disease"), required=False)
    approval_status = forms.ChoiceField(label=pgettext_lazy("column", "Status"))
    approved = PartialDateField(
        label=pgettext_lazy("column", "Approved"), required=False, future=False
    )
    source = forms.CharField(label=_SOURCE, max_length=300)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The products and indications the reader may enter, and what waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_READ)
    context = {
        "waiting": product_entries.waiting(actor),
        "products": product_entries.shown(actor),
        "statuses": product_entries.statuses(),
        "may_write": actor.may(Perm.COMMITMENT_WRITE),
        "may_add": product_entries.may_add(actor),
    }
    return render(request, "pv/product_entries/list.html", context)


@require_http_methods(["GET", "POST"])
def new_product(request: HttpRequest) -> HttpResponse:
    """Enter what a document says of a product; without `product` a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_WRITE)
    product = None
    if asked := request.GET.get("product", ""):
        product = reference.product(actor, id=asked)
        actor.require(Perm.COMMITMENT_WRITE, product=product.id)
    known = product_entries.of_product(product) if product else {}
    initial = {**known, "is_car_t": _yes_no(known.get("is_car_t"))}
    form = ProductForm(request.POST if request.method == "POST" else None, initial=initial)
    if product:
        del form.fields["code"]
    form.offer(
        "vector_type", [("", _("Choose one of the list.")), *code_choices.choices("vector_type")()]
    )
    form.offer(
        "is_car_t",
        [("", "—"), ("YES", pgettext("answer", "Yes")), ("NO", pgettext("answer", "No"))],
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        data["is_car_t"] = data["is_car_t"] == "YES"
        with form.refusals():
            row = actions.enter_product(actor, product, source=data.pop("source"), values=data)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("product-entry", pk=row.pk)
    context = {"form": form, "subject": product}
    return render(request, "pv/product_entries/new.html", context, status=form.status)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "YES" if value else "NO"


@require_http_methods(["GET", "POST"])
def new_indication(request: HttpRequest) -> HttpResponse:
    """Enter what a document says of an indication, or of a new one of a product."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_WRITE)
    indication = None
    if asked := request.GET.get("indication", ""):
        indication = reference.indication(actor, id=asked)
    wanted = indication.product_id if indication else request.GET.get("product", "")
    if not wanted:
        return redirect("product-entries")
    product = reference.product(actor, id=wanted)
    actor.require(Perm.COMMITMENT_WRITE, product=product.id)
    known = product_entries.of_indication(indication) if indication else {}
    known["approval_status"] = known.get("status", "")
    form = IndicationForm(request.POST if request.method == "POST" else None, initial=known)
    form.offer("disease", [("", "—"), *code_choices.choices("disease")()])
    form.offer(
        "approval_status", [("", _("Choose the status.")), *product_entries.statuses().items()]
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        data["status"] = data.pop("approval_status")
        data["approved"] = data["approved"].isoformat() if data["approved"] else ""
        with form.refusals(at={"status": "approval_status"}):
            row = actions.enter_indication(
                actor, product, indication, source=data.pop("source"), values=data
            )
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("product-entry", pk=row.pk)
    context = {"form": form, "subject": product, "indication": indication, "of_indication": True}
    return render(request, "pv/product_entries/new.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry beside what stood there; confirmed or refused by another person."""
    actor = cast(ActingRequest, request).actor
    row = product_entries.one(actor, pk)
    if request.method == "POST":
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("product-entry", pk=row.pk),
        refused=redirect("product-entries"),
    )
    if answer is not None:
        return answer
    held = row.product_id is not None and actor.may(Perm.REPORT_READ, product=row.product_id)
    context: dict[str, Any] = {
        "row": row,
        "name": product_entries.subject_name(row),
        "lines": product_entries.lines(row),
        "entries": product_entries.entries(actor, row),
        **(register_documents.panel(actor, row) if held else {}),
        **decision.context(actor, row, Perm.COMMITMENT_WRITE),
    }
    return render(request, "pv/product_entries/detail.html", context, status=decision.status)


urlpatterns = [
    path("register/products/", listing, name="product-entries"),
    path("register/products/new/", new_product, name="product-entry-product"),
    path("register/indications/new/", new_indication, name="product-entry-indication"),
    path("register/entries/<uuid:pk>/", detail, name="product-entry"),
]
