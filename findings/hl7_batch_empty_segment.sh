#!/bin/sh
# hl7 (python-hl7) 0.4.5 writes a batch of several messages back with empty segments between them.
# HL7 v2 chapter 2 (batch protocol): BHS { message } BTS, and each segment, the last of a message too,
# ends with one carriage return; an empty line between two messages is no part of it. One would expect
# str(parse_batch(batch)) == batch, as str(parse(message)) == message holds.
# Every message ends with its carriage return, and the messages are joined with another one: the batch
# that is passed on differs from the one received by a byte for each message but the last.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hl7==0.4.5 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import hl7

print("hl7", hl7.__version__)


def message(number):
    return (
        f"MSH|^~\\&|LIS|H|EW|S|20261101||ORU^R01|{number}|P|2.5.1\r"
        "PID|1||1\rOBX|1|NM|WBC||3.50|10*9/L|||||F\r"
    )


def batch(*numbers):
    return "BHS|^~\\&|LIS|H\r" + "".join(map(message, numbers)) + f"BTS|{len(numbers)}\r"


alone = str(hl7.parse(message("M1"))) == message("M1")
single = str(hl7.parse_batch(batch("M1"))) == batch("M1")
given = batch("M1", "M2", "M3")
written = str(hl7.parse_batch(given))
print(f"one message comes back as it was: {alone}; a batch of one: {single}")
print(f"a batch of three: {written == given}, {len(given)} bytes in, {len(written)} out,",
      f"{written.count(chr(13) * 2)} empty segments")
sys.exit(0 if alone and single and written.count("\r\r") == 2 else 1)
PY
