"""Who a patient is over the API: read, correct, telephone numbers."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import identity as actions
from followup.actions.identity import Contact, telephones
from followup.api.base import ConfirmedField, PartialDateField, VersionIn, actor_of, given
from followup.api.patients import ContactIn, IdentityIn, identity_of
from followup.core import clock
from followup.queries import identity, patients


class TelephoneOut(serializers.Serializer[Any]):
    """One telephone number; `ended_on` and `ended_why` of a former one."""

    phone = serializers.CharField()
    whose = serializers.CharField()
    relation = serializers.CharField()
    person = serializers.CharField()
    note = serializers.CharField()
    hours = serializers.CharField()
    answered_on = serializers.DateField(allow_null=True)
    messages = serializers.CharField()
    messages_since = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    ended_why = serializers.CharField()


class IdentityOut(serializers.Serializer[Any]):
    """Who the patient is; each reading is in the log of disclosures."""

    version = serializers.IntegerField()
    name = serializers.CharField()
    birth_date = PartialDateField(allow_null=True)
    document_kind = serializers.CharField()
    national_id = serializers.CharField()
    address = serializers.CharField()
    hospital_number = serializers.CharField()
    contacts = TelephoneOut(many=True)
    former = TelephoneOut(many=True)
    erased_on = serializers.DateField(allow_null=True)


class IdentityCorrectionIn(VersionIn):
    """The whole person as it should stand. Contacts are kept when they are left out."""

    reason = serializers.CharField(max_length=500)
    sex = serializers.ChoiceField(choices=["MALE", "FEMALE", "UNKNOWN"], required=False)
    identity = IdentityIn()
    not_a_duplicate = serializers.BooleanField(default=False)
    confirmed = ConfirmedField()


class TelephoneIn(VersionIn):
    """A number to add."""

    contact = ContactIn()


class TelephoneDescriptionIn(VersionIn):
    """A number in use with whose it is, the relation, name, hours and note as they should stand."""

    contact = ContactIn()


class TelephoneEndIn(VersionIn):
    """A number that was wrong or has changed, and the one that takes its place if known."""

    phone = serializers.CharField(max_length=40)
    why = serializers.ChoiceField(choices=[telephones.WRONG, telephones.CHANGED])
    new_phone = serializers.CharField(max_length=40, default="", allow_blank=True)


class TelephoneMessagesIn(VersionIn):
    """Whether the owner of a number agreed to be written to; empty: no longer."""

    phone = serializers.CharField(max_length=40)
    messages = serializers.ChoiceField(choices=["", "sms", "wechat"])


def _out(request: Request, pk: UUID, *, purpose: str) -> Response:
    actor = actor_of(request)
    person = identity.reveal(actor, patients.one(actor, pk), purpose=purpose)
    return Response(IdentityOut(person).data)


class OneIdentity(APIView):
    """Who one patient is."""

    @extend_schema(operation_id="patient_identity", responses=IdentityOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; for people of the treating site, each look is logged."""
        return _out(request, pk, purpose="identity over the API")

    @extend_schema(
        operation_id="patient_identity_correct",
        request=IdentityCorrectionIn,
        responses=IdentityOut,
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Correct it with a reason; 409 when somebody did meanwhile, 422 with code `duplicate`."""
        actor, values = actor_of(request), given(IdentityCorrectionIn, request)
        patient = patients.one(actor, pk)
        before = identity.reveal(actor, patient, purpose="correction over the API")
        sent = identity_of(dict(values["identity"]))
        if not sent.contacts:
            sent = actions.with_contacts_of(sent, before)
        actions.correct(
            actor,
            patient,
            given=sent,
            today=clock.today(),
            reason=values["reason"],
            sex=values.get("sex"),
            version=values["version"],
            compared=values["not_a_duplicate"],
            confirmed=values.get("confirmed", ()),
        )
        return _out(request, pk, purpose="correction over the API")


class Telephones(APIView):
    """The telephone numbers of one patient."""

    @extend_schema(
        operation_id="patient_telephone_add", request=TelephoneIn, responses={201: IdentityOut}
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Add a number of the patient or of somebody near."""
        actor, values = actor_of(request), given(TelephoneIn, request)
        contact = Contact(**dict(values["contact"]))
        telephones.add(actor, patients.one(actor, pk), contact=contact, version=values["version"])
        answer = _out(request, pk, purpose="telephone numbers over the API")
        answer.status_code = status.HTTP_201_CREATED
        return answer


class TelephoneEnd(APIView):
    """A number that was wrong or has changed."""

    @extend_schema(
        operation_id="patient_telephone_end", request=TelephoneEndIn, responses=IdentityOut
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """End a number; with `new_phone` the new one takes its place in the same step."""
        actor, values = actor_of(request), given(TelephoneEndIn, request)
        patient = patients.one(actor, pk)
        new = values["new_phone"].strip()
        telephones.end(
            actor,
            patient,
            phone=values["phone"],
            why=values["why"],
            version=values["version"],
            by=Contact(new, "") if new else None,
        )
        return _out(request, pk, purpose="telephone numbers over the API")


class TelephoneDescription(APIView):
    """Whose a number is and what callers mind."""

    @extend_schema(
        operation_id="patient_telephone_describe",
        request=TelephoneDescriptionIn,
        responses=IdentityOut,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Change it; the number, its answers and the consent to messages stay."""
        actor, values = actor_of(request), given(TelephoneDescriptionIn, request)
        contact = Contact(**dict(values["contact"]))
        telephones.describe(
            actor,
            patients.one(actor, pk),
            phone=contact.phone,
            contact=contact,
            version=values["version"],
        )
        return _out(request, pk, purpose="telephone numbers over the API")


class TelephoneMessages(APIView):
    """The consent of a number's owner to messages."""

    @extend_schema(
        operation_id="patient_telephone_messages",
        request=TelephoneMessagesIn,
        responses=IdentityOut,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Note it for one number, with the day; another number has its own."""
        actor, values = actor_of(request), given(TelephoneMessagesIn, request)
        telephones.agree_to_messages(
            actor,
            patients.one(actor, pk),
            phone=values["phone"],
            kind=values["messages"],
            version=values["version"],
        )
        return _out(request, pk, purpose="telephone numbers over the API")


urlpatterns = [
    path("patients/<uuid:pk>/identity/", OneIdentity.as_view(), name="api-patient-identity"),
    path("patients/<uuid:pk>/telephones/", Telephones.as_view(), name="api-patient-telephones"),
    path(
        "patients/<uuid:pk>/telephones/end/",
        TelephoneEnd.as_view(),
        name="api-patient-telephone-end",
    ),
    path(
        "patients/<uuid:pk>/telephones/describe/",
        TelephoneDescription.as_view(),
        name="api-patient-telephone-describe",
    ),
    path(
        "patients/<uuid:pk>/telephones/messages/",
        TelephoneMessages.as_view(),
        name="api-patient-telephone-messages",
    ),
]
