"""Contacts in a batch: the grid for a keyboard, the sheet for a thousand rows, and the undoing."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import batch_jobs, row_refusals
from followup.actions import batches as actions
from followup.actions.batches import Outcome
from followup.core import clock, row_permissions
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name, reads_chinese
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.batches import DIGITS, FIELDS, GRID, PASTED
from followup.queries import batches as queries
from followup.queries import fields, identity, reference
from followup.web.code_choices import choices
from followup.web.jobs import line_about

PREVIEW = 10
SHARED = ("contact_type", "informant", "counts_outside")  # the same for all rows of a grid
ANSWERS = (*DIGITS, "died_on_text", "death_cause", "death_cause_code", "progressed_on_text")
TYPED = ("contact_on", *ANSWERS)


class SheetForm(Form):
    """A filled-in template, or rows copied from a spreadsheet with their headings."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    file = forms.FileField(
        label=gettext_lazy("Filled-in template"),
        required=False,
        help_text=gettext_lazy("xlsx or CSV, 1,000 rows at most."),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or rows copied from a spreadsheet, the headings first"),
        required=False,
        max_length=400_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def content(self) -> tuple[str, bytes]:
        """The name and the bytes of what was sent; empty for nothing."""
        sent = self.cleaned_data["file"]
        if sent:
            return sent.name, sent.read()
        return PASTED, self.cleaned_data["pasted"].encode()


class UndoForm(Form):
    """Why a batch is undone."""

    reason = forms.CharField(label=gettext_lazy("Why the batch is undone"), max_length=500)


def _sites(actor: Actor, form: Form) -> None:
    rows = list(reference.sites(actor, needs=Perm.VISIT_WRITE))
    form.offer("site", [("", "—"), *((str(row.id), localized_name(row)) for row in rows)])
    if len(rows) == 1:
        form.fields["site"].initial = str(rows[0].id)


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The latest batches, the template, and a new sheet."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_WRITE)
    form = SheetForm(request.POST or None, request.FILES or None)
    _sites(actor, form)
    if request.method == "POST" and form.is_valid():
        name, content = form.content()
        with form.refusals():
            if not content.strip():
                raise Refused({"file": _("Choose a file, or paste the rows.")})
            site = reference.site(actor, id=form.cleaned_data["site"])
            row = actions.receive(actor, site, name=name, content=content)
            batch_jobs.request(actor, row, dry=True)
            flash.saved(request, _("Dry run started. The refused rows come as a file of the job."))
            return redirect("batch", pk=row.id)
    context = {
        "form": form,
        "batches": queries.batches(actor),
        "sites": reference.sites(actor, needs=Perm.VISIT_WRITE),
    }
    return render(request, "followup/batches/list.html", context, status=form.status)


@posted_from("batches", alone=True)
def template(request: HttpRequest) -> HttpResponse:
    """The template with the visits that are due, as a job."""
    actor = cast(ActingRequest, request).actor
    sites = list(reference.sites(actor, needs=Perm.VISIT_WRITE))
    actor.require(Perm.VISIT_WRITE)
    site = reference.chosen(sites, request.POST.get("site", ""))
    if site is None:
        none = _("No hospital is in your reach yet.")
        flash.warn(request, _("Choose the hospital.") if sites else none)
        return redirect("batches")
    batch_jobs.request_template(actor, site, code=request.POST.get("code", ""))
    flash.saved(request, _("The file is being made. You may leave this page."))
    return redirect("jobs")


def _counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    words = {
        "rows": _("Rows"),
        "recorded": _("Contacts recorded"),
        "refused": _("Rows refused"),
        "empty": _("Rows left empty"),
        "undone": _("Contacts undone"),
        "left": _("Contacts left as they are"),
    }
    return [(text, counts[name]) for name, text in words.items() if name in counts]


@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, pk: str) -> HttpResponse:
    """One batch: its first rows, what the dry run counted, what was recorded, undoing it."""
    actor = cast(ActingRequest, request).actor
    row = queries.batch(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            counts = actions.undo(actor, row, reason=form.cleaned_data["reason"])
            text = _("Contacts undone: %(undone)d. Left as they are: %(left)d.")
            done = {"undone": counts["undone"], "left": counts["left"]}
            flash.saved(request, text % done)
            return redirect("batch", pk=row.id)
    context = {
        "form": form,
        "batch": row,
        "line": line_about(request, batch_jobs.KIND, batch=str(row.id)),
        "headings": [fields.words(field) for field in FIELDS],
        "rows": [
            (number, [texts.get(field.name, "") for field in FIELDS])
            for number, texts in row.rows[:PREVIEW]
        ],
        "total": len(row.rows),
        "tried": _counts(row.tried) if row.tried_at else [],
        "counts": _counts(row.counts) if row.applied_at else [],
        "standing": queries.standing(actor, row) if row.applied_at else 0,
    }
    return render(request, "followup/batches/batch.html", context, status=form.status)


@posted_from("batch")
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the dry run again, or the import."""
    actor = cast(ActingRequest, request).actor
    row = queries.batch(actor, pk)
    with button(request):
        batch_jobs.request(actor, row, dry=request.POST.get("then") != "import")
        flash.saved(request, _("Started. The refused rows come back as a file of the job."))
        return redirect("jobs")
    return redirect("batch", pk=row.id)


def _digits() -> dict[str, list[tuple[int, str]]]:
    """Which digit stands for which answer, for the head of each column."""
    return {
        name: [(place, fields.label(_field(name), code)) for place, code in enumerate(codes, 1)]
        for name, codes in DIGITS.items()
    }


def _field(name: str) -> Any:
    return next(field for field in FIELDS if field.name == name)


def _typed(request: HttpRequest, visit: Any) -> dict[str, str]:
    """One row of the grid as the texts of a sheet; empty when nothing was answered."""
    texts = {name: request.POST.get(f"{name}-{visit.id}", "").strip() for name in TYPED}
    if not any(texts[name] for name in ANSWERS):
        return {}
    for name, codes in DIGITS.items():
        answer = texts[name]
        if answer.isdecimal() and 1 <= int(answer) <= len(codes):
            texts[name] = codes[int(answer) - 1]
    shared = {name: request.POST.get(name, "") for name in SHARED}
    return {"study_code": visit.study_code, "visit_code": visit.code, **shared, **texts}


def _say_gone(request: HttpRequest, open_ids: set[int]) -> bool:
    """Rows of visits that are not open any more are not recorded: say so, with their codes."""
    start = f"{ANSWERS[0]}-"
    sent = [name.removeprefix(start) for name in request.POST if name.startswith(start)]
    gone = [
        request.POST.get(f"code-{key}", key)[:40]
        for key in sent
        if not (key.isdecimal() and int(key) in open_ids)
        and any(request.POST.get(f"{name}-{key}", "").strip() for name in ANSWERS)
    ]
    if gone:
        text = _("Not recorded, because the visit is no longer open or not in this list: %(codes)s")
        flash.warn(request, text % {"codes": listed(gone)})
    return bool(gone)


@require_http_methods(["GET", "POST"])
def grid(request: HttpRequest) -> HttpResponse:
    """Twenty visits at once: a row is recorded or says why not, whatever the others hold."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.VISIT_WRITE)
    sites = list(reference.sites(actor, needs=Perm.VISIT_WRITE))
    site = reference.chosen(sites, request.GET.get("site", ""))
    code = request.GET.get("code", "")[:12]
    found = queries.asked(actor, site, today=today, code=code, most=queries.GRID) if site else []
    faults: dict[int, str] = {}
    if request.method == "POST" and site is not None:
        gone = _say_gone(request, {visit.id for visit in found})
        typed = {visit.id: row for visit in found if (row := _typed(request, visit))}
        numbered = list(enumerate(typed.items(), 1))
        out = Outcome()
        if numbered:
            rows = [(number, row) for number, (_visit, row) in numbered]
            out = actions.enter(actor, site, name=f"{GRID}{today}", rows=rows)
        if out.counts["recorded"]:
            text = _("Contacts recorded: %(n)d.") % {"n": out.counts["recorded"]}
            flash.saved(request, text)
        elif not numbered and not gone:
            flash.warn(request, _("No row is filled in: nothing was recorded."))
        if not out.faults:
            return redirect(f"{reverse('batch-grid')}?{request.GET.urlencode()}")
        spoken = row_refusals.LANGUAGES.index("zh-hans" if reads_chinese() else "en")
        at = {number: visit for number, (visit, _row) in numbered}
        for fault in out.faults:
            before = faults.get(at[fault.number], "")
            faults[at[fault.number]] = f"{before} {fault.reasons[spoken]}".strip()
        found = [visit for visit in found if visit.id not in typed or visit.id in faults]
    persons = identity.masked(actor, [visit.patient_id for visit in found])
    context = {
        "sites": sites,
        "site": site,
        "code": code,
        "codes": queries.codes(actor, site, today=today) if site else [],
        "ways": choices("contact_type")(),
        "informants": choices("informant")(),
        "shared": {name: request.POST.get(name, "") for name in SHARED},
        "digits": _digits(),
        "lines": [
            {
                "visit": visit,
                "person": persons.get(visit.patient_id),
                "fault": faults.get(visit.id, ""),
                "typed": {name: request.POST.get(f"{name}-{visit.id}", "") for name in TYPED},
            }
            for visit in found
        ],
        "today": today,
    }
    status = 422 if faults else 200
    return render(request, "followup/batches/grid.html", context, status=status)


urlpatterns = [
    path("batches/", listing, name="batches"),
    path("batches/template/", template, name="batch-template"),
    path("batches/grid/", grid, name="batch-grid"),
    path("batches/<uuid:pk>/", batch, name="batch"),
    path("batches/<uuid:pk>/start/", start, name="batch-start"),
]
