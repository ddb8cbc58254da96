"""FDA's business rules by their own numbers, and the elements FDA asks of everyone.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda import (
    assessments,
    devices,
    ich_equivalents,
    lengths,
    postmarket,
    premarket,
    required,
    routing,
    shared,
)
from pv.domain.e2b.checks.rule import Rule


def rules(ich: dict[str, Rule]) -> tuple[Rule, ...]:
    """FDA's rules; those that say what ICH says are made from the ICH rules given."""
    return (
        *ich_equivalents.rules(ich),
        *required.RULES,
        *lengths.RULES,
        *routing.RULES,
        *shared.RULES,
        *postmarket.RULES,
        *devices.RULES,
        *premarket.RULES,
        *assessments.RULES,
    )
