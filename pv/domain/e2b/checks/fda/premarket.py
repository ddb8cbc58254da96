"""FDA's numbered rules for IND safety reports and IND-exempt studies (premarket).

Source: domain 6 (FDA's regional requirements and business rules).
"""

import re

from pv.domain.e2b.checks.fda.numbered import (
    EXEMPT,
    PREMARKET,
    TRUE,
    aggregate,
    fda,
    to_ind,
    under_ind,
)
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import Profile, errors
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule

PRE = (Profile.FDA_IND,)
_SIX_DIGITS = re.compile(r"[0-9]{6}")


def _exempt(facts: MessageFacts) -> bool:
    return facts.text("N.2.r.3") == EXEMPT


def _six_digits(place: GroupInstance, element: str) -> bool:
    text = place.text(element)
    return text is not None and _SIX_DIGITS.fullmatch(text) is not None


def _roles(facts: MessageFacts, allowed: str, needed: str) -> bool:
    roles = [drug.text("G.k.1") for drug in facts.each("G.k")]
    return any(r is not None and r not in allowed for r in roles) or not any(
        r is not None and r in needed for r in roles
    )


def _role_in_exempt_study(facts: MessageFacts, place: GroupInstance) -> bool:
    stated = place.text("FDA.G.k.10a") in ("1", "2") or place.flavor("FDA.G.k.10a") == "NA"
    return facts.known("FDA.C.5.5b") and not stated


RULES: tuple[Rule, ...] = (
    fda(
        "R0008",
        "C.1.3",
        lambda facts, place: (
            facts.text("N.2.r.3") in PREMARKET
            and (facts.known("FDA.C.5.5a") or facts.known("FDA.C.5.5b"))
            and place.text("C.5.4") in ("1", "2", "3")
            and place.text("C.1.3") != "2"
        ),
        "A study type (C.5.4) and an IND or pre-ANDA number are given, so C.1.3 must be 2.",
        "已填写研究类型（C.5.4）及 IND 或 Pre-ANDA 号时，C.1.3 应为 2。",
        profiles=PRE,
        kind=CheckKind.RELATION,
        touches=("C.5.4", "FDA.C.5.5a", "FDA.C.5.5b", "N.2.r.3"),
    ),
    fda(
        "R0110",
        "C.1.3",
        lambda facts, place: (
            to_ind(facts)
            and facts.known("FDA.C.5.5a")
            and not place.has("C.5.4")
            and place.text("C.1.3") != "1"
        ),
        "An IND number without a study type (C.5.4) means a spontaneous report: C.1.3 must be 1.",
        "填写了 IND 号而无研究类型（C.5.4）即为自发报告，C.1.3 应为 1。",
        profiles=PRE,
        kind=CheckKind.RELATION,
        touches=("C.5.4", "FDA.C.5.5a", "N.2.r.3"),
    ),
    fda(
        "R0111",
        "C.1.3",
        lambda facts, place: _exempt(facts) and place.text("C.1.3") != "2",
        "A report from an IND-exempt study must be a report from study (C.1.3 is 2).",
        "IND 豁免研究的报告，C.1.3 应为 2（研究报告）。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("N.2.r.3",),
    ),
    fda(
        "R0112",
        "C.1.3",
        lambda facts, place: to_ind(facts) and place.text("C.1.3") in ("3", "4"),
        "A report to an IND must be spontaneous or from a study (C.1.3 is 1 or 2).",
        "递交至 IND 的报告，C.1.3 只能为 1 或 2。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("N.2.r.3",),
    ),
    fda(
        "R0016",
        "FDA.C.1.7.1",
        lambda _, place: (
            place.text("C.1.7") == TRUE
            and place.text("C.1.3") in ("1", "2")
            and place.has("FDA.C.1.7.1")
            and place.text("FDA.C.1.7.1") not in ("1", "6")
        ),
        "An expedited IND report is a 15-day or a 7-day report (FDA.C.1.7.1 is 1 or 6).",
        "IND 加速报告为 15 日或 7 日报告（FDA.C.1.7.1 为 1 或 6）。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("C.1.3", "C.1.7"),
    ),
    fda(
        "W0001",
        "C.1.10.r",
        lambda facts, place: aggregate(facts) and not place.each("C.1.10.r"),
        "An aggregate report (D.1) should list the reports it stands for (C.1.10.r).",
        "汇总报告（D.1）应列出所含的各份报告编号（C.1.10.r）。",
        profiles=PRE,
        touches=("D.1",),
    ),
    fda(
        "R0102",
        "C.5.4",
        lambda facts, place: (
            facts.text("N.2.r.3") in PREMARKET
            and place.text("C.1.3") == "2"
            and place.has("C.5.4")
            and place.text("C.5.4") not in ("1", "2", "3")
        ),
        "A premarket report from a study must give study type 1, 2 or 3 (C.5.4).",
        "上市前研究报告的研究类型（C.5.4）应为 1、2 或 3。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("C.1.3", "N.1.4", "N.2.r.3"),
    ),
    fda(
        "R0113",
        "C.5.4",
        lambda facts, place: to_ind(facts) and place.text("C.1.3") == "1" and place.has("C.5.4"),
        "A spontaneous report to an IND must not give a study type (C.5.4).",
        "递交至 IND 的自发报告不得填写研究类型（C.5.4）。",
        profiles=PRE,
        kind=CheckKind.RELATION,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "R0024",
        "FDA.C.5.5a",
        lambda facts, place: (
            to_ind(facts)
            and place.text("C.1.3") in ("1", "2")
            and not _six_digits(place, "FDA.C.5.5a")
        ),
        "A report to an IND must give the IND number as six digits (FDA.C.5.5a).",
        "递交至 IND 的报告必须填写六位数字的 IND 号（FDA.C.5.5a）。",
        profiles=PRE,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "R0025",
        "FDA.C.5.5b",
        lambda facts, place: (
            _exempt(facts) and place.text("C.1.3") == "2" and not _six_digits(place, "FDA.C.5.5b")
        ),
        "A report from an IND-exempt study must give the pre-ANDA number as six digits"
        " (FDA.C.5.5b).",
        "IND 豁免研究报告必须填写六位数字的 Pre-ANDA 号（FDA.C.5.5b）。",
        profiles=PRE,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "R0026",
        "FDA.C.5.6.r",
        lambda facts, place: (
            facts.known("FDA.C.5.5a") and not any(n.values for n in place.each("FDA.C.5.6.r"))
        ),
        "An IND number is given, so cross-reported INDs (FDA.C.5.6.r) must be listed, or NA.",
        "已填写 IND 号时，须列出交叉报告的 IND 号（FDA.C.5.6.r），没有则填 NA。",
        profiles=PRE,
        touches=("FDA.C.5.5a",),
    ),
    fda(
        "W0010",
        "D.1",
        lambda facts, place: (
            under_ind(facts) and bool(place.each("C.1.10.r")) and not aggregate(facts)
        ),
        "A study report under an IND that lists linked reports (C.1.10.r) should say AGGREGATE"
        " in D.1.",
        "IND 研究报告列有关联报告（C.1.10.r）时，D.1 应填 AGGREGATE。",
        profiles=PRE,
        kind=CheckKind.RELATION,
        touches=("C.1.3", "C.1.10.r", "FDA.C.5.5a"),
    ),
    fda(
        "R0041",
        "D.9.1",
        lambda facts, place: (
            to_ind(facts)
            and place.text("C.1.3") == "2"
            and any(event.text("E.i.3.2a") == TRUE for event in facts.each("E.i"))
            and not place.has("D.9.1")
        ),
        "A reaction results in death (E.i.3.2a), so the date of death (D.9.1) must be given.",
        "有反应导致死亡（E.i.3.2a）时，必须填写死亡日期（D.9.1）。",
        profiles=PRE,
        touches=("C.1.3", "E.i.3.2a", "N.2.r.3"),
    ),
    fda(
        "R0070",
        "G.k.1",
        lambda facts, _: (
            to_ind(facts) and facts.text("C.1.3") == "2" and _roles(facts, "123", "13")
        ),
        "In an IND report each drug's role (G.k.1) must be 1, 2 or 3, and at least one 1 or 3.",
        "IND 报告中药品作用特征（G.k.1）只能为 1、2 或 3，且至少有一个为 1 或 3。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "R0071",
        "G.k.1",
        lambda facts, _: (
            _exempt(facts) and facts.text("C.1.3") == "2" and _roles(facts, "1234", "134")
        ),
        "In an IND-exempt study at least one drug's role (G.k.1) must be 1, 3 or 4.",
        "IND 豁免研究中至少有一个药品的作用特征（G.k.1）为 1、3 或 4。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "W0006",
        "FDA.G.k.10a",
        _role_in_exempt_study,
        "With a pre-ANDA number each drug should say test, reference or NA (FDA.G.k.10a).",
        "填写了 Pre-ANDA 号时，每个药品应说明为受试、参比或 NA（FDA.G.k.10a）。",
        profiles=PRE,
        scope="G.k",
        touches=("FDA.C.5.5b",),
    ),
    rule(
        Authority.FDA,
        "FDA.E.i.3.2h",
        "PREMARKET",
        lambda _, place: place.text("FDA.E.i.3.2h") is not None,
        "Required intervention (FDA.E.i.3.2h) is NI in every premarket report.",
        "上市前报告的“需要干预”（FDA.E.i.3.2h）应始终为 NI。",
        kind=CheckKind.RELATION,
        scope="E.i",
        severity=errors(*PRE),
        source="FDA regional data elements, premarket guidance of the element; FDA's gateway"
        " rejected a premarket report with false here in 2026",
    ),
)
