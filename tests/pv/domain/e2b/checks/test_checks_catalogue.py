"""The catalogue as a whole, the validator's contract and what is explained of an element."""

import re
from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from pv.domain.e2b.checks import (
    REGISTRY,
    CheckKind,
    Profile,
    Severity,
    explain,
    rules_for,
    validate,
)
from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import Message, Node, Null

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHAPE = re.compile(r"(ICH|FDA|NMPA|CDE|EMA|EW)\.[A-Za-z0-9.]+")
# Chinese words that are values of the message, not English prose.
QUOTED = ("不详", "直报系统方法", "二分法")


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda r: r.id)
def test_a_rule_speaks_both_languages_and_names_elements_that_exist(rule):
    english = rule.text.en + rule.reason.en
    for word in QUOTED:
        english = english.replace(word, "")
    assert not CHINESE.search(english)
    assert CHINESE.search(rule.text.zh)
    assert CHINESE.search(rule.reason.zh)
    assert rule.text.en.endswith(".")
    assert rule.text.zh.endswith("。")
    assert SHAPE.fullmatch(rule.id)
    known = ELEMENTS.keys() | GROUPS.keys() | {"ANY"}
    assert {rule.element, *rule.touches} <= known
    assert rule.scope in GROUPS
    assert rule.source


def test_each_profile_has_its_rules():
    counts = {profile: len(rules_for(profile)) for profile in Profile}
    assert counts[Profile.FDA] > counts[Profile.ICH] > 700
    assert all(
        {r.id for r in rules_for(p)} - {r.id for r in rules_for(Profile.ICH)}
        for p in Profile
        if p not in (Profile.ICH, Profile.PARTNER)  # a partner asks for no more than ICH
    )


@pytest.mark.parametrize("profile", Profile)
def test_a_whole_message_has_no_finding(profile, draft):
    d = draft(profile)
    assert d.check(profile, initial=True) == []
    assert validate(d.batch.messages[0], profile.value, now=date(2026, 11, 22)) == []


def test_an_unknown_profile_is_refused(draft):
    with pytest.raises(ValueError, match="nobody"):
        validate(draft(Profile.ICH).batch, "nobody", now=date(2026, 11, 22))


def test_an_empty_message_lacks_everything_mandatory():
    found = validate(Message(Node("")), Profile.ICH, now=date(2026, 11, 22))
    missing = {f.element for f in found if f.rule.endswith(".REQ")}
    once = {e.code for e in ELEMENTS.values() if e.conformance == "M" and e.group == ""}
    ich = {code for code in once if not ELEMENTS[code].regional}
    assert ich | {"C.2.r", "E.i", "G.k", "D.7.2"} == missing


def test_errors_come_first_and_the_message_is_not_touched(draft):
    d = draft(Profile.ICH).put("C.1.1", "x").drop("H.1").put("N.1.5", "2026").add("G.k")
    before = deepcopy(d.batch)
    found = d.check(Profile.ICH)
    assert d.batch == before
    severities = [f.severity for f in found]
    assert severities == sorted(severities, key=lambda s: s is not Severity.ERROR)
    assert len(set(severities)) == 2
    assert ("ICH.N.1.5.PRECISION", 0) in {(f.rule, f.message) for f in found}


def test_findings_never_repeat_a_value(draft):
    name = "Zhang Wei Ming"
    d = draft(Profile.ICH).put("D.1", name * 10).put("D.1.1.1", name * 10)
    found = d.check(Profile.ICH)
    assert len(found) == 2
    assert all(name not in repr(f) for f in found)


def test_explain_an_element():
    told = explain("C.5.4")
    assert told.element is not None
    assert told.name.zh
    assert [label.code for label in told.labels] == ["1", "2", "3"]
    ids = {p: {note.id for note in told.in_profile(p)} for p in Profile}
    assert "ICH.C.5.4.REQ" in ids[Profile.ICH]
    assert "FDA.R0023" in ids[Profile.FDA]
    assert "ICH.C.5.4.REQ" not in ids[Profile.FDA]
    assert {"FDA.R0103", "FDA.R0104"} <= ids[Profile.FDA]
    assert "FDA.R0113" in ids[Profile.FDA_IND]
    assert "FDA.R0008" in {note.id for note in told.others}


def test_explain_tells_the_flavors_of_each_receiver_and_what_stays_unchecked():
    told = explain("D.1")
    assert "NA" in told.nulls[Profile.FDA]
    assert "NA" not in told.nulls[Profile.NMPA]
    assert [one.number for one in explain("FDA.C.5.5a").unchecked] == ["R0105"]
    assert explain("FDA.C.5.5a").known_to == (Profile.FDA, Profile.FDA_IND)


@pytest.mark.parametrize("code", [*ELEMENTS, *(g for g in GROUPS if g)])
def test_everything_can_be_explained(code):
    told = explain(code)
    assert told.name.en
    assert told.name.zh
    assert all(note.severity for note in told.own)


def test_explain_refuses_a_code_it_does_not_know():
    with pytest.raises(KeyError):
        explain("Z.9")


def test_every_null_is_judged_in_every_profile(draft):
    """A nullFlavor nobody allows is found at every element that can hold one."""
    for profile in Profile:
        for code, element in ELEMENTS.items():
            if element.type == "ID" or (
                element.regional and profile in (Profile.ICH, Profile.PARTNER)
            ):
                continue
            found = draft(profile).put(code, Null("TRC")).check(profile)
            hits = [f for f in found if f.element == code]
            assert any(
                REGISTRY[f.rule].kind in (CheckKind.NULL_FLAVOR, CheckKind.REGION) for f in hits
            ), code


def test_now_may_be_a_date_a_naive_or_an_aware_time(draft):
    d = draft(Profile.ICH).put("E.i.4", "20261122")
    aware = datetime(2026, 11, 22, 1, tzinfo=UTC)
    for now in (date(2026, 11, 22), aware.replace(tzinfo=None), aware):
        assert validate(d.batch, Profile.ICH, now=now) == []
    assert [f.rule for f in validate(d.batch, Profile.ICH, now=date(2026, 11, 21))] == [
        "ICH.E.i.4.FUTURE"
    ]
