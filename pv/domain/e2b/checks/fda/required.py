"""Elements FDA requires in every report beyond ICH's, without a rule number of their own.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import AMERICA, errors
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, Text, rule
from pv.domain.e2b.elements import ELEMENTS

# The sender's person and address: optional in ICH, the most frequent rejection at the gateway.
_SENDER = (
    *("C.3.3.1", "C.3.3.2", "C.3.3.3", "C.3.3.5", "C.3.4.1", "C.3.4.2", "C.3.4.3", "C.3.4.4"),
    *("C.3.4.5", "C.3.4.6", "C.3.4.7", "C.3.4.8"),
)
_REASON = Text(
    "FDA lists the element as required in every report and rejects a message without it.",
    "FDA 将该项列为所有报告必填，缺少则拒收。",
)


def _missing(code: str) -> Rule:
    element = ELEMENTS[code]

    def broken(_: MessageFacts, place: GroupInstance) -> bool:
        return not place.has(code)

    return rule(
        Authority.FDA,
        code,
        "REQ",
        broken,
        f"{element.name_en} ({code}) must be given in every report to FDA.",
        f"向 FDA 递交的每份报告都必须填写 {code}（{element.name_zh}）。",
        kind=CheckKind.REQUIRED,
        scope=element.group,
        severity=errors(*AMERICA),
        reason=_REASON,
        source="FDA E2B(R3) core and regional data elements: regionally required",
    )


def _no_race(facts: MessageFacts, _: GroupInstance) -> bool:
    return not facts.each("FDA.D.11.r")


RULES: tuple[Rule, ...] = (
    *(_missing(code) for code in _SENDER),
    rule(
        Authority.FDA,
        "FDA.D.11.r",
        "REQ",
        _no_race,
        "At least one patient race (FDA.D.11.r), or a nullFlavor, must be given.",
        "至少应填写一个患者种族（FDA.D.11.r）或 nullFlavor。",
        kind=CheckKind.REQUIRED,
        severity=errors(*AMERICA),
        reason=_REASON,
        source="FDA E2B(R3) core and regional data elements: regionally required",
        touches=("FDA.D.11.r.1",),
    ),
)
