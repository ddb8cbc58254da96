"""Calibration of the completion forecast against trials simulated patient by patient.

Run: python -m tests.oracle.forecast_calibration --trials 2000 --seed 20260101 --picture FILE.svg
The simulation shares no code with the forecast: every centre's patients get their own day of
enrolment, fate and follow-up, and the truth is read off the list of patients.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pv.domain.forecasts import (
    Centre,
    Deadline,
    Dropout,
    Forecast,
    Span,
    StartUp,
    Trial,
    TrialMilestone,
    forecast,
)

START = date(2025, 1, 1)
HORIZON = 25 * 365
MATURITY = 180
STARTUP = StartUp(median=45, p90=120)
REPORTING = Span(60, 90, 150)
REVIEW = Span(150, 200, 290)
JUDGED = (TrialMilestone.LPI, TrialMilestone.APPROVED)
LEVELS = {"p10": 0.1, "p50": 0.5, "p80": 0.8, "p90": 0.9}


@dataclass(frozen=True)
class Patients:
    """Day of enrolment, whether lost, day of loss and centre of every patient of a trial."""

    day: np.ndarray
    lost: np.ndarray
    lost_on: np.ndarray
    centre: np.ndarray


def simulated_trial(rng: np.random.Generator) -> tuple[Trial, dict[TrialMilestone, date]]:
    """Facts known at a cut-off, and the milestones as they turned out."""
    while True:
        count = int(rng.integers(12, 61))
        planned = np.sort(rng.integers(0, 540, count))
        spread = np.log(STARTUP.p90 / STARTUP.median) / 1.2815515655446004
        opened = planned + np.ceil(STARTUP.median * np.exp(spread * rng.standard_normal(count)))
        mean, shape = 0.3 * np.exp(0.5 * rng.standard_normal()), rng.uniform(0.8, 4.0)
        rates = rng.gamma(shape, mean / shape, count) / 30.4375
        patients = _patients(rng, opened, rates)
        cutoff = int(rng.integers(300, 600))
        target = max(20, int(rng.uniform(20, 34) * mean * count))
        evaluable = np.sort(patients.day[~patients.lost])
        if evaluable.size <= target or evaluable[target - 1] <= cutoff:
            continue
        if not np.any(opened <= cutoff - 30):
            continue
        trial = _known(planned, opened, patients, cutoff, target)
        return trial, _truth(rng, int(evaluable[target - 1]))


def _patients(rng: np.random.Generator, opened: np.ndarray, rates: np.ndarray) -> Patients:
    days, centres = [], []
    for index, (start, rate) in enumerate(zip(opened, rates, strict=True)):
        number = rng.poisson(rate * (HORIZON - start))
        days.append(np.floor(rng.uniform(start, HORIZON, number)).astype(int))
        centres.append(np.full(number, index))
    day = np.concatenate(days)
    lost = rng.random(day.size) < rng.beta(3, 47)
    lost_on = day + np.floor(rng.random(day.size) * MATURITY).astype(int)
    return Patients(day, lost, lost_on, np.concatenate(centres))


def _known(
    planned: np.ndarray, opened: np.ndarray, patients: Patients, cutoff: int, target: int
) -> Trial:
    as_of = START + timedelta(days=cutoff)
    seen = patients.day <= cutoff
    gone = seen & patients.lost & (patients.lost_on <= cutoff)
    due = seen & (patients.day + MATURITY <= cutoff)
    centres = []
    for index, (plan, start) in enumerate(zip(planned, opened, strict=True)):
        plan_date = START + timedelta(days=int(plan))
        if start > cutoff:
            centres.append(Centre(f"C{index}", planned=plan_date))
            continue
        first = START + timedelta(days=int(start))
        monthly = [0] * ((as_of.year - first.year) * 12 + as_of.month - first.month + 1)
        for day in patients.day[seen & (patients.centre == index)]:
            when = START + timedelta(days=int(day))
            monthly[(when.year - first.year) * 12 + when.month - first.month] += 1
        centres.append(Centre(f"C{index}", plan_date, first, tuple(monthly)))
    dropout = Dropout(
        lost=int(gone.sum()),
        matured=int((due & ~patients.lost).sum()),
        expected_share=0.06,
        weight=30,
        lost_due=int((due & patients.lost).sum()),
    )
    return Trial(
        as_of=as_of,
        centres=tuple(centres),
        target=target,
        maturity_days=MATURITY,
        dropout=dropout,
        reporting=REPORTING,
        review=REVIEW,
        startup=STARTUP,
    )


def _truth(rng: np.random.Generator, last_in: int) -> dict[TrialMilestone, date]:
    reporting = rng.triangular(REPORTING.least, REPORTING.likely, REPORTING.most)
    review = rng.triangular(REVIEW.least, REVIEW.likely, REVIEW.most)
    approved = int(np.ceil(last_in + MATURITY + reporting + review))
    return {
        TrialMilestone.LPI: START + timedelta(days=last_in),
        TrialMilestone.APPROVED: START + timedelta(days=approved),
    }


def calibrate(trials: int, seed: int, draws: int = 1000) -> tuple[dict, list]:
    """Shares of the truths covered, and one row (truth, Dates) a trial for the picture."""
    rng = np.random.default_rng(seed)
    below = {milestone: dict.fromkeys(LEVELS, 0) for milestone in JUDGED}
    covered = dict.fromkeys(JUDGED, 0)
    rows, widths = [], []
    for index in range(trials):
        trial, truth = simulated_trial(rng)
        deadline = Deadline(truth[TrialMilestone.APPROVED], TrialMilestone.APPROVED, 0)
        made: Forecast = forecast(trial, deadline, seed=seed + index, draws=draws)
        for milestone in JUDGED:
            dates = made.dates[milestone]
            for level in LEVELS:
                point = getattr(dates, level)
                below[milestone][level] += point is None or truth[milestone] <= point
            late = dates.p90 is not None and truth[milestone] > dates.p90
            covered[milestone] += dates.p10 <= truth[milestone] and not late
        dates = made.dates[TrialMilestone.APPROVED]
        if dates.p90 is not None:
            widths.append((dates.p90 - dates.p10).days)
        rows.append((truth[TrialMilestone.APPROVED], dates))
    summary = {
        "trials": trials,
        "seed": seed,
        "draws": draws,
        "interval": 0.8,
        "covered": {m.value: covered[m] / trials for m in JUDGED},
        "at_or_before": {
            m.value: {level: hits / trials for level, hits in below[m].items()} for m in JUDGED
        },
        "median_width_days": float(np.median(widths)),
    }
    return summary, rows


def drawn(summary: dict, rows: list) -> str:
    """SVG: intervals of the first trials around their truths, and nominal against observed."""
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 420" '
            'font-family="sans-serif" font-size="12">',
            '<rect width="900" height="420" fill="white"/>',
            *_intervals(rows[:80]),
            *_reliability(summary),
            "</svg>",
        ]
    )


def _intervals(rows: list) -> list[str]:
    parts = ['<text x="20" y="24">80 % interval minus truth, days (each line one trial)</text>']
    parts.append('<line x1="20" x2="520" y1="220" y2="220" stroke="#999"/>')
    for place, (truth, dates) in enumerate(rows):
        if dates.p90 is None:
            continue
        low, high = (dates.p10 - truth).days, (dates.p90 - truth).days
        hit = low <= 0 <= high
        x = 24 + place * 6.2
        y1, y2 = (220 - max(-180, min(180, days * 0.6)) for days in (low, high))
        colour = "#2a6f97" if hit else "#c1121f"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="3"/>'
        )
    for days in (-300, -150, 150, 300):
        parts.append(f'<text x="524" y="{224 - days * 0.6:.0f}">{days:+d}</text>')
    return parts


def _reliability(summary: dict) -> list[str]:
    left, bottom, size = 590, 370, 290
    parts = [
        f'<text x="{left}" y="24">share of truths at or before each point</text>',
        f'<rect x="{left}" y="{bottom - size}" width="{size}" height="{size}" fill="none" '
        'stroke="#999"/>',
        f'<line x1="{left}" y1="{bottom}" x2="{left + size}" y2="{bottom - size}" '
        'stroke="#999" stroke-dasharray="4"/>',
    ]
    for milestone, colour in (
        (TrialMilestone.LPI, "#e09f3e"),
        (TrialMilestone.APPROVED, "#2a6f97"),
    ):
        for level, nominal in LEVELS.items():
            share = summary["at_or_before"][milestone.value][level]
            error = 2 * (nominal * (1 - nominal) / summary["trials"]) ** 0.5 * size
            x, y = left + nominal * size, bottom - share * size
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - error:.1f}" y2="{y + error:.1f}" '
                f'stroke="{colour}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
            )
    for step, milestone in enumerate(JUDGED):
        share = summary["covered"][milestone.value]
        parts.append(
            f'<text x="{left}" y="{bottom - size - 30 + 16 * step}">{milestone.value}: '
            f"80 % interval covers {share:.1%} of {summary['trials']}</text>"
        )
    return parts


def main(
    trials: int = 2000, seed: int = 20260101, picture: Path | None = None, draws: int = 1000
) -> dict:
    """Calibrate, write JSON to standard output and, if asked, the picture; return the summary."""
    summary, rows = calibrate(trials, seed, draws)
    summary["within"] = all(abs(share - 0.8) <= 0.03 for share in summary["covered"].values())
    if picture is not None:
        picture.write_text(drawn(summary, rows), encoding="utf-8")
        summary["picture"] = str(picture)
    sys.stdout.write(json.dumps(summary) + "\n")
    return summary


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    result = main(options.trials, options.seed, options.picture, options.draws)
    sys.exit(0 if result["within"] else 1)
