"""Rules of the Chinese receivers: NMPA's ADR centre (CDR) after approval, CDE for trials.

Source: inferred from a tool that corrects reports for NMPA and from China's guidance on SUSARs; the
official rule text was not at hand, so every one is a warning.
"""

from followup.languages import has_chinese
from pv.domain.e2b.checks.instances import MESSAGE, GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import CHINA, Profile, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, NodeTest, Rule, Text, rule
from pv.domain.e2b.elements import ELEMENTS

SOURCE = "NMPA E2B(R3) regional guide of 2019-11-22 as applied in practice, not confirmed"
_REASON = Text(
    "Chinese receivers are known to return or correct reports for this; the official rule text is"
    " not confirmed.",
    "实践中此类报告会被退回或要求更正；官方规则原文尚未核实。",
)
_METHODS = frozenset({"直报系统方法", "二分法"})
_POST_MARKET = frozenset({"12", "22"})
_TRIAL = frozenset({"11", "21"})
_NUMBERED = frozenset({"11", "12", "21"})
_DOMESTIC = "12"
_SUSPECT = frozenset("13")
_SERIOUS = tuple(f"E.i.3.2{letter}" for letter in "abcdef")


def _classified(facts: MessageFacts) -> str | None:
    """Report classification: 11/21 before and 12/22 after approval, domestic and overseas."""
    return facts.root.text("C.1.CN.2")


def _foreign_name(facts: MessageFacts, place: GroupInstance) -> bool:
    name = place.text("G.k.2.2")
    return _classified(facts) == _DOMESTIC and name is not None and not has_chinese(name)


def _other_method(facts: MessageFacts, place: GroupInstance) -> bool:
    methods = [one.text("G.k.9.i.2.r.2") for one in place.each("G.k.9.i.2.r")]
    given = [method for method in methods if method is not None]
    return _classified(facts) == _DOMESTIC and bool(given) and not _METHODS.intersection(given)


def _suspect_row(facts: MessageFacts, place: GroupInstance) -> bool:
    drug = place.parent
    return drug is not None and drug.text("G.k.1") in _SUSPECT


def _unassessed(facts: MessageFacts, place: GroupInstance) -> bool:
    return place.text("G.k.1") in _SUSPECT and not any(
        one.text("G.k.9.i.2.r.3")
        for row in place.each("G.k.9.i")
        for one in row.each("G.k.9.i.2.r")
    )


def _not_serious(facts: MessageFacts) -> bool:
    events = facts.each("E.i")
    return bool(events) and not any(e.text(code) == "true" for e in events for code in _SERIOUS)


def _rule(
    element: str,
    name: str,
    broken: NodeTest,
    en: str,
    zh: str,
    *,
    only: Profile | None = None,
    kind: CheckKind = CheckKind.CONDITIONAL,
    scope: str = MESSAGE,
    touches: tuple[str, ...] = (),
) -> Rule:
    authority = Authority.CDE if only is Profile.CDE else Authority.NMPA
    profiles = CHINA if only is None else (only,)
    return rule(
        authority,
        element,
        name,
        broken,
        en,
        zh,
        kind=kind,
        scope=scope,
        severity=warnings(*profiles),
        touches=touches,
        reason=_REASON,
        source=SOURCE,
        confirmed=False,
    )


_EITHER = (
    _rule(
        "N.2.r.3",
        "RECEIVER",
        lambda facts, _: not (facts.text("N.2.r.3") or "").lower().startswith("nmpacdr"),
        "The receiver of a Chinese report (N.2.r.3) is expected to be nmpacdr, or nmpacdr_test.",
        "中国报告的接收方（N.2.r.3）预期为 nmpacdr（测试为 nmpacdr_test）。",
        kind=CheckKind.CODE,
    ),
    _rule(
        "C.1.CN.1",
        "REQ",
        lambda facts, place: _classified(facts) in _POST_MARKET and not place.has("C.1.CN.1"),
        "A post-market report (C.1.CN.2 is 12 or 22) should give its source (C.1.CN.1).",
        "上市后报告（C.1.CN.2 为 12 或 22）应填写报告来源（C.1.CN.1）。",
        touches=("C.1.CN.2",),
    ),
    _rule(
        "C.1.5",
        "INITIAL",
        lambda facts, place: (
            facts.initial is True
            and place.has("C.1.4")
            and place.has("C.1.5")
            and place.text("C.1.4") != place.text("C.1.5")
        ),
        "In an initial report the dates of first receipt (C.1.4) and of most recent information"
        " (C.1.5) should be equal.",
        "首次报告的首次获知日期（C.1.4）与最近一次获知日期（C.1.5）应相同。",
        kind=CheckKind.RELATION,
        touches=("C.1.4",),
    ),
    _rule(
        "G.k.2.2",
        "CHINESE",
        _foreign_name,
        "In a domestic post-market report the product name (G.k.2.2) should be in Chinese.",
        "上市后境内报告的药品名称（G.k.2.2）应为中文。",
        kind=CheckKind.TYPE,
        scope="G.k",
        touches=("C.1.CN.2",),
    ),
    _rule(
        "G.k.CN.3",
        "REQ",
        lambda facts, place: _classified(facts) in _POST_MARKET and not place.has("G.k.CN.3"),
        "A post-market report should say for each drug whether it is the holder's own (G.k.CN.3).",
        "上市后报告应逐一说明药品是否为本持有人产品（G.k.CN.3）。",
        scope="G.k",
        touches=("C.1.CN.2",),
    ),
    _rule(
        "G.k.CN.4",
        "REQ",
        lambda facts, place: _classified(facts) in _NUMBERED and not place.has("G.k.CN.4"),
        "The approval or acceptance number (G.k.CN.4) should be given for each drug; 不详 when it"
        " is unknown.",
        "应逐一填写药品的批准文号或受理号（G.k.CN.4），不详时填“不详”。",
        scope="G.k",
        touches=("C.1.CN.2",),
    ),
    _rule(
        "G.k.9.i.2.r.2",
        "METHOD",
        _other_method,
        "In a domestic post-market report the reporter's assessment should use the six-level"
        " method (直报系统方法) or the two-level method (二分法).",
        "上市后境内报告中报告人的评价方法应为直报系统方法（六级）或二分法。",
        kind=CheckKind.CODE,
        scope="G.k.9.i",
        touches=("C.1.CN.2",),
    ),
    _rule(
        "G.k.9.i.CN.2",
        "REQ",
        lambda _, place: not place.has("G.k.9.i.CN.2"),
        "For each drug and reaction say whether the reaction abated after stopping or reducing"
        " (G.k.9.i.CN.2); unknown is an answer.",
        "应逐一填写停用或减量后反应是否消失或减轻（G.k.9.i.CN.2），可填不详。",
        scope="G.k.9.i",
    ),
)
# Texts a Chinese receiver wants in Chinese (for SUSARs since 2019-05-01: narrative and reported
# term; secondary source, the guide's own list was not at hand).
CHINESE_TEXTS = ("H.1", "E.i.1.1a")


def _must_be_chinese(code: str) -> Rule:
    element = ELEMENTS[code]

    def broken(_: MessageFacts, place: GroupInstance) -> bool:
        text = place.text(code)
        return text is not None and bool(text.strip()) and not has_chinese(text)

    return _rule(
        code,
        "CHINESE",
        broken,
        f"{element.name_en} ({code}) should be in Chinese for a Chinese receiver.",
        f"向国内接收方递交时，{code}（{element.name_zh}）应为中文。",
        kind=CheckKind.TYPE,
        scope=element.group,
    )


def _unsent(code: str) -> Rule:
    """The regional guide of 2019-11-22 has 19 elements; of two the XML form was not seen."""
    element = ELEMENTS[code]
    return _rule(
        code,
        "FORM",
        lambda _, place: place.has(code),
        f"{element.name_en} ({code}) is kept but not sent: its XML form is not confirmed.",
        f"{code}（{element.name_zh}）已保存但不会发送：其 XML 形式尚未核实。",
        kind=CheckKind.REGION,
        scope=element.group,
    )


_UNSENT = tuple(_unsent(code) for code, element in ELEMENTS.items() if not element.written)
_TEXTS = tuple(_must_be_chinese(code) for code in CHINESE_TEXTS)
_POST = (
    _rule(
        "C.1.CN.2",
        "MARKET",
        lambda facts, _: _classified(facts) in _TRIAL,
        "A report to the ADR centre is post-market: classification (C.1.CN.2) 12 or 22.",
        "递交至药品评价中心的为上市后报告，报告分类（C.1.CN.2）应为 12 或 22。",
        only=Profile.NMPA,
        kind=CheckKind.CODE,
    ),
)
_SUSAR = (
    _rule(
        "C.1.CN.2",
        "TRIAL",
        lambda facts, _: _classified(facts) in _POST_MARKET,
        "A report to CDE is from before approval: classification (C.1.CN.2) 11 or 21.",
        "递交至药审中心的为上市前报告，报告分类（C.1.CN.2）应为 11 或 21。",
        only=Profile.CDE,
        kind=CheckKind.CODE,
    ),
    _rule(
        "C.1.3",
        "STUDY",
        lambda facts, place: place.text("C.1.3") != "2" or place.text("C.5.4") not in (None, "1"),
        "A SUSAR comes from a clinical trial: C.1.3 is 2 and C.5.4 is 1.",
        "SUSAR 来自临床试验：C.1.3 应为 2，C.5.4 应为 1。",
        only=Profile.CDE,
        kind=CheckKind.RELATION,
        touches=("C.5.4",),
    ),
    _rule(
        "C.5.1.r.1",
        "REQ",
        lambda facts, _: not any(p.has("C.5.1.r.1") for p in facts.each("C.5.1.r")),
        "A SUSAR should carry the approval or acceptance number of the trial (C.5.1.r.1).",
        "SUSAR 应填写临床试验批件号或受理号（C.5.1.r.1）。",
        only=Profile.CDE,
    ),
    _rule(
        "E.i.3.2a",
        "SERIOUS",
        lambda facts, _: _not_serious(facts),
        "A SUSAR is serious: at least one reaction should meet a seriousness criterion.",
        "SUSAR 应为严重：至少一个反应须符合一项严重性标准。",
        only=Profile.CDE,
        kind=CheckKind.RELATION,
        touches=_SERIOUS[1:],
    ),
    _rule(
        "G.k.9.i.2.r.3",
        "REQ",
        _unassessed,
        "For each suspect drug of a SUSAR the relatedness should be assessed (G.k.9.i.2.r.3).",
        "SUSAR 中每个怀疑药品都应有关联性评价结果（G.k.9.i.2.r.3）。",
        only=Profile.CDE,
        scope="G.k",
        touches=("G.k.1",),
    ),
    _rule(
        "G.k.9.i.CN.1",
        "REQ",
        lambda facts, place: _suspect_row(facts, place) and not place.has("G.k.9.i.CN.1"),
        "A SUSAR should say for each suspect drug whether the reaction is unexpected"
        " (G.k.9.i.CN.1).",
        "SUSAR 应对每个怀疑药品说明反应是否非预期（G.k.9.i.CN.1）。",
        only=Profile.CDE,
        scope="G.k.9.i",
        touches=("G.k.1",),
    ),
)
RULES: tuple[Rule, ...] = (*_EITHER, *_TEXTS, *_UNSENT, *_POST, *_SUSAR)
