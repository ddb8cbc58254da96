"""What a check found, and the walk that finds it.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pv.domain.e2b.checks import generic
from pv.domain.e2b.checks.dates import Latest, is_future
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.plan import CheckPlan, ElementPlan
from pv.domain.e2b.checks.profiles import Severity
from pv.domain.e2b.checks.rule import Rule
from pv.domain.e2b.message import Attachment, Null, Value


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one place.

    ``path`` is the instance path within the message, ``message`` counts the messages of the
    batch from 1 and is 0 for the batch wrapper. No finding repeats a value: values may identify
    the patient, and the path leads to them.
    """

    rule: str
    severity: Severity
    element: str
    path: str
    message: int
    message_en: str
    message_zh: str
    reason_en: str
    reason_zh: str


class Collector:
    """Turns broken rules into findings for one message."""

    __slots__ = ("_number", "_plan", "found")

    def __init__(self, plan: CheckPlan, number: int) -> None:
        self._plan = plan
        self._number = number
        self.found: list[Finding] = []

    def add(self, rule: Rule, place: GroupInstance, element: str, path: str | None = None) -> None:
        """Record that ``rule`` is broken at ``element`` of ``place``."""
        self.found.append(
            Finding(
                rule.id,
                rule.severity[self._plan.profile],
                element,
                place.path_to(element) if path is None else path,
                self._number,
                rule.text.en,
                rule.text.zh,
                rule.reason.en,
                rule.reason.zh,
            )
        )


def _of_value(
    asked: ElementPlan, value: Value, place: GroupInstance, latest: Latest
) -> Iterator[Rule]:
    if isinstance(value, Null):
        if value.flavor not in asked.nulls and asked.null_rule is not None:
            yield asked.null_rule
        return
    if isinstance(value, Attachment) is not asked.document:
        yield generic.MISPLACED
        return
    if isinstance(value, Attachment):
        return
    if not value.strip():
        yield generic.BLANK
        return
    if asked.limit_rule is not None and len(value) > asked.limit:
        yield asked.limit_rule
    for test, rule in asked.tests:
        if test(value):
            yield rule
    if asked.future is not None and is_future(value, latest):
        yield asked.future


def check_place(
    place: GroupInstance, plan: CheckPlan, latest: Latest, collector: Collector
) -> None:
    """Ask of one instance what must be there and what its values may be."""
    for element, rule in plan.required.get(place.node.code, ()):
        if not place.has(element):
            collector.add(rule, place, element)
    for element, value in place.values.items():
        asked = plan.values.get(element)
        if asked is None:
            collector.add(generic.UNKNOWN, place, element)
            continue
        if element in plan.foreign:
            collector.add(generic.FOREIGN, place, element)
            continue
        for rule in _of_value(asked, value, place, latest):
            collector.add(rule, place, element)


def check_message(facts: MessageFacts, plan: CheckPlan, number: int) -> list[Finding]:
    """Every finding in one message."""
    collector = Collector(plan, number)
    for places in facts.places.values():
        for place in places:
            check_place(place, plan, facts.latest, collector)
    for scope, rules in plan.scoped.items():
        for place in facts.each(scope):
            for broken, rule in rules:
                if broken(facts, place):
                    collector.add(rule, place, rule.element)
    for item in facts.message.unplaced:
        collector.add(generic.UNPLACED, facts.root, generic.ANY, item.path)
    return collector.found
