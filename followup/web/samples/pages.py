"""The list of samples with its scanner, and the page of one sample."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from followup.core import clock, extensions, row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.identifiers import read_uuid
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.domain.samples import (
    SampleNumberError,
    SampleNumberProblem,
    fits_phase,
    read_sample_number,
)
from followup.queries import kits, reference, samples, storage
from followup.web.samples.forms import HeldForm
from followup.web.samples.words import BECAUSE, KINDS, LIMITS, next_steps

_SCANNED = {
    SampleNumberProblem.EMPTY: gettext_lazy("Scan or type a sample number."),
    SampleNumberProblem.FORM: gettext_lazy("This is not a sample number."),
    SampleNumberProblem.CHECK: gettext_lazy("The check digits do not fit: scan again."),
}


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Samples, the newest number first, with the box a scanner types into."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_READ)
    filters = samples.Filters(
        state=request.GET.get("state", "")[:20],
        site=read_uuid(request.GET.get("site", "")),
        product=read_uuid(request.GET.get("product", "")),
        text=request.GET.get("q", ""),
    )
    page = samples.page(actor, filters=filters, key=request.GET.get("after", "")[:20])
    context = {
        "may_kits": actor.may(Perm.VISIT_WRITE),
        "page": page,
        "rows": [(line, KINDS[line.sample.state]) for line in page.items],
        "filters": filters,
        "states": samples.STATES,
        "sites": reference.sites(actor, needs=Perm.SAMPLE_READ),
        "products": reference.products_for(actor, Perm.SAMPLE_READ),
    }
    return render(request, "followup/samples/list.html", context)


@posted_from("samples", alone=True)
def scan(request: HttpRequest) -> HttpResponse:
    """A scanned number opens its sample or kit; anything else says what is wrong with it."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_READ)
    text = request.POST.get("number", "")
    found = samples.by_number(actor, text)
    if found is not None:
        return redirect("sample", pk=found.id)
    kit = kits.by_number(actor, text)
    if kit is not None:
        return redirect("kit", pk=kit.id)
    try:
        number = str(read_sample_number(text))
        problem = _("There is no sample %(number)s here.") % {"number": number}
    except SampleNumberError as error:
        problem = str(_SCANNED[error.code])
    flash.warn(request, problem)
    return redirect("samples")


def _limits(actor: Any, sample: Any) -> list[dict[str, str]]:
    """Stability limits in words, each with where it comes from."""
    words = samples.rules(actor).words
    said = []
    for verdict in samples.warnings(actor, sample, now=clock.now()):
        limit, until = verdict.limit, verdict.until
        ends = until.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if until else "—"
        use = localized_name(words[limit.purpose]) if limit.purpose in words else limit.purpose
        text = LIMITS[verdict.answer] % {"use": use, "until": ends}
        said.append({"text": text, "citation": limit.citation})
    return said


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One sample: what it is, where it is, what may happen next, what was found."""
    actor = cast(ActingRequest, request).actor
    sample = samples.one(actor, pk)
    return show(request, sample, HeldForm(rules=samples.rules(actor), initial=_today()))


def _today() -> dict[str, Any]:
    return {"happened_on": clock.today()}


def _misplaced(sample: Any, counting: list[Any]) -> str:
    """What a corrected infusion date may leave behind: a collection on the wrong side of it."""
    days = [row.happened_on for row in counting if row.step == "COLLECT" and row.happened_on]
    infused_on = sample.infusion.infused_on
    if all(fits_phase(sample.phase, infused_on, day) for day in days):
        return ""
    text = _("Collected on %(day)s, which does not fit the infusion of %(infused)s. Check both.")
    return text % {"day": days[-1], "infused": infused_on}


def show(request: HttpRequest, sample: Any, held: HeldForm, status: int = 200) -> HttpResponse:
    """The page of a sample, with the form that asks whether it is held."""
    actor = cast(ActingRequest, request).actor
    rules = samples.rules(actor)
    keys = {"site": sample.site_id, "product": sample.product_id}
    lines = samples.custody(actor, sample)
    counting = [line for line in lines if not line.superseded and not line.row.taken_back]
    looked_for = sample.phase in ("PRE", "BETWEEN") and sample.state == "PLANNED"
    steps = next_steps([sample.state])
    if looked_for and sample.phase == "PRE":
        steps = []  # kept material is answered for; it cannot be collected any more
    context = {
        "sample": sample,
        "misplaced": _misplaced(sample, [line.row for line in counting]),
        "described": samples.described(actor, [sample])[0],
        "definition": rules.definitions.get(sample.code),
        "kind": KINDS[sample.state],
        "because": BECAUSE.get(sample.because, ""),
        "steps": steps,
        "held_form": held if looked_for else None,
        "form": held if held.is_bound else None,
        "limits": _limits(actor, sample),
        "notes": [
            note
            for added in extensions.registered()
            for notes in added.sample_notes()
            for note in notes(actor, sample)
        ],
        "lines": lines,
        "place": storage.place_of(actor, sample),
        "kit_item": kits.use_of(actor, sample),
        "may_kits": actor.may(Perm.VISIT_WRITE, **keys),
        "last": counting[-1].row if len(counting) > 1 else None,
        "results": samples.results(actor, sample, replaced=True),
        "current": {line.result.id for line in samples.results(actor, sample)},
        "may_write": actor.may(Perm.SAMPLE_WRITE, **keys),
        "may_result": sample.state not in ("PLANNED", "UNOBTAINABLE"),
        "may_patient": row_permissions.may_read(actor, sample, Perm.PATIENT_READ),
        "may_event": row_permissions.may_read(actor, sample, Perm.EVENT_READ),
        "may_audit": actor.may(Perm.AUDIT_READ, site=sample.site_id),
        "labels_url": f"{reverse('sample-labels')}?sample={sample.id}",
        "export_note": rules,
    }
    return render(request, "followup/samples/detail.html", context, status=status)


urlpatterns = [
    path("samples/", listing, name="samples"),
    path("samples/scan/", scan, name="sample-scan"),
    path("samples/<uuid:pk>/", detail, name="sample"),
]
