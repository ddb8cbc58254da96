"""What is known of the material itself: whether it is held, and its share of tumour cells.

Source: CDISC SDTM implementation guide 3.4, section 6.3.5 (biospecimen findings).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pv.domain.datasets.facts import exact, iso, plain
from pv.domain.datasets.records import KEY, Facts

Row = Mapping[str, Any]


def held(row: Row) -> Facts:
    """Whether material kept earlier is still held, once somebody answered."""
    return {
        KEY: f"{row['sample']} HELD",
        "sample": row["sample"],
        "test": "HELD",
        "written": row["held"],
        "result": row["held"],
    }


def tumour_content(row: Row, collected: date | None) -> Facts:
    """The share of tumour cells in a specimen, in percent, as its laboratory stated it."""
    share = plain(row["tumour_content"])
    return {
        KEY: str(row["id"]),
        "sample": row["sample"],
        "test": "TUMCONT",
        "written": share,
        "result": share,
        "number": exact(share),
        "unit": "%",
        "laboratory": row["laboratory"],
        "collected": iso(collected),
    }
