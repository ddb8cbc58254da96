"""Patients over the API: list, one, register."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.actions import patients as actions
from followup.actions import practice
from followup.actions.consent_papers import ConsentInput
from followup.actions.identity import Contact, IdentityInput
from followup.actions.patients import InfusionInput
from followup.api.base import (
    ConfirmedField,
    PartialDateField,
    Strict,
    actor_of,
    given,
    page_size,
)
from followup.core.http.standby import reads_from_standby
from followup.domain import scans
from followup.domain.consents import Purpose
from followup.queries import patients, reference


class PatientOut(serializers.Serializer[Any]):
    """A patient under the study code."""

    id = serializers.UUIDField()
    study_code = serializers.CharField()
    site = serializers.UUIDField(source="site_id")
    sex = serializers.CharField()
    birth_year = serializers.IntegerField(allow_null=True)
    vital_status = serializers.CharField()
    follow_up_state = serializers.CharField()
    state_since = serializers.DateField()
    last_contact_on = serializers.DateField(allow_null=True)
    died_on = serializers.CharField(source="died_on_text")
    version = serializers.IntegerField()
    practice = serializers.BooleanField()


class PatientPage(serializers.Serializer[Any]):
    """One page; `next` is the value of `after` for the following one, empty at the end."""

    items = PatientOut(many=True)
    next = serializers.CharField()


class ContactIn(Strict):
    """One telephone number, whose it is and the relation (code list `contact_relation`)."""

    phone = serializers.CharField(max_length=40)
    whose = serializers.ChoiceField(choices=["PATIENT", "FAMILY", "OTHER"])
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    relation = serializers.CharField(max_length=20, default="", allow_blank=True)
    person = serializers.CharField(max_length=50, default="", allow_blank=True)
    hours = serializers.CharField(max_length=60, default="", allow_blank=True)


class IdentityIn(Strict):
    """Who it is."""

    name = serializers.CharField(max_length=50)
    birth_date = PartialDateField(default=None, allow_null=True)
    document_kind = serializers.CharField(max_length=20, default="", allow_blank=True)
    national_id = serializers.CharField(max_length=60, default="", allow_blank=True)
    contacts = ContactIn(many=True, default=list)
    address = serializers.CharField(max_length=200, default="", allow_blank=True)
    hospital_number = serializers.CharField(max_length=40, default="", allow_blank=True)


# What a paper may ask for, in the order it is asked.
PURPOSES = [purpose.value for purpose in Purpose]


class ConsentIn(Strict):
    """What was signed; what is neither in `purposes` nor in `refused` was left open."""

    form_version = serializers.CharField(max_length=40)
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=PURPOSES))
    refused = serializers.ListField(child=serializers.ChoiceField(choices=PURPOSES), default=list)
    given_on = PartialDateField()
    signed_by = serializers.ChoiceField(
        choices=["PATIENT", "GUARDIAN", "PROXY"], default="", allow_blank=True
    )
    assent = serializers.ChoiceField(choices=["AGREED", "REFUSED"], default="", allow_blank=True)


class ScanField(serializers.CharField):
    """A scan of a bag's label; separators come out in brackets."""

    def to_internal_value(self, data: Any) -> str:
        """The text as a record holds it."""
        return scans.printed(str(super().to_internal_value(data)))


class InfusionIn(Strict):
    """What was given; without an indication a reason is due."""

    product = serializers.UUIDField()
    indication = serializers.UUIDField(default=None, allow_null=True)
    off_label_reason = serializers.CharField(max_length=2000, default="", allow_blank=True)
    infused_on = serializers.DateField()
    lot = serializers.CharField(max_length=60)
    chain_of_identity = serializers.CharField(max_length=60)
    bag_label = ScanField(max_length=200, default="", allow_blank=True, trim_whitespace=False)
    dose_cells = serializers.DecimalField(
        max_digits=12, decimal_places=3, default=None, allow_null=True
    )
    lymphodepletion = serializers.CharField(max_length=200, default="", allow_blank=True)
    prior_lines = serializers.IntegerField(min_value=0, max_value=99, default=None, allow_null=True)


class RegistrationIn(Strict):
    """Patient, consent and infusion in one."""

    site = serializers.UUIDField()
    sex = serializers.ChoiceField(choices=["MALE", "FEMALE", "UNKNOWN"])
    identity = IdentityIn()
    consent = ConsentIn()
    infusion = InfusionIn()
    not_a_duplicate = serializers.BooleanField(default=False)
    confirmed = ConfirmedField()
    practice = serializers.BooleanField(default=False)


class PracticeIn(Strict):
    """Whether it is a practice patient; to be changed never, the answer says why."""

    practice = serializers.BooleanField()


def identity_of(values: dict[str, Any]) -> IdentityInput:
    """What was sent of a person."""
    contacts = [Contact(**dict(contact)) for contact in values.pop("contacts")]
    return IdentityInput(**values, contacts=contacts)


class Patients(APIView):
    """Patients of the actor's scope."""

    @extend_schema(
        operation_id="patients_list",
        responses=PatientPage,
        parameters=[
            OpenApiParameter("after", str),
            OpenApiParameter("state", str),
            OpenApiParameter("size", int),
        ],
    )
    @reads_from_standby
    def get(self, request: Request) -> Response:
        """One page in order of study code."""
        found, following = patients.page(
            actor_of(request),
            key=request.query_params.get("after", ""),
            state=request.query_params.get("state", ""),
            size=page_size(request),
        )
        return Response(PatientPage({"items": found, "next": following}).data)

    @extend_schema(request=RegistrationIn, responses={201: PatientOut})
    def post(self, request: Request) -> Response:
        """Register a treated patient; 422 with code `duplicate` when somebody may be the same."""
        actor, values = actor_of(request), given(RegistrationIn, request)
        infusion = dict(values["infusion"])
        product = reference.product(actor, id=infusion.pop("product"))
        indication = infusion.pop("indication")
        if indication is not None:
            indication = reference.indication(actor, id=indication)
        patient = actions.register(
            actor,
            reference.site(actor, id=values["site"]),
            sex=values["sex"],
            identity=identity_of(dict(values["identity"])),
            consent=ConsentInput(**dict(values["consent"])),
            infusion=InfusionInput(product=product, indication=indication, **infusion),
            not_a_duplicate=values["not_a_duplicate"],
            confirmed=values.get("confirmed", ()),
            guardian=True,
            training=values["practice"],
        )
        return Response(PatientOut(patient).data, status=status.HTTP_201_CREATED)


class OnePatient(APIView):
    """One patient."""

    @extend_schema(responses=PatientOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Read it; 404 when foreign or missing alike."""
        return Response(PatientOut(patients.one(actor_of(request), pk)).data)

    @extend_schema(request=PracticeIn, responses=PatientOut)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Refused with the reason: nobody becomes a practice patient, or a real one, later."""
        actor = actor_of(request)
        patient = patients.one(actor, pk)
        values = given(PracticeIn, request)
        changed = practice.change(actor, patient, practice=values["practice"])
        return Response(PatientOut(changed).data)


class PracticeEnd(APIView):
    """The end of a practice patient."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """Put it out of every list; 422 for a real patient."""
        actor = actor_of(request)
        practice.end(actor, patients.one(actor, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("patients/", Patients.as_view(), name="api-patients"),
    path("patients/<uuid:pk>/", OnePatient.as_view(), name="api-patient"),
    path("patients/<uuid:pk>/practice/end/", PracticeEnd.as_view(), name="api-practice-end"),
]
