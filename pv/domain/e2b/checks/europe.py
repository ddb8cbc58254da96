"""Rules of EudraVigilance as far as known: EVPM after approval, EVCTM for trials.

Source: domain 6 (EU ICSR guide).
"""

from collections.abc import Mapping

from pv.domain.e2b.checks.instances import MESSAGE, GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EUROPE, Profile, Severity, errors, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, NodeTest, Rule, Text, rule, with_test

SOURCE = "EU ICSR implementation guide, business rules as far as known"
POST, TRIAL = (Profile.EMA,), (Profile.EMA_TRIAL,)
_REASON = Text(
    "EudraVigilance routes and validates by this; a message that does not fit is returned with"
    " an error.",
    "EudraVigilance 据此分流和校验，不符的消息会被退回并报错。",
)
_RECALLED = Text(
    "EudraVigilance is remembered to ask for this; the wording of the rule is not confirmed.",
    "据了解 EudraVigilance 有此要求，规则原文尚未核实。",
)
_RECEIVERS = {
    Profile.EMA: ("EVHUMAN", "EVTEST"),
    Profile.EMA_TRIAL: ("EVCTMPROD", "EVCTMTEST"),
}
_MESSAGE_TYPES = ("1", "2", "3", "4")
_SUSPECT = frozenset("13")
_CODED = ("G.k.9.i.2.r.1.EU.1", "G.k.9.i.2.r.2.EU.1", "G.k.9.i.2.r.3.EU.1")


def _rule(
    element: str,
    name: str,
    broken: NodeTest,
    en: str,
    zh: str,
    *,
    severity: Mapping[Profile, Severity],
    kind: CheckKind = CheckKind.CONDITIONAL,
    scope: str = MESSAGE,
    touches: tuple[str, ...] = (),
    confirmed: bool = False,
) -> Rule:
    return rule(
        Authority.EMA,
        element,
        name,
        broken,
        en,
        zh,
        kind=kind,
        scope=scope,
        severity=severity,
        touches=touches,
        reason=_REASON if confirmed else _RECALLED,
        source=SOURCE,
        confirmed=confirmed,
    )


def _receiver(profile: Profile, name: str) -> Rule:
    expected = _RECEIVERS[profile]
    return _rule(
        "N.2.r.3",
        name,
        lambda facts, _: facts.text("N.2.r.3") not in expected,
        f"The receiver (N.2.r.3) is expected to be {' or '.join(expected)}.",
        f"接收方（N.2.r.3）预期为 {' 或 '.join(expected)}。",
        severity=warnings(profile),
        kind=CheckKind.CODE,
    )


def _no_lot(_: MessageFacts, place: GroupInstance) -> bool:
    return place.text("G.k.1") in _SUSPECT and not any(
        dose.text("G.k.4.r.7") for dose in place.each("G.k.4.r")
    )


def _no_coded_result(facts: MessageFacts, place: GroupInstance) -> bool:
    return place.text("G.k.1") in _SUSPECT and not any(
        one.text(_CODED[2]) for row in place.each("G.k.9.i") for one in row.each("G.k.9.i.2.r")
    )


def _coded_in_part(_: MessageFacts, place: GroupInstance) -> bool:
    said = [place.has(code) for code in _CODED]
    return any(said) and not all(said)


RULES: tuple[Rule, ...] = (
    with_test(
        Authority.EMA,
        "N.1.1",
        "CODE",
        lambda text: text not in _MESSAGE_TYPES,
        "The type of messages in the batch (N.1.1) must be an EU type, 1 to 4.",
        "批次内消息类型（N.1.1）应为欧盟类型 1 至 4。",
        severity=errors(*EUROPE),
        allowed=_MESSAGE_TYPES,
        reason=_REASON,
        source=SOURCE,
        replaces="ICH.N.1.1.CODE",
    ),
    _receiver(Profile.EMA, "RECEIVER"),
    _receiver(Profile.EMA_TRIAL, "TRIALRECEIVER"),
    _rule(
        "C.5.4",
        "POST",
        lambda _, place: place.text("C.1.3") == "2" and place.text("C.5.4") == "1",
        "The post-authorisation module takes study reports of type 2 or 3 (C.5.4); clinical trials"
        " go to the clinical trial module.",
        "上市后模块只接收研究类型（C.5.4）2 或 3，临床试验报告应递交临床试验模块。",
        severity=errors(*POST),
        kind=CheckKind.CODE,
        touches=("C.1.3",),
        confirmed=True,
    ),
    _rule(
        "C.5.4",
        "TRIAL",
        lambda _, place: place.text("C.1.3") == "2" and place.text("C.5.4") in ("2", "3"),
        "The clinical trial module takes reports from clinical trials only (C.5.4 is 1).",
        "临床试验模块只接收临床试验报告（C.5.4 为 1）。",
        severity=errors(*TRIAL),
        kind=CheckKind.CODE,
        touches=("C.1.3",),
        confirmed=True,
    ),
    _rule(
        "C.1.3",
        "TRIAL",
        lambda _, place: place.text("C.1.3") != "2",
        "A SUSAR for the clinical trial module is a report from a study (C.1.3 is 2).",
        "递交临床试验模块的 SUSAR 应为研究报告（C.1.3 为 2）。",
        severity=warnings(*TRIAL),
        kind=CheckKind.CODE,
    ),
    _rule(
        "G.k.4.r.7",
        "LOT",
        _no_lot,
        "For a suspect biological product the batch number (G.k.4.r.7) is expected.",
        "怀疑的生物制品应填写批号（G.k.4.r.7）。",
        severity=warnings(*EUROPE),
        scope="G.k",
        touches=("G.k.1",),
    ),
    _rule(
        "G.k.9.i.2.r.3.EU.1",
        "REQ",
        _no_coded_result,
        "For a suspect drug in a SUSAR the coded EU causality (G.k.9.i.2.r.3.EU.1) is expected.",
        "SUSAR 的怀疑药品应填写欧盟编码的因果关系结果（G.k.9.i.2.r.3.EU.1）。",
        severity=warnings(*TRIAL),
        scope="G.k",
        touches=("G.k.1",),
    ),
    _rule(
        "G.k.9.i.2.r.3.EU.1",
        "WHOLE",
        _coded_in_part,
        "Coded EU causality consists of source, method and result together.",
        "欧盟编码的因果关系须同时填写来源、方法和结果。",
        severity=warnings(*EUROPE),
        kind=CheckKind.RELATION,
        scope="G.k.9.i.2.r",
        touches=_CODED[:2],
    ),
)
