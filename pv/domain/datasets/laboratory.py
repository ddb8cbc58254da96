"""Laboratory values as facts the mapping names.

The range is told twice: in the laboratory's own words and unit, and in the unit of the measure.

Source: CDISC SDTM implementation guide 3.4, section 6.3.5.6 (LB); SDTM 2.0 (--LOBXFL).
"""

from collections.abc import Iterable

from followup.domain.laboratory import limits_as_written
from pv.domain.datasets.facts import Row, exact, iso, plain
from pv.domain.datasets.records import KEY, Facts, Value


def laboratory(row: Row) -> Facts:
    """A laboratory value: a bound has a text and no number, a missing one has its reason."""
    value, comparator = plain(row["value"]), row["comparator"]
    missing = row["missing_because"]
    low, high = limits_as_written(row["range_text"])
    if row["finding"]:
        result: str | None = row["finding"]
    else:
        result = None if missing else f"{comparator}{value or ''}"
    return {
        KEY: str(row["id"]),
        "measure": row["measure"],
        "written": None if missing else row["written"],
        "unit_written": row["unit_written"],
        "result": result,
        "number": None if comparator else exact(value),
        "unit": row["unit"],
        "low_written": low or None,
        "high_written": high or None,
        "range_words": None if low or high else row["range_text"],
        "range_low": exact(plain(row["range_low"])),
        "range_high": exact(plain(row["range_high"])),
        "flag": row["flag"],
        "not_done": "NOT DONE" if missing else None,
        "missing_because": missing,
        "lower_limit": exact(plain(row["lower_limit"])),
        "detection_limit": plain(row["detection_limit"]),
        "specimen": iso(row["specimen_on"]),
        "status": row["status"],
        "laboratory": row["laboratory"],
    }


def with_last_before_exposure(rows: Iterable[Facts], reference: str) -> list[Facts]:
    """Findings, the last result of each measure before the first exposure marked as such.

    A day known in part is before nothing; the day of the exposure itself is not before it. Source:
    SDTM 2.0, --LOBXFL.
    """
    rows = list(rows)
    last: dict[Value, tuple[str, str]] = {}
    for row in rows:
        on = row.get("specimen")
        full = isinstance(on, str) and len(on) == len(reference)
        if full and row.get("result") is not None and str(on) < reference:
            measure = row.get("measure")
            last[measure] = max(last.get(measure, ("", "")), (str(on), str(row[KEY])))
    chosen = {key for _, key in last.values()}
    return [
        {**row, "last_before_exposure": "YES" if str(row[KEY]) in chosen else None} for row in rows
    ]
