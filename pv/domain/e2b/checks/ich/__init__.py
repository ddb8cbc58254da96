"""Rules that ICH's guide states element by element, for every receiver.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.ich import drugs, header, pairs, patient, reactions, report
from pv.domain.e2b.checks.rule import Rule

RULES: tuple[Rule, ...] = (
    *header.RULES,
    *report.RULES,
    *patient.RULES,
    *reactions.RULES,
    *drugs.RULES,
    *pairs.RULES,
)
