"""Tabulation data sets of a follow-up study: facts of the register mapped to SDTM records.

Source: CDISC SDTM implementation guide 3.4; the mapping is reference data (`sdtm.json`).
"""

from pv.domain.datasets.mapping import (
    SUPPLEMENTAL,
    CodeList,
    Dataset,
    Qualifier,
    SdtmMapping,
    Term,
    Type,
    Variable,
    supplemental,
)
from pv.domain.datasets.mapping_documents import read_mapping
from pv.domain.datasets.records import Facts, Record, Subject, Tabulation, study_day

__all__ = [
    "SUPPLEMENTAL",
    "CodeList",
    "Dataset",
    "Facts",
    "Qualifier",
    "Record",
    "SdtmMapping",
    "Subject",
    "Tabulation",
    "Term",
    "Type",
    "Variable",
    "read_mapping",
    "study_day",
    "supplemental",
]
