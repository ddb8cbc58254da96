"""Samples with their custody and their results."""

from followup.core import scope
from followup.core.actor import Actor
from followup.models import AdverseEvent, Patient, Sample


def of_patient(actor: Actor, patient: Patient) -> list[Sample]:
    """The samples of a patient, planned ones included, by number."""
    rows = scope.visible(actor, Sample.objects.filter(patient=patient))
    return list(rows.order_by("number"))


def of_event(actor: Actor, event: AdverseEvent) -> list[Sample]:
    """The samples planned for an event."""
    rows = scope.visible(actor, Sample.objects.filter(event=event))
    return list(rows.order_by("code", "number"))
