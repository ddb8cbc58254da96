"""Writing the next version of a protocol: its points, a sample patient, release."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from followup.actions import protocols as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.domain import schedules
from followup.domain.protocols import Protocol, point_changes, rank
from followup.queries import amendments as queries
from followup.queries import reference
from followup.web.dates import DateField
from followup.web.points_form import PointForm, words
from followup.web.schedule_tags import distance, window

SAMPLE_YEARS = 17  # the tail of the default protocol begins in year 16


class PurposeForm(Form):
    """What the next version is for."""

    purpose = forms.CharField(label=gettext_lazy("What changes and why"), max_length=500)


class NameForm(Form):
    """Name and source of a version, and its first day."""

    zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=120)
    en = forms.CharField(label=gettext_lazy("English name"), max_length=120)
    citation = forms.CharField(
        label=gettext_lazy("Where it is written down"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    valid_from = DateField(
        label=gettext_lazy("In force from"),
        required=False,
        help_text=gettext_lazy("Empty: from the day of the release."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class SampleForm(Form):
    """The infusion of a patient who serves as the sample."""

    day_zero = DateField(label=gettext_lazy("Infusion date of a sample patient"), required=False)


def spoken() -> str:
    """The half of a two-language entry that is shown."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _listed(actor: Actor) -> list[dict[str, Any]]:
    use = queries.use(actor)
    return [
        {"item": item, "name": item.data["name"][spoken()], "patients": use.get(item.id, 0)}
        for item in queries.versions(actor)
    ]


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Versions with how many of one's patients follow them, drafts, and moves of patients."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PROTOCOL_WRITE)
    context = {
        "versions": _listed(actor),
        "drafts": queries.drafts(actor)[: queries.MOST],
        "amendments": queries.amendments(actor)[: queries.MOST],
    }
    return render(request, "followup/protocols/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: str) -> HttpResponse:
    """Begin the next version from one on file."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PROTOCOL_WRITE)
    base = queries.version(actor, pk)
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.draft(actor, base, purpose=form.cleaned_data["purpose"])
            return redirect("protocol-draft", pk=row.id)
    context = {"form": form, "base": base}
    return render(request, "followup/protocols/new.html", context, status=form.status)


def _preview(data: Mapping[str, Any], base: Protocol, day_zero: date) -> list[dict[str, Any]]:
    """The visits of the sample patient, each beside what the base plans for it."""
    horizon = day_zero + timedelta(days=366 * SAMPLE_YEARS)
    before = {v.code: v for v in schedules.plan(day_zero, base, horizon)}
    after = {v.code: v for v in schedules.plan(day_zero, Protocol.from_dict(data), horizon)}
    rows: list[dict[str, Any]] = []
    for code in {**after, **before}:
        now, then = after.get(code), before.get(code)
        shown = now or then
        same = now is not None and then is not None and now[1:4] == then[1:4]
        rows.append({"code": code, "now": now, "before": None if same else then, "row": shown})
        rows[-1]["changed"] = not same
    return sorted(rows, key=lambda row: (row["row"].target, row["code"]))


def _points(data: Mapping[str, Any], known: Mapping[str, str]) -> list[dict[str, Any]]:
    """The entries of a version in the order of a life, each with its place."""
    found = [(rank(entry), place, entry) for place, entry in enumerate(data["points"])]
    rows = [
        _point(place, entry, known) for _rank, place, entry in sorted(found, key=lambda x: x[:2])
    ]
    if data.get("tail"):
        rows.append(_point(actions.TAIL, data["tail"], known))
    return rows


def _point(place: int, entry: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    codes = [a if isinstance(a, str) else a["code"] for a in entry["assessments"]]
    return {
        "place": place,
        "code": entry["code"],
        "when": _when(entry),
        "window": _window(entry),
        "assessments": [known.get(code, code) for code in codes],
        "contacts": [known.get(code, code) for code in entry["contact_types"]],
    }


def _when(entry: Mapping[str, Any]) -> str:
    if "series" in entry:
        span = entry["series"]
        values = {"first": span["first"], "step": span["step"], "last": span.get("last")}
        if span.get("last") is None:
            return _("from month %(first)s every %(step)s months, for life") % values
        return _("months %(first)s to %(last)s, every %(step)s months") % values
    return distance(_plain(entry))


def _window(entry: Mapping[str, Any]) -> str:
    return window(_plain(entry))


def _plain(entry: Mapping[str, Any]) -> Any:
    """One point of an entry, as the planner reads it."""
    data = {"unit": "months", **entry, "offset": entry.get("offset", 0)}
    whole = {"code": "", "version": "", "name": {}, "citation": "", "confidence": ""}
    loss = {"attempts": 1, "methods": 1, "span_days": 1, "needs_registry_check": False}
    single = {key: value for key, value in data.items() if key != "series"}
    return Protocol.from_dict({**whole, "points": [single], "loss_rule": loss}).points[0]


def _sample(request: HttpRequest) -> tuple[SampleForm, date]:
    form = SampleForm(request.GET if "day_zero" in request.GET else None)
    day = form.cleaned_data["day_zero"] if form.is_bound and form.is_valid() else None
    return form, day or clock.today() - timedelta(days=60)


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: str) -> HttpResponse:
    """One draft: its points, the sample patient's dates, what differs, and its release."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    start = {
        "zh": row.data["name"]["zh"],
        "en": row.data["name"]["en"],
        "citation": row.data["citation"],
        "valid_from": row.data.get("valid_from"),
        "version": row.version,
    }
    form = NameForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this version: open it again.")):
            actions.name(actor, row, **form.cleaned_data)
            flash.saved(request, _("Saved."))
            return redirect("protocol-draft", pk=row.id)
    return _page(request, actor, row, form, form.status)


def _page(request: HttpRequest, actor: Actor, row: Any, form: Form, status: int) -> HttpResponse:
    base = Protocol.from_dict(row.base.data)
    why = actions.fault(row.data)
    sample, day_zero = _sample(request)
    context = {
        "written": row,
        "form": form,
        "sample": sample,
        "day_zero": day_zero,
        "fault": why,
        "points": _points(row.data, words(actor)),
        "preview": [] if why else _preview(row.data, base, day_zero),
        "changes": [] if why else point_changes(base, Protocol.from_dict(row.data)),
        "is_open": not row.released_at and not row.discarded_at,
        "may_release": actions.may_release(actor.id, row),
        "discarding": DiscardForm(prefix="discard"),
    }
    return render(request, "followup/protocols/draft.html", context, status=status)


class DiscardForm(Form):
    """Why a draft is given up."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def _entry(row: Any, place: int) -> Mapping[str, Any]:
    points = row.data["points"]
    if place == actions.TAIL and row.data.get("tail"):
        return cast(Mapping[str, Any], row.data["tail"])
    if not 0 <= place < len(points):
        raise NotFound()
    return cast(Mapping[str, Any], points[place])


@require_http_methods(["GET", "POST"])
def point(request: HttpRequest, pk: str, place: str = "") -> HttpResponse:
    """One point of a draft: when, what is assessed, how the patient may be reached."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    number = None if not place else actions.TAIL if place == "tail" else int(place)
    entry = None if number is None else _entry(row, number)
    form = PointForm(
        request.POST or None,
        document=reference.document(actor, "protocols"),
        entry=entry,
        lifelong=number == actions.TAIL,
        version=row.version,
    )
    preview: list[dict[str, Any]] = []
    sample, day_zero = _sample(request)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("then") == "preview":
            preview = _tried(row, number, form, day_zero)
        else:
            with form.refusals(stale=_("Somebody else changed this version: open it again.")):
                version = form.cleaned_data["version"]
                given = form.point()
                actions.put_point(actor, row, place=number, point=given, version=version)
                flash.saved(request, _("Saved."))
                return redirect("protocol-draft", pk=row.id)
    context = {
        "written": row,
        "form": form,
        "entry": entry,
        "place": place,
        "preview": preview,
        "day_zero": day_zero,
        "is_new": entry is None,
    }
    status = form.status if form.errors else 200
    return render(request, "followup/protocols/point.html", context, status=status)


def _tried(row: Any, place: int | None, form: PointForm, day_zero: date) -> list[dict[str, Any]]:
    """The sample patient's dates as they would be, without writing anything."""
    data = {**row.data, "points": list(row.data["points"])}
    if place == actions.TAIL:
        data["tail"] = form.point()
    elif place is None:
        data["points"].append(form.point())
    else:
        data["points"][place] = form.point()
    if why := actions.fault(data):
        form.add_error(None, why)
        return []
    rows = _preview(data, Protocol.from_dict(row.base.data), day_zero)
    return [line for line in rows if line["changed"]]


@require_POST
def drop(request: HttpRequest, pk: str, place: str) -> HttpResponse:
    """Take a point out of a draft."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    number = actions.TAIL if place == "tail" else int(place)
    _entry(row, number)
    version = request.POST.get("version", "")
    try:
        seen = int(version) if version.isascii() and version.isdigit() else 0
        actions.drop_point(actor, row, place=number, version=seen)
    except Refused as refused:
        flash.warn(request, str(refused))
    else:
        flash.saved(request, _("Point taken out."))
    return redirect("protocol-draft", pk=row.id)


@require_POST
def release(request: HttpRequest, pk: str) -> HttpResponse:
    """Release a draft; by somebody who has not written on it."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    version = request.POST.get("version", "")
    try:
        seen = int(version) if version.isascii() and version.isdigit() else 0
        item = actions.release(actor, row, version=seen)
    except Refused as refused:
        flash.warn(request, str(refused))
        return redirect("protocol-draft", pk=row.id)
    text = _("Released: new infusions are planned with %(code)s %(version)s.")
    flash.saved(request, text % {"code": item.code, "version": item.version})
    return redirect("protocol-versions")


@require_POST
def discard(request: HttpRequest, pk: str) -> HttpResponse:
    """Give a draft up."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    form = DiscardForm(request.POST, prefix="discard")
    if form.is_valid():
        with form.refusals():
            actions.discard(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, pgettext("protocol", "Draft given up."))
            return redirect("protocol-versions")
    return _page(request, actor, row, form, 422)


urlpatterns = [
    path("protocols/", listing, name="protocol-versions"),
    path("protocols/<uuid:pk>/new/", new, name="protocol-new"),
    path("protocols/drafts/<uuid:pk>/", draft, name="protocol-draft"),
    path("protocols/drafts/<uuid:pk>/points/new/", point, name="protocol-point-new"),
    path("protocols/drafts/<uuid:pk>/points/<slug:place>/", point, name="protocol-point"),
    path("protocols/drafts/<uuid:pk>/points/<slug:place>/drop/", drop, name="protocol-point-drop"),
    path("protocols/drafts/<uuid:pk>/release/", release, name="protocol-release"),
    path("protocols/drafts/<uuid:pk>/discard/", discard, name="protocol-discard"),
]
