"""Writing the next version of a protocol: its points, a sample patient, release."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import protocols as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.numbers import version_sent, whole_number
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.protocols import Protocol, point_changes
from followup.queries import amendments as queries
from followup.queries import reference
from followup.queries.second_persons import entitled
from followup.web.dates import DateField
from followup.web.points_form import PointForm, in_words, words
from followup.web.protocol_previews import points, preview
from followup.web.second_persons import shown


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


def _listed(actor: Actor) -> list[dict[str, Any]]:
    use = queries.use(actor)
    return [
        {
            "item": item,
            "name": item.data["name"][reader_language()],
            "patients": use.get(item.id, 0),
        }
        for item in queries.versions(actor)
    ]


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Versions with how many of one's patients follow them, drafts, and moves of patients."""
    actor = cast(ActingRequest, request).actor
    queries.reading(actor)
    context = {
        "may_write": actor.may(Perm.PROTOCOL_WRITE),
        "versions": _listed(actor),
        "drafts": queries.drafts(actor)[: queries.MOST],
        "amendments": queries.amendments(actor)[: queries.MOST],
    }
    return render(request, "followup/protocols/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: str) -> HttpResponse:
    """Begin the next version from the recorded one."""
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
    form.fields["citation"].help_text = in_words(row.data["citation"])
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
    may_release = actions.may_release(actor.id, row)
    context = {
        "written": row,
        "form": form,
        "sample": sample,
        "day_zero": day_zero,
        "fault": why,
        "points": points(row.data, words(actor)),
        "preview": [] if why else preview(row.data, base, day_zero),
        "changes": [] if why else point_changes(base, Protocol.from_dict(row.data)),
        "is_open": not row.released_at and not row.discarded_at,
        "may_release": may_release,
        "second": None
        if may_release
        else shown(entitled(actor, Perm.PROTOCOL_WRITE, besides=row.editors)),
        "discarding": DiscardForm(prefix="discard"),
    }
    return render(request, "followup/protocols/draft.html", context, status=status)


class DiscardForm(Form):
    """Why a draft is given up."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def _place(text: str) -> int:
    """A place of the URL: a number, or the tail; NotFound for nonsense."""
    if text == "tail":
        return actions.TAIL
    place = whole_number(text, most=9_999)
    if place is None:
        raise NotFound()
    return place


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
    number = _place(place) if place else None
    entry = None if number is None else _entry(row, number)
    form = PointForm(
        request.POST or None,
        document=reference.document(actor, "protocols"),
        entry=entry,
        lifelong=number == actions.TAIL,
        version=row.version,
    )
    changes: list[dict[str, Any]] = []
    sample, day_zero = _sample(request)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("then") == "preview":
            changes = _tried(row, number, form, day_zero)
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
        "preview": changes,
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
    rows = preview(data, Protocol.from_dict(row.base.data), day_zero)
    return [line for line in rows if line["changed"]]


@posted_from("protocol-draft")
def drop(request: HttpRequest, pk: str, place: str) -> HttpResponse:
    """Take a point out of a draft."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    number = _place(place)
    _entry(row, number)
    version = request.POST.get("version", "")
    with button(request):
        actions.drop_point(actor, row, place=number, version=version_sent(version))
        flash.saved(request, _("Point taken out."))
    return redirect("protocol-draft", pk=row.id)


@posted_from("protocol-draft")
def release(request: HttpRequest, pk: str) -> HttpResponse:
    """Release a draft; by somebody who has not written on it."""
    actor = cast(ActingRequest, request).actor
    row = queries.draft(actor, pk)
    version = request.POST.get("version", "")
    with button(request):
        item = actions.release(actor, row, version=version_sent(version))
        text = _("Released: new infusions are planned with %(code)s %(version)s.")
        flash.saved(request, text % {"code": item.code, "version": item.version})
        return redirect("protocol-versions")
    return redirect("protocol-draft", pk=row.id)


@posted_from("protocol-draft")
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
