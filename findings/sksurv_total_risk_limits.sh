#!/bin/sh
# scikit-survival 0.28.0: the confidence limits of the total risk are swapped and ignore the level.
# cumulative_incidence_competing_risks returns, in row 0, the risk of any event (one minus Kaplan-Meier)
# and, in rows 1.., one row per cause, each with limits [lower, upper] at conf_level. One would expect
# row 0 to be lower <= estimate <= upper and to narrow when the level falls from 95 % to 50 %, as the
# rows of the causes do. Row 0 has the upper limit first and stays at 95 % whatever level is asked.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-survival==0.28.0 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import numpy
import sksurv
from sksurv.nonparametric import cumulative_incidence_competing_risks

event = numpy.array([1, 2, 0, 1, 2, 1, 0, 2, 1, 0, 1, 0])
time = numpy.arange(1.0, 13.0)
last = {}
print("scikit-survival", sksurv.__version__)
for level in (0.95, 0.50):
    _, risk, limits = cumulative_incidence_competing_risks(
        event, time, conf_level=level, conf_type="log-log"
    )
    last[level] = limits[:, :, -1]
    for row, name in enumerate(("any event", "cause 1", "cause 2")):
        low, high = limits[row, :, -1]
        print(f"level {level}: {name}: risk {risk[row, -1]:.4f}, limits {low:.4f} to {high:.4f}")
swapped = last[0.95][0, 0] > last[0.95][0, 1]
ignored = numpy.allclose(last[0.95][0], last[0.50][0])
causes_follow = not numpy.allclose(last[0.95][1], last[0.50][1])
sys.exit(0 if swapped and ignored and causes_follow else 1)
PY
