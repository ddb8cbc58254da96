#!/bin/sh
# fhir.resources 8.3.0 drops the trailing zeros of a decimal between JSON and JSON.
# FHIR R4 data types, decimal: "The precision of the decimal value has significance: e.g. 0.010 is regarded
# as different to 0.01, and the original precision should be preserved". A laboratory's 3.50 says more than
# 3.5. One would expect the number to be written as it was read. Reading JSON loses the zeros at once; a
# Decimal handed in keeps them in the model, and loses them when it is written.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fhir.resources==8.3.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from decimal import Decimal
from importlib.metadata import version

from fhir.resources.R4B.quantity import Quantity

changed = []
print("fhir.resources", version("fhir.resources"))
for number in ("0.010", "3.50", "1.200"):
    source = '{"value":' + number + ',"unit":"g/L"}'
    from_json = Quantity.model_validate_json(source).model_dump_json()
    from_decimal = Quantity(value=Decimal(number), unit="g/L").model_dump_json()
    print("read", source, "| written", from_json, "| from a Decimal", from_decimal)
    changed += [number not in from_json, number not in from_decimal]
sys.exit(0 if all(changed) else 1)
PY
