"""FDA's numbered rules for reports after approval (receiver CDER).

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda.numbered import TRUE, fda
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import Profile
from pv.domain.e2b.checks.rule import CheckKind, Rule

POST = (Profile.FDA,)
_NO_EVENT = "10067482"  # MedDRA "No adverse event"
_STUDY_TYPES = frozenset("123")


def local_criteria(
    number: str, *, combination: bool, expedited: bool, allowed: tuple[str, ...]
) -> Rule:
    """FDA.C.1.7.1 by whether the product is a combination and the report expedited."""

    def broken(facts: MessageFacts, place: GroupInstance) -> bool:
        if not place.has("FDA.C.1.12") or not place.has("C.1.7"):
            return False  # other rules ask for them
        if (place.text("FDA.C.1.12") == TRUE) is not combination:
            return False
        if (place.text("C.1.7") == TRUE) is not expedited:
            return False
        given = place.text("FDA.C.1.7.1")
        return given is not None and given not in allowed

    product_en = "a combination product" if combination else "no combination product"
    product_zh = "组合产品" if combination else "非组合产品"
    kind_en = "an expedited" if expedited else "a non-expedited"
    kind_zh = "加速" if expedited else "非加速"
    return fda(
        number,
        "FDA.C.1.7.1",
        broken,
        f"For {kind_en} report on {product_en}, FDA.C.1.7.1 must be {' or '.join(allowed)}.",
        f"{product_zh}的{kind_zh}报告，FDA.C.1.7.1 应为 {' 或 '.join(allowed)}。",
        profiles=POST,
        kind=CheckKind.CODE,
        touches=("FDA.C.1.12", "C.1.7"),
    )


def _study(place: GroupInstance) -> bool:
    return place.text("C.1.3") == "2"


def _first_not_suspect(facts: MessageFacts) -> bool:
    drugs = facts.each("G.k")
    if not drugs:
        return False
    faulty = any(n.text("FDA.G.k.12.r.1") == TRUE for n in drugs[0].each("FDA.G.k.12.r"))
    return drugs[0].text("G.k.1") not in (("1", "3", "4") if faulty else ("1", "3"))


def _malfunction_with_patient(facts: MessageFacts, place: GroupInstance) -> bool:
    return (
        place.text("FDA.C.1.12") == TRUE
        and any(d.text("FDA.G.k.12.r.1") == TRUE for d in facts.each("FDA.G.k.12.r"))
        and any(event.text("E.i.2.1b") == _NO_EVENT for event in facts.each("E.i"))
        and place.flavor("D.1") != "NA"
        and place.text("D.1") != "SUMMARY"
    )


def _investigational_number(facts: MessageFacts, place: GroupInstance) -> bool:
    number = (place.text("G.k.3.1") or "").upper().replace("-", "")
    return (
        _study(facts.root)
        and facts.root.text("C.5.4") in ("2", "3")
        and ("IND" in number or "PANDA" in number or "PREANDA" in number)
    )


def _must_be_absent(number: str, element: str, en: str, zh: str) -> Rule:
    group = element if element.endswith(".r") else None
    return fda(
        number,
        element,
        lambda facts, place: place.has(element) or bool(group and facts.each(group)),
        f"{en} ({element}) must not be given in a post-market report.",
        f"上市后报告不得填写 {element}（{zh}）。",
        profiles=POST,
        kind=CheckKind.RELATION,
    )


RULES: tuple[Rule, ...] = (
    local_criteria("R0012", combination=True, expedited=True, allowed=("1", "4")),
    local_criteria("R0013", combination=True, expedited=False, allowed=("2", "5")),
    local_criteria("R0014", combination=False, expedited=True, allowed=("1",)),
    local_criteria("R0015", combination=False, expedited=False, allowed=("2",)),
    fda(
        "R0103",
        "C.5.4",
        lambda facts, place: place.text("C.1.3") == "1" and place.has("C.5.4"),
        "A spontaneous report (C.1.3 is 1) must not give a study type (C.5.4).",
        "自发报告（C.1.3 为 1）不得填写研究类型（C.5.4）。",
        profiles=POST,
        kind=CheckKind.RELATION,
        touches=("C.1.3", "N.2.r.3"),
    ),
    fda(
        "R0104",
        "C.5.4",
        lambda _, place: (
            _study(place) and place.has("C.5.4") and place.text("C.5.4") not in _STUDY_TYPES
        ),
        "A report from a study (C.1.3 is 2) must give study type 1, 2 or 3 (C.5.4).",
        "研究报告（C.1.3 为 2）的研究类型（C.5.4）应为 1、2 或 3。",
        profiles=POST,
        kind=CheckKind.CODE,
        touches=("C.1.3", "N.1.4", "N.2.r.3"),
    ),
    _must_be_absent("R0107", "FDA.C.5.5a", "The IND number", "IND 号"),
    _must_be_absent("R0108", "FDA.C.5.5b", "The pre-ANDA number", "Pre-ANDA 号"),
    _must_be_absent("R0109", "FDA.C.5.6.r", "A cross-reported IND", "交叉报告的 IND 号"),
    fda(
        "R0027",
        "D.1",
        _malfunction_with_patient,
        "A malfunction without an adverse event concerns no patient: D.1 must be NA, or SUMMARY"
        " for several malfunctions.",
        "仅有器械故障而无不良事件时不涉及患者：D.1 应为 NA，多次故障汇总填 SUMMARY。",
        profiles=POST,
        kind=CheckKind.RELATION,
        touches=("FDA.C.1.12", "FDA.G.k.12.r.1", "E.i.2.1b"),
    ),
    fda(
        "W0005",
        "G.k.1",
        lambda facts, _: _first_not_suspect(facts),
        "The first drug should be suspect or interacting (G.k.1 is 1 or 3), or 4 when its device"
        " malfunctioned.",
        "第一个药品应为怀疑或相互作用（G.k.1 为 1 或 3）；其器械发生故障时也可为 4。",
        profiles=POST,
        kind=CheckKind.RELATION,
        touches=("FDA.G.k.12.r.1",),
    ),
    fda(
        "R0114",
        "G.k.3.1",
        _investigational_number,
        "A post-market study report (C.5.4 is 2 or 3) must not carry an IND or pre-ANDA number"
        " in G.k.3.1.",
        "上市后研究报告（C.5.4 为 2 或 3）的 G.k.3.1 不得填写 IND 或 Pre-ANDA 号。",
        profiles=POST,
        kind=CheckKind.RELATION,
        scope="G.k",
        touches=("C.1.3", "C.5.4"),
    ),
)
