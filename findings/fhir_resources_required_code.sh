#!/bin/sh
# fhir.resources 8.3.0 accepts any word as the status of an Observation.
# FHIR R4 Observation.status: 1..1 code, binding strength "required" to ObservationStatus (registered |
# preliminary | final | amended | corrected | cancelled | entered-in-error | unknown); a code outside it
# makes the resource invalid. The same holds for AdverseEvent.actuality. One would expect a model called
# by validate to refuse it, because other mistakes (an unknown element) it does refuse.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fhir.resources==8.3.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from importlib.metadata import version

from fhir.resources.R4B.adverseevent import AdverseEvent
from fhir.resources.R4B.observation import Observation

accepted = []
for model, document in [
    (Observation, {"status": "fertig", "code": {"text": "neutrophils"}}),
    (AdverseEvent, {"actuality": "perhaps", "subject": {"reference": "Patient/1"}}),
]:
    try:
        model.model_validate(document)
        accepted.append(model.__name__)
        print(model.__name__, document, "accepted")
    except ValueError as error:
        print(model.__name__, document, "refused:", error)
try:
    Observation.model_validate({"status": "final", "code": {"text": "x"}, "colour": "red"})
    print("unknown element accepted")
except ValueError:
    print("unknown element refused")
print("fhir.resources", version("fhir.resources"))
sys.exit(0 if len(accepted) == 2 else 1)
PY
