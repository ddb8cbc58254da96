"""What moves and meets the clocks of a case: days of awareness, duties done, actions abroad."""

from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.web.appointments import hour
from followup.web.dates import DateField
from pv.actions import cases as actions
from pv.actions import clocks as case_clocks
from pv.queries import cases, rules
from pv.queries.obligations import OVERSEAS_ACTION
from pv.web.cases import page_context, seen_version
from pv.web.clock_tags import due_words, length
from pv.web.sendings import ReasonForm, step_page

KINDS = (
    ("suspended", pgettext_lazy("action abroad", "Sale or use suspended")),
    ("withdrawn", pgettext_lazy("action abroad", "Withdrawn from the market")),
)
_STALE = gettext_lazy("Somebody else changed this case meanwhile. Look again.")


class InHours(Form):
    """A day, with its time where the limit is in hours."""

    at = hour(pgettext_lazy("awareness", "Time of day"))

    def __init__(self, *args: Any, in_hours: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if in_hours:
            self.fields["at"].required = True
        else:
            del self.fields["at"]


class AwarenessForm(InHours, ReasonForm):
    """Another day of awareness and why."""

    on = DateField(label=gettext_lazy("Learned of it on"), future=False)
    field_order = ("on", "at", "reason")


class DoneForm(InHours):
    """The day a duty beside the report was done."""

    on = DateField(label=gettext_lazy("Done on"), future=False)
    field_order = ("on", "at")


class OverseasForm(Form):
    """What an authority abroad did, and when it was learned of."""

    country = forms.CharField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Two letters, such as US."),
        max_length=2,
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("action abroad", "What was done"),
        choices=(("", "—"), *KINDS),
    )
    on = DateField(label=gettext_lazy("Learned of it on"), future=False)
    at = hour(pgettext_lazy("awareness", "Time of day"))
    text = forms.CharField(
        label=gettext_lazy("What the authority says, and where"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["at"].required = True


def moment(on: date, at: time | None) -> datetime | None:
    """A day with its time of day in Shanghai; None without the time."""
    return datetime.combine(on, at, tzinfo=clock.SHANGHAI) if at else None


@require_http_methods(["GET", "POST"])
def awareness(request: HttpRequest, pk: str, source_id: str) -> HttpResponse:
    """Correct the day something about the case was learned of; its clocks move with it."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    source = cases.source(actor, case, source_id)
    start: dict[str, Any] = {"on": source.received_on}
    if source.aware_at:
        start["at"] = source.aware_at.astimezone(clock.SHANGHAI).time()
    in_hours = source.kind == OVERSEAS_ACTION
    form = AwarenessForm(request.POST or None, initial=start, in_hours=in_hours)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.correct_awareness(
                actor,
                case,
                source=source,
                on=form.cleaned_data["on"],
                at=moment(form.cleaned_data["on"], form.cleaned_data.get("at")),
                reason=form.cleaned_data["reason"],
                lock_version=seen_version(request),
            )
            flash.saved(request, _("Corrected; the report clocks are recalculated."))
            return redirect("case", pk=case.id)
    title = _("Correct the day of awareness")
    text = _(
        "The report clock that depends on this day stops and starts again from the corrected day."
    )
    return step_page(request, case, form, title=title, text=text)


@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest, pk: str, clock_id: str) -> HttpResponse:
    """Note the day a duty beside the report was done; a press without a form means today."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    row = cases.clock_of(actor, case, clock_id)
    in_hours = row.due_at is not None
    now = clock.now().astimezone(clock.SHANGHAI)
    plain = request.method == "POST" and "on" not in request.POST
    pressed = {"on": f"{now:%Y-%m-%d}", "at": f"{now:%H:%M}"}
    form = DoneForm(pressed if plain else request.POST or None, in_hours=in_hours)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            on = form.cleaned_data["on"]
            at = moment(on, form.cleaned_data.get("at"))
            case_clocks.complete(actor, case, clock_id=clock_id, on=on, at=at)
            flash.saved(request, _("Noted as done."))
            return redirect("case", pk=case.id)
    text = _("%(rule)s, due %(due)s") % {"rule": rules.words(row.rule), "due": due_words(row)}
    return step_page(request, case, form, title=_("Note a duty as done"), text=text)


@require_http_methods(["GET", "POST"])
def duty_open(request: HttpRequest, pk: str, clock_id: str) -> HttpResponse:
    """Retract that a duty beside the report was done."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            case_clocks.reopen(actor, case, clock_id=clock_id, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone; the obligation is open again."))
            return redirect("case", pk=case.id)
    return step_page(request, case, form, title=_("Not done after all"))


def _told_within(day: date) -> str:
    """How long there is to tell of an action abroad learned of on a day; empty without a rule."""
    limit = rules.limit_where(OVERSEAS_ACTION, day)
    return length(limit.unit, limit.amount or 0) if limit else ""


def _noted(day: date) -> str:
    within = _told_within(day)
    if not within:
        return _("Noted.")
    text = _("Noted: the authority is told within %(length)s of learning of it.")
    return text % {"length": within}


@require_http_methods(["GET", "POST"])
def overseas(request: HttpRequest, pk: str) -> HttpResponse:
    """Note that the product was suspended or withdrawn abroad; what was noted before."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = OverseasForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE), at={"learned_at": "at"}):
            given = form.cleaned_data
            actions.note_overseas_action(
                actor,
                case,
                country=given["country"],
                kind=given["kind"],
                learned_at=datetime.combine(given["on"], given["at"], tzinfo=clock.SHANGHAI),
                text=given["text"],
                lock_version=seen_version(request),
            )
            flash.saved(request, _noted(given["on"]))
            return redirect("case-overseas", pk=case.id)
    kinds = dict(KINDS)
    noted = [
        (row, row.values[OVERSEAS_ACTION], kinds[row.values[OVERSEAS_ACTION]["kind"]])
        for row in cases.sources(actor, case)
        if row.kind == OVERSEAS_ACTION
    ]
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "form": form,
        "noted": noted,
        "within": _told_within(clock.today()),
        "section": "overseas",
    }
    return render(request, "pv/cases/overseas.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def overseas_back(request: HttpRequest, pk: str, source_id: str) -> HttpResponse:
    """Retract an action abroad that was entered by mistake; asks why."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.retract_overseas_action(
                actor,
                case,
                source_id=source_id,
                reason=form.cleaned_data["reason"],
                lock_version=seen_version(request),
            )
            flash.saved(request, _("Undone; its clock is stopped."))
            return redirect("case-overseas", pk=case.id)
    title = _("Not suspended or withdrawn abroad after all")
    return step_page(request, case, form, title=title, back="case-overseas")


urlpatterns = [
    path("cases/<uuid:pk>/sources/<uuid:source_id>/day/", awareness, name="case-awareness"),
    path("cases/<uuid:pk>/clocks/<uuid:clock_id>/", duty, name="case-clock"),
    path("cases/<uuid:pk>/clocks/<uuid:clock_id>/open/", duty_open, name="case-clock-open"),
    path("cases/<uuid:pk>/overseas-actions/", overseas, name="case-overseas"),
    path(
        "cases/<uuid:pk>/overseas-actions/<uuid:source_id>/retract/",
        overseas_back,
        name="case-overseas-retract",
    ),
]
