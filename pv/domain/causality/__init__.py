"""Causality of drug and event: Naranjo, WHO-UMC, China's six grades, the effective opinion.

Source: domain 3.6.
"""

from pv.domain.causality.grades import (
    Causality,
    CausalityRules,
    Opinion,
    OpinionFlag,
    effective_opinion,
    from_e2b_text,
    is_related,
    read_causality_rules,
    to_e2b_text,
)
from pv.domain.causality.naranjo import Naranjo, NaranjoAnswer, NaranjoCategory, naranjo
from pv.domain.causality.questionnaires import (
    UNKNOWN,
    Assessor,
    Method,
    MethodResult,
    assess,
    options,
    read_result_text,
    result_text,
    results,
)
from pv.domain.causality.tables import (
    Alternative,
    ChinaAnswers,
    Dechallenge,
    Rechallenge,
    TableResult,
    WhoUmcAnswers,
    china_grade,
    who_umc,
)

__all__ = [
    "UNKNOWN",
    "Alternative",
    "Assessor",
    "Causality",
    "CausalityRules",
    "ChinaAnswers",
    "Dechallenge",
    "Method",
    "MethodResult",
    "Naranjo",
    "NaranjoAnswer",
    "NaranjoCategory",
    "Opinion",
    "OpinionFlag",
    "Rechallenge",
    "TableResult",
    "WhoUmcAnswers",
    "assess",
    "china_grade",
    "from_e2b_text",
    "is_related",
    "naranjo",
    "options",
    "read_result_text",
    "result_text",
    "results",
    "read_causality_rules",
    "effective_opinion",
    "to_e2b_text",
    "who_umc",
]
