"""Files of laboratories: receive, say what columns and codes mean, import, review the lines."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import laboratory as actions
from followup.core import row_permissions
from followup.core.confirmations import Question, Unconfirmed
from followup.core.forms import Form
from followup.core.forms.refusals import Refusals, button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.laboratory import NEEDED, Role, propose
from followup.domain.laboratory.messages import Standing
from followup.queries import laboratory, reference
from followup.web.dates import DateField
from followup.web.laboratory.forms import ReasonForm

FILES = laboratory.files
ROLES = {
    Role.PATIENT: gettext_lazy("Study code or hospital number"),
    Role.SPECIMEN: gettext_lazy("Day or time of the specimen"),
    Role.ITEM: gettext_lazy("Item of the laboratory"),
    Role.VALUE: gettext_lazy("Value as written"),
    Role.UNIT: gettext_lazy("Unit as written"),
    Role.SPECIMEN_KIND: gettext_lazy("Kind of specimen"),
    Role.RANGE: gettext_lazy("Range as written"),
    Role.RANGE_LOW: gettext_lazy("Lower limit of the range, in a column of its own"),
    Role.RANGE_HIGH: gettext_lazy("Upper limit of the range, in a column of its own"),
    Role.FLAG: gettext_lazy("Mark of the laboratory"),
}
PREVIEW = 10
REFUSALS = (
    gettext_lazy("Not this patient"),
    gettext_lazy("The specimen could not be used"),
    gettext_lazy("Recorded before"),
)


class SourceForm(Form):
    """A laboratory of one's hospital."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    name = forms.CharField(label=gettext_lazy("Name of the laboratory"), max_length=80)


class FileForm(Form):
    """A file of a laboratory."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (UTF-8 or GB 18030) or xlsx, 5 MB at most."),
    )


class DayForm(Form):
    """The day of a specimen that a message did not give."""

    on = DateField(label=gettext_lazy("Day of the specimen"), future=False)


class ColumnsForm(Form):
    """Which heading holds what; proposed by its name, confirmed by a person."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", "—"),
            *((text, text) for text in headings if text and headings.count(text) == 1),
        ]
        added = {
            role.value: forms.ChoiceField(
                label=ROLES[role], choices=choices, required=role in NEEDED
            )
            for role in Role
        }
        self.fields |= added
        self.style(added)


@require_http_methods(["GET", "POST"])
def sources(request: HttpRequest) -> HttpResponse:
    """The laboratories of one's hospitals, and a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.IDENTITY_READ)
    sites = list(reference.sites(actor, needs=Perm.VISIT_WRITE))
    form = SourceForm(request.POST or None)
    form.offer("site", [("", "—"), *((str(site.id), localized_name(site)) for site in sites)])
    if request.method == "POST":
        actor.require(Perm.VISIT_WRITE)
        if form.is_valid():
            site = reference.site(actor, id=form.cleaned_data["site"])
            with form.refusals():
                made = actions.files.add_source(actor, site, name=form.cleaned_data["name"])
                return redirect("laboratory-source", pk=made.id)
    context = {"form": form, "sources": FILES.sources(actor), "may_write": bool(sites)}
    return render(request, "followup/laboratory/sources.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, pk: str) -> HttpResponse:
    """One laboratory: its files, the codes that wait, a new file."""
    actor = cast(ActingRequest, request).actor
    row = FILES.source(actor, pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.VISIT_WRITE)
        if form.is_valid():
            sent = form.cleaned_data["file"]
            with form.refusals():
                kept = actions.files.receive(actor, row, name=sent.name, content=sent.read())
                return redirect("laboratory-file", pk=kept.id)
    rules = laboratory.rules(actor).laboratory
    names = {code: localized_name(measure) for code, measure in rules.measures.items()}
    may_identify = actor.may(Perm.IDENTITY_READ, site=row.site_id)
    context = {
        "form": form,
        "source": row,
        "files": FILES.files(actor, row) if may_identify else [],
        "unmapped": FILES.unmapped(row),
        "codes": [(code, names.get(code.measure, "")) for code in FILES.codes(row).values()],
        "measures": names.items(),
        "may_write": actor.may(Perm.VISIT_WRITE, site=row.site_id),
        "chosen": request.GET,  # what was refused stays chosen
    }
    return render(request, "followup/laboratory/source.html", context, status=form.status)


@posted_from("laboratory-source")
def code(request: HttpRequest, pk: str) -> HttpResponse:
    """Confirm what an item means; the lines that waited are read again."""
    actor = cast(ActingRequest, request).actor
    row = FILES.source(actor, pk)
    measure = request.POST.get("measure", "")
    if not measure:
        flash.warn(request, _("Choose a measure, or say that the item is not kept."))
        return redirect("laboratory-source", pk=row.id)
    with button(request):
        count = actions.files.confirm_code(
            actor,
            row,
            item=request.POST.get("item", ""),
            unit=request.POST.get("unit", ""),
            specimen_kind=request.POST.get("specimen_kind", ""),
            measure="" if measure == "-" else measure,
        )
        flash.saved(request, _("Confirmed. Lines read again: %(n)s.") % {"n": count})
        return redirect("laboratory-source", pk=row.id)
    chosen = urlencode({name: request.POST.get(name, "") for name in ("item", "unit", "measure")})
    return redirect(f"{reverse('laboratory-source', args=[row.id])}?{chosen}")


@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, pk: str) -> HttpResponse:
    """One file: its first rows, the columns to confirm, dry run and import."""
    actor = cast(ActingRequest, request).actor
    row = FILES.file(actor, pk)
    sheet = FILES.sheet(row)
    proposed = propose(sheet.headings)
    start = {role.value: sheet.headings[place] for role, place in proposed.items()}
    start |= {role: text for role, text in row.source.columns.items() if text in sheet.headings}
    doubled = [text for text in dict.fromkeys(sheet.headings) if sheet.headings.count(text) > 1]
    form = ColumnsForm(
        request.POST or None,
        initial=start | {"version": row.source.version},
        headings=sheet.headings,
    )
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.VISIT_WRITE)
        if form.is_valid():
            data = dict(form.cleaned_data)
            version = data.pop("version")
            with form.refusals(stale=_("Somebody has confirmed other columns: open it again.")):
                actions.files.confirm_columns(actor, row.source, columns=data, version=version)
                flash.saved(request, _("Columns confirmed."))
                return redirect("laboratory-file", pk=row.id)
    context = {
        "form": form,
        "file": row,
        "headings": sheet.headings,
        "doubled": [text for text in doubled if text],
        "rows": [[cell.text for cell in cells] for cells in sheet.rows[1 : PREVIEW + 1]],
        "total": len(sheet.rows) - 1,
        "ready": FILES.columns(row.source, sheet.headings) is not None,
        "may_write": actor.may(Perm.VISIT_WRITE, site=row.site_id),
        "lines": FILES.lines_of(row).count(),
    }
    return render(request, "followup/laboratory/file.html", context, status=form.status)


@posted_from("laboratory-file")
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the dry run or the import."""
    actor = cast(ActingRequest, request).actor
    row = FILES.file(actor, pk)
    actions.imports.request(actor, row, dry=request.POST.get("then") != "import")
    flash.saved(request, _("Started. The refused rows come back as a file of the job."))
    return redirect("jobs")


@require_GET
def tray(request: HttpRequest) -> HttpResponse:
    """Lines to be accepted or refused, each with its source."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.IDENTITY_READ)
    rows, next_key = FILES.review(actor, key=request.GET.get("after", "")[:36])
    rules = laboratory.rules(actor).laboratory
    later = laboratory.messages.later(rows)
    context = {
        "rows": [
            (
                row,
                localized_name(rules.measures[row.measure])
                if row.measure in rules.measures
                else "",
                row.id in later,
            )
            for row in rows
        ],
        "next_key": next_key,
        "waiting": FILES.waiting(actor),
        "findings": bool(laboratory.messages.findings(actor)),
        "may_write": actor.may(Perm.VISIT_WRITE),
        "refusals": REFUSALS,
    }
    return render(request, "followup/laboratory/tray.html", context)


@posted_from("laboratory-tray", alone=True)
def accept(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a line as a value; an unusual one is asked about first."""
    actor = cast(ActingRequest, request).actor
    row = FILES.line(actor, pk)
    form = DayForm(request.POST if "on" in request.POST else None)
    on = form.cleaned_data["on"] if form.is_valid() else None
    unknown = row.specimen_on is None and row.standing != Standing.WITHDRAWN
    if unknown and on is None and row.state == "REVIEW":
        context = {"row": row, "form": form}
        return render(request, "followup/laboratory/day.html", context, status=422)
    questions: list[Question] = []

    def refuse(refused: Refused) -> None:
        if isinstance(refused, Unconfirmed):
            questions.extend(refused.questions)
        else:
            flash.warn(request, refused.sentences)

    with Refusals(refuse):
        actions.lines.accept(actor, row, confirmed=request.POST.getlist("confirmed"), on=on)
        flash.saved(request, _("Accepted."))
    if questions:
        context = {"row": row, "questions": questions, "on": on}
        return render(request, "followup/laboratory/confirm.html", context, status=422)
    return redirect("laboratory-tray")


@posted_from("laboratory-tray", alone=True)
def refuse(request: HttpRequest, pk: str) -> HttpResponse:
    """Refuse a line; without a reason it is asked for first."""
    actor = cast(ActingRequest, request).actor
    row = FILES.line(actor, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid() and row.state in ("REVIEW", "UNREADABLE"):
        context = {"row": row, "form": form}
        return render(request, "followup/laboratory/refuse.html", context, status=422)
    with button(request):
        actions.lines.refuse(actor, row, reason=form.cleaned_data.get("reason", ""))
        flash.saved(request, _("Refused."))
    return redirect("laboratory-tray")


urlpatterns = [
    path("laboratory/sources/", sources, name="laboratory-sources"),
    path("laboratory/sources/<uuid:pk>/", source, name="laboratory-source"),
    path("laboratory/sources/<uuid:pk>/codes/", code, name="laboratory-code"),
    path("laboratory/files/<uuid:pk>/", file, name="laboratory-file"),
    path("laboratory/files/<uuid:pk>/import/", start, name="laboratory-import"),
    path("laboratory/tray/", tray, name="laboratory-tray"),
    path("laboratory/lines/<uuid:pk>/accept/", accept, name="laboratory-accept"),
    path("laboratory/lines/<uuid:pk>/refuse/", refuse, name="laboratory-refuse"),
]
