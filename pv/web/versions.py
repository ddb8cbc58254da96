"""What goes into a case beside its elements: the narrative, offered sources, a new version."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form, VersionedForm
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.web import drafts
from followup.web.dates import DateField
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.cases.stages import CaseStage
from pv.domain.e2b.checks import Profile
from pv.queries import cases, offers, rules
from pv.web.cases import page_context, seen_version


class NarrativeForm(VersionedForm):
    """The narrative in both languages."""

    version_name = "lock_version"

    narrative_zh = forms.CharField(
        label=gettext_lazy("Narrative in Chinese"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "lang": "zh-Hans"}),
    )
    narrative_en = forms.CharField(
        label=gettext_lazy("Narrative in English"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "lang": "en"}),
    )


def _known(version: Any) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ("narrative_zh", "narrative_en")}


def _receives(case: Any, version: Any) -> list[tuple[dict[str, Any], str]]:
    """Each receiver of the case with the language of the text it gets."""
    known = rules.data("receivers")["receivers"]
    chosen = [name for name in case.receivers if name in known] or [Profile.NMPA.value]
    return [(known[name], icsr.narrative_sent(version, Profile(name)).language) for name in chosen]


@require_http_methods(["GET", "POST"])
def narrative(request: HttpRequest, pk: str) -> HttpResponse:
    """The narrative: drafted from the coded values until a person has written it."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    draft = drafts.of(request, "case-narrative", str(case.pk))
    start = {**_known(version), "lock_version": case.lock_version, **draft.values}
    form = NarrativeForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            actions.save_narrative(
                actor,
                case,
                chinese=form.cleaned_data["narrative_zh"],
                english=form.cleaned_data["narrative_en"],
                lock_version=form.seen or seen_version(request),
            )
            drafts.saved(request, draft)
            flash.saved(request, _("Narrative saved."))
            return redirect("case-narrative", pk=case.id)
    context = {
        **page_context(request, case, version),
        "form": form,
        "section": "narrative-text",
        "draft": draft,
        "outdated": cases.narrative_outdated(version),
        "receives": _receives(case, version),
        "typed_before": cases.message(version).text("H.1"),
    }
    return render(request, "pv/cases/narrative.html", context, status=form.status)


def _chosen(request: HttpRequest, offered: list[offers.Offer]) -> list[str]:
    """The ticked values, or every one that differs where "take all" was pressed."""
    if request.POST.get("take") == "all":
        return [offer.path for offer in offered if offer.differs]
    return request.POST.getlist("path")


@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, pk: str, source_id: str) -> HttpResponse:
    """What a source offers beside what the case has; ticked values are adopted.

    Where the version was released they are adopted into a follow-up version, opened with them.
    """
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    row = cases.source(actor, case, source_id)
    offered = offers.of(row, version)
    reasons = Reasons()
    if request.method == "POST":
        with reasons.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            take = actions.follow_up if "follow_up" in request.POST else actions.adopt
            taken = take(
                actor,
                case,
                source=row,
                paths=_chosen(request, offered),
                lock_version=seen_version(request),
            )
            if take is actions.adopt:
                flash.saved(request, _("Adopted."))
                return redirect("case", pk=case.id)
            flash.saved(request, _("A new version is open."))
            return redirect("case-version", pk=case.id, number=taken.current_version)
    context = {
        **page_context(request, case, version),
        "source": row,
        "offers": [offer for offer in offered if offer.differs],
        "same": [offer for offer in offered if not offer.differs],
        "unplaced": row.values.get("unplaced", []) if row.kind == "import" else [],
        "problem": reasons.text,
        "released": version.locked_at is not None and case.stage != CaseStage.NULLIFIED,
        "section": "source",
    }
    return render(request, "pv/cases/source.html", context, status=422 if reasons.text else 200)


class VersionForm(Form):
    """A new version of an exported case."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of version"),
        choices=(
            ("follow_up", pgettext_lazy("version", "Follow-up: new information")),
            ("amendment", pgettext_lazy("version", "Amendment: correction")),
        ),
    )
    information_on = DateField(
        label=gettext_lazy("Information received on"),
        help_text=gettext_lazy("Of a follow-up. Its report clock runs from this day."),
        required=False,
        future=False,
    )


@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a follow-up or amendment version of an exported case."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    form = VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            actions.new_version(
                actor,
                case,
                kind=form.cleaned_data["kind"],
                information_on=form.cleaned_data["information_on"],
                lock_version=seen_version(request),
            )
            flash.saved(request, _("A new version is open."))
            return redirect("case", pk=case.id)
    context = {**page_context(request, case, version), "form": form, "section": "version"}
    return render(request, "pv/cases/version.html", context, status=form.status)


urlpatterns = [
    path("cases/<uuid:pk>/narrative/", narrative, name="case-narrative"),
    path("cases/<uuid:pk>/sources/<uuid:source_id>/", source, name="case-source"),
    path("cases/<uuid:pk>/versions/new/", new_version, name="case-new-version"),
]
