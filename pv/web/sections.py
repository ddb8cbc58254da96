"""A section of a case: its elements as a form, groups added and removed at any depth."""

import base64
import re
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms.refusals import Refusals
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.problems import Conflict, Refused
from followup.domain import dates
from followup.web import drafts
from pv.actions import cases as actions
from pv.domain.cases import sections as case_forms
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.checks.profiles import region
from pv.domain.e2b.elements import DataType
from pv.domain.e2b.message import Attachment, Null, Value
from pv.queries import cases
from pv.queries.e2b_values import stored_moment, worded
from pv.web import conflicts
from pv.web.awareness_dates import URGENT_SECTIONS, LearnedForm
from pv.web.cases import SECTIONS, page_context, seen_version
from pv.web.problems import Problems, anchor

LARGEST_DOCUMENT = 2_000_000  # bytes
OPENED = 5  # groups one address may open


def _changed(request: HttpRequest, shown: list[case_forms.Instance]) -> dict[str, Value | None]:
    """What was typed differently from what stands there; a cleared box takes the value away.

    Refused at its field for a document that is too large.
    """
    changes: dict[str, Value | None] = {}
    for row in (row for instance in shown for row in instance.rows):
        if row.document:
            changes |= _document(request, row)
            continue
        if f"v:{row.path}" not in request.POST:
            continue
        text = _typed(row, request.POST[f"v:{row.path}"].replace("\r\n", "\n").strip())
        null = request.POST.get(f"n:{row.path}", "")
        value: Value | None = text or (Null(null) if null in row.nulls else None)
        if value != row.value:
            changes[row.path] = value
    return changes


def _document(request: HttpRequest, row: case_forms.Row) -> dict[str, Value | None]:
    """A file put where a document belongs, or the document taken away."""
    file = request.FILES.get(f"f:{row.path}")
    if not isinstance(file, UploadedFile):
        gone = request.POST.get(f"d:{row.path}") == "1"
        return {row.path: None} if gone and row.value is not None else {}
    if (file.size or 0) > LARGEST_DOCUMENT:
        raise Refused({row.path: _("The file is larger than 2 MB. Choose a smaller one.")})
    data = base64.b64encode(file.read()).decode("ascii")
    name = re.sub(r"[^\w.\- ]", "_", file.name or "")[:100]
    return {row.path: Attachment(file.content_type or None, None, data, reference=name or None)}


def _typed(row: case_forms.Row, text: str) -> str:
    """A date as people write it becomes the standard's; anything else stays as typed.

    What cannot be read is kept: a draft may hold errors, the validation names them.
    """
    if row.element.type is not DataType.DATE or not text or text == row.text:
        return text
    if text == worded(row.element, row.text, "en"):
        return row.text
    try:
        return stored_moment(text) or dates.parse(text, clock.today()).e2b()
    except dates.DateError:
        return text


def _wanted(request: HttpRequest, case: Any) -> case_forms.Shown:
    """Whose elements the page shows: those of the case's receivers, and of one asked for."""
    receivers = [*case.receivers, request.GET.get("for", "")]
    known = [Profile(name) for name in receivers if name in set(Profile)] or [Profile.NMPA]
    opened = (*request.GET.getlist("add"), *request.GET.getlist("show"))
    return case_forms.Shown(
        regions=frozenset(region(profile) for profile in known),
        everything=request.GET.get("all") == "1",
        opened=tuple(text[:100] for text in opened[:OPENED]),
    )


def _address(request: HttpRequest, pk: Any, section: str, add: str = "") -> str:
    """The section again, with what it showed; a group that is to be added is opened in it."""
    query = QueryDict(mutable=True)
    for name in ("all", "for"):
        if name in request.GET:
            query[name] = request.GET[name]
    if add:
        query["add"] = add
    text = f"?{query.urlencode(safe='[].')}" if query else ""
    at = f"#{anchor(add)}group" if add else ""
    return f"{reverse('case-section', args=[pk, section])}{text}{at}"


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str, section: str) -> HttpResponse:
    """One case: a section of its elements, the sources beside, the clock above."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    if section not in SECTIONS:
        return redirect("case", pk=case.id)
    version = cases.version(actor, case)
    root, wanted = storage.from_data(version.message), _wanted(request, case)
    shown = case_forms.instances(root, section, wanted)
    draft = drafts.of(request, f"case-{section}", str(case.pk))
    typed: Any = request.POST or draft.values
    merged = conflicts.SectionMerge(request, shown)
    learned = LearnedForm(request.POST or None)
    problems: dict[str, list[Any]] = {}
    collisions: list[Conflict] = []
    if request.method == "POST":
        with Refusals(lambda refused: problems.update(refused.fields), collisions.append):
            _save(request, case, shown, learned, merged)
            drafts.saved(request, draft)
            return redirect(_address(request, case.id, section, request.POST.get("add", "")[:100]))
    for conflict in collisions:
        root = storage.from_data(conflict.present.message)  # newer than what was read above
        shown = case_forms.instances(root, section, wanted)
        merged = conflicts.SectionMerge(request, shown)
        typed = merged.collide(conflict, _typed)
    status = 409 if collisions else 422 if request.method == "POST" else 200
    context = {
        **page_context(request, case, version),
        "section": section,
        "section_title": SECTIONS[section],
        "instances": shown,
        "typed": typed,
        "draft": draft,
        "lock": draft.values.get("lock_version") or case.lock_version,
        "addable": case_forms.addable(root, section, wanted),
        "documents": any(row.document for instance in shown for row in instance.rows),
        "form": Problems(problems, shown, learned),
        "learned": learned if section in URGENT_SECTIONS else None,
        "merged": merged,
        "everything": wanted.everything,
        "asked_for": request.GET.get("for", ""),
        "pointed": request.GET.get("show", ""),
    }
    return render(request, "pv/cases/section.html", context, status=status)


def _save(
    request: HttpRequest,
    case: Any,
    shown: list[case_forms.Instance],
    learned: LearnedForm,
    merged: conflicts.SectionMerge,
) -> None:
    """Keep what was typed, and take away the instance whose button was pressed."""
    actor = cast(ActingRequest, request).actor
    changes = merged.chosen(_changed(request, shown))
    lock = merged.seen or seen_version(request)
    gone = request.POST.get("remove", "")[:100]
    if not gone:
        day = learned.day(case, cases.version(actor, case), changes)
        actions.edit(actor, case, changes=changes, lock_version=lock, learned_on=day)
        if changes:
            flash.saved(request, _("Saved."))
        elif not request.POST.get("add"):
            flash.note(request, _("Nothing was changed, so nothing was saved."))
        return
    inside = {path for path in changes if path.startswith(gone)}
    others = {path: value for path, value in changes.items() if path not in inside}
    day = learned.day(case, cases.version(actor, case), others)
    actions.remove_group(actor, case, path=gone, changes=others, lock_version=lock, learned_on=day)
    flash.saved(
        request, _("Removed: %(path)s. What was typed elsewhere was saved.") % {"path": gone}
    )


urlpatterns = [
    path("cases/<uuid:pk>/sections/<slug:section>/", detail, name="case-section"),
]
