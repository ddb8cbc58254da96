"""Source data verification: plans, a new sample, the worklist of a patient, how it ends."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import source_verifications as actions
from followup.actions.source_verifications import CheckInput, SampleInput
from followup.core import naming
from followup.core.actor import Actor
from followup.core.forms import Form, NumberField, VersionedForm, WholeNumberField
from followup.core.forms.refusals import Reasons, button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.source_verifications import CheckResult
from followup.queries import fields
from followup.queries import source_error_rates as rates
from followup.queries import source_verifications as queries
from followup.web.dates import DateField

MARKS = {"OPEN": "partial", "CLOSED": "done", "CANCELLED": "na"}
_STALE = gettext_lazy("Somebody else changed this verification meanwhile. Look at it again.")


class SampleForm(Form):
    """Where, what, which days and how much."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    since = DateField(label=pgettext_lazy("period", "First day"))
    until = DateField(label=pgettext_lazy("period", "Last day"))
    number = WholeNumberField(label=gettext_lazy("Number of patients"), required=False, min_value=1)
    percent = NumberField(
        label=gettext_lazy("or share of the patients"), required=False, unit="%", decimal_places=2
    )
    seed = forms.CharField(
        label=gettext_lazy("Seed of the random sample"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Left empty, one is made. The same seed draws the same patients."),
    )

    def given(self, product: Any) -> SampleInput:
        """What was typed."""
        data = self.cleaned_data
        names = ("since", "until", "number", "percent", "seed")
        return SampleInput(product=product, **{name: data[name] for name in names})


class CancelForm(VersionedForm):
    """Why it counts in no rate."""

    reason = forms.CharField(label=gettext_lazy("Why it is cancelled"), max_length=500)


def shown(row: Any, counts: Any, known: Any) -> dict[str, Any]:
    """A plan as pages show it, with its rates."""
    critical, every = rates.both_rates(counts, known)
    done = sum(n for results in counts.values() for result, n in results.items() if result)
    return {
        "plan": row,
        "mark": MARKS[row.state],
        "state": row.get_state_display(),
        "critical": critical,
        "every": every,
        "checked": done,
        "fields": done + every.unchecked,
    }


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Samples of one's own hospitals, the newest first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VERIFICATION_READ)
    rows, next_key = queries.page(actor, key=request.GET.get("after", ""))
    counts, known = queries.counts(actor, rows), queries.rules()
    context = {
        "rows": [shown(row, counts[row.id], known) for row in rows],
        "next_key": next_key,
        "may_write": actor.may(Perm.VERIFICATION_WRITE),
    }
    return render(request, "followup/source_verifications/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draw a sample."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VERIFICATION_WRITE)
    sites = {str(row.id): row for row in queries.sites(actor)}
    products = {str(row.id): row for row in queries.products(actor)}
    only = next(iter(sites)) if len(sites) == 1 else ""
    form = SampleForm(request.POST or None, initial={"site": only})
    offered = [(key, naming.localized_name(row)) for key, row in sites.items()]
    form.offer("site", offered if only else [("", "—"), *offered])
    named = [(key, naming.localized_name(row)) for key, row in products.items()]
    form.offer("product", [("", _("all products")), *named])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            site = sites[form.cleaned_data["site"]]
            given = form.given(products.get(form.cleaned_data["product"]))
            row = actions.plan(actor, site, given=given)
            flash.saved(request, _("Drawn: %(size)s patients.") % {"size": row.size})
            return redirect("source-verification", pk=row.id)
    context = {"form": form}
    return render(request, "followup/source_verifications/new.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One sample: how it was drawn, how far it is, its rates; a POST cancels it."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    form = CancelForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.cancel(actor, row, version=form.seen, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Cancelled. It counts in no rate."))
            return redirect("source-verification", pk=row.id)
    known = queries.rules()
    context = {
        **shown(row, queries.counts(actor, [row])[row.id], known),
        "known": known,
        "patients": queries.patients(actor, row),
        "may_write": _may_write(actor, row),
        "form": form,
    }
    path_ = "followup/source_verifications/detail.html"
    return render(request, path_, context, status=form.status)


def _may_write(actor: Actor, row: Any) -> bool:
    return actor.may(Perm.VERIFICATION_WRITE, site=row.site_id, product=row.product_id)


@posted_from("source-verification")
def end(request: HttpRequest, pk: str) -> HttpResponse:
    """Complete it, or go on with it."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    again = request.POST.get("then") == "reopen"
    version = request.POST.get("version", "")
    seen = int(version) if version.isdecimal() else 0
    with button(request, changed=str(_STALE)):
        if again:
            actions.reopen(actor, row, version=seen)
            flash.saved(request, _("Reopened."))
        else:
            actions.close(actor, row, version=seen)
            flash.saved(request, _("Completed."))
    return redirect("source-verification", pk=row.id)


def _lines(checks: list[Any], typed: Any, faults: Any) -> list[dict[str, Any]]:
    """Records of a patient, each with its fields; what was typed stays where it was refused."""
    groups: list[dict[str, Any]] = []
    for check in checks:
        field, key = queries.field_of(check), str(check.id)
        if not groups or groups[-1]["record"] != check.record:
            name = naming.table(field.table)
            groups.append({"record": check.record, "name": name, "check": check, "lines": []})
        groups[-1]["lines"].append(
            {
                "check": check,
                "name": fields.words(field),
                "recorded": queries.value_words(field, check.recorded),
                "result": typed.get(f"result-{key}", check.result),
                "source": typed.get(f"source-{key}", check.source_value),
                "fault": faults.get(check.id, ""),
            }
        )
    return groups


def _typed(request: HttpRequest, checks: list[Any]) -> list[CheckInput]:
    """What was answered or typed; a field left alone is not among it."""
    known, found = {result.value for result in CheckResult}, []
    for check in checks:
        result = request.POST.get(f"result-{check.id}", "")
        version = request.POST.get(f"version-{check.id}", "")
        source = request.POST.get(f"source-{check.id}", "")
        if result in known or source.strip():
            seen = int(version) if version.isdecimal() else 0
            found.append(CheckInput(check.id, result, source, seen))
    return found


@require_http_methods(["GET", "POST"])
def worklist(request: HttpRequest, pk: str, patient: UUID) -> HttpResponse:
    """The fields of one patient beside what the source says; saved as far as one has come."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    checks = queries.worklist(actor, row, patient)
    if not checks:
        raise NotFound()
    reasons = Reasons()
    typed: Mapping[str, Any] = {}
    faults: Mapping[UUID, str] = {}
    if request.method == "POST":
        with reasons.refusals():
            outcome = actions.check(actor, row, checks=_typed(request, checks))
            if outcome.changed or not outcome.faults:
                text = ngettext(
                    "Saved: %(count)d field.", "Saved: %(count)d fields.", outcome.changed
                )
                flash.saved(request, text % {"count": outcome.changed})
            if not outcome.faults:
                return _next(request, actor, row, patient)
            faults, checks = outcome.faults, queries.worklist(actor, row, patient)
        typed = request.POST
    context = {
        "plan": row,
        "patient": checks[0].patient,
        "groups": _lines(checks, typed, faults),
        "results": queries.results(),
        "problem": reasons.text,
        "faulty": len(faults),
        "may_write": _may_write(actor, row) and row.state == "OPEN",
        "left": sum(not check.result for check in checks),
        "total": len(checks),
    }
    status = 422 if faults or reasons.text else 200
    return render(request, "followup/source_verifications/worklist.html", context, status=status)


def _next(request: HttpRequest, actor: Actor, row: Any, patient: UUID) -> HttpResponse:
    """Back to the patient, or on to the next one with something left."""
    if request.POST.get("then") == "next":
        left = [p for p in queries.patients(actor, row) if p.checked < p.fields]
        following = next((p for p in left if p.key != patient), None)
        if following is None:
            return redirect("source-verification", pk=row.id)
        return redirect("source-checks", pk=row.id, patient=following.key)
    return redirect("source-checks", pk=row.id, patient=patient)


urlpatterns = [
    path("source-verifications/", listing, name="source-verifications"),
    path("source-verifications/new/", new, name="source-verification-new"),
    path("source-verifications/<uuid:pk>/", detail, name="source-verification"),
    path("source-verifications/<uuid:pk>/end/", end, name="source-verification-end"),
    path("source-verifications/<uuid:pk>/patients/<uuid:patient>/", worklist, name="source-checks"),
]
