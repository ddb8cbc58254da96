#!/bin/sh
# lifelines 0.30.3: the median of a Kaplan-Meier curve depends on the last bit of a product.
# The median survival time is the smallest time at which S(t) <= 0.5. With n events at 1, 2, ... n and
# nobody censored, n even, S(n/2) is exactly one half, so the median is n/2. S is built as a running
# floating product, which for n = 6, 8, 14 is 0.5000000000000001, and the median jumps to the next event
# time. With monthly follow-up that is a month more, for one n and not for its neighbour.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the packages could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lifelines==0.30.3 pandas==2.3.3 numpy==2.4.6 2>"$folder/log" ||
    { cat "$folder/log"; exit 2; }
"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys

import lifelines
from lifelines import KaplanMeierFitter

print("lifelines", lifelines.__version__)
late = []
for number in range(2, 17, 2):
    fit = KaplanMeierFitter().fit(range(1, number + 1), [1] * number)
    half = float(fit.survival_function_.iloc[number // 2, 0])
    print(f"n = {number}: S({number // 2}) = {half!r}, median {fit.median_survival_time_},"
          f" by definition {number / 2}")
    if fit.median_survival_time_ != number / 2:
        late.append(number)
print("later than the definition for n =", late)
sys.exit(0 if late == [6, 8, 14] else 1)
PY
