"""Every rule of the form "this given, so that too", and FDA's numbers for the same rules."""

import pytest

from pv.domain.e2b.checks import REGISTRY, Authority, Rule
from pv.domain.e2b.elements import ELEMENTS, DataType

PAIRS = [r for r in REGISTRY.values() if r.pair is not None]
TEXT = {DataType.DATE: "2020", DataType.BOOLEAN: "true"}


def say(code: str) -> str:
    return TEXT.get(ELEMENTS[code].type, "1")


@pytest.mark.parametrize("rule", PAIRS, ids=lambda r: r.id)
def test_broken_and_kept(rule: Rule, both_ways):
    given, needed = rule.pair
    both_ways(
        rule.id,
        lambda d: d.put(given, say(given)).drop(needed),
        lambda d: d.put(given, say(given)).put(needed, say(needed)),
    )


@pytest.mark.parametrize("rule", PAIRS, ids=lambda r: r.id)
def test_nothing_is_asked_when_neither_is_given(rule: Rule, draft):
    for profile in rule.severity:
        found = draft(profile).drop(*rule.pair).check(profile)
        assert rule.id not in {f.rule for f in found}


def test_both_elements_stand_in_one_instance():
    for rule in PAIRS:
        assert len({ELEMENTS[code].group for code in rule.pair} | {rule.scope}) == 1, rule.id


def test_fda_numbers_replace_the_ich_rule_and_nothing_else():
    mirrored = [r for r in REGISTRY.values() if r.replaces and r.authority is Authority.FDA]
    assert len(mirrored) > 60
    for rule in mirrored:
        assert not set(rule.severity) & set(REGISTRY[rule.replaces].severity)
