"""Messages to a patient: what was sent, what waits and can be cancelled, a new one."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import patient_messages as actions
from followup.core import clock, row_permissions
from followup.core.forms import AnswerField, Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.patient_messages import MessageAbout
from followup.queries import call_backs, identity, patients, questionnaires
from followup.queries import patient_messages as queries
from followup.web.identity import WHOSE

KINDS = {
    "WAITING": "open",
    "SENDING": "running",
    "SENT": "done",
    "CANCELLED": "na",
    "DROPPED": "na",
    "REFUSED": "failed",
    "FAILED": "failed",
}
ABOUT: Mapping[str, str | Promise] = {
    MessageAbout.APPOINTMENT: pgettext_lazy("patient message", "Appointment"),
    MessageAbout.QUESTIONNAIRE: pgettext_lazy("patient message", "Questionnaire"),
}
WAYS: Mapping[str, str | Promise] = {
    "sms": pgettext_lazy("message channel", "SMS"),
    "wechat": pgettext_lazy("message channel", "WeChat"),
}


class MessageForm(Form):
    """Of what, to which number, when, and whom the patient calls. Nothing is chosen beforehand."""

    subject = AnswerField(label=gettext_lazy("The message is about"), choices=())
    number = AnswerField(label=gettext_lazy("To the number"), choices=())
    channel = forms.ChoiceField(label=gettext_lazy("Channel"))
    when = AnswerField(
        label=gettext_lazy("It leaves"),
        choices=(
            (actions.NOW, gettext_lazy("now, after the minutes in which it can be cancelled")),
            (actions.DAY_BEFORE, gettext_lazy("on the day before the appointment")),
        ),
    )
    call = forms.CharField(
        label=gettext_lazy("Whom the patient calls"),
        max_length=120,
        help_text=gettext_lazy("Name and number, without the ward: the message is read by others."),
    )


def _numbers(actor: Any, patient: Any) -> list[tuple[str, str]]:
    return [
        (
            queries.place_of(contact),
            f"{contact.phone} · {dict(WHOSE).get(contact.whose, contact.whose)}"
            f" · {WAYS.get(contact.messages, contact.messages)}",
        )
        for contact in queries.reachable(actor, patient)
    ]


def _subject(actor: Any, code: str) -> Any:
    about, _colon, key = code.partition(":")
    if about == MessageAbout.APPOINTMENT:
        return call_backs.appointment(actor, key)
    return questionnaires.link(actor, key)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The messages of a patient, the newest first, and a form for the next one."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.IDENTITY_READ)
    form = MessageForm(request.POST or None)
    subjects = [
        (each.code, f"{ABOUT[each.about]} · {each.moment.astimezone(clock.SHANGHAI):%Y-%m-%d}")
        for each in queries.subjects(actor, patient)
    ]
    numbers, channels = _numbers(actor, patient), queries.channels(actor)
    form.offer("subject", subjects)
    form.offer("number", numbers)
    form.offer("channel", [("", "—"), *((str(row.id), row.name) for row in channels)])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            data = form.cleaned_data
            message = actions.plan(
                actor,
                patient,
                given=actions.MessageInput(
                    subject=_subject(actor, data["subject"]),
                    channel=next(row for row in channels if str(row.id) == data["channel"]),
                    number=data["number"],
                    call=data["call"],
                    when=data["when"],
                ),
            )
            leaves = message.not_before.astimezone(clock.SHANGHAI)
            flash.saved(
                request, _("The message leaves at %(at)s.") % {"at": f"{leaves:%Y-%m-%d %H:%M}"}
            )
            return redirect("patient-messages", pk=patient.id)
    ledger = queries.ledger(actor, patient, key=request.GET.get("after", "")[:40])
    rules = queries.rules()
    against = queries.obstacle_to_any(patient)
    context = {
        "form": form,
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "rows": [_row(row) for row in ledger.rows],
        "next_key": ledger.next_key,
        "may_write": actor.may(Perm.VISIT_WRITE, site=patient.site_id),
        "may_identity": actor.may(Perm.IDENTITY_WRITE, site=patient.site_id),
        "against": actions.obstacle_text(against) if against else "",
        "ready": bool(subjects and numbers and channels) and against is None,
        "missing": {"subject": not subjects, "number": not numbers, "channel": not channels},
        "rules": rules,
    }
    return render(request, "followup/patients/messages.html", context, status=form.status)


def _row(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "kind": KINDS[row.state],
        "about": ABOUT[row.about],
        "whose": dict(WHOSE).get(row.whose, row.whose),
        "why": actions.obstacle_text(row.answer) if row.answer else "",
    }


@posted_from("patients", alone=True)
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo a message before it leaves."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    with button(request):
        version = whole_number(request.POST.get("version", ""))
        if version is None:
            raise Refused(_("The page is incomplete: reload it."))
        actions.cancel(actor, row, version=version)
        flash.saved(request, _("The message is cancelled; nothing was sent."))
    return redirect(reverse("patient-messages", args=[row.patient_id]))


urlpatterns = [
    path("patients/<uuid:pk>/messages/", page, name="patient-messages"),
    path("patient-messages/<uuid:pk>/cancel/", cancel, name="patient-message-cancel"),
]
