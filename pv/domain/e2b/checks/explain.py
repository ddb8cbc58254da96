"""What is known of an element: its facts and every rule that touches it, in both languages.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pv.domain.e2b.checks.fda.unchecked import UNCHECKED, Unchecked
from pv.domain.e2b.checks.profiles import Profile, Severity, receivers
from pv.domain.e2b.checks.registry import REGISTRY
from pv.domain.e2b.checks.rule import CheckKind, Rule, Text
from pv.domain.e2b.checks.values import home
from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, GROUPS, Element, Label


@dataclass(frozen=True, slots=True)
class RuleNote:
    """One rule as a page or a command shows it."""

    id: str
    kind: CheckKind
    severity: Mapping[Profile, Severity]
    text: Text
    reason: Text
    source: str
    confirmed: bool
    element: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts of one element or group and the rules of each receiver.

    ``element`` is None when the code names a repeating group; ``known_to`` lists the receivers
    that read it; ``labels`` are the codes of its closed list; ``own`` are the rules about it,
    ``others`` the rules about other elements that read it; ``unchecked`` are FDA's rules on it
    that no message can answer.
    """

    code: str
    element: Element | None
    name: Text
    group: Text
    known_to: tuple[Profile, ...]
    nulls: Mapping[Profile, tuple[str, ...]]
    labels: tuple[Label, ...]
    own: tuple[RuleNote, ...]
    others: tuple[RuleNote, ...]
    unchecked: tuple[Unchecked, ...]

    def in_profile(self, profile: Profile) -> tuple[RuleNote, ...]:
        """The rules about this element that one receiver applies."""
        return tuple(note for note in self.own if profile in note.severity)


def _note(rule: Rule) -> RuleNote:
    return RuleNote(
        rule.id,
        rule.kind,
        rule.severity,
        rule.text,
        rule.reason,
        rule.source,
        rule.confirmed,
        rule.element,
    )


def _nulls(code: str) -> dict[Profile, tuple[str, ...]]:
    """The nullFlavors each receiver takes, from the rules that are applied."""
    found = {}
    for rule in REGISTRY.values():
        if rule.element == code and rule.kind is CheckKind.NULL_FLAVOR and rule.broken is None:
            found.update(dict.fromkeys(rule.severity, rule.allowed))
    return found


def explain(code: str) -> Explanation:
    """All that is known of an element such as ``C.5.4`` or of a group such as ``G.k.4.r``.

    Raises KeyError when the element table knows neither.
    """
    element = ELEMENTS.get(code)
    group = GROUPS[code if element is None else element.group]
    named = group if element is None else element
    own = tuple(_note(rule) for rule in REGISTRY.values() if rule.element == code)
    others = tuple(_note(rule) for rule in REGISTRY.values() if code in rule.touches)
    return Explanation(
        code=code,
        element=element,
        name=Text(named.name_en, named.name_zh),
        group=Text(group.name_en, group.name_zh),
        known_to=receivers(home(element)) if element is not None else tuple(Profile),
        nulls=_nulls(code),
        labels=CODE_LISTS.get(element.code_list or "", ()) if element is not None else (),
        own=own,
        others=others,
        unchecked=tuple(one for one in UNCHECKED if one.element == code),
    )
