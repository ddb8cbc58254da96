"""Every rule about one value: a value that breaks it and one that keeps it."""

import pytest

from pv.domain.e2b.checks import REGISTRY, CheckKind, Profile, Rule
from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, DataType, Precision
from pv.domain.e2b.message import Attachment, Null

VALUE_RULES = [r for r in REGISTRY.values() if r.broken is None and r.element != "ANY"]
GOOD_BY_LIST = {
    "MEDDRA_VERSION": "27.1",
    "MEDDRA": "10042971",
    "LANGUAGE": "zho",
    "COUNTRY": "CN",
    "UNIT": "mg/dL",
    "DOSE_UNIT": "10*6.{cells}",
    "TRUE": "true",
}
BAD_BY_LIST = {
    "MEDDRA_VERSION": "v27",
    "MEDDRA": "1004297A",
    "LANGUAGE": "zh",
    "COUNTRY": "cn",
    "UNIT": "毫克",
    "DOSE_UNIT": "10 mg",
    "TRUE": "yes",
}


def good(code: str):
    """A value that keeps every rule of an element, said independently of the rules."""
    element = ELEMENTS[code]
    if element.type is DataType.DOCUMENT:
        return Attachment("application/pdf", None, "JVBERi0=")
    if element.code_list in CODE_LISTS:
        return CODE_LISTS[element.code_list][0].code
    if element.code_list in GOOD_BY_LIST:
        return GOOD_BY_LIST[element.code_list]
    if element.type is DataType.BOOLEAN:
        return "true"
    if element.type is DataType.DATE:
        return {Precision.SECOND: "20261101110000+0800", Precision.DAY: "20261020"}.get(
            element.precision, "2020"
        )
    return "1"


def bad(rule: Rule):
    """A value that breaks just the thing the rule looks at."""
    element = ELEMENTS[rule.element]
    if rule.kind is CheckKind.LENGTH:
        return "1" * (rule.limit + 1)
    if rule.kind is CheckKind.NULL_FLAVOR:
        return Null("TRC")
    if rule.kind is CheckKind.TRUE_ONLY:
        return "false"
    if rule.kind is CheckKind.FUTURE:
        return "20270101000000+0800"
    if rule.kind is CheckKind.PRECISION:
        return "20261101" if element.precision is Precision.SECOND else "202610"
    if rule.kind is CheckKind.TERMS:
        return "1004297"
    if rule.kind is CheckKind.CODE:
        return "ZZ" if element.code_list == "COUNTRY" else "?"
    if rule.kind is not CheckKind.TYPE:
        raise AssertionError(f"no bad value is known for rules of kind {rule.kind}")
    if element.code_list in BAD_BY_LIST:
        return BAD_BY_LIST[element.code_list]
    if element.type is DataType.DATE:
        return "20260230"
    return "maybe" if element.type is DataType.BOOLEAN else "1,5"


@pytest.mark.parametrize("rule", VALUE_RULES, ids=lambda r: r.id)
def test_broken_and_kept(rule: Rule, both_ways):
    code = rule.element
    if rule.kind is CheckKind.REQUIRED:
        both_ways(rule.id, lambda d: d.put(code, "x").drop(code), lambda d: d.put(code, good(code)))
        return
    both_ways(rule.id, lambda d: d.put(code, bad(rule)), lambda d: d.put(code, good(code)))


@pytest.mark.parametrize(
    "rule", [r for r in VALUE_RULES if r.kind is CheckKind.LENGTH], ids=lambda r: r.id
)
def test_length_at_the_limit_is_kept(rule: Rule, draft):
    for profile in rule.severity:
        found = draft(profile).put(rule.element, "1" * rule.limit).check(profile)
        assert rule.id not in {f.rule for f in found}


@pytest.mark.parametrize(
    "rule",
    [r for r in VALUE_RULES if r.kind is CheckKind.NULL_FLAVOR and r.allowed],
    ids=lambda r: r.id,
)
def test_each_allowed_flavor_is_kept(rule: Rule, draft):
    for profile in rule.severity:
        for flavor in rule.allowed:
            found = draft(profile).put(rule.element, Null(flavor)).check(profile)
            assert rule.id not in {f.rule for f in found}


def test_every_element_with_a_maximum_has_a_length_rule_in_every_profile_that_reads_it():
    for code, element in ELEMENTS.items():
        if element.max_length is None:
            continue
        lengths = [r for r in VALUE_RULES if r.element == code and r.kind is CheckKind.LENGTH]
        profiles = [p for r in lengths for p in r.severity]
        assert len(profiles) == len(set(profiles))
        if not element.regional:
            assert set(profiles) == set(Profile), code


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("<10", False),
        (">=10.5", False),
        ("1E6", False),
        ("-3.2", False),
        ("10,5", True),
        ("ten", True),
    ],
)
def test_test_result_is_a_number_with_a_relation(value, seen, draft):
    found = draft(Profile.ICH).put("F.r.3.2", value).check(Profile.ICH)
    assert ("ICH.F.r.3.2.TYPE" in {f.rule for f in found}) is seen


@pytest.mark.parametrize(("value", "seen"), [("152", False), ("152.5", True), ("1e2", True)])
def test_height_is_a_whole_number(value, seen, draft):
    found = draft(Profile.ICH).put("D.4", value).check(Profile.ICH)
    assert ("ICH.D.4.TYPE" in {f.rule for f in found}) is seen


def test_blank_is_not_a_value(draft):
    found = {f.rule for f in draft(Profile.ICH).put("H.1", " \n").check(Profile.ICH)}
    assert {"ICH.H.1.REQ", "EW.ANY.BLANK"} <= found
