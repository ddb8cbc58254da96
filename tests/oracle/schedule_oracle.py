"""A second planner, written from the protocol tables alone, to hold against the product's own.

It shares nothing with `followup.domain`: the tables are typed here by hand from the rules, dates
are Julian day numbers in integer arrays, and a window keeps the days no later window claims.

    python -m tests.oracle.schedule_oracle --pairs 1000000 --seed 1
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

import numpy as np

from followup.domain import protocols, schedules

ROOT = Path(__file__).resolve().parents[2]

# code, unit, offset, days before, days after
LIFELONG = [
    ("BL", "d", -1, 59, 0),
    ("D0", "d", 0, 0, 0),
    ("D7", "d", 7, 2, 2),
    ("D14", "d", 14, 3, 3),
    ("D28", "d", 28, 3, 7),
    ("M2", "m", 2, 7, 7),
    ("M3", "m", 3, 7, 25),
    ("M6", "m", 6, 30, 30),
    ("M9", "m", 9, 30, 30),
    ("M12", "m", 12, 0, 60),
    *((f"M{m}", "m", m, 30, 30) for m in (18, 24, 30, 36, 42, 48, 54, 60)),
    *((f"Y{y}", "m", 12 * y, 60, 60) for y in range(6, 16)),
    *((f"Y{y}", "m", 12 * y, 90, 90) for y in range(16, 60)),
]
FDA = [
    ("BL", "d", -1, 59, 0),
    ("M3", "m", 3, 14, 14),
    *((f"M{m}", "m", m, 30, 30) for m in (6, 12, 18, 24, 30, 36, 42, 48, 54, 60)),
    *((f"Y{y}", "m", 12 * y, 60, 60) for y in range(6, 16)),
]
# A registry window is stated in absolute days: (first, last) after day zero instead of margins.
CIBMTR = [
    ("D100", "d", 100, (85, 115)),
    ("M6", "m", 6, (150, 210)),
    ("Y1", "m", 12, (366, 425)),
    *((f"Y{y}", "m", 12 * y, 30, 30) for y in range(2, 16)),
]
# Windows that collide for every day zero, to try the cutting rule.
CROWDED = [
    ("D1", "d", 1, 1, 20),
    ("D9", "d", 9, 4, 4),
    ("M1", "m", 1, 14, 40),
    ("M2", "m", 2, 25, 3),
    ("M3", "m", 3, 20, 60),
    ("M4", "m", 4, 20, 20),
]
TABLES = {
    "CN-LIFELONG": LIFELONG,
    "FDA-15Y": FDA,
    "CIBMTR-15Y": CIBMTR,
    "CROWDED": CROWDED,
}


def julian(year, month, day):
    """Julian day number of a Gregorian date (Fliegel and Van Flandern), in whole numbers."""
    shift = (14 - month) // 12
    years = year + 4800 - shift
    months = month + 12 * shift - 3
    leap = years // 4 - years // 100 + years // 400
    return day + (153 * months + 2) // 5 + 365 * years + leap - 32045


def later(year, month, day, months):
    """Julian day number of the same day some months later, not beyond that month's last day."""
    index = year * 12 + (month - 1) + months
    first = julian(index // 12, index % 12 + 1, np.ones_like(day))
    following = julian((index + 1) // 12, (index + 1) % 12 + 1, np.ones_like(day))
    return np.minimum(first + day - 1, following - 1)


def windows(table, year, month, day):
    """Arrays (visit, patient) of first day, target and last day, as Julian day numbers."""
    zero = julian(year, month, day)
    starts, targets, ends = [], [], []
    for _, unit, offset, *span in table:
        target = later(year, month, day, offset) if unit == "m" else zero + offset
        if len(span) == 1:
            start, end = zero + span[0][0], zero + span[0][1]
            target = np.clip(target, start, end)
        else:
            start, end = target - span[0], target + span[1]
        starts.append(start)
        targets.append(target)
        ends.append(end)
    starts, targets, ends = np.array(starts), np.array(targets), np.array(ends)
    claimed = np.minimum.accumulate(starts[::-1], axis=0)[::-1]
    ends[:-1] = np.minimum(ends[:-1], claimed[1:] - 1)
    return starts, np.minimum(targets, ends), ends


def expected(code, days, horizons, deaths):
    """For each patient the list of (code, first, target, last), days as `date.toordinal`."""
    parts = np.array([(d.year, d.month, d.day) for d in days]).T
    to_ordinal = julian(np.array([1]), np.array([1]), np.array([1]))[0] - 1
    starts, targets, ends = (a - to_ordinal for a in windows(TABLES[code], *parts))
    limit = np.array([h.toordinal() for h in horizons])
    last = np.array([d.toordinal() if d else 10**8 for d in deaths])
    wanted = (targets <= limit) & (starts <= last)
    ends, targets = np.minimum(ends, last), np.minimum(targets, last)
    names = [row[0] for row in TABLES[code]]
    for patient in range(len(days)):
        yield [
            (names[v], int(starts[v, patient]), int(targets[v, patient]), int(ends[v, patient]))
            for v in np.flatnonzero(wanted[:, patient])
        ]


def crowded():
    """The colliding protocol as the product's own object."""
    rows = [
        {
            "code": code,
            "unit": "months" if unit == "m" else "days",
            "offset": offset,
            "before": before,
            "after": after,
            "assessments": ["S"],
            "contact_types": ["PHONE"],
        }
        for code, unit, offset, before, after in CROWDED
    ]
    loss = {"attempts": 3, "methods": 2, "span_days": 90, "needs_registry_check": True}
    return protocols.Protocol.from_dict(
        {
            "code": "CROWDED",
            "version": "1",
            "name": {"en": "Crowded"},
            "points": rows,
            "loss_rule": loss,
            "citation": "test",
            "confidence": "project",
        }
    )


def product_protocols():
    """The protocols under test, by code."""
    data = json.loads((ROOT / "followup/reference/protocols.json").read_text())
    found = {code: protocol for (code, _), protocol in protocols.load(data).items()}
    return {**found, "CROWDED": crowded()}


def differences(pairs, seed, batch=5000):
    """Pairs compared, pairs that differ, and the first of them."""
    rng = np.random.default_rng(seed)
    known = product_protocols()
    codes = list(TABLES)
    low, high = date(1900, 1, 1).toordinal(), date(2150, 12, 31).toordinal()
    wrong, first, compared = 0, None, 0
    while compared < pairs:
        size = min(batch, pairs - compared)
        code = codes[(compared // batch + seed) % len(codes)]
        base = rng.integers(low, high + 1, size)
        days = [date.fromordinal(int(n)) for n in base]
        horizons = [date.fromordinal(int(n)) for n in base + rng.integers(-90, 40 * 366, size)]
        deaths = [
            date.fromordinal(int(n)) if dead else None
            for n, dead in zip(
                base + rng.integers(0, 30 * 366, size), rng.random(size) < 0.3, strict=True
            )
        ]
        wanted = expected(code, days, horizons, deaths)
        for day0, horizon, death, right in zip(days, horizons, deaths, wanted, strict=True):
            made = schedules.plan(day0, known[code], horizon, ended_on=death)
            got = [
                (v.code, v.window_start.toordinal(), v.target.toordinal(), v.window_end.toordinal())
                for v in made
            ]
            if got != right:
                wrong += 1
                first = first or f"{code} {day0} to {horizon}, death {death}"
        compared += size
    return {"pairs": compared, "differences": wrong, "first": first, "seed": seed}


def main():
    """Compare as many pairs as asked; exit 1 when any differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    result = differences(asked.pairs, asked.seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
