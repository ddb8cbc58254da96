"""J6 signals and survival: a whole FAERS-size table, a million patients, a trial's forecast.

Times are CPU microseconds of the whole case; `n` is its number of pairs, patients or draws. The
limit is plain numpy for the same work without checks, limits or names; contenders alternate and
the ratio is the median over the rounds. A peer that is slow is measured at its own smaller `n`,
once; vigipy takes minutes over the whole table, and is there with `--peers` only.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from scipy import special

from bench._measure import forget_peak, peak_mb
from pv.domain.forecasts import (
    Centre,
    Deadline,
    Dropout,
    Span,
    StartUp,
    Trial,
    TrialMilestone,
    forecast,
)
from pv.domain.statistics import disproportionality, survival
from pv.domain.statistics.disproportionality import Cells
from pv.domain.statistics.estimates import Array

try:
    from lifelines import AalenJohansenFitter
except ImportError:
    AalenJohansenFitter = None
try:
    import pandas
    import vigipy
    from vigipy.utils.Container import DataContainer
except ImportError:
    vigipy = None

PAIRS, PATIENTS, DRAWS = 1_150_000, 1_000_000, 10_000
PEER_PATIENTS = 5_000
RULES: dict[str, dict[str, float | dict[str, float]]] = {
    "MHRA": {"prr": 2.0, "chi2_yates": 4.0, "a": 3.0},
    "EMA": {"ror_low": {"above": 1.0}, "a": 3.0},
    "UMC": {"ic_low": {"above": 0.0}},
    "FDA": {"eb05": 2.0},
}
THETA = (3.25, 0.4, 2.03, 1.91, 0.065)
Call = Callable[[], Any]


def cases(quick: bool = False, rounds: int = 5) -> Iterator[dict[str, Any]]:
    """Rows of J6; `quick` divides the sizes by 50 and takes two rounds."""
    part, rounds = (50, 2) if quick else (1, rounds)
    yield from signal_cases(table(PAIRS // part), rounds)
    yield from vigipy_cases(table(PAIRS // part))
    yield from incidence_cases(PATIENTS // part, rounds)
    yield from lifelines_case(PEER_PATIENTS // part)
    trial, deadline = example_trial()
    made = partial(forecast, trial, deadline, seed=1, draws=DRAWS // part)
    yield row("completion forecast, 60 centres", DRAWS // part, rounds, made)


def signal_cases(pairs: Cells, rounds: int) -> Iterator[dict[str, Any]]:
    """Every measure of a table, and its parts."""
    n = pairs.a.size
    expected = (pairs.a + pairs.b) * (pairs.a + pairs.c) / sum(pairs)
    whole = partial(disproportionality.signals, pairs, RULES)
    yield row("all measures, prior fitted", n, rounds, whole, partial(plain_measures, *pairs))
    yield row(
        "ROR, PRR, chi2, IC", n, rounds, partial(four, pairs), partial(plain_measures, *pairs)
    )
    yield row("GPS prior", n, rounds, partial(disproportionality.gps_fit, pairs.a, expected))
    yield row(
        "EBGM, EB05, EB95",
        n,
        rounds,
        partial(disproportionality.ebgm, pairs.a, expected, THETA),
        partial(plain_ebgm, pairs.a, expected, *THETA),
    )


def incidence_cases(n: int, rounds: int) -> Iterator[dict[str, Any]]:
    """Cumulative incidence with Aalen's variance; times to the second, and in whole days."""
    rng = np.random.default_rng(7)
    state = rng.choice([0, 1, 2], n, p=[0.6, 0.1, 0.3])
    exact = rng.exponential(1500, n)
    for name, times in (("any time", exact), ("whole days", np.floor(exact))):
        ours = partial(survival.cumulative_incidence, times, state, 1, "aalen")
        limit = partial(plain_incidence, times, state)
        yield row(f"cumulative incidence, {name}", n, rounds, ours, limit)


def vigipy_cases(pairs: Cells) -> Iterator[dict[str, Any]]:
    """Ours and vigipy on the same pairs, where vigipy is installed."""
    if vigipy is None:
        return
    n, total = pairs.a.size, pairs.a + pairs.b + pairs.c + pairs.d
    frame = pandas.DataFrame(
        {
            "product_name": np.arange(n).astype(str),
            "ae_name": np.arange(n).astype(str),
            "events": pairs.a,
            "product_aes": pairs.a + pairs.b,
            "count_across_brands": pairs.a + pairs.c,
        }
    )
    given = DataContainer(data=frame, N=float(total[0]))

    def peer() -> None:
        vigipy.ror(given, min_events=1)
        vigipy.prr(given, min_events=1)
        vigipy.bcpnn(given, min_events=1)
        vigipy.gps(given, min_events=1)

    ours = partial(disproportionality.signals, pairs, RULES)
    yield row("all measures beside vigipy", n, 1, ours, peer=("vigipy", peer))


def lifelines_case(n: int) -> Iterator[dict[str, Any]]:
    """Ours and lifelines with its variance on the same patients, where lifelines is installed."""
    if AalenJohansenFitter is None:
        return
    rng = np.random.default_rng(8)
    times, state = rng.exponential(1500, n), rng.choice([0, 1, 2], n, p=[0.6, 0.1, 0.3])
    peer = partial(AalenJohansenFitter().fit, times, state, event_of_interest=1)
    ours = partial(survival.cumulative_incidence, times, state, 1, "aalen")
    yield row("cumulative incidence beside lifelines", n, 1, ours, peer=("lifelines", peer))


def row(
    case: str,
    n: int,
    rounds: int,
    ours: Call,
    limit: Call | None = None,
    peer: tuple[str, Call] | None = None,
) -> dict[str, Any]:
    """Time the contenders in turn, round by round, after one round that does not count."""
    contenders = [ours] if limit is None else [ours, limit]
    for call in contenders:
        call()
    forget_peak()
    ours()
    memory = peak_mb()
    taken = [[cpu_us(call) for call in contenders] for _ in range(rounds)]
    of_limit = None if limit is None else median(times[1] for times in taken)
    ratio = None if limit is None else round(median(t[0] / t[1] for t in taken), 2)
    return {
        "job": "J6",
        "case": case,
        "n": n,
        "ours_us": round(median(times[0] for times in taken)),
        "limit_us": None if of_limit is None else round(of_limit),
        "ratio": ratio,
        "peer": None if peer is None else peer[0],
        "peer_us": None if peer is None else round(cpu_us(peer[1])),
        "rss_mb": memory,
    }


def cpu_us(call: Call) -> float:
    """CPU microseconds of one call, all threads."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e6


def table(pairs: int, seed: int = 5) -> Cells:
    """A seeded table shaped like FAERS: uneven margins, most counts 1 or 2, some true signals."""
    rng = np.random.default_rng(seed)
    side = max(40, int(np.sqrt(pairs * 6)))
    drug, event = rng.lognormal(0, 1.7, (2, side))
    chosen = rng.choice(side * side, pairs * 3, replace=False)
    at_drug, at_event = np.divmod(chosen, side)
    a1, b1, a2, b2, p = THETA
    strong = rng.random(chosen.size) < p
    ratio = np.where(strong, rng.gamma(a1, 1 / b1, chosen.size), rng.gamma(a2, 1 / b2, chosen.size))
    mean = drug[at_drug] / drug.sum() * event[at_event] / event.sum()
    kept = np.flatnonzero(n := rng.poisson(ratio * mean / mean.mean() * 5))[:pairs]
    a = n[kept]
    b, c = (np.bincount(at[kept], a)[at[kept]] - a for at in (at_drug, at_event))
    return Cells(a, b, c, a.sum() - a - b - c)


def example_trial() -> tuple[Trial, Deadline]:
    """Forty centres open, twenty to come."""
    rng = np.random.default_rng(9)
    as_of, centres = date(2026, 6, 15), []
    for index in range(60):
        if index >= 40:
            planned = as_of + timedelta(days=int(rng.integers(-60, 200)))
            centres.append(Centre(f"C{index}", planned=planned))
            continue
        opened = date(2025, 1, 10) + timedelta(days=int(rng.integers(0, 480)))
        months = (as_of.year - opened.year) * 12 + as_of.month - opened.month + 1
        counts = rng.poisson(rng.gamma(1.5, 0.17), months)
        centres.append(Centre(f"C{index}", None, opened, tuple(int(count) for count in counts)))
    trial = Trial(
        as_of=as_of,
        centres=tuple(centres),
        target=220,
        maturity_days=365,
        dropout=Dropout(0, 0, 0.05, 20),
        reporting=Span(60, 90, 150),
        review=Span(200, 280, 360),
        startup=StartUp(45, 120),
    )
    return trial, Deadline(date(2029, 6, 30), TrialMilestone.SUBMITTED, 180)


def four(pairs: Cells) -> None:
    """The four measures that `plain_measures` computes, by their public names."""
    disproportionality.ror(*pairs)
    disproportionality.prr(*pairs)
    disproportionality.chi2(*pairs)
    disproportionality.ic(*pairs)


def plain_measures(a: Array, b: Array, c: Array, d: Array) -> list[Array]:
    """ROR, PRR, chi-square and IC with their limits, nothing checked."""
    with np.errstate(all="ignore"):
        n = a + b + c + d
        ror = a * d / (b * c)
        ror_se = np.exp(1.96 * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
        prr = (a / (a + b)) / (c / (c + d))
        prr_se = np.exp(1.96 * np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))
        chi2 = n * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
        ic = np.log2((a + 0.5) / ((a + b) * (a + c) / n + 0.5))
        low = ic - 3.3 * (a + 0.5) ** -0.5 - 2 * (a + 0.5) ** -1.5
        high = ic + 2.4 * (a + 0.5) ** -0.5 - 0.5 * (a + 0.5) ** -1.5
        limits = [ror / ror_se, ror * ror_se, prr / prr_se, prr * prr_se]
    return [ror, prr, *limits, chi2, ic, low, high]


def plain_ebgm(
    n: Array, e: Array, a1: float, b1: float, a2: float, b2: float, p: float
) -> list[Array]:
    """EBGM, and both quantiles by six unguarded Newton steps from the geometric mean."""
    log_odds = special.gammaln(a1 + n) - special.gammaln(a1) - a1 * np.log1p(e / b1)
    log_odds -= special.gammaln(a2 + n) - special.gammaln(a2) - a2 * np.log1p(e / b2)
    log_odds += n * np.log((b2 + e) / (b1 + e)) + np.log(p / (1 - p))
    q = special.expit(log_odds)
    mean = q * (special.psi(a1 + n) - np.log(b1 + e))
    mean += (1 - q) * (special.psi(a2 + n) - np.log(b2 + e))
    ends = [np.exp(mean)]
    for share in (0.05, 0.95):
        point = mean.copy()
        for _ in range(6):
            x1, x2 = (b1 + e) * np.exp(point), (b2 + e) * np.exp(point)
            below = q * special.gammainc(a1 + n, x1) + (1 - q) * special.gammainc(a2 + n, x2)
            slope = q * np.exp((a1 + n) * np.log(x1) - x1 - special.gammaln(a1 + n))
            slope += (1 - q) * np.exp((a2 + n) * np.log(x2) - x2 - special.gammaln(a2 + n))
            point -= np.clip((below - share) / np.maximum(slope, 1e-3), -1, 1)
        ends.append(np.exp(point))
    return ends


def plain_incidence(time_: Array, state: Array) -> tuple[Array, Array, Array]:
    """Times, cumulative incidence of state 1 and Aalen's standard error, nothing checked."""
    times, place = np.unique(time_, return_inverse=True)
    own = np.bincount(place, state == 1)
    other = np.bincount(place, state == 2)
    left = np.bincount(place)
    n = time_.size - np.cumsum(left) + left
    free = np.cumprod(1 - (own + other) / n)
    before = np.append(1.0, free[:-1])
    total = np.cumsum(before * own / n)
    scale = before**2 / (n**2 * np.maximum(n - 1, 1))
    with np.errstate(all="ignore"):
        u = np.where(free > 0, total / free, 0.0)
        g = np.where(free > 0, 1 / free, 0.0)
    w1, w2 = scale * own * (n - own), scale * other * (n - other)
    variance = np.cumsum(u**2 * w2 + (1 + u) ** 2 * w1)
    variance -= 2 * total * np.cumsum(g * (u * w2 + (1 + u) * w1))
    variance += total**2 * np.cumsum(g**2 * (w1 + w2))
    return times, total, np.sqrt(np.maximum(variance, 0))
