"""Disproportionality measures against published and recomputed values."""

import json
import math
from pathlib import Path

import pytest

from pv.domain.statistics import disproportionality as measures
from pv.domain.statistics.ratios import expected_count

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "statistics.json").read_text(encoding="utf-8")
)

# a, b, c, d; ROR and limits; PRR and limits; chi-square, Yates; IC, IC025 Noren, IC025 gamma
EVANS = (41, 14, 754, 591958)
SINGHAL = (28, 942, 17, 31435)
NOREN = (25, 1101, 62, 571385)
GOULD = (1614, 83690, 69595, 4485599)
PUBLISHED = [
    (EVANS, (2299.19, 1248.16, 4235.27), (585.99, 494.33, 694.66), 22739.50, 22187.27),
    (SINGHAL, (54.963, 29.981, 100.763), (53.405, 29.332, 97.237), 544.710, 524.465),
    (NOREN, (209.26, 131.04, 334.18), (204.64, 129.10, 324.37), 3610.85, 3466.88),
    (GOULD, (1.2430, 1.1826, 1.3065), (1.2384, 1.1793, 1.3004), 73.525, 73.284),
]
INFORMATION = [
    (EVANS, 6.1765, 5.6568, 5.7009),
    (SINGHAL, 3.9482, 3.3170, 3.3643),
    (NOREN, 5.247845, 4.5788, 4.6269),
]


def printed(value: float, text: float, digits: int) -> bool:
    return abs(value - text) <= 0.51 * 10**-digits


@pytest.mark.parametrize(("cells", "ror", "prr", "chi2", "yates"), PUBLISHED)
def test_ratios_and_chi_square(cells, ror, prr, chi2, yates):
    assert all(printed(*pair, 2) for pair in zip(measures.ror(*cells), ror, strict=True))
    assert all(printed(*pair, 2) for pair in zip(measures.prr(*cells), prr, strict=True))
    assert printed(measures.chi2(*cells), chi2, 2)
    assert printed(measures.chi2(*cells, yates=True), yates, 2)


@pytest.mark.parametrize(("cells", "centre", "noren", "gamma"), INFORMATION)
def test_information_component(cells, centre, noren, gamma):
    assert printed(measures.ic(*cells).estimate, centre, 4)
    assert printed(measures.ic(*cells).low, noren, 4)
    assert printed(measures.ic(*cells, interval="gamma").low, gamma, 4)
    assert measures.ic(*cells, interval="gamma").estimate == measures.ic(*cells).estimate


def test_evans_prints_chi_square_without_yates():
    assert round(measures.prr(*EVANS).estimate) == 586
    assert round(measures.chi2(*EVANS), -1) == 22740


@pytest.mark.parametrize(
    ("cells", "mean", "variance"),
    [
        (GOULD, 0.301503, 0.001341455),
        ((328, 85304 - 328, 3001 - 328, 4640498 - 85304 - 3001 + 328), 2.547888, 0.007052478),
    ],
    ids=["headache", "akathisia"],
)
def test_bcpnn_of_gould_2003(cells, mean, variance):
    result = measures.bcpnn(*cells)
    assert result.estimate == pytest.approx(mean, abs=1e-6)
    half = 1.959964 * math.sqrt(variance)
    assert result.low == pytest.approx(mean - half, abs=2e-6)
    assert result.high == pytest.approx(mean + half, abs=2e-6)


def test_information_of_an_empty_event_margin_is_zero_and_wide():
    result = measures.ic(0, 10, 0, 453471)
    assert result.estimate == 0
    assert result.low < -9


@pytest.mark.parametrize("row", VECTORS["two_by_two"], ids=lambda row: row["source"][:20])
def test_every_measure_of_a_table(row):
    cells = row["cells"]
    computed = {
        "expected": expected_count(*cells),
        "ror": measures.ror(*cells),
        "prr": measures.prr(*cells),
        "chi2": measures.chi2(*cells),
        "chi2_yates": measures.chi2(*cells, yates=True),
        "ic": measures.ic(*cells).estimate,
        "ic_low": measures.ic(*cells).low,
        "ic_high": measures.ic(*cells).high,
        "ic_low_gamma": measures.ic(*cells, interval="gamma").low,
        "ic_high_gamma": measures.ic(*cells, interval="gamma").high,
        "bcpnn": measures.bcpnn(*cells),
    }
    for name, value in computed.items():
        assert value == pytest.approx(row[name], abs=1e-4), name


def test_shrunk_ratios_of_openebgm():
    data = VECTORS["gamma_poisson_shrinker"]
    for row in data["rows"]:
        shrunk = measures.ebgm(row["n"], row["expected"], data["theta"])
        assert shrunk == pytest.approx(row["ebgm"], abs=1e-4)
