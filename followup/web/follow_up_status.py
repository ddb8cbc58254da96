"""Where a patient's follow-up stands: the search, the loss, care elsewhere, consents, no death."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.actions.consent_papers import ConsentInput
from followup.actions.follow_up_status import consents, death, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.core import clock, row_permissions
from followup.core.forms import AnswerField, ChoiceButtons, Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.domain.visits import SEARCHED
from followup.queries import consent_renewals, field_words, follow_up_status, patients
from followup.queries import consents as consent_queries
from followup.web import follow_up_wording
from followup.web.code_choices import choices, label
from followup.web.consents_form import (
    ConsentForm,
    WithdrawForm,
    consent_rows,
    standing_rows,
    withdrawal_rows,
)
from followup.web.dates import DateField


def _note(**more: Any) -> forms.CharField:
    return forms.CharField(
        max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), **{"required": False, **more}
    )


class AttemptForm(Form):
    """One try, or one look into a register."""

    attempted_on = DateField(label=gettext_lazy("Day of the attempt"), future=False)
    method = AnswerField(label=gettext_lazy("How"), choices=choices("attempt_method"))
    result = AnswerField(label=gettext_lazy("What came of it"), choices=choices("attempt_outcome"))
    note = _note(label=gettext_lazy("Remarks"))


class LossForm(Form):
    """Nothing is asked: the contact attempts recorded decide."""


class FoundForm(Form):
    """Why a loss is retracted."""

    reason = _note(label=gettext_lazy("Reason"), required=True)


class TransferForm(Form):
    """Which hospital outside follows the patient now."""

    on = DateField(label=gettext_lazy("Since when"), future=False)
    reason = _note(label=gettext_lazy("Hospital that follows the patient now"), required=True)


class DeathForm(Form):
    """What is known now, and why the death was wrong."""

    vital_status = AnswerField(
        label=gettext_lazy("What is known now"),
        choices=(
            ("ALIVE", pgettext_lazy("vital status", "Alive")),
            ("UNKNOWN", pgettext_lazy("vital status", "Not known")),
        ),
        widget=ChoiceButtons(),
    )
    reason = _note(label=gettext_lazy("Why the reported death was wrong"), required=True)


_FORMS: dict[str, type[Form]] = {
    "attempt": AttemptForm,
    "loss": LossForm,
    "found": FoundForm,
    "transfer": TransferForm,
    "withdraw": WithdrawForm,
    "consent": ConsentForm,
    "death": DeathForm,
}


def _made(name: str, data: Any, in_force: list[Any]) -> Form:
    start = {"attempted_on": clock.today()} if name == "attempt" else {}
    form = _FORMS[name](data, initial=start, auto_id=f"{name}_%s")
    if name == "withdraw":
        form.offer("consent", [("", ""), *consent_rows(in_force)])
    return form


def _offered(state: str, in_force: list[Any]) -> list[str]:
    """The forms that make sense in a state of follow-up."""
    found = []
    if state in SEARCHED:
        found += ["attempt", "found" if state == "LOST" else "loss", "transfer"]
    if state == "DEAD":
        return [*found, "death"]
    consent = ["withdraw"] if any(row.purposes for row in in_force) else []
    return [*found, *consent, "consent"]


def _ways(found: follow_up_status.Tracing) -> list[dict[str, Any]]:
    """The ways to look for somebody as a list of tasks, with the days they were gone."""
    rows = []
    for code, text in choices("attempt_method")():
        days = [row.attempted_on for row in found.attempts if row.method == code]
        rows.append({"text": text, "days": sorted(days), "kind": "done" if days else "open"})
    return rows


def _page(
    request: HttpRequest, patient: Any, status: int = 200, bound: Form | None = None, name: str = ""
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    found = follow_up_status.tracing(actor, patient)
    in_force = follow_up_status.consents(actor, patient)
    may = actor.may(Perm.PATIENT_WRITE, site=patient.site_id)
    shown = _offered(patient.follow_up_state, in_force) if may else []
    made = {key: _made(key, None, in_force) for key in shown}
    if bound is not None:
        made[name] = bound
    context = {
        "patient": patient,
        "state": label("patient_followup_state", patient.follow_up_state),
        "death": follow_up_wording.death(patient) if patient.vital_status == "DEAD" else "",
        "search": found,
        "ways": _ways(found) if found else [],
        "gaps": tracing.gaps(found) if found else [],
        "attempts": [
            {
                "row": row,
                "method": label("attempt_method", row.method),
                "result": label("attempt_outcome", row.result),
            }
            for row in (found.attempts if found else ())
        ],
        "consents": patients.consents(actor, patient),
        "purposes": field_words.PURPOSES,
        "signers": field_words.SIGNERS,
        "standings": standing_rows(consent_queries.standings(actor, patient)),
        "withdrawals": withdrawal_rows(consent_queries.withdrawals(actor, patient)) if may else [],
        "renewals": consent_renewals.renewals_of(actor, patient) if may else [],
        "forms": made,
        "form": bound,
    }
    return render(request, "followup/patients/follow_up_status.html", context, status=status)


@require_GET
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The state of follow-up and everything that can change it."""
    actor = cast(ActingRequest, request).actor
    return _page(request, patients.one(actor, pk))


Do = Callable[[Any, Any, dict[str, Any]], object]
_DONE: dict[str, tuple[Do, Any]] = {
    "attempt": (
        lambda a, p, v: tracing.record_attempt(a, p, given=AttemptInput(**v)),
        gettext_lazy("Contact attempt recorded."),
    ),
    "loss": (
        lambda a, p, v: tracing.declare_lost(a, p),
        gettext_lazy("Recorded as lost to follow-up. Any contact ends it."),
    ),
    "found": (
        lambda a, p, v: tracing.retract_loss(a, p, **v),
        gettext_lazy("Loss to follow-up retracted; tracing continues."),
    ),
    "transfer": (
        lambda a, p, v: tracing.transfer(a, p, **v),
        gettext_lazy("Recorded: followed elsewhere. Reminders have ended."),
    ),
    "withdraw": (
        lambda a, p, v: consents.withdraw(a, follow_up_status.consent(a, p, v.pop("consent")), **v),
        gettext_lazy("The withdrawal is recorded."),
    ),
    "consent": (
        lambda a, p, v: consents.add(a, p, confirmed=v.pop("confirmed"), given=ConsentInput(**v)),
        gettext_lazy("The consent is recorded."),
    ),
    "death": (
        lambda a, p, v: death.retract(a, p, **v),
        gettext_lazy(
            "Death retracted; the schedule continues. The cases concerned have been informed."
        ),
    ),
}


@posted_from("patient-standing")
def change(request: HttpRequest, pk: str, name: str) -> HttpResponse:
    """One change; what was typed stays on the page when it is refused."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
    form = _made(name, request.POST, follow_up_status.consents(actor, patient))
    if form.is_valid():
        do, text = _DONE[name]
        with form.refusals():
            asked = {"confirmed": form.confirmed} if name == "consent" else {}
            do(actor, patient, dict(form.cleaned_data) | asked)
            flash.saved(request, str(text))
            return redirect("patient-standing", pk=patient.id)
    return _page(request, patient, 422, form, name)


urlpatterns = [
    path("patients/<uuid:pk>/standing/", page, name="patient-standing"),
    *(
        path(
            f"patients/<uuid:pk>/standing/{name}/", change, {"name": name}, name=f"standing-{name}"
        )
        for name in _FORMS
    ),
]
