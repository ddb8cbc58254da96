"""A recorded contact: every answer in words, its versions, and the correction of it."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import answers, visits
from followup.core import row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import data_queries, patients, visit_locks, worklist
from followup.web import assessments
from followup.web.code_choices import label
from followup.web.contacts_form import DISEASE, MALIGNANCY, TICKS, CorrectionForm
from followup.web.data_queries import shown as shown_query
from followup.web.date_tags import shown_date
from followup.web.events_form import KEPT, YES_NO

_YES_NO = {**dict(YES_NO), "NOT_ASKED": gettext_lazy("Not asked")}


def _answers(actor: Any, row: Any, planned: Any) -> list[tuple[str, str]]:
    """Question and answer; what was not answered shows a dash."""
    words = dict(assessments.ticks(actor, planned)) if planned else {}
    ticks = dict(TICKS)
    found = [
        (_("Contact date"), row.contact_on.isoformat()),
        (_("How the contact was made"), label("contact_type", row.contact_type)),
        (pgettext("contact", "Who answered"), label("informant", row.informant)),
        (_("Vital status"), label("vital_status", row.vital_status)),
    ]
    if row.vital_status == "DEAD":
        related = label("death_relation", row.death_related) if row.death_related else ""
        found += [
            (_("Date of death"), shown_date(row.died_on_text)),
            (_("Cause of death"), row.death_cause),
            (_("ICD-10 code of the underlying cause"), row.death_cause_code),
            (_("Was an autopsy done?"), dict(KEPT).get(row.autopsy, row.autopsy)),
            (_("Was the death related to the treatment?"), related),
        ]
    found += [
        (_("Disease status"), dict(DISEASE).get(row.disease_status, row.disease_status)),
        (_("Date of relapse or progression"), shown_date(row.progressed_on_text)),
        (
            _("New malignancy, T-cell malignancy included"),
            dict(MALIGNANCY).get(row.new_malignancy, row.new_malignancy),
        ),
        (_("Another adverse event to record"), _YES_NO.get(row.other_event, row.other_event)),
        (
            _("New anti-tumour treatment, or pregnancy"),
            _YES_NO.get(row.new_therapy, row.new_therapy),
        ),
        (_("Which treatment, since when; or details of the pregnancy"), row.therapy_note),
        *((words.get(code, code), ticks.get(v, v)) for code, v in row.assessments.items()),
        (_("Why something was not asked, not known or not done"), row.unanswered_reason),
        (_("Remarks"), row.note),
    ]
    return [(str(question), str(answer or "—")) for question, answer in found]


def _opened(actor: Any, pk: str) -> tuple[list[Any], Any]:
    """All versions of a contact, the one that stands first, and its planned visit."""
    rows = patients.versions(actor, patients.visit(actor, pk))
    planned = worklist.one(actor, rows[0].planned_id) if rows[0].planned_id else None
    return rows, planned


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """The contact as it stands, with the versions it replaced."""
    actor = cast(ActingRequest, request).actor
    rows, planned = _opened(actor, pk)
    visit = rows[0]
    patient = patients.one(actor, visit.patient_id)
    newer = [_answers(actor, row, planned) for row in rows]
    context = _lock(actor, visit) | {
        "visit": visit,
        "patient": patient,
        "planned": planned,
        "answers": newer[0],
        "missing": assessments.missing(actor, planned) if planned else [],
        "versions": [
            {"row": row, "changed": _changed(mine, theirs)}
            for row, mine, theirs in zip(rows, newer, [*newer[1:], None], strict=True)
        ],
        "queries": [shown_query(row) for row in data_queries.of_visit(actor, visit)],
        "may_ask": actor.may(Perm.QUERY_WRITE, site=visit.site_id, product=visit.product_id),
        "events": [e for e in patients.events(actor, patient) if e.visit_id in _ids(rows)],
        "may_write": actor.may(Perm.VISIT_WRITE, site=visit.site_id, product=visit.product_id),
        "infusion": next(iter(patients.infusions(actor, patient)), None),
    }
    return render(request, "followup/visits/record.html", context)


def _lock(actor: Any, visit: Any) -> dict[str, Any]:
    """The lock that holds the contact, the ones before it, and whether the reader may lift it."""
    locks = visit_locks.locks(actor, visit)
    return {
        "locks": locks,
        "lock": next((row for row in locks if row.unlocked_at is None), None),
        "may_sign": actor.may(Perm.VISIT_SIGN, site=visit.site_id, product=visit.product_id),
    }


def _ids(rows: list[Any]) -> set[Any]:
    return {row.id for row in rows}


def _changed(mine: list[tuple[str, str]], theirs: list[tuple[str, str]] | None) -> list[Any]:
    """Question, former and present answer, of what a version changed."""
    if theirs is None:
        return []
    before, after = dict(theirs), dict(mine)
    names = [*after, *(name for name in before if name not in after)]
    return [
        (name, before.get(name, "—"), after.get(name, "—"))
        for name in names
        if before.get(name, "—") != after.get(name, "—")
    ]


def _known(visit: Any) -> dict[str, Any]:
    return CorrectionForm.start(answers.of(visit))


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a recorded contact, with one reason for the whole change."""
    actor = cast(ActingRequest, request).actor
    rows, planned = _opened(actor, pk)
    visit = rows[0]
    row_permissions.require(actor, visit, Perm.VISIT_WRITE)
    infused_on = patients.infusions(actor, visit.patient)[-1].infused_on
    start = _known(visit) | {"version": visit.version}
    form = CorrectionForm(
        request.POST or None,
        initial=start,
        infused_on=infused_on,
        ticks=assessments.ticks(actor, planned) if planned else (),
        outside=planned is not None,
    )
    if request.method == "POST" and form.is_valid():
        opened = next((row for row in rows if row.version == form.seen), visit)
        with form.refusals(known=_known):
            reason = form.cleaned_data["reason"]
            saved = visits.correct(
                actor, opened, given=form.given(), version=form.seen, reason=reason
            )
            flash.saved(request, _("Corrected. The previous version stays in the record."))
            return _after(request, visit, saved, patients.infusions(actor, visit.patient))
    context = {"form": form, "visit": visit, "patient": visit.patient, "planned": planned}
    context |= _lock(actor, visit)
    return render(request, "followup/visits/correct.html", context, status=form.status)


def _after(request: HttpRequest, before: Any, saved: Any, infusions: list[Any]) -> HttpResponse:
    """To the record; to the report of the event that was not known before."""
    asked = ("new_malignancy", "other_event")
    heard = any(getattr(saved, name) == "YES" and getattr(before, name) != "YES" for name in asked)
    if not heard:
        return redirect("contact", pk=saved.id)
    flash.note(request, _("Report the event now: safety has not been informed of it yet."))
    return redirect("event-report", pk=infusions[0].id)


urlpatterns = [
    path("contacts/<uuid:pk>/", detail, name="contact"),
    path("contacts/<uuid:pk>/correct/", correct, name="contact-correct"),
]
