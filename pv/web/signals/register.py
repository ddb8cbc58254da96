"""The signal register: the list, a new signal, one signal with its steps."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import data_locks, reference, signatures
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import signals as actions
from pv.queries import cohorts, studies
from pv.queries.cohorts import Filters
from pv.queries.signals import register, screening
from pv.queries.signals.screening import Against

MEASURES = {
    "ror": "ROR",
    "ror_low": "ROR (95% ↓)",
    "prr": "PRR",
    "chi2_yates": "χ²",
    "ic": "IC",
    "ic_low": "IC025",
    "ebgm": "EBGM",
    "eb05": "EB05",
}


class SignalForm(Form):
    """What was seen, where and when."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    term = forms.CharField(label=pgettext_lazy("signal", "Event"), max_length=200)
    source = forms.ChoiceField(label=pgettext_lazy("signal", "Source"))
    detected_on = DateField(label=pgettext_lazy("signal", "Detected on"), future=False)
    lock = LockField(label=gettext_lazy("Data lock"), required=False)
    description = forms.CharField(
        label=pgettext_lazy("signal", "What was seen"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class StepForm(Form):
    """One step with its reasons; the version is that of the page it was opened from."""

    event = forms.ChoiceField(label=pgettext_lazy("signal", "Step"))
    decision = forms.ChoiceField(label=pgettext_lazy("signal", "Decision"), required=False)
    reason = forms.CharField(
        label=pgettext_lazy("signal", "Reasons"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """All signals, those that wait first, a page by key."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    today = clock.today()
    page = register.page(actor, key=request.GET.get("after", ""))
    context = {
        "rows": [(row, (row.due - today).days if row.due else None) for row in page.items],
        "next_key": page.next_key,
        "may_write": actor.may(Perm.CASE_WRITE),
    }
    return render(request, "pv/signals/register.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a signal."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_WRITE)
    form = SignalForm(request.POST if request.method == "POST" else None, initial=_asked(request))
    choose = [("", _("Choose a product"))]
    form.offer(
        "product", choose + [(str(p.id), localized_name(p)) for p in register.products(actor)]
    )
    form.offer("source", [("", _("Choose the source")), *register.sources()])
    offer_locks(form, actor, request.GET.get("lock"), first=[("", _("None"))])
    seen = _seen(request, actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals():
            signal = actions.detect(
                actor,
                reference.product(actor, id=data["product"]),
                term=data["term"],
                source=data["source"],
                detected_on=data["detected_on"],
                description=data["description"],
                lock=data_locks.chosen(actor, data["lock"]),
                evidence=seen,
            )
            flash.saved(request, _("The signal is entered."))
            return redirect("signal", pk=signal.pk)
    context = {"form": form, "seen": evidence_lines(seen)}
    return render(request, "pv/signals/new.html", context, status=form.status)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the page a signal was seen on hands over; nothing of it is an answer of a person."""
    names = ("term", "product", "lock", "source")
    return {name: request.GET.get(name, "")[:200] for name in names}


def _seen(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The figures of the term on the page the signal was seen on, counted again at its lock."""
    key, against = request.GET.get("key", "")[:200], request.GET.get("against", "")
    if not key or against not in set(Against) - {Against.BACKGROUND}:
        return {}
    product = reference.product(actor, id=request.GET.get("product", ""))
    asked = request.GET.get("lock", "")
    lock = data_locks.chosen(actor, asked)
    filters = Filters(product, lock=lock, cutoff=clock.today())
    with cohorts.reading(filters):
        found = screening.screen(actor, filters, Against(against))
    figures = screening.figures(found, key)
    day = filters.last_day.isoformat()
    return {"against": against, "data_of": day, **figures} if figures else {}


def evidence_lines(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures a signal rests on, in words."""
    ways = {
        Against.PRODUCTS.value: _("Other products of the register"),
        Against.EARLIER.value: _("The last 12 months against the time before"),
        Against.SEX.value: _("Women against men"),
    }
    words = {
        "against": _("Held against"),
        "data_of": _("Data of"),
        "rules_met": _("Rules met"),
        **{name: name for name in "abcd"},
        **MEASURES,
    }
    lines = []
    for name, value in evidence.items():
        if name not in words:
            continue
        text = ", ".join(value) if isinstance(value, list) else value
        text = ways.get(text, text) if name == "against" else text
        lines.append((str(words[name]), "–" if text in (None, "") else str(text)))
    return lines


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One signal, its steps, and the next."""
    actor = cast(ActingRequest, request).actor
    signal = register.one(actor, pk)
    possible = register.possible(actor, signal)
    sent = request.POST if request.method == "POST" else None
    form = StepForm(sent, initial={"version": signal.version})
    words = dict(register.step_words())
    form.offer(
        "event", [("", _("Choose the step")), *((e.value, words[e.value]) for e in possible)]
    )
    form.offer("decision", [("", _("None")), *register.decisions()])
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody has moved this signal on. Read what changed.")):
            actions.move(actor, signal, **form.cleaned_data)
            flash.saved(request, _("The step is recorded."))
            return redirect("signal", pk=signal.pk)
    may_read = actor.may(Perm.REPORT_READ, product=signal.product_id)
    context = {
        "form": form,
        "trial_safety": studies.seen_in_trials(actor, signal.product_id, signal.term)
        if may_read
        else [],
        "signal": signal,
        "seen": evidence_lines(signal.evidence),
        "steps": register.steps(actor, signal),
        "possible": possible,
        "awaits_another": register.awaits_another(actor, signal),
        "awaits_medicine": register.awaits_medicine(signal),
        "signed": signatures.signers("signal", [signal]).get(str(signal.pk), []),
        "may_sign": signal.state == "decided" and actor.may(Perm.CASE_ASSESS),
        "days": (signal.due - clock.today()).days if signal.due else None,
    }
    return render(request, "pv/signals/detail.html", context, status=form.status)


urlpatterns = [
    path("signals/register/", listing, name="signal-register"),
    path("signals/register/new/", new, name="signal-new"),
    path("signals/register/<uuid:pk>/", detail, name="signal"),
]
