"""FDA's quarterly data files: names of files, layouts since 2004, lines that are mended or refused.

Source: README files of the quarterly extracts (AERS 2004Q1 to 2012Q3, FAERS since 2012Q4).
"""

from pv.domain.faers.layouts import (
    COLUMNS,
    Kind,
    Quarter,
    UnknownLayout,
    columns_of,
    deleted_cases,
    kind_of,
    quarter_of,
)
from pv.domain.faers.lines import Counts, LineNote, Reader

__all__ = [
    "COLUMNS",
    "Counts",
    "Kind",
    "LineNote",
    "Quarter",
    "Reader",
    "UnknownLayout",
    "columns_of",
    "deleted_cases",
    "kind_of",
    "quarter_of",
]
