"""What the processes of the message tests do: they commit for real and may be killed.

Started through `manage.py shell` on a `cloned_database`; each line they print is one of JSON.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client

from followup.actions import laboratory, tokens
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.models import LaboratoryLine, LaboratoryMessage
from pv.actions import cases
from pv.actions import sendings as senders
from pv.domain.e2b.checks import Profile
from pv.models import Case, Transmission, TransmissionEvent
from tests import factories
from tests.pv.actions.test_channels import enter
from tests.pv.actions.test_sendings import CODED

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


def _posted(client: Client, address: str, patient: str, number: int) -> Any:
    body = json.dumps(bundle(patient, number))
    return client.post(address, body, content_type="application/fhir+json")


def post(source: str, patient: str, token: str, numbers: Sequence[int]) -> None:
    """Post bundles one after the other; a line for each that was answered."""
    client = Client(headers={"authorization": f"Bearer {token}"})
    address = f"/api/v1/laboratory-sources/{source}/fhir/"
    for number in numbers:
        answer = _posted(client, address, patient, number)
        while answer.status_code == 429:  # too many of one token: later, as it says
            time.sleep(int(answer.headers["Retry-After"]))
            answer = _posted(client, address, patient, number)
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


def reports(count: int) -> None:
    """Reports that were released for a receiver and wait for its channel; their names."""
    officer, site = factories.make_actor(Role.SAFETY_OFFICER), factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    channel = enter(factories.make_actor(Role.ADMINISTRATOR))
    names = []
    for _report in range(count):
        event = factories.malignancy(nurse, factories.register(nurse, site))
        case = Case.objects.get(sources__event=event)
        case = cases.accept(officer, case, lock_version=case.lock_version)
        case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
        file = factories.release(officer, case, profile=Profile.NMPA)
        senders.queue(officer, file, channel=channel)
        names.append(file.file_name)
    say(names)


def send() -> None:
    """Send what is due, long after whoever tried before."""
    past = clock.now() - timedelta(minutes=1)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.time"):
        Transmission.objects.filter(lease_until__isnull=False).update(lease_until=past)
        Transmission.objects.update(not_before=past)
    say("ready")
    say({"sent": senders.send_due(factories.SYSTEM)})


def sendings() -> None:
    """How each report stands: its state, whether it is in doubt, how often it was placed."""
    rows = Transmission.objects.select_related("submission")
    placed = Counter(
        TransmissionEvent.objects.filter(kind="placed").values_list("submission_id", flat=True)
    )
    say(
        {
            row.submission.file_name: [
                row.state,
                row.submission.ambiguous,
                placed[row.submission_id],
            ]
            for row in rows
        }
    )
