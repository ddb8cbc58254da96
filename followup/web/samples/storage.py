"""Boxes of tubes: which there are, the map of one, a tube put at a position, a count."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import samples as actions
from followup.core import clock
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.domain.samples.storage import LARGEST
from followup.queries import reference, samples, storage
from followup.web.samples.forms import MomentForm
from followup.web.samples.words import labelled


class BoxForm(Form):
    """A new box: where it stands, what it is called, how many positions it has."""

    site = forms.ChoiceField(label=gettext_lazy("Site"))
    freezer = forms.CharField(label=gettext_lazy("Freezer or tank"), max_length=60)
    name = forms.CharField(label=gettext_lazy("Name of the box"), max_length=40)
    rows = forms.IntegerField(label=gettext_lazy("Rows (letters)"), min_value=1, max_value=LARGEST)
    columns = forms.IntegerField(
        label=gettext_lazy("Columns (numbers)"), min_value=1, max_value=LARGEST
    )

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["site"])
        field.choices = [("", "—"), *((str(site.id), localized_name(site)) for site in sites)]


class PutForm(MomentForm):
    """A tube and its position; the next free one when none is typed."""

    field_order = ("number", "position", "happened_on", "happened_time", "condition")

    number = forms.CharField(
        label=gettext_lazy("Scan or type the sample number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-scan": "submit"}),
    )
    position = forms.CharField(
        label=gettext_lazy("Position"),
        max_length=5,
        required=False,
        help_text=gettext_lazy("Such as B5. Left empty: the next free one."),
    )
    condition = forms.ChoiceField(
        label=gettext_lazy("Condition"),
        required=False,
        help_text=gettext_lazy("Asked of a tube that is not stored yet."),
    )

    def __init__(self, *args: Any, conditions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["condition"])
        field.choices = [("", "—"), *conditions]


class CountForm(Form):
    """What the scanner read, one number per line."""

    scanned = forms.CharField(
        label=gettext_lazy("Scanned numbers, one per line"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "form-control mono", "data-scan": "line"}),
    )


@require_http_methods(["GET", "POST"])
def boxes(request: HttpRequest) -> HttpResponse:
    """The boxes, and the form for a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.SAMPLE_READ)
    sites = reference.sites(actor, needs=Perm.SAMPLE_WRITE)
    start = {"site": str(sites[0].id)} if len(sites) == 1 else {}
    form = BoxForm(request.POST or None, sites=sites, initial=start)
    if request.method == "POST" and form.is_valid():
        clean = dict(form.cleaned_data)
        site = next(site for site in sites if str(site.id) == clean.pop("site"))
        with form.refusals():
            made = actions.open_box(actor, site, **clean)
            flash.saved(request, _("Box %(box)s is open.") % {"box": made})
            return redirect("storage-box", pk=made.id)
    context = {
        "boxes": [(row, row.rows * row.columns) for row in storage.boxes(actor)],
        "form": form if sites else None,
    }
    return render(request, "followup/samples/boxes.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def box(request: HttpRequest, pk: str) -> HttpResponse:
    """The map of a box; a scanned tube is put at a position."""
    actor = cast(ActingRequest, request).actor
    row = storage.box(actor, pk)
    rules = samples.rules(actor)
    start = {"happened_on": clock.today(), "position": request.GET.get("position", "")[:5]}
    form = PutForm(
        request.POST or None, conditions=labelled(rules.assays.offered_conditions()), initial=start
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            place = _put(request, row, form)
            text = _("%(number)s is at %(place)s.")
            flash.saved(request, text % {"number": place.sample, "place": place.position})
            return redirect("storage-box", pk=row.id)
    return _show(request, row, form=form, status=form.status)


def _put(request: HttpRequest, row: Any, form: PutForm) -> Any:
    clean = form.cleaned_data
    actor = cast(ActingRequest, request).actor
    sample = samples.by_number(actor, clean["number"])
    if sample is None:
        raise Refused({"number": _("No sample of yours has this number.")})
    return actions.put(
        actor,
        sample,
        box=row,
        position=clean["position"],
        happened_at=form.moment,
        condition=clean["condition"],
    )


def _show(
    request: HttpRequest,
    row: Any,
    *,
    form: Form | None = None,
    count_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    lines = storage.cells(actor, row)
    taken = sum(cell.place is not None or cell.hidden for line in lines for cell in line)
    put = form or PutForm(
        conditions=labelled(samples.rules(actor).assays.offered_conditions()),
        initial={"happened_on": clock.today()},
    )
    context = {
        "box": row,
        "lines": [(line[0].position.letter, line) for line in lines],
        "columns": range(1, row.columns + 1),
        "taken": taken,
        "free": row.rows * row.columns - taken,
        "form": count_form or put,
        "put_form": put,
        "count_form": count_form or CountForm(),
        "counts": storage.counts(actor, row),
        "may_write": actor.may(Perm.SAMPLE_WRITE, site=row.site_id) and not row.closed_on,
    }
    return render(request, "followup/samples/box.html", context, status=status)


@posted_from("storage-box")
def count(request: HttpRequest, pk: str) -> HttpResponse:
    """Compare what was scanned with what should be there."""
    actor = cast(ActingRequest, request).actor
    row = storage.box(actor, pk, Perm.SAMPLE_WRITE)
    form = CountForm(request.POST)
    if form.is_valid():
        with form.refusals():
            made = actions.count_box(actor, row, scanned=form.cleaned_data["scanned"].splitlines())
            agrees = not (made.missing or made.unexpected or made.unreadable)
            text = _("Counted: everything agrees.") if agrees else _("Counted: see what differs.")
            flash.saved(request, text)
            return redirect("storage-box", pk=row.id)
    return _show(request, row, count_form=form, status=form.status)


@posted_from("storage-box")
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Take an empty box out of the list."""
    actor = cast(ActingRequest, request).actor
    row = storage.box(actor, pk, Perm.SAMPLE_WRITE)
    if row.closed_on:
        raise NotFound()
    with button(request):
        actions.close_box(actor, row)
        flash.saved(request, _("Box %(box)s is closed.") % {"box": row})
        return redirect("storage-boxes")
    return redirect("storage-box", pk=row.id)


urlpatterns = [
    path("samples/boxes/", boxes, name="storage-boxes"),
    path("samples/boxes/<uuid:pk>/", box, name="storage-box"),
    path("samples/boxes/<uuid:pk>/count/", count, name="storage-count"),
    path("samples/boxes/<uuid:pk>/close/", close, name="storage-close"),
]
