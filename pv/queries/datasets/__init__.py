"""Tabulation data sets of a follow-up study: what was chosen, who is in them, their facts."""

from pv.queries.datasets.choices import (
    DatasetChoice,
    analysis_mapping,
    current_analysis_mapping,
    current_mapping,
    mapping,
    may_make,
    products,
    purpose,
    registries,
    worksheet_of,
    worksheets,
)
from pv.queries.datasets.gathering import gathered
from pv.queries.datasets.subjects import left_out, pages
from pv.queries.datasets.trials import Conduct, trial

__all__ = [
    "Conduct",
    "DatasetChoice",
    "analysis_mapping",
    "current_analysis_mapping",
    "current_mapping",
    "gathered",
    "left_out",
    "mapping",
    "may_make",
    "pages",
    "products",
    "purpose",
    "registries",
    "trial",
    "worksheet_of",
    "worksheets",
]
