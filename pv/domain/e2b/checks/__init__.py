"""The validator: every rule a receiver may apply to a message, asked in one walk.

`validate` checks a batch or a message for a receiver's `Profile`; `explain` tells what is known of
an element; `REGISTRY` lists all rules; `UNCHECKED` lists FDA's rules that no message can answer.

The product's own machinery; each rule names its authority (domain 6).
"""

from pv.domain.e2b.checks.explain import Explanation, explain
from pv.domain.e2b.checks.fda.gateway import route
from pv.domain.e2b.checks.fda.unchecked import NEEDS_BATCH, NEEDS_INITIAL, UNCHECKED
from pv.domain.e2b.checks.findings import Finding
from pv.domain.e2b.checks.profiles import Profile, Severity, region
from pv.domain.e2b.checks.registry import REGISTRY, rules_for
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, Text
from pv.domain.e2b.checks.validate import validate

__all__ = [
    "NEEDS_BATCH",
    "NEEDS_INITIAL",
    "REGISTRY",
    "UNCHECKED",
    "Authority",
    "Explanation",
    "Finding",
    "CheckKind",
    "Profile",
    "Rule",
    "Severity",
    "Text",
    "explain",
    "region",
    "route",
    "rules_for",
    "validate",
]
