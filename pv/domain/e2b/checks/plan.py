"""The rules of one profile, arranged so that one walk over a message asks each where it holds.

The product's own machinery; each rule names its authority (domain 6).
"""

from dataclasses import dataclass, field
from functools import lru_cache

from pv.domain.e2b.checks import generic
from pv.domain.e2b.checks.profiles import Profile, region
from pv.domain.e2b.checks.registry import rules_for
from pv.domain.e2b.checks.rule import CheckKind, NodeTest, Rule, ValueTest
from pv.domain.e2b.elements import ELEMENTS, DataType


@dataclass(slots=True)
class ElementPlan:
    """What is asked of one element's value in one profile."""

    document: bool
    limit: int = 0
    limit_rule: Rule | None = None
    nulls: frozenset[str] = frozenset()
    null_rule: Rule | None = None
    tests: list[tuple[ValueTest, Rule]] = field(default_factory=list)
    future: Rule | None = None


@dataclass(slots=True)
class CheckPlan:
    """All that one profile asks: of values, of what must be there, of instances of groups."""

    profile: Profile
    values: dict[str, ElementPlan] = field(default_factory=dict)
    required: dict[str, list[tuple[str, Rule]]] = field(default_factory=dict)
    scoped: dict[str, list[tuple[NodeTest, Rule]]] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()


def _place(rule: Rule, plan: CheckPlan) -> None:
    if rule.broken is not None:
        plan.scoped.setdefault(rule.scope, []).append((rule.broken, rule))
        return
    if rule.element == generic.ANY:
        return
    asked = plan.values[rule.element]
    if rule.kind is CheckKind.REQUIRED:
        group = ELEMENTS[rule.element].group
        plan.required.setdefault(group, []).append((rule.element, rule))
    elif rule.kind is CheckKind.LENGTH:
        asked.limit, asked.limit_rule = rule.limit or 0, rule
    elif rule.kind is CheckKind.NULL_FLAVOR:
        asked.nulls, asked.null_rule = frozenset(rule.allowed), rule
    elif rule.kind is CheckKind.FUTURE:
        asked.future = rule
    elif rule.test is not None:
        asked.tests.append((rule.test, rule))


@lru_cache(maxsize=len(Profile))
def plan_for(profile: Profile) -> CheckPlan:
    """The arranged rules of a profile, made once per process."""
    plan = CheckPlan(profile)
    at_home = region(profile)
    for code, element in ELEMENTS.items():
        plan.values[code] = ElementPlan(document=element.type is DataType.DOCUMENT)
    if profile in generic.FOREIGN.severity:
        plan.foreign = frozenset(c for c, e in ELEMENTS.items() if at_home not in e.profiles)
    for one in rules_for(profile):
        _place(one, plan)
    return plan
