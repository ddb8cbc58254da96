"""Calibration of the forecast: its 80 % interval holds the truth in 80 % of simulated trials."""

import math
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.oracle.forecast_calibration import main

TRIALS = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
PICTURE = os.environ.get("EVERWATCH_PICTURE")


@pytest.fixture(scope="module")
def calibration(tmp_path_factory):
    """One run; its picture goes where EVERWATCH_PICTURE says, else to a temporary folder."""
    given = Path(PICTURE) if PICTURE else tmp_path_factory.mktemp("forecast") / "calibration.svg"
    summary = main(trials=TRIALS, seed=20260101, picture=given, draws=500)
    return summary, given


def test_the_interval_covers_what_it_says(calibration):
    summary, _ = calibration
    # 3 points at release size; a small sample is allowed its own chance besides
    chance = 0 if TRIALS >= 2000 else 3 * math.sqrt(0.16 / TRIALS)
    for milestone, share in summary["covered"].items():
        assert abs(share - 0.8) <= 0.03 + chance, milestone


def test_every_point_is_where_it_should_be(calibration):
    summary, _ = calibration
    for shares in summary["at_or_before"].values():
        for level, nominal in (("p10", 0.1), ("p50", 0.5), ("p80", 0.8), ("p90", 0.9)):
            chance = 3 * math.sqrt(nominal * (1 - nominal) / TRIALS)
            assert abs(shares[level] - nominal) <= 0.04 + chance


def test_the_picture_is_drawn(calibration):
    root = ElementTree.parse(calibration[1]).getroot()
    dots = root.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(dots) == 8
