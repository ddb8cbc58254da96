"""FDA's own rules: a message that breaks each and one that keeps it."""

from datetime import date

import pytest

from pv.domain.e2b.checks import REGISTRY, UNCHECKED, Authority, Profile, validate
from pv.domain.e2b.message import Attachment, Null

NA = Null("NA")
DEVICE = "FDA.G.k.12.r"


def combination(d, role="1"):
    """A combination product whose device malfunctioned."""
    d.put("FDA.C.1.12", "true").put("G.k.1", role)
    return d.put(f"{DEVICE}.1", "true").put(f"{DEVICE}.4", "Pen").put(f"{DEVICE}.3.r", "4001")


def exempt(d):
    """A report from an IND-exempt bioequivalence study."""
    d.put("N.2.r.3", "CDER_IND_EXEMPT_BA_BE").drop("FDA.C.5.5a").clear("FDA.C.5.6.r")
    return d.put("FDA.C.5.5b", "234567").put("FDA.G.k.10a", "1")


def criteria(value, *, combined, expedited):
    return lambda d: (
        d.put("FDA.C.1.12", "true" if combined else "false")
        .put("C.1.7", "true" if expedited else "false")
        .put("FDA.C.1.7.1", value)
    )


def document(compression=None, representation="B64"):
    return Attachment("application/pdf", compression, "JVBERi0=", representation)


CASES = {
    "R0004": (lambda d: d.put("N.1.4", "ZZFDA_PREMKT"), None),
    "R0005": (lambda d: d.put("N.1.4", "ZZFDA"), None),
    "R0100": (lambda d: d.put("N.2.r.2", "ELSE"), None),
    "R0006": (lambda d: d.put("N.2.r.3", "CBER_IND"), None),
    "R0007": (lambda d: d.put("N.2.r.3", "CDER"), exempt),
    "R0008": (lambda d: d.put("C.1.3", "1"), None),
    "R0110": (lambda d: d.drop("C.5.4"), lambda d: d.drop("C.5.4").put("C.1.3", "1")),
    "R0111": (lambda d: exempt(d).put("C.1.3", "1"), exempt),
    "R0112": (lambda d: d.put("C.1.3", "3"), lambda d: d.put("C.1.3", "1")),
    "R0010": (
        lambda d: d.put("C.1.6.1.r.2", document(compression="DF")),
        lambda d: d.put("C.1.6.1.r.2", document()),
    ),
    "R0011": (lambda d: d.put("C.1.7", Null("NI")), None),
    "R0101": (lambda d: d.put("C.1.11.1", "2"), None),
    "R0012": (
        criteria("2", combined=True, expedited=True),
        criteria("4", combined=True, expedited=True),
    ),
    "R0013": (
        criteria("1", combined=True, expedited=False),
        criteria("5", combined=True, expedited=False),
    ),
    "R0014": (criteria("4", combined=False, expedited=True), None),
    "R0015": (
        criteria("1", combined=False, expedited=False),
        criteria("2", combined=False, expedited=False),
    ),
    "R0016": (lambda d: d.put("FDA.C.1.7.1", "2"), lambda d: d.put("FDA.C.1.7.1", "6")),
    "W0001": (
        lambda d: d.put("D.1", "AGGREGATE"),
        lambda d: d.put("D.1", "AGGREGATE").put("C.1.10.r", "US-A-1"),
    ),
    "R0102": (lambda d: d.put("C.5.4", "4"), lambda d: d.put("C.5.4", "2")),
    "R0103": (lambda d: d.put("C.5.4", "1"), lambda d: d.put("C.1.3", "2").put("C.5.4", "1")),
    "R0104": (
        lambda d: d.put("C.1.3", "2").put("C.5.4", "9"),
        lambda d: d.put("C.1.3", "2").put("C.5.4", "3"),
    ),
    "R0113": (
        lambda d: d.put("C.1.3", "1"),
        lambda d: d.put("C.1.3", "1").drop("C.5.4"),
    ),
    "W0002": (
        lambda d: d.put("D.1", "AGGREGATE").put("C.5.4", "2"),
        lambda d: d.put("D.1", "AGGREGATE").put("C.5.4", "1"),
    ),
    "R0024": (lambda d: d.put("FDA.C.5.5a", "IND123456"), None),
    "R0107": (lambda d: d.put("FDA.C.5.5a", "123456"), None),
    "R0025": (lambda d: exempt(d).put("FDA.C.5.5b", "2345"), exempt),
    "R0108": (lambda d: d.put("FDA.C.5.5b", "234567"), None),
    "R0026": (lambda d: d.clear("FDA.C.5.6.r"), lambda d: d.put("FDA.C.5.6.r", "111111")),
    "R0109": (lambda d: d.put("FDA.C.5.6.r", "111111"), None),
    "R0027": (
        lambda d: combination(d).put("E.i.2.1b", "10067482"),
        lambda d: combination(d).put("E.i.2.1b", "10067482").put("D.1", NA),
    ),
    "W0010": (
        lambda d: d.put("C.1.10.r", "US-A-1"),
        lambda d: d.put("C.1.10.r", "US-A-1").put("D.1", "AGGREGATE"),
    ),
    "R0041": (
        lambda d: d.put("E.i.3.2a", "true"),
        lambda d: d.put("E.i.3.2a", "true").put("D.9.1", Null("ASKU")),
    ),
    "R0044": (
        lambda d: d.put("D.9.2.r.1a", "27.1").put("D.9.2.r.1b", "10042971"),
        lambda d: d.put("D.9.2.r.1a", "27.1").put("D.9.2.r.1b", "10042971").put("D.9.2.r.2", "TCL"),
    ),
    "W0003": (lambda d: d.put("D.1", NA), lambda d: d.put("D.1", NA).put("FDA.D.11.r.1", NA)),
    "W0004": (
        lambda d: d.put("D.1", "SUMMARY"),
        lambda d: d.put("D.1", "SUMMARY").put("FDA.D.12", NA),
    ),
    "W0005": (lambda d: d.put("G.k.1", "4"), lambda d: combination(d, "4")),
    "R0070": (lambda d: d.put("G.k.1", "4"), lambda d: d.put("G.k.1", "2", at=1)),
    "R0071": (lambda d: exempt(d).put("G.k.1", "2"), lambda d: exempt(d).put("G.k.1", "4")),
    "R0072": (
        lambda d: d.put("FDA.G.k.1.a", "1"),
        lambda d: combination(d, "4").put("FDA.G.k.1.a", "1"),
    ),
    "G.k.1.a.SIMILAR": (
        lambda d: combination(d, "4"),
        lambda d: combination(d, "4").put("FDA.G.k.1.a", "1"),
    ),
    "R0114": (
        lambda d: d.put("C.1.3", "2").put("C.5.4", "2").put("G.k.3.1", "IND123456"),
        lambda d: d.put("C.1.3", "2").put("C.5.4", "2").put("G.k.3.1", "BLA125746"),
    ),
    "R0085": (lambda d: d.drop("G.k.9.i.2.r.1"), None),
    "R0086": (lambda d: d.drop("G.k.9.i.2.r.2"), None),
    "R0087": (lambda d: d.drop("G.k.9.i.2.r.3"), None),
    "G.k.9.i.2.r.3.VALUE": (lambda d: d.put("G.k.9.i.2.r.3", "Possible"), None),
    "W0006": (
        lambda d: exempt(d).drop("FDA.G.k.10a"),
        lambda d: exempt(d).put("FDA.G.k.10a", NA),
    ),
    "E.i.3.2h.PREMARKET": (lambda d: d.put("FDA.E.i.3.2h", "true"), None),
    "R0092": (
        lambda d: d.put("FDA.C.1.7.1", "5"),
        lambda d: combination(d).put("FDA.C.1.7.1", "5"),
    ),
    "R0093": (lambda d: combination(d).clear(f"{DEVICE}.3.r"), combination),
    "R0094": (lambda d: combination(d).drop(f"{DEVICE}.4"), combination),
    "R0095": (
        lambda d: combination(d).clear(DEVICE),
        lambda d: combination(d).drop(f"{DEVICE}.4").put(f"{DEVICE}.5", Null("NI")),
    ),
    "R0096": (
        lambda d: combination(d).put(f"{DEVICE}.4", Null("NI")),
        lambda d: combination(d).put(f"{DEVICE}.4", Null("NI")).put(f"{DEVICE}.6", "FMF"),
    ),
    "W0007": (
        lambda d: combination(d).put("FDA.C.1.7.1", "4"),
        lambda d: combination(d).put("FDA.C.1.7.1", "4").put(f"{DEVICE}.11.r", "1"),
    ),
    "D.11.r.REQ": (lambda d: d.clear("FDA.D.11.r"), None),
} | {
    f"C.3.{number}.REQ": ((lambda d, code=f"C.3.{number}": d.drop(code)), None)
    for number in (*(f"3.{n}" for n in (1, 2, 3, 5)), *(f"4.{n}" for n in range(1, 9)))
}
OWN = {
    r.id.removeprefix("FDA.")
    for r in REGISTRY.values()
    if r.authority is Authority.FDA
    and r.broken is not None
    and (r.replaces is None or r.broken is not REGISTRY[r.replaces].broken)
}


def test_each_rule_of_fda_has_a_case():
    assert set(CASES) == OWN


@pytest.mark.parametrize("rule", sorted(OWN))
def test_broken_and_kept(rule, both_ways):
    both_ways(f"FDA.{rule}", *CASES[rule])


def test_numbers_are_rejections_or_warnings_as_fda_says():
    for rule in REGISTRY.values():
        number = rule.id.removeprefix("FDA.")
        if rule.authority is Authority.FDA and number[1:].isdigit():
            expected = "warning" if number[0] == "W" else "error"
            assert set(rule.severity.values()) == {expected}
            assert number in rule.reason.en
            assert number in rule.reason.zh


def test_all_of_fdas_numbers_are_checked_or_explained():
    rejected = {f"R{n:04}" for n in range(4, 115)} - {"R0028"}  # FDA publishes no R0028
    warned = {f"W{n:04}" for n in range(1, 13)} - {"W0011"}
    checked = {r.id.removeprefix("FDA.") for r in REGISTRY.values()} & (rejected | warned)
    left = {one.number for one in UNCHECKED}
    assert checked | left == rejected | warned
    assert not checked & left
    assert "FDA.UNNUMBERED.C.1.11.2" in REGISTRY
    assert all(one.reason.en and one.reason.zh for one in UNCHECKED)


@pytest.mark.parametrize("rule", ["FDA.R0011", "FDA.R0101"])
def test_rules_on_initial_reports_wait_for_the_caller(rule, draft):
    for initial in (None, False):
        d = draft(Profile.FDA).put("C.1.7", Null("NI")).put("C.1.11.1", "1")
        assert rule not in {f.rule for f in d.check(Profile.FDA, initial=initial)}


def test_a_mixed_address_is_rejected_on_the_post_market_route(draft):
    batch_only = draft(Profile.FDA).put("N.1.4", "ZZFDA_PREMKT")
    assert "FDA.R0004" in {f.rule for f in batch_only.check(Profile.FDA)}
    message_only = draft(Profile.FDA).put("N.2.r.3", "CBER_IND")
    assert "FDA.R0006" in {f.rule for f in message_only.check(Profile.FDA)}


def test_an_ind_report_without_its_wrapper_meets_the_ind_rules(draft):
    d = draft(Profile.FDA_IND).drop("FDA.C.5.5a")
    message = d.batch.messages[0]
    found = {f.rule for f in validate(message, Profile.FDA, now=date(2026, 11, 22))}
    assert "FDA.R0024" in found
    assert "FDA.R0006" not in found
