"""Kaplan-Meier and cumulative incidence against published tables and two R packages."""

import json
from pathlib import Path

import numpy as np
import pytest

from pv.domain.statistics import survival

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "statistics.json").read_text(encoding="utf-8")
)
# Freireich's remission times under 6-MP, weeks; 1 = relapse
TIME = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
EVENT = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
SURVIVAL = {
    6: (0.857143, 0.076360),
    7: (0.806723, 0.086935),
    10: (0.752941, 0.096350),
    13: (0.690196, 0.106815),
    16: (0.627451, 0.114054),
    22: (0.537815, 0.128234),
    23: (0.448179, 0.134591),
}
STATES = [1, 2, 0, 1, 2, 1, 0, 2, 1, 0]  # at times 1 to 10: 1 malignancy, 2 death, 0 censored
INCIDENCE = {  # malignancy, death, SE of malignancy by R survival and by R cmprsk
    4: (0.214286, 0.100000, 0.135041, 0.144523),
    6: (0.328571, 0.214286, 0.156184, 0.170399),
    9: (0.480952, 0.366667, 0.178001, 0.219422),
}


def test_freireich():
    curve = survival.kaplan_meier(TIME, EVENT)
    for week, (estimate, se) in SURVIVAL.items():
        assert curve.at(week).estimate == pytest.approx(estimate, abs=6e-7)
        assert curve.se[curve.time == week] == pytest.approx([se], abs=6e-7)
    assert curve.at(10)[1:] == pytest.approx((0.503200, 0.889362), abs=6e-7)
    assert curve.at(23)[1:] == pytest.approx((0.188052, 0.680143), abs=6e-7)
    assert curve.median().estimate == 23
    assert curve.median().low == 13
    assert np.isnan(curve.median().high)
    assert curve.events.sum() == 9
    assert curve.variance == "greenwood"


@pytest.mark.parametrize("week", INCIDENCE)
def test_competing_risks(week):
    cause, death, delta, aalen = INCIDENCE[week]
    times = range(1, 11)
    by_delta = survival.cumulative_incidence(times, STATES, 1)
    by_aalen = survival.cumulative_incidence(times, STATES, 1, variance="aalen")
    of_death = survival.cumulative_incidence(times, STATES, 2)
    assert by_delta.at(week).estimate == pytest.approx(cause, abs=6e-7)
    assert of_death.at(week).estimate == pytest.approx(death, abs=6e-7)
    assert by_delta.se[by_delta.time == week] == pytest.approx([delta], abs=6e-7)
    assert by_aalen.se[by_aalen.time == week] == pytest.approx([aalen], abs=6e-7)
    assert (by_delta.variance, by_aalen.variance) == ("delta", "aalen")


def test_every_week_of_freireich():
    data = VECTORS["kaplan_meier"]
    curve = survival.kaplan_meier(data["time"], data["event"])
    for week, value in data["survival"].items():
        assert curve.at(float(week)).estimate == pytest.approx(value, abs=1e-4)
    for week, value in data["standard_error"].items():
        assert curve.se[curve.time == float(week)] == pytest.approx([value], abs=1e-4)
    for week, limits in data["limits"].items():
        assert curve.at(float(week))[1:] == pytest.approx(limits, abs=1e-4)
    assert curve.median().estimate == data["median"]


def test_every_step_of_the_cumulative_incidence():
    data = VECTORS["cumulative_incidence"]
    for cause, name in ((1, "malignancy"), (2, "death")):
        incidence = survival.cumulative_incidence(data["time"], data["state"], cause)
        for time, value in data[name].items():
            assert incidence.at(float(time)).estimate == pytest.approx(value, abs=1e-4)
    for variance, errors in data["standard_error"].items():
        incidence = survival.cumulative_incidence(data["time"], data["state"], 1, variance)
        for time, value in errors.items():
            assert incidence.se[incidence.time == float(time)] == pytest.approx([value], abs=1e-4)
