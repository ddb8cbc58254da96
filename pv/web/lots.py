"""Lots: search, one lot as a whole with its cluster and recall list; complaints and their clock."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import csv_response
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.security import access
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import lots as actions
from pv.queries import lots


class ClusterForm(Form):
    """Cases seen as a cluster; none is ticked beforehand."""

    cases = forms.MultipleChoiceField(
        label=pgettext_lazy("cluster", "Cases of the cluster"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    adjacent = forms.CharField(
        label=pgettext_lazy("cluster", "Adjacent lots"), max_length=300, required=False
    )
    seen_on = DateField(label=pgettext_lazy("cluster", "Seen on"), future=False)
    reason = forms.CharField(
        label=pgettext_lazy("cluster", "Why they are a cluster"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ContactForm(Form):
    """A hospital that was reached."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    reached_on = DateField(label=pgettext_lazy("recall", "Reached on"), future=False)
    how = forms.CharField(label=pgettext_lazy("recall", "How"), max_length=200)
    answer = forms.CharField(label=pgettext_lazy("recall", "Answer"), max_length=500)


class ComplaintForm(Form):
    """A complaint about a lot."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    lot = forms.CharField(label=gettext_lazy("Lot"), max_length=60)
    kind = forms.ChoiceField(label=pgettext_lazy("complaint", "What it is about"))
    site = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)
    received_on = DateField(label=pgettext_lazy("complaint", "Received on"), future=False)
    source = forms.CharField(label=pgettext_lazy("complaint", "Who complained"), max_length=200)
    description = forms.CharField(
        label=pgettext_lazy("complaint", "What is wrong"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ToldForm(Form):
    """When the manufacturer was told."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    told_on = DateField(label=pgettext_lazy("complaint", "Manufacturer told on"), future=False)
    proof = forms.CharField(label=pgettext_lazy("duty", "Proof"), max_length=300)


class ConclusionForm(Form):
    """What the investigation came to."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    concluded_on = DateField(label=pgettext_lazy("complaint", "Closed on"), future=False)
    conclusion = forms.CharField(
        label=pgettext_lazy("complaint", "Conclusion"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_GET
@reads_from_standby
def search(request: HttpRequest) -> HttpResponse:
    """Lots by the beginning of their number, with counts."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    text = request.GET.get("q", "")
    context = {"lines": lots.search(actor, text), "text": text, "most": lots.SHOWN}
    return render(request, "pv/lots/search.html", context)


def _address(product: Any, lot: str) -> str:
    return f"{reverse('lot', args=[product])}?{urlencode({'lot': lot})}"


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything of one lot; a cluster is declared and a contact noted here."""
    actor = cast(ActingRequest, request).actor
    found = lots.one(actor, pk, request.GET.get("lot", ""))
    sent = request.POST.get("form", "")
    clustering = sent == "cluster" or "seen_on" in request.POST
    reaching = sent == "contact" or "reached_on" in request.POST
    cluster = ClusterForm(request.POST if clustering else None)
    known = [(str(case.id), f"{case.number} {case.title[:60]}") for case in found.cases]
    cluster.offer("cases", known)
    contact = ContactForm(request.POST if reaching else None)
    # A contact of a hospital without an infusion of the lot would be shown nowhere.
    hospitals = {str(row.site.id): row.site for row in found.reached}
    offered = [(key, localized_name(row)) for key, row in hospitals.items()]
    contact.offer("site", [("", _("Choose a hospital")), *offered])
    if clustering and cluster.is_valid():
        data = dict(cluster.cleaned_data)
        cases = [UUID(key) for key in data.pop("cases")]
        with cluster.refusals():
            actions.declare_cluster(actor, found.product, lot=found.lot, cases=cases, **data)
            flash.saved(request, _("The cluster is declared; its clock runs on the cases."))
            return redirect(_address(pk, found.lot))
    if reaching and contact.is_valid():
        data = dict(contact.cleaned_data)
        site = hospitals[data.pop("site")]
        with contact.refusals():
            actions.note_contact(actor, found.product, lot=found.lot, site=site, **data)
            flash.saved(request, _("The contact is noted."))
            return redirect(_address(pk, found.lot))
    today = clock.today()
    context = {
        "found": found,
        "cluster": cluster,
        "contact": contact,
        "form": contact if reaching else cluster,
        "may_write": actor.may(Perm.CASE_WRITE, product=found.product.id),
        "clocks": [(row, (row.due - today).days) for row in found.clocks],
        "unreached": sum(1 for row in found.reached if row.contact is None),
    }
    failed = cluster.errors or contact.errors
    return render(request, "pv/lots/detail.html", context, status=422 if failed else 200)


@require_GET
@reads_from_standby
def recall(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The recall list of a lot as CSV: every hospital and infusion, coded, and who was reached."""
    actor = cast(ActingRequest, request).actor
    found = lots.one(actor, pk, request.GET.get("lot", ""))
    reached = {row.site.id: row.contact for row in found.reached}
    heads = [
        _("Hospital"),
        _("Patient"),
        _("Infused on"),
        _("Lot"),
        _("Chain of identity"),
        pgettext("recall", "Reached on"),
        pgettext("recall", "How"),
        pgettext("recall", "Answer"),
    ]
    lines: list[list[Any]] = [heads]
    for row in found.infusions:
        contact = reached.get(row.site_id)
        said = (contact.reached_on, contact.how, contact.answer) if contact else ("", "", "")
        cells = (localized_name(row.site), row.patient.study_code, row.infused_on, row.lot)
        lines.append([*cells, row.chain_of_identity, *said])
    access.record(actor, "lot.recall", str(pk), reason=found.lot, product=found.product.id)
    return csv_response(lines, "recall-list.csv")


@require_GET
@reads_from_standby
def complaints(request: HttpRequest) -> HttpResponse:
    """Open complaints, those the manufacturer was not told of first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    everything = request.GET.get("box") == "all"
    today = clock.today()
    rows = lots.complaints(actor, open_only=not everything)
    context = {
        "rows": [(row, (row.due - today).days) for row in rows],
        "everything": everything,
        "may_write": actor.may(Perm.CASE_WRITE),
    }
    return render(request, "pv/lots/complaints.html", context)


@require_http_methods(["GET", "POST"])
def new_complaint(request: HttpRequest) -> HttpResponse:
    """Enter a complaint."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_WRITE)
    start = {"lot": request.GET.get("lot", ""), "product": request.GET.get("product", "")[:36]}
    form = ComplaintForm(request.POST if request.method == "POST" else None, initial=start)
    products = [
        (str(row.id), localized_name(row)) for row in reference.products_for(actor, Perm.CASE_WRITE)
    ]
    form.offer("product", [("", _("Choose a product")), *products])
    form.offer("kind", [("", "—"), *lots.kinds()])
    hospitals = {str(row.id): row for row in lots.sites(actor)}
    offered = [(key, localized_name(row)) for key, row in hospitals.items()]
    form.offer("site", [("", _("None")), *offered])
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        product = reference.product(actor, id=data.pop("product"))
        site = hospitals.get(data.pop("site"))
        with form.refusals():
            row = actions.record(actor, product, values=data, site=site)
            flash.saved(request, _("The complaint is entered."))
            return redirect("complaint", pk=row.pk)
    return render(request, "pv/lots/new_complaint.html", {"form": form}, status=form.status)


def _late(row: Any, sent: QueryDict) -> str:
    """What was done meanwhile of what was sent; "" when it can still be done."""
    if row.concluded_on is not None:
        return lots.closed_words(row)
    return lots.told_words(row) if row.told_on is not None and "told_on" in sent else ""


@require_http_methods(["GET", "POST"])
def complaint(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One complaint: the manufacturer is told, then it is closed."""
    actor = cast(ActingRequest, request).actor
    row = lots.complaint(actor, pk)
    sent = request.POST if request.method == "POST" else None
    start = {"version": row.version}
    stale = _("Somebody has changed this complaint meanwhile. Look again, then save again.")
    form: Form | None = None
    late = _late(row, sent) if sent is not None else ""
    if late:  # what was sent is no answer to what the page asks now
        flash.warn(request, late)
        sent = None
    if row.told_on is None:
        form = ToldForm(sent, initial=start)
    elif row.concluded_on is None:
        form = ConclusionForm(sent, initial=start)
    if form is not None and sent is not None and form.is_valid():
        with form.refusals(stale=stale):
            if isinstance(form, ToldForm):
                actions.tell_manufacturer(actor, row, **form.cleaned_data)
            else:
                actions.conclude(actor, row, **form.cleaned_data)
            flash.saved(request, _("The complaint is updated."))
            return redirect("complaint", pk=row.pk)
    context = {
        "row": row,
        "form": form,
        "days": (row.due - clock.today()).days,
        "lot_address": _address(row.product_id, row.lot),
        "may_write": actor.may(Perm.CASE_WRITE, product=row.product_id, site=row.site_id),
    }
    status = 422 if late or (form is not None and form.is_bound) else 200
    return render(request, "pv/lots/complaint.html", context, status=status)


urlpatterns = [
    path("lots/", search, name="lots"),
    path("lots/<uuid:pk>/", detail, name="lot"),
    path("lots/<uuid:pk>/recall/", recall, name="lot-recall"),
    path("complaints/", complaints, name="complaints"),
    path("complaints/new/", new_complaint, name="complaint-new"),
    path("complaints/<uuid:pk>/", complaint, name="complaint"),
]
