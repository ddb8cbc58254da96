"""Who a patient is: the page to read and correct it, and the telephone numbers over the years."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import identity as actions
from followup.actions.identity import Contact, DuplicateWarning, IdentityInput, telephones
from followup.core import clock, row_permissions
from followup.core.forms import AnswerField, Form
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.queries import identity, patients
from followup.web.code_choices import choices, label
from followup.web.drafts import own_address
from followup.web.possible_duplicates import possible_duplicates
from followup.web.registration_form import PersonForm

WHOSE = (
    ("PATIENT", pgettext_lazy("informant", "Patient")),
    ("FAMILY", pgettext_lazy("informant", "Family")),
    ("OTHER", pgettext_lazy("informant", "Other")),
)
ENDED = {
    telephones.WRONG: pgettext_lazy("telephone", "wrong number"),
    telephones.CHANGED: pgettext_lazy("telephone", "no longer used"),
}
MESSAGES = {
    "sms": pgettext_lazy("telephone", "SMS agreed"),
    "wechat": pgettext_lazy("telephone", "WeChat agreed"),
}


class IdentityForm(PersonForm):
    """The person as it stands, with the version it was read at and the reason of the change."""

    reason = forms.CharField(label=gettext_lazy("Reason for the change"), max_length=500)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def given(self, person: Any) -> IdentityInput:
        """The person as typed, with the recorded telephone numbers."""
        names = (
            *("name", "birth_date", "document_kind", "national_id"),
            *("hospital_number", "address"),
        )
        typed = IdentityInput(**{name: self.cleaned_data[name] for name in names})
        return actions.with_contacts_of(typed, person)


class DescriptionForm(Form):
    """Whose a number is and what callers mind."""

    whose = AnswerField(label=gettext_lazy("Whose number"), choices=WHOSE)
    relation = forms.ChoiceField(label=gettext_lazy("Who the relative is"), required=False)
    person = forms.CharField(
        label=gettext_lazy("Name of the relative"), required=False, max_length=50
    )
    hours = forms.CharField(label=gettext_lazy("Best hour to call"), required=False, max_length=60)
    note = forms.CharField(label=gettext_lazy("Notes for callers"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("relation", [("", "—"), *choices("contact_relation")()])


class TelephoneForm(DescriptionForm):
    """A number to add: whose it is comes with it."""

    phone = forms.CharField(label=gettext_lazy("Telephone number"), max_length=40)


def _known(patient: Any, person: Any) -> dict[str, Any]:
    names = ("name", "birth_date", "document_kind", "national_id", "hospital_number", "address")
    return {
        **{name: getattr(person, name) for name in names},
        "sex": patient.sex,
        "version": person.version,
    }


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Who the patient is, in the clear for the treating site; a change needs a reason."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.IDENTITY_WRITE)
    person = identity.reveal(actor, patient, purpose="identity page")
    if person.erased_on:
        return _erased(request, patient, person)
    form = IdentityForm(request.POST or None, initial=_known(patient, person))
    context: dict[str, Any] = {"form": form, "patient": patient, "person": person}

    def compare(refused: Refused) -> None:
        candidates = refused.duplicates if isinstance(refused, DuplicateWarning) else ()
        context["possible_duplicates"] = possible_duplicates(actor, candidates)

    def show(conflict: Conflict) -> None:
        context["differences"] = _named(form, conflict)
        form.resubmit(version=str(person.version))

    if request.method == "POST" and form.is_valid():
        with form.refusals(on_refusal=compare, on_conflict=show):
            _store(request, patient, person, form)
            flash.saved(request, _("Corrected: %(code)s.") % {"code": patient.study_code})
            return redirect("patient", pk=patient.id)
    status = 409 if form.conflicted else form.status
    return render(request, "followup/patients/identity.html", context, status=status)


def _erased(request: HttpRequest, patient: Any, person: Any) -> HttpResponse:
    """Nothing is left to correct: back to the patient."""
    flash.warn(request, person.name)
    return redirect("patient", pk=patient.id)


def _store(request: HttpRequest, patient: Any, person: Any, form: IdentityForm) -> None:
    actions.correct(
        cast(ActingRequest, request).actor,
        patient,
        given=form.given(person),
        today=clock.today(),
        reason=form.cleaned_data["reason"],
        sex=form.cleaned_data["sex"],
        version=form.cleaned_data["version"],
        compared=request.POST.get("not_a_duplicate") == "1",
        confirmed=form.confirmed,
    )


def _named(form: IdentityForm, conflict: Conflict) -> dict[str, Any]:
    """The differing fields under the names the form has for them."""
    return {
        str(form.fields[name].label): values
        for name, values in conflict.differences.items()
        if name in form.fields and name != "version"
    }


@require_http_methods(["GET", "POST"])
def numbers(request: HttpRequest, pk: str) -> HttpResponse:
    """The telephone numbers of a patient: those in use, the former ones, a new one."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.IDENTITY_WRITE)
    person = identity.reveal(actor, patient, purpose="telephone numbers")
    if person.erased_on:
        return _erased(request, patient, person)
    form = TelephoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        stale = _("Somebody else changed the numbers meanwhile. Look again.")
        with form.refusals(stale=stale, at={"new_phone": "phone"}):
            contact = Contact(**form.cleaned_data)
            telephones.add(actor, patient, contact=contact, version=_version(request))
            flash.saved(request, _("The number is saved."))
            return redirect("patient-telephones", pk=patient.id)
    return _numbers_page(request, form, patient, person)


def _numbers_page(
    request: HttpRequest, form: TelephoneForm, patient: Any, person: Any, **more: Any
) -> HttpResponse:
    rows = [_row(c) for c in person.contacts]
    for number, row in enumerate(rows, start=1):
        row["described"] = _described(row["contact"], number, more.get("typed_form"))
    context = {
        "form": form,
        "patient": patient,
        "person": person,
        "rows": rows,
        "former": [_row(c) for c in person.former],
        **more,
    }
    status = 422 if form.is_bound or more else 200
    return render(request, "followup/patients/telephones.html", context, status=status)


def _described(contact: Any, number: int, typed: DescriptionForm | None) -> DescriptionForm:
    """What is recorded of a number, to be changed; what was typed and refused stays on its row."""
    names = {"auto_id": f"described-{number}-%s"}
    if typed is not None and typed.data.get("phone") == contact.phone:
        typed.auto_id = names["auto_id"]
        return typed
    known = {name: getattr(contact, name) for name in DescriptionForm.base_fields}
    return DescriptionForm(initial=known, **names)


def _row(contact: Any) -> dict[str, Any]:
    return {
        "contact": contact,
        "whose": dict(WHOSE).get(contact.whose, contact.whose),
        "relation": label("contact_relation", contact.relation) if contact.relation else "",
        "messages": MESSAGES.get(contact.messages, ""),
        "ended": ENDED.get(contact.ended_why, contact.ended_why),
    }


def _version(request: HttpRequest) -> int:
    version = whole_number(request.POST.get("version", ""))
    if version is None:
        raise Refused(_("The page is incomplete: reload it."))
    return version


@posted_from("patient-telephones")
def end(request: HttpRequest, pk: str) -> HttpResponse:
    """A number was wrong or has changed; the new one takes its place in the same press."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    phone = request.POST.get("phone", "")
    new = request.POST.get("new_phone", "").strip()
    reasons = Reasons()
    with reasons.refusals(stale=_("Somebody else changed the numbers meanwhile. Look again.")):
        telephones.end(
            actor,
            patient,
            phone=phone,
            why=request.POST.get("why", ""),
            version=_version(request),
            by=Contact(new, "") if new else None,
        )
        text = _("The new number is saved; the former one is kept in the history.")
        flash.saved(request, text if new else _("The number is marked; it is no longer called."))
        leave = request.POST.get("next", "")
        back = own_address(leave) if leave else reverse("patient-telephones", args=[patient.id])
        return redirect(back)
    person = identity.reveal(actor, patient, purpose="telephone numbers")
    kept = {"refused": reasons.text, "refused_phone": phone, "typed": new}
    return _numbers_page(request, TelephoneForm(), patient, person, **kept)


@posted_from("patient-telephones")
def describe(request: HttpRequest, pk: str) -> HttpResponse:
    """Whose number it is, the relation, hours or the note change; the number stays."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.IDENTITY_WRITE)
    form, phone = DescriptionForm(request.POST), request.POST.get("phone", "")
    reasons = Reasons()
    with reasons.refusals(stale=_("Somebody else changed the numbers meanwhile. Look again.")):
        if form.is_valid():
            contact = Contact(phone, **form.cleaned_data)
            seen = _version(request)
            telephones.describe(actor, patient, phone=phone, contact=contact, version=seen)
            flash.saved(request, _("The number is saved."))
            return redirect("patient-telephones", pk=patient.id)
    person = identity.reveal(actor, patient, purpose="telephone numbers")
    kept = {"refused": reasons.text, "typed_form": form}
    return _numbers_page(request, TelephoneForm(), patient, person, **kept)


@posted_from("patient-telephones")
def messages(request: HttpRequest, pk: str) -> HttpResponse:
    """The owner of a number agrees to messages, or no longer does."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    reasons, phone = Reasons(), request.POST.get("phone", "")
    with reasons.refusals(stale=_("Somebody else changed the numbers meanwhile. Look again.")):
        kind = request.POST.get("kind", "")
        telephones.agree_to_messages(
            actor, patient, phone=phone, kind=kind, version=_version(request)
        )
        text = _("The agreement is noted.") if kind else _("No message goes to this number.")
        flash.saved(request, text)
        return redirect("patient-telephones", pk=patient.id)
    person = identity.reveal(actor, patient, purpose="telephone numbers")
    return _numbers_page(request, TelephoneForm(), patient, person, refused=reasons.text)


urlpatterns = [
    path("patients/<uuid:pk>/identity/", correct, name="patient-identity"),
    path("patients/<uuid:pk>/telephones/", numbers, name="patient-telephones"),
    path("patients/<uuid:pk>/telephones/describe/", describe, name="patient-telephone-describe"),
    path("patients/<uuid:pk>/telephones/messages/", messages, name="patient-telephone-messages"),
    path("patients/<uuid:pk>/telephones/end/", end, name="patient-telephone-end"),
]
