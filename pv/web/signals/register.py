"""The signal register: the list, a new signal, one signal with its steps."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import data_locks, reference, signatures
from followup.web.dates import DateField
from pv.actions import signals as actions
from pv.queries import studies
from pv.queries.signals import register


class SignalForm(Form):
    """What was seen, where and when."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    term = forms.CharField(label=pgettext_lazy("signal", "Event"), max_length=200)
    source = forms.ChoiceField(label=pgettext_lazy("signal", "Source"))
    detected_on = DateField(label=pgettext_lazy("signal", "Detected on"), future=False)
    lock = forms.ChoiceField(label=gettext_lazy("Data lock"), required=False)
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
    locks = [(str(row.id), row.name) for row in data_locks.locks(actor)[:100]]
    form.offer("lock", [("", _("None")), *locks])
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
                lock=data_locks.lock(actor, data["lock"]) if data["lock"] else None,
            )
            flash.saved(request, _("The signal is entered."))
            return redirect("signal", pk=signal.pk)
    return render(request, "pv/signals/new.html", {"form": form}, status=form.status)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the page a signal was seen on hands over; nothing of it is an answer of a person."""
    return {name: request.GET.get(name, "")[:200] for name in ("term", "product", "lock")}


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
