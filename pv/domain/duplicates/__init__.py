"""Duplicates: two reports compared field by field, a symmetric score, keys of candidates.

The product's own rule; its weights are reference data.
"""

from pv.domain.duplicates.comparison import Agreement, FieldKind, compare
from pv.domain.duplicates.features import features, from_data, search_keys, to_data
from pv.domain.duplicates.scoring import (
    DuplicateRules,
    FieldRule,
    FieldScore,
    Part,
    Report,
    Score,
    Verdict,
    read_duplicate_rules,
    score,
)

__all__ = [
    "Agreement",
    "DuplicateRules",
    "FieldKind",
    "FieldRule",
    "FieldScore",
    "Part",
    "Report",
    "Score",
    "Verdict",
    "compare",
    "features",
    "from_data",
    "read_duplicate_rules",
    "score",
    "search_keys",
    "to_data",
]
