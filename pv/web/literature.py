"""The log of literature and media screening: sources, searches, hits, the weekly proof."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import literature as actions
from pv.queries import literature, literature_proofs


class SourceForm(Form):
    """A source and its search string."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    name = forms.CharField(label=pgettext_lazy("screening", "Source"), max_length=120)
    kind = forms.ChoiceField(label=pgettext_lazy("screening", "What it is"))
    search = forms.CharField(
        label=pgettext_lazy("screening", "Search string"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    active_from = DateField(label=pgettext_lazy("screening", "Searched from"))


class SearchForm(Form):
    """One search of a source; the number of hits is typed, also when it is none."""

    end = DateField(label=pgettext_lazy("screening", "Period to (included)"), future=False)
    searched_on = DateField(label=pgettext_lazy("screening", "Searched on"), future=False)
    search = forms.CharField(
        label=pgettext_lazy("screening", "Search string as it was run"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    hits = forms.IntegerField(label=pgettext_lazy("screening", "Number of hits"), min_value=0)
    citations = forms.CharField(
        label=pgettext_lazy("screening", "Hits, one citation per line"),
        max_length=250_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class EndForm(Form):
    """Why a source is searched no longer."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class DecisionForm(Form):
    """No case, or one that is there already."""

    decision = forms.ChoiceField(label=pgettext_lazy("screening", "Decision"))
    number = forms.CharField(
        label=pgettext_lazy("screening", "Number of the case"), max_length=20, required=False
    )
    code = forms.ChoiceField(
        label=pgettext_lazy("screening", "Why it is no case"),
        help_text=gettext_lazy("For “no case”; another reason is explained below."),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("In your own words"), max_length=500, required=False
    )

    def clean(self) -> dict[str, Any]:
        """No case needs its reason of the list."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("decision") == "not_case" and not data.get("code"):
            self.add_error("code", _("Choose why it is no case."))
        return data


class CaseForm(Form):
    """What the article says of the patient; nothing is chosen beforehand."""

    verbatim = forms.CharField(
        label=pgettext_lazy("screening", "Event in the words of the article"), max_length=250
    )
    author = forms.CharField(label=pgettext_lazy("screening", "First author"), max_length=60)
    country = forms.CharField(
        label=pgettext_lazy("screening", "Country of occurrence (CN …)"), max_length=2
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        choices=[
            ("", "—"),
            ("MALE", pgettext_lazy("sex", "male")),
            ("FEMALE", pgettext_lazy("sex", "female")),
        ],
        required=False,
    )
    age_years = forms.IntegerField(label=gettext_lazy("Age in years"), required=False)
    reason = forms.CharField(
        label=pgettext_lazy("screening", "Why it is a case"), max_length=500, required=False
    )


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Every source with what is owed, and a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    may_write = actor.may(Perm.CASE_WRITE)
    form = SourceForm(request.POST if request.method == "POST" else None)
    offered = literature.products(actor) if may_write else []
    products = [(str(row.id), localized_name(row)) for row in offered]
    form.offer("product", [("", _("Choose a product")), *products])
    form.offer("kind", [("", "—"), *literature.kinds()])
    if request.method == "POST":
        actor.require(Perm.CASE_WRITE)
        if form.is_valid():
            data = dict(form.cleaned_data)
            product = reference.product(actor, id=data.pop("product"))
            with form.refusals():
                row = actions.add_source(actor, product, values=data)
                flash.saved(request, _("The source is in the log."))
                return redirect("literature-source", pk=row.pk)
    today = clock.today()
    context = {
        "lines": literature.sources(actor, today),
        "ended": literature.ended(actor),
        "form": form,
        "may_write": may_write,
        "today": today,
    }
    return render(request, "pv/literature/list.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One source: its searches and hits, the next search, its end."""
    actor = cast(ActingRequest, request).actor
    today = clock.today()
    line = literature.source(actor, pk, today)
    row = line.source
    ending = "end_source" in request.POST
    searching = request.method == "POST" and not ending
    form = SearchForm(request.POST if searching else None, initial={"search": row.search})
    end = EndForm(request.POST if ending else None)
    if searching and form.is_valid():
        data = dict(form.cleaned_data)
        with form.refusals():
            citations = data.pop("citations").splitlines()
            actions.record_search(actor, row, citations=citations, **data)
            flash.saved(request, _("The search is in the log."))
            return redirect("literature-source", pk=row.pk)
    if ending and end.is_valid():
        with end.refusals():
            actions.end_source(actor, row, reason=end.cleaned_data["reason"])
            flash.saved(request, _("The source is searched no longer."))
            return redirect("literature")
    rows = literature.searches(actor, row)
    hits = literature.hits(actor, rows)
    context = {
        "line": line,
        "form": end if ending else form,
        "searching": form,
        "end": end,
        "searches": rows,
        "hits": [(hit, literature.reason_words(hit)) for hit in hits],
        "counts": literature.counts(hits),
        "days": (row.next_due - today).days,
        "may_write": actor.may(Perm.CASE_WRITE, product=row.product_id) and not row.ended_on,
    }
    failed = form.errors or end.errors
    return render(request, "pv/literature/source.html", context, status=422 if failed else 200)


@require_http_methods(["GET", "POST"])
def hit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One hit: a case is made of it, or it is said why not."""
    actor = cast(ActingRequest, request).actor
    row = literature.hit(actor, pk)
    if request.method == "POST" and row.decision:
        actor.require(Perm.CASE_WRITE, product=row.product_id)
        flash.warn(request, literature.decided_words(row))
        return redirect("literature-hit", pk=row.pk)
    deciding = "decision" in request.POST
    making = request.method == "POST" and not deciding
    # Both forms of the page ask a reason: each field has its own id.
    decision = DecisionForm(request.POST if deciding else None, auto_id="id_decision_%s")
    words = [(code, word) for code, word in literature.decisions() if code != "case"]
    decision.offer("decision", [("", "—"), *words])
    decision.offer("code", [("", "—"), *literature.reasons()])
    case = CaseForm(request.POST if making else None)
    if deciding and decision.is_valid():
        with decision.refusals():
            actions.decide(actor, row, **decision.cleaned_data)
            flash.saved(request, _("Decision recorded."))
            return redirect("literature-source", pk=row.search.source_id)
    if making and case.is_valid():
        with case.refusals():
            made = actions.make_case(actor, row, values=_upper(case.cleaned_data))
            flash.saved(request, _("Case %(number)s was made.") % {"number": made.number})
            return redirect("case", pk=made.pk)
    context = {
        "row": row,
        "reason": literature.reason_words(row),
        "decision": decision,
        "case_form": case,
        "form": decision if deciding else case,
        "may_write": actor.may(Perm.CASE_WRITE, product=row.product_id) and not row.decision,
    }
    failed = decision.errors or case.errors
    return render(request, "pv/literature/hit.html", context, status=422 if failed else 200)


def _upper(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"country": data["country"].strip().upper()}


@require_GET
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The proof of the searches of a product whose period ended in the last weeks, as PDF."""
    actor = cast(ActingRequest, request).actor
    line = literature.source(actor, pk, clock.today())
    last = line.last.end if line.last else clock.today()
    first = last - timedelta(days=literature.rhythm()["period_days"] - 1)
    document = literature_proofs.printed(
        actor, line.source.product, first, last, language=get_language() or "zh-hans"
    )
    return pdf_response(document.content, document.name)


urlpatterns = [
    path("literature/", listing, name="literature"),
    path("literature/<uuid:pk>/", source, name="literature-source"),
    path("literature/<uuid:pk>/proof/", proof, name="literature-proof"),
    path("literature/hits/<uuid:pk>/", hit, name="literature-hit"),
]
