"""ICH's named rules: a message that breaks each and one that keeps it."""

import pytest

from pv.domain.e2b.checks import REGISTRY, Authority, Profile
from pv.domain.e2b.message import Null

OTHER = "33333333-3333-4333-8333-333333333333"
CASES = {
    "ICH.N.2.r.1.SAME": (lambda d: d.put("N.2.r.1", "OTHER"), None),
    "ICH.N.2.r.4.SAME": (lambda d: d.put("N.2.r.4", "20261101110001+0800"), None),
    "ICH.C.1.1.FORMAT": (
        lambda d: d.put("C.1.1", "EVERWATCH-1"),
        lambda d: d.put("C.1.1", "EU-EC-1-2"),
    ),
    "ICH.C.1.8.1.FORMAT": (lambda d: d.put("C.1.8.1", "12345"), None),
    "ICH.C.1.9.1.r.2.FORMAT": (
        lambda d: d.put("C.1.9.1.r.2", "12345"),
        lambda d: d.put("C.1.9.1.r.2", "FR-RPTLTD-15998"),
    ),
    "ICH.C.1.6.1.r.1.REQ": (
        lambda d: d.put("C.1.6.1", "true"),
        lambda d: d.put("C.1.6.1", "true").put("C.1.6.1.r.1", "Autopsy report"),
    ),
    "ICH.C.1.7.RETRANSMIT": (
        lambda d: d.put("C.1.7", Null("NI")),
        lambda d: d.put("C.1.7", "false"),
    ),
    "ICH.C.1.9.1.r.1.REQ": (
        lambda d: d.put("C.1.9.1", "true").put("C.1.9.1.r.2", "FR-A-1"),
        lambda d: d.put("C.1.9.1", "true").put("C.1.9.1.r.1", "EMA"),
    ),
    "ICH.C.1.9.1.r.2.REQ": (
        lambda d: d.put("C.1.9.1", "true").put("C.1.9.1.r.1", "EMA"),
        lambda d: d.put("C.1.9.1", "true").put("C.1.9.1.r.2", "FR-A-1"),
    ),
    "ICH.C.2.r.REQ": (lambda d: d.clear("C.2.r"), None),
    "ICH.C.2.r.3.REQ": (lambda d: d.drop("C.2.r.3"), lambda d: d.put("C.2.r.3", Null("ASKU"))),
    "ICH.C.2.r.4.REQ": (
        lambda d: d.drop("C.2.r.4"),
        lambda d: d.put("C.2.r.3", "US", at=1),
    ),
    "ICH.C.2.r.5.REQ": (
        lambda d: d.drop("C.2.r.5"),
        lambda d: d.put("C.2.r.4", "5", at=1),
    ),
    "ICH.C.2.r.5.ONE": (
        lambda d: d.put("C.2.r.5", "1", at=1),
        lambda d: d.put("C.2.r.4", "5", at=1),
    ),
    "ICH.C.3.2.REQ": (
        lambda d: d.drop("C.3.2"),
        lambda d: d.drop("C.3.2").put("C.3.1", "7"),
    ),
    "ICH.C.5.4.REQ": (
        lambda d: d.put("C.1.3", "2").drop("C.5.4"),
        lambda d: d.put("C.1.3", "2").put("C.5.4", "1"),
    ),
    "ICH.D.7.1.r.6.PARENT": (
        lambda d: (
            d.put("D.7.1.r.6", "true")
            .put("D.7.1.r.1b", "10012431")
            .put("D.10.7.1.r.1b", "10012431")
        ),
        lambda d: (
            d.put("D.7.1.r.6", "true")
            .put("D.7.1.r.1b", "10012431")
            .put("D.10.7.1.r.1b", "10061122")
        ),
    ),
    "ICH.D.7.2.REQ": (
        lambda d: d.drop("D.7.2").add("D.7.1.r"),
        lambda d: d.drop("D.7.2").put("D.7.1.r.5", "diabetes"),
    ),
    "ICH.D.8.r.1.REQ": (
        lambda d: d.put("D.8.r.4", "2020"),
        lambda d: d.put("D.8.r.4", "2020").put("D.8.r.1", Null("UNK")),
    ),
    "ICH.D.8.r.1.NA": (
        lambda d: d.put("D.8.r.1", Null("NA")).put("D.8.r.4", "2020"),
        lambda d: d.put("D.8.r.1", Null("NA")),
    ),
    "ICH.D.8.r.2b.ONE": (
        lambda d: d.put("D.8.r.2b", "1").put("D.8.r.3b", "2"),
        lambda d: d.put("D.8.r.2b", "1").put("D.8.r.2a", "1"),
    ),
    "ICH.D.10.2.1.ONE": (
        lambda d: d.put("D.10.2.1", "1980").put("D.10.2.2a", "33"),
        lambda d: d.put("D.10.2.1", "1980"),
    ),
    "ICH.D.10.6.REQ": (
        lambda d: d.put("D.10.1", "XY"),
        lambda d: d.put("D.10.1", "XY").put("D.10.6", "2"),
    ),
    "ICH.D.10.8.r.2b.ONE": (
        lambda d: d.put("D.10.8.r.2b", "1").put("D.10.8.r.3b", "2"),
        lambda d: d.put("D.10.8.r.3b", "1"),
    ),
    "ICH.E.i.REQ": (lambda d: d.clear("E.i"), None),
    "ICH.E.i.8.HCP": (
        lambda d: d.put("E.i.8", "true"),
        lambda d: d.put("E.i.8", "true").put("C.2.r.4", "5"),
    ),
    "ICH.E.i.2.1a.MEDDRA": (
        lambda d: d.put("H.3.r.1a", "27.0").put("H.3.r.1b", "10042971"),
        lambda d: d.put("H.3.r.1a", "27.1").put("H.3.r.1b", "10042971"),
    ),
    "ICH.F.r.1.REQ": (
        lambda d: d.put("F.r.2.1", "CAR copies").put("F.r.3.4", "positive"),
        lambda d: d.put("F.r.2.1", "CAR copies").put("F.r.1", Null("UNK")),
    ),
    "ICH.F.r.2.1.REQ": (
        lambda d: d.put("F.r.1", "2026").put("F.r.3.4", "positive"),
        lambda d: d.put("F.r.1", "2026").put("F.r.2.2b", "10059578"),
    ),
    "ICH.F.r.3.4.REQ": (
        lambda d: d.put("F.r.2.1", "CAR copies").put("F.r.1", "2026"),
        lambda d: d.put("F.r.2.1", "CAR copies").put("F.r.3.2", Null("PINF")),
    ),
    "ICH.G.k.REQ": (lambda d: d.clear("G.k"), None),
    "ICH.G.k.1.SUSPECT": (
        lambda d: d.put("G.k.1", "2"),
        lambda d: d.put("G.k.1", "2").put("G.k.1", "4", at=1),
    ),
    "ICH.G.k.2.1.1b.ONE": (
        lambda d: d.put("G.k.2.1.1b", "1").put("G.k.2.1.2b", "2"),
        lambda d: d.put("G.k.2.1.2b", "2"),
    ),
    "ICH.G.k.2.3.r.REQ": (
        lambda d: d.clear("G.k.2.3.r"),
        lambda d: d.clear("G.k.2.3.r").put("G.k.2.1.2b", "2"),
    ),
    "ICH.G.k.7.r.2b.UNKNOWN": (
        lambda d: d.put("G.k.7.r.1", Null("UNK")),
        lambda d: d.put("G.k.7.r.1", Null("UNK")).put("G.k.7.r.2b", "10057097"),
    ),
    "ICH.G.k.9.i.1.REF": (lambda d: d.put("G.k.9.i.1", OTHER), None),
    "ICH.C.2.r.2.5.FDANULL": (
        lambda d: d.put("C.2.r.2.5", Null("NI")),
        lambda d: d.put("C.2.r.2.5", Null("MSK")),
    ),
    "ICH.G.k.4.r.7.EMANULL": (
        lambda d: d.put("G.k.4.r.7", Null("UNK")),
        lambda d: d.put("G.k.4.r.7", "COI-0001"),
    ),
    "ICH.D.1.FDANULL": (
        lambda d: d.put("D.1", Null("NA")),
        lambda d: d.put("D.1", Null("UNK")),
    ),
    "ICH.C.1.10.r.SELF": (
        lambda d: d.put("C.1.10.r", "CN-EVERWATCH-0001"),
        lambda d: d.put("C.1.10.r", "CN-EVERWATCH-0002"),
    ),
    "ICH.D.2.3.FDANULL": (
        lambda d: d.put("D.2.3", Null("NI")),
        lambda d: d.put("D.2.3", "5"),
    ),
    "ICH.D.6.FDANULL": (
        lambda d: d.put("D.6", Null("NASK")),
        lambda d: d.put("D.6", Null("MSK")),
    ),
}
NAMED = {
    r.id
    for r in REGISTRY.values()
    if r.authority is Authority.ICH and r.broken is not None and r.pair is None
}


def test_each_named_rule_has_a_case():
    assert set(CASES) == NAMED


@pytest.mark.parametrize("rule", sorted(NAMED))
def test_broken_and_kept(rule, both_ways):
    both_ways(rule, *CASES[rule])


# FDA's numbers for the same conditions are checked with the same messages.
MIRRORED = [
    r
    for r in REGISTRY.values()
    if r.authority is Authority.FDA
    and r.broken is not None
    and r.pair is None
    and r.replaces is not None
    and r.broken is REGISTRY[r.replaces].broken
]


@pytest.mark.parametrize("rule", MIRRORED, ids=lambda r: r.id)
def test_fda_number_of_an_ich_rule(rule, both_ways):
    both_ways(rule.id, *CASES[rule.replaces])


def test_instance_path_leads_to_the_element(draft):
    d = draft(Profile.ICH)
    d.put("G.k.1", "2", at=1).put("G.k.2.2", "Drug B", at=1)
    second = d.node("G.k", 1)
    second.add("G.k.4.r").values["G.k.4.r.1a"] = "5"
    paths = {f.path: f.rule for f in d.check(Profile.ICH)}
    assert paths["G.k[2].4.r[1].1b"] == "ICH.G.k.4.r.1b.REQ"


def test_missing_group_is_named_by_its_code(draft):
    found = draft(Profile.ICH).clear("E.i").check(Profile.ICH)
    assert ("ICH.E.i.REQ", "E.i", "E.i") in {(f.rule, f.element, f.path) for f in found}
