"""Figures that no test measures: of the lines of `./run bench` and of a report of coverage."""

import json
from collections.abc import Iterable
from pathlib import Path

from dev.checks import coverage

COST = 1.25  # of a page with both walls by the page without the second
RATE = 10_000  # rows verified in a second
TRUSTED = ("followup.core", "followup.actions", "pv.actions", "followup.domain", "pv.domain")


def of_benchmarks(paths: Iterable[Path]) -> dict[str, str]:
    """F22 and F23 of files with JSON lines; ValueError for a file of another kind."""
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines() if line]
    said = {}
    rates = [row for row in lines if (row["job"], row["case"]) == ("trust", "verify")]
    if rates:
        rate, rows = 1e6 / rates[-1]["ours_us"], rates[-1]["n"]
        said["F22"] = f"{rate:,.0f} rows/s of {rows:,} rows" + _over(rate < RATE)
    pages = [row for row in lines if row["job"] == "walls"]
    if pages:
        parts = [f"{row['case']} {row['ratio'] - 1:+.0%}" for row in pages]
        worst = max(row["ratio"] for row in pages)
        said["F23"] = "; ".join(parts) + _over(worst > COST)
    return said


def _over(over: bool) -> str:
    return ". SHORT OF THE BAR" if over else ""


def of_coverage(path: Path) -> dict[str, str]:
    """F26 of coverage's JSON report: lines and branches of what is trusted, and of all."""
    text = path.read_text()
    report = coverage.read(text)
    total = coverage.Count()
    for count in report.packages.values():
        total.there += count.there
        total.reached += count.reached
    parts = [f"{n} {report.packages[n].percent:.1f} %" for n in TRUSTED if n in report.packages]
    short = total.percent < coverage.LEAST or any(
        report.packages[name].percent < 100 for name in TRUSTED if name in report.packages
    )
    at = json.loads(text)["meta"]["timestamp"][:16]
    return {"F26": f"{'; '.join(parts)}; all {total.percent:.1f} % (run of {at})" + _over(short)}
