"""Data sets of a follow-up study: facts of the register mapped to SDTM and ADaM records.

Source: CDISC SDTM implementation guide 3.4, ADaM implementation guide 1.3; the mappings are
reference data (`sdtm.json`, `adam.json`).
"""

from pv.domain.datasets.mapping import (
    SUPPLEMENTAL,
    CodeList,
    Dataset,
    DatasetMapping,
    Qualifier,
    SdtmMapping,
    Term,
    Type,
    Variable,
    supplemental,
)
from pv.domain.datasets.mapping_documents import read_analysis_mapping, read_mapping
from pv.domain.datasets.records import Facts, Record, Subject, Tabulation, study_day

__all__ = [
    "SUPPLEMENTAL",
    "CodeList",
    "Dataset",
    "DatasetMapping",
    "Facts",
    "Qualifier",
    "Record",
    "SdtmMapping",
    "Subject",
    "Tabulation",
    "Term",
    "Type",
    "Variable",
    "read_analysis_mapping",
    "read_mapping",
    "study_day",
    "supplemental",
]
