"""What the processes of the message tests do: they commit for real and may be killed.

Started through `manage.py shell` on a `cloned_database`; each line they print is one of JSON.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.test import Client

from followup.actions import laboratory, tokens
from followup.core import clock
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.models import LaboratoryLine, LaboratoryMessage
from tests import factories

contexts.declare()


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def world() -> None:
    """A hospital with a patient, a laboratory that sends, and a token to post with."""
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    actor = actor_of(nurse)
    patient = factories.register(actor, site)
    source = laboratory.files.add_source(actor, site, name="检验科")
    _row, token = tokens.issue_token(actor, nurse, label="messages")
    say({"source": source.id, "patient": patient.study_code, "token": token})


def bundle(patient: str, number: int) -> dict[str, Any]:
    """One result of the patient under a number of the sender's own."""
    day = clock.today() - timedelta(days=2)
    person = {"resourceType": "Patient", "id": "p", "identifier": [{"value": patient}]}
    observation = {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [{"code": f"B{number}"}]},
        "effectiveDateTime": day.isoformat(),
        "subject": {"reference": "Patient/p"},
        "valueQuantity": {"value": 1.5, "unit": "g/L"},
    }
    return {
        "resourceType": "Bundle",
        "type": "message",
        "identifier": {"value": f"B{number}"},
        "entry": [{"fullUrl": "urn:x:0", "resource": person}, {"resource": observation}],
    }


def post(source: str, patient: str, token: str, numbers: Sequence[int]) -> None:
    """Post bundles one after the other; a line for each that was answered."""
    client = Client(headers={"authorization": f"Bearer {token}"})
    for number in numbers:
        answer = client.post(
            f"/api/v1/laboratory-sources/{source}/fhir/",
            json.dumps(bundle(patient, number)),
            content_type="application/fhir+json",
        )
        say({"number": number, "status": answer.status_code})


def counted() -> None:
    """What is on record, after what waited was read."""
    left = laboratory.messages.read_left(factories.SYSTEM)
    messages = LaboratoryMessage.objects.values_list("number", "state")
    say(
        {
            "left": left,
            "states": Counter(state for _number, state in messages),
            "messages": Counter(number for number, _state in messages),
            "lines": Counter(LaboratoryLine.objects.values_list("item", flat=True)),
        }
    )
