#!/bin/sh
# biip 5.2.0 refuses a GS1 message with a harvest date of several days, and all other parts with it.
# GS1 General Specifications, AI (7007): the harvest date is YYMMDD or, for a period, YYMMDDYYMMDD, the
# first and the last day; the package's own pattern for the AI takes 6 to 12 digits. One would expect
# both days, or the twelve digits as text, beside trade item and lot.
# The twelve digits are read as one date and time. A label with one day is read; the same label with a
# period gives no message at all: its trade item number and its lot are lost too.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet biip==5.2.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import biip

GTIN, LOT = "0106901234567892", "10LOT-1\x1d"


def read(harvest: str) -> list[str] | None:
    result = biip.parse(f"{GTIN}{LOT}{harvest}")
    if result.gs1_message is None:
        print(f"{harvest}: {result.gs1_message_error}")
        return None
    found = [f"({each.ai.ai}){each.value}" for each in result.gs1_message.element_strings]
    print(f"{harvest}: {' '.join(found)}")
    return found


day, period = read("7007261101"), read("7007261101261130")
sys.exit(0 if day and len(day) == 3 and period is None else 1)
PY
