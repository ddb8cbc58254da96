"""Sampling kits: stock and list, a new one, the page of one, its steps, the samples it filled."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import samples as actions
from followup.core import clock
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.identifiers import read_uuid
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.domain.samples.kits import KITS, KitState, KitStepKind, ShelfLife
from followup.queries import kits, reference, samples
from followup.web.samples.kit_forms import (
    KitCorrectionForm,
    KitForm,
    KitForwardForm,
    KitStepForm,
    KitUseForm,
)
from followup.web.samples.labels import kit_label

# Kinds of the status tag, so that a state differs in shape and not in colour alone.
STATE_KINDS = {
    KitState.ASSEMBLED.value: "open",
    KitState.SENT.value: "running",
    KitState.RECEIVED.value: "running",
    KitState.IN_USE.value: "done",
    KitState.RETURNED.value: "running",
    KitState.ARRIVED.value: "na",
    KitState.LOST.value: "failed",
    KitState.DISCARDED.value: "na",
}
SHELVES = {
    ShelfLife.SOON.value: ("due", gettext_lazy("Expires soon")),
    ShelfLife.EXPIRED.value: ("risk", gettext_lazy("Expired")),
    ShelfLife.UNKNOWN.value: ("query", gettext_lazy("No last day of use")),
}


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """What each site has in stock, and the kits, the newest number first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_WRITE)
    filters = kits.Filters(
        state=request.GET.get("state", "")[:20],
        site=read_uuid(request.GET.get("site", "")),
        shelf=request.GET.get("shelf", "")[:20],
        text=request.GET.get("q", ""),
    )
    page = kits.page(actor, filters=filters, key=request.GET.get("after", "")[:20])
    context = {
        "page": page,
        "rows": [
            (line, STATE_KINDS[line.kit.state], SHELVES.get(line.shelf)) for line in page.items
        ],
        "filters": filters,
        "states": kits.KIT_STATES,
        "shelves": [(code, SHELVES[code][1]) for code in ("SOON", "EXPIRED")],
        "sites": reference.sites(actor, needs=Perm.VISIT_WRITE),
        "stock": kits.stock(actor),
        "days": kits.SOON.days,
        "forwarded": kits.forwarded(actor),
        "may_write": bool(reference.sites(actor, needs=Perm.SAMPLE_WRITE)),
    }
    return render(request, "followup/samples/kits.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register kits as they were packed."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_WRITE)
    sites = reference.sites(actor, needs=Perm.SAMPLE_WRITE)
    start = {"site": str(sites[0].id)} if len(sites) == 1 else {}
    form = KitForm(request.POST or None, sites=sites, rules=samples.rules(actor), initial=start)
    if request.method == "POST" and form.is_valid():
        site = next(site for site in sites if str(site.id) == form.cleaned_data["site"])
        with form.refusals(at=form.named):
            made = actions.assemble(actor, site, confirmed=form.confirmed, **form.given())
            text = ngettext("%(n)s kit is registered.", "%(n)s kits are registered.", len(made))
            flash.saved(request, text % {"n": len(made)})
            return redirect("kit", pk=made[0].id) if len(made) == 1 else redirect("kits")
    return render(request, "followup/samples/kit_new.html", {"form": form}, status=form.status)


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One kit: where it is, until when it may be used, what it holds, what was filled from it."""
    actor = cast(ActingRequest, request).actor
    return _show(request, kits.one(actor, pk, Perm.VISIT_WRITE), KitUseForm())


def _next_steps(kit: Any) -> list[tuple[str, Any]]:
    """Steps the state allows, with their words; a use has a form of its own."""
    words = dict(kits.KIT_STEPS)
    allowed = KITS.allowed(KitState(kit.state))
    return [(kind.value, words[kind.value]) for kind in allowed if kind is not KitStepKind.USE]


def _show(request: HttpRequest, kit: Any, form: KitUseForm, status: int = 200) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    known = samples.rules(actor).definitions
    steps = kits.steps(actor, kit)
    counting = [line.row for line in steps if not line.superseded and not line.row.taken_back]
    shelf = kits.shelf_of(kit)
    items = kits.contents(actor, kit)
    usable = KITS.allows(KitState(kit.state), KitStepKind.USE)
    context = {
        "kit": kit,
        "kind": STATE_KINDS[kit.state],
        "shelf": SHELVES.get(shelf),
        "expired": shelf == ShelfLife.EXPIRED,
        "items": [(line, known.get(line.item.specimen)) for line in items],
        "lines": steps,
        "last": counting[-1] if len(counting) > 1 and counting[-1].site_id == kit.site_id else None,
        "steps": _next_steps(kit),
        "form": form,
        "usable": usable and any(not line.sample and not line.hidden for line in items),
        "may_write": actor.may(Perm.SAMPLE_WRITE, site=kit.site_id),
        "may_audit": actor.may(Perm.AUDIT_READ, site=kit.site_id),
    }
    return render(request, "followup/samples/kit.html", context, status=status)


def _kind(text: str) -> KitStepKind:
    try:
        return KitStepKind(text)
    except ValueError as error:
        raise NotFound() from error


@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: str, kind: str) -> HttpResponse:
    """Record the next step of a kit."""
    actor = cast(ActingRequest, request).actor
    kit, which = kits.one(actor, pk, Perm.SAMPLE_WRITE), _kind(kind)
    if which is KitStepKind.FORWARD:
        return _forward(request, kit)
    if which in (KitStepKind.USE, KitStepKind.ASSEMBLE):
        raise NotFound()
    start = {"happened_on": clock.today()} | _place(kit, which)
    form = KitStepForm(request.POST or None, kind=which, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            made = actions.record_kit_step(actor, kit, step=which.value, **form.given())
            text = _("%(kit)s: recorded.") % {"kit": kit.number}
            flash.saved(request, text, undo=reverse("kit-step-undo", args=[made.id]))
            return redirect("kit", pk=kit.id)
    title = dict(kits.KIT_STEPS)[which.value]
    context = {"form": form, "kit": kit, "title": title}
    return render(request, "followup/samples/kit_step.html", context, status=form.status)


def _forward(request: HttpRequest, kit: Any) -> HttpResponse:
    """Send an unused kit on to another site; its page is that site's from then on."""
    actor = cast(ActingRequest, request).actor
    sites = {str(site.id): site for site in kits.others(kit)}
    start = {"happened_on": clock.today()}
    form = KitForwardForm(request.POST or None, sites=sites.values(), initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            to = sites[form.cleaned_data["to"]]
            made = actions.forward_kit(actor, kit, to=to, **form.given())
            values = {"kit": kit.number, "site": localized_name(to)}
            undo = reverse("kit-forward-undo", args=[made.id])
            flash.saved(request, _("%(kit)s was forwarded to %(site)s.") % values, undo=undo)
            return redirect("kits")
    title = dict(kits.KIT_STEPS)[KitStepKind.FORWARD.value]
    context = {"form": form, "kit": kit, "title": title}
    return render(request, "followup/samples/kit_step.html", context, status=form.status)


def _place(kit: Any, kind: KitStepKind) -> dict[str, str]:
    """Where a kit goes, as its packing list says; no clinical answer."""
    if kind in (KitStepKind.RETURN, KitStepKind.ARRIVE):
        return {"place": kit.return_to}
    return {"place": localized_name(kit.site)[:120]} if kind is KitStepKind.SEND else {}


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Correct a recorded step of a kit, with a reason; the wrong one stays readable."""
    actor = cast(ActingRequest, request).actor
    row = kits.step(actor, pk, Perm.SAMPLE_WRITE)
    if row.step in (KitStepKind.USE.value, KitStepKind.FORWARD.value):
        raise NotFound()
    local = row.happened_at.astimezone(clock.SHANGHAI).time() if row.happened_at else None
    names = ("happened_on", "place", "carrier", "person", "note")
    start = {name: getattr(row, name) for name in names} | {"happened_time": local}
    form = KitCorrectionForm(request.POST or None, kind=KitStepKind(row.step), initial=start)
    if request.method == "POST" and form.is_valid():
        stale = _("Somebody else corrected this step meanwhile. Look at the kit again.")
        with form.refusals(stale=stale):
            actions.correct_kit_step(actor, row, **form.given())
            flash.saved(request, _("Corrected. The former record stays readable."))
            return redirect("kit", pk=row.kit_id)
    title = "{} · {}".format(pgettext("button", "Correct"), row.get_step_display())
    context = {"form": form, "kit": row.kit, "title": title}
    status = 409 if form.conflicted else form.status
    return render(request, "followup/samples/kit_step.html", context, status=status)


@posted_from("kits", alone=True)
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that the last step of a kit did not happen."""
    actor = cast(ActingRequest, request).actor
    row = kits.step(actor, pk, Perm.SAMPLE_WRITE)
    with button(request, changed=_("Somebody else undid this step meanwhile.")):
        actions.take_back_kit_step(actor, row, reason=request.POST.get("reason", ""))
        flash.note(request, _("Undone. The record of it stays readable."))
    return redirect("kit", pk=row.kit_id)


@posted_from("kits", alone=True)
def take_back_forward(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that a kit did not leave for the other site."""
    actor = cast(ActingRequest, request).actor
    row = kits.forwarding(actor, pk)
    with button(request, changed=_("Somebody else undid this step meanwhile.")):
        kit = actions.take_back_forward(actor, row, reason=request.POST.get("reason", ""))
        flash.note(request, _("Undone. The record of it stays readable."))
        return redirect("kit", pk=kit.id)
    return redirect("kits")


@posted_from("kit")
def use(request: HttpRequest, pk: str) -> HttpResponse:
    """Say which collected sample was filled from the kit."""
    actor = cast(ActingRequest, request).actor
    kit = kits.one(actor, pk, Perm.SAMPLE_WRITE)
    form = KitUseForm(request.POST)
    if form.is_valid():
        with form.refusals(at={"kit": "number"}):
            clean = form.cleaned_data
            sample = samples.by_number(actor, clean["number"])
            if sample is None:
                raise Refused({"number": _("No sample of yours has this number.")})
            made = actions.use_kit(actor, sample, kit=kit, deviation=clean["kit_deviation"])
            text = _("%(sample)s was filled from this kit.") % {"sample": sample.number}
            flash.saved(request, text, undo=reverse("kit-step-undo", args=[made.id]))
            return redirect("kit", pk=kit.id)
    return _show(request, kit, form, status=422)


urlpatterns = [
    path("samples/kits/", listing, name="kits"),
    path("samples/kits/new/", new, name="kit-new"),
    path("samples/kits/<uuid:pk>/", detail, name="kit"),
    path("samples/kits/<uuid:pk>/use/", use, name="kit-use"),
    path("samples/kits/<uuid:pk>/label/", kit_label, name="kit-label"),
    path("samples/kits/<uuid:pk>/<slug:kind>/", step, name="kit-step"),
    path("kit-steps/<uuid:pk>/take-back/", take_back, name="kit-step-undo"),
    path("kit-forwards/<uuid:pk>/take-back/", take_back_forward, name="kit-forward-undo"),
    path("kit-steps/<uuid:pk>/correct/", correct, name="kit-step-correct"),
]
