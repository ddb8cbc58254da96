"""Which kinds of rows there are of a patient at all, asked in one statement.

The page of a patient has a dozen sections, most of them empty for most patients; writing the
statement of each, with the related rows it would show, costs more than the answer. The database
says here under its own policies which tables hold a row; those alone are then asked in full.
"""

from functools import lru_cache
from uuid import UUID

from django.db.models import Model

from followup.core import request_answers, scope
from followup.core.actor import Actor
from followup.core.request_answers import once_a_request
from followup.core.statements import prepared_cursor
from followup.models import (
    AdverseEvent,
    Appointment,
    CallBack,
    Carer,
    ContactAttempt,
    DataQuery,
    Patient,
    PatientFile,
    Sample,
)

_MODELS: tuple[type[Model], ...] = (
    *(AdverseEvent, Appointment, CallBack, Carer, ContactAttempt, DataQuery, PatientFile, Sample),
)


@lru_cache(maxsize=64)
def _statement(models: tuple[type[Model], ...]) -> str:
    asked = (
        f'EXISTS (SELECT FROM "{model._meta.db_table}" WHERE patient_id = %(patient)s)'
        for model in models
    )
    return f"SELECT {', '.join(asked)}"


def _readable(actor: Actor, model: type[Model]) -> bool:
    """Whether the login of the actor may ask the table at all."""
    declared = scope.of(model)
    return declared.read is not None and actor.may(declared.read)


@once_a_request
def _absent(actor: Actor, patient: UUID) -> frozenset[type[Model]]:
    models = tuple(model for model in _MODELS if _readable(actor, model))
    if not models:
        return frozenset()
    with prepared_cursor() as cursor:
        cursor.execute(_statement(models), {"patient": patient})
        answers = cursor.fetchone()
    return frozenset(model for model, there in zip(models, answers, strict=True) if not there)


def lacks(actor: Actor, patient: Patient, model: type[Model]) -> bool:
    """Whether the request knows that the table holds no row of the patient for this actor.

    False where nothing is kept, as in an action: there the table itself is asked.
    """
    return request_answers.kept() and model in _absent(actor, patient.id)
