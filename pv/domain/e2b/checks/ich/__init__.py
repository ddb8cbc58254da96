"""Rules that ICH's guide states element by element, for every receiver."""

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
