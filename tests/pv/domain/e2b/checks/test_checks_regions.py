"""Rules of China, the EU and Everwatch's own: a message that breaks each and one that keeps it."""

from dataclasses import replace

import pytest

from pv.domain.e2b.checks import REGISTRY, Authority, Profile, Severity, english
from pv.domain.e2b.message import Attachment, Null, Unplaced

DOCUMENT = Attachment("text/plain", None, "eA==")
OTHER = "33333333-3333-4333-8333-333333333333"


def second_reaction(d, id_=OTHER):
    node = d.node("E.i", 1)
    node.id = id_
    node.values.update(d.node("E.i", 0).values)
    return d


def not_serious(d):
    for letter in "abcdef":
        d.put(f"E.i.3.2{letter}", Null("NI"))
    return d


def period(first, second):
    return (
        lambda d: d.put(first, "20261021000000").put(second, "20261020000000"),
        lambda d: d.put(first, "20261020").put(second, "202610"),
    )


CHINA = {
    "NMPA.N.2.r.3.RECEIVER": (lambda d: d.put("N.2.r.3", "CDER"), None),
    "NMPA.C.1.CN.1.REQ": (
        lambda d: d.put("C.1.CN.2", "22").drop("C.1.CN.1"),
        lambda d: d.put("C.1.CN.2", "21").drop("C.1.CN.1"),
    ),
    "NMPA.C.1.5.INITIAL": (lambda d: d.put("C.1.5", "20261025"), None),
    "NMPA.G.k.2.2.CHINESE": (
        lambda d: d.put("C.1.CN.2", "12").put("G.k.2.2", "Carteyva"),
        lambda d: d.put("C.1.CN.2", "22").put("G.k.2.2", "Carteyva"),
    ),
    "NMPA.G.k.CN.3.REQ": (
        lambda d: d.put("C.1.CN.2", "12").drop("G.k.CN.3"),
        lambda d: d.put("C.1.CN.2", "12").put("G.k.CN.3", "false"),
    ),
    "NMPA.G.k.CN.4.REQ": (
        lambda d: d.drop("G.k.CN.4"),
        lambda d: d.put("G.k.CN.4", "不详"),
    ),
    "NMPA.G.k.9.i.2.r.2.METHOD": (
        lambda d: d.put("C.1.CN.2", "12").put("G.k.9.i.2.r.2", "WHO-UMC"),
        lambda d: d.put("C.1.CN.2", "12").put("G.k.9.i.2.r.2", "二分法"),
    ),
    "NMPA.G.k.9.i.CN.2.REQ": (lambda d: d.drop("G.k.9.i.CN.2"), None),
    "NMPA.C.1.CN.2.MARKET": (lambda d: d.put("C.1.CN.2", "11"), None),
    "CDE.C.1.CN.2.TRIAL": (lambda d: d.put("C.1.CN.2", "12"), None),
    "CDE.C.1.3.STUDY": (lambda d: d.put("C.1.3", "1"), None),
    "CDE.C.5.1.r.1.REQ": (lambda d: d.clear("C.5.1.r"), None),
    "CDE.E.i.3.2a.SERIOUS": (not_serious, None),
    "CDE.G.k.9.i.2.r.3.REQ": (
        lambda d: d.drop("G.k.9.i.2.r.3"),
        lambda d: d.drop("G.k.9.i.2.r.3").put("G.k.1", "2"),
    ),
    "CDE.G.k.9.i.CN.1.REQ": (
        lambda d: d.drop("G.k.9.i.CN.1"),
        lambda d: d.drop("G.k.9.i.CN.1").put("G.k.1", "2"),
    ),
}
EUROPE = {
    "EMA.N.2.r.3.RECEIVER": (lambda d: d.put("N.2.r.3", "EVCTMTEST"), None),
    "EMA.N.2.r.3.TRIALRECEIVER": (lambda d: d.put("N.2.r.3", "EVHUMAN"), None),
    "EMA.C.5.4.POST": (
        lambda d: d.put("C.1.3", "2").put("C.5.4", "1"),
        lambda d: d.put("C.1.3", "2").put("C.5.4", "3"),
    ),
    "EMA.C.5.4.TRIAL": (lambda d: d.put("C.5.4", "2"), None),
    "EMA.C.1.3.TRIAL": (lambda d: d.put("C.1.3", "1"), None),
    "EMA.G.k.4.r.7.LOT": (
        lambda d: d.drop("G.k.4.r.7"),
        lambda d: d.drop("G.k.4.r.7").put("G.k.1", "2"),
    ),
    "EMA.G.k.9.i.2.r.3.EU.1.REQ": (lambda d: d.drop("G.k.9.i.2.r.3.EU.1"), None),
    "EMA.G.k.9.i.2.r.3.EU.1.WHOLE": (
        lambda d: d.put("G.k.9.i.2.r.3.EU.1", "1").drop("G.k.9.i.2.r.1.EU.1"),
        lambda d: (
            d.put("G.k.9.i.2.r.1.EU.1", "1")
            .put("G.k.9.i.2.r.2.EU.1", "1")
            .put("G.k.9.i.2.r.3.EU.1", "1")
        ),
    ),
}
OWN = {
    "EW.C.1.5.ORDER": period("C.1.4", "C.1.5"),
    "EW.C.1.2.ORDER": (lambda d: d.put("C.1.2", "20261019000000"), None),
    "EW.D.9.1.ORDER": period("D.2.1", "D.9.1"),
    "EW.D.7.1.r.4.ORDER": period("D.7.1.r.2", "D.7.1.r.4"),
    "EW.D.8.r.5.ORDER": period("D.8.r.4", "D.8.r.5"),
    "EW.D.10.7.1.r.4.ORDER": period("D.10.7.1.r.2", "D.10.7.1.r.4"),
    "EW.D.10.8.r.5.ORDER": period("D.10.8.r.4", "D.10.8.r.5"),
    "EW.E.i.5.ORDER": period("E.i.4", "E.i.5"),
    "EW.G.k.4.r.5.ORDER": period("G.k.4.r.4", "G.k.4.r.5"),
    "EW.C.1.6.1.LISTED": (
        lambda d: d.put("C.1.6.1.r.1", "Report"),
        lambda d: d.put("C.1.6.1.r.1", "Report").put("C.1.6.1", "true"),
    ),
    "EW.C.1.9.1.LISTED": (
        lambda d: d.put("C.1.9.1.r.1", "EMA"),
        lambda d: d.put("C.1.9.1.r.1", "EMA").put("C.1.9.1", "true"),
    ),
    "EW.D.6.MALE": (
        lambda d: d.put("D.5", "1").put("D.6", "2026"),
        lambda d: d.put("D.5", "2").put("D.6", "2026"),
    ),
    "EW.D.9.1.DEATH": (
        lambda d: d.put("E.i.3.2a", "true"),
        lambda d: d.put("E.i.3.2a", "true").put("D.9.2.r.2", "T-cell lymphoma"),
    ),
    "EW.E.i.3.1.SERIOUS": (
        lambda d: not_serious(d).put("E.i.3.1", "3"),
        lambda d: d.put("E.i.3.1", "3"),
    ),
    "EW.E.i.3.1.NOTSERIOUS": (
        lambda d: d.put("E.i.3.1", "1"),
        lambda d: not_serious(d).put("E.i.3.1", "1"),
    ),
    "EW.E.i.3.2a.FATAL": (
        lambda d: d.put("E.i.7", "5"),
        lambda d: d.put("E.i.7", "5").put("E.i.3.2a", "true"),
    ),
    "EW.E.i.7.FATAL": (
        lambda d: d.put("E.i.3.2a", "true"),
        lambda d: d.put("E.i.3.2a", "true").put("E.i.7", "5"),
    ),
    "EW.E.i.4.DEATH": (
        lambda d: d.put("D.9.1", "20260930"),
        lambda d: d.put("D.9.1", "2026"),
    ),
    "EW.E.i.4.BIRTH": (lambda d: d.put("E.i.4", "1968"), lambda d: d.put("E.i.4", "1969")),
    "NMPA.G.k.9.i.2.r.CN.1.FORM": (lambda d: d.put("G.k.9.i.2.r.CN.1", "1"), None),
    "NMPA.G.k.9.i.2.r.CN.2.FORM": (lambda d: d.put("G.k.9.i.2.r.CN.2", "1"), None),
    "NMPA.H.1.CHINESE": (
        lambda d: d.put("H.1", "A patient fell ill."),
        lambda d: d.put("H.1", "患者发热 (fever)"),
    ),
    "NMPA.E.i.1.1a.CHINESE": (
        lambda d: d.put("E.i.1.1a", "fever").put("E.i.1.1b", "eng"),
        lambda d: d.put("E.i.1.1a", "发热").put("E.i.1.1b", "chi"),
    ),
    "EW.G.k.4.r.4.ONSET": (
        lambda d: d.put("G.k.4.r.4", "20261002"),
        lambda d: d.put("G.k.4.r.4", "20261002").put("G.k.4.r.4", "202610", at=1),
    ),
    "EW.E.i.ID": (lambda d: second_reaction(d, d.node("E.i").id), second_reaction),
    "EW.G.k.ID": (
        lambda d: setattr(d.node("G.k", 1), "id", d.node("G.k").id),
        lambda d: setattr(d.node("G.k", 1), "id", OTHER),
    ),
    "EW.G.k.9.i.1.TWICE": (
        lambda d: d.put("G.k.9.i.1", d.node("E.i").id, at=1),
        lambda d: second_reaction(d).put("G.k.9.i.1", OTHER, at=1),
    ),
}
ENGLISH = {
    f"EW.{code}.ENGLISH": (
        lambda d, code=code: d.put(code, "患者发热"),
        lambda d, code=code: d.put(code, "fever"),
    )
    for code in english.TEXTS
} | {
    "EW.E.i.1.2.TRANSLATION": (
        lambda d: d.put("E.i.1.1a", "发热").put("E.i.1.1b", "chi").drop("E.i.1.2"),
        lambda d: d.put("E.i.1.1a", "发热").put("E.i.1.1b", "chi").put("E.i.1.2", "fever"),
    ),
    "EW.E.i.1.1b.ENGLISH": (
        lambda d: d.put("E.i.1.1a", "发热").put("E.i.1.1b", "eng").put("E.i.1.2", "fever"),
        lambda d: d.put("E.i.1.1a", "发热").put("E.i.1.1b", "chi").put("E.i.1.2", "fever"),
    ),
}
CASES = CHINA | EUROPE | ENGLISH | OWN
BATCH_OR_ANYWHERE = {"EW.N.2.r.1.UNIQUE"} | {i for i in REGISTRY if i.startswith("EW.ANY.")}
NAMED = {
    r.id
    for r in REGISTRY.values()
    if r.authority not in (Authority.ICH, Authority.FDA) and r.broken is not None and r.pair is None
}


def test_each_named_rule_has_a_case():
    assert set(CASES) | BATCH_OR_ANYWHERE == NAMED | {i for i in REGISTRY if "EW.ANY." in i}


@pytest.mark.parametrize("rule", sorted(CASES))
def test_broken_and_kept(rule, both_ways):
    both_ways(rule, *CASES[rule])


def rules(found):
    return {f.rule for f in found}


@pytest.mark.parametrize("profile", Profile)
def test_rules_for_any_value(profile, draft):
    whole = draft(profile)
    kept = rules(whole.check(profile))
    assert not kept & BATCH_OR_ANYWHERE
    broken = draft(profile).put("H.2", "  ").put("C.4.r.2", "text").put("H.4", DOCUMENT)
    broken.root.values["X.1"] = "1"
    message = replace(broken.batch.messages[0], unplaced=(Unplaced("/a[1]/b[2]", "x"),))
    broken.batch = broken.batch.with_messages(message, message)
    found = broken.check(profile)
    assert {"EW.ANY.BLANK", "EW.ANY.UNKNOWN", "EW.ANY.UNPLACED"} <= rules(found)
    misplaced = {f.path for f in found if f.rule == "EW.ANY.MISPLACED"}
    assert misplaced == {"C.4.r[1].2", "H.4"}
    assert ("EW.ANY.UNPLACED", "/a[1]/b[2]", 2) in {(f.rule, f.path, f.message) for f in found}
    assert "EW.N.2.r.1.UNIQUE" in rules(found)


@pytest.mark.parametrize(
    ("profile", "code", "seen"),
    [
        (Profile.NMPA, "FDA.D.12", True),
        (Profile.FDA, "FDA.D.12", False),
        (Profile.FDA_IND, "C.1.CN.2", True),
        (Profile.CDE, "C.1.CN.2", False),
        (Profile.EMA, "D.CN.6", True),
        (Profile.ICH, "FDA.D.12", False),
    ],
)
def test_elements_of_another_region_are_named(profile, code, seen, draft):
    found = draft(profile).put(code, "11" if code == "C.1.CN.2" else "C41222").check(profile)
    assert ("EW.ANY.FOREIGN" in rules(found)) is seen


def test_what_is_not_confirmed_is_never_an_error():
    for rule in REGISTRY.values():
        if not rule.confirmed or rule.authority in (Authority.EW, Authority.NMPA, Authority.CDE):
            assert set(rule.severity.values()) == {Severity.WARNING}, rule.id
