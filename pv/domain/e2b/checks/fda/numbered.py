"""How one of FDA's numbered rules is written: its number, its severity, its reason.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from collections.abc import Mapping

from pv.domain.e2b.checks.instances import MESSAGE, MessageFacts
from pv.domain.e2b.checks.profiles import AMERICA, Profile, Severity, errors, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, NodeTest, Rule, Text

SOURCE = "FDA E2B(R3) core and regional data elements and business rules, rule {number}"
IND = frozenset({"CDER_IND", "CBER_IND"})
EXEMPT = "CDER_IND_EXEMPT_BA_BE"
PREMARKET = IND | {EXEMPT}
TRUE, FALSE = "true", "false"


def severity_of(number: str, *profiles: Profile) -> Mapping[Profile, Severity]:
    """FDA numbers its rejections R and its warnings W."""
    return warnings(*profiles) if number.startswith("W") else errors(*profiles)


def reason_of(number: str) -> Text:
    """What FDA's gateway answers to a message that breaks the rule."""
    if number.startswith("W"):
        return Text(
            f"FDA loads the message and lists warning {number} in its acknowledgement.",
            f"FDA 会接收该消息，但在回执中列出警告 {number}。",
        )
    return Text(
        f"FDA rejects the message under its business rule {number} (ACK.B.r.6 = CR).",
        f"FDA 按业务规则 {number} 拒收该消息（ACK.B.r.6 = CR）。",
    )


def fda(
    number: str,
    element: str,
    broken: NodeTest,
    en: str,
    zh: str,
    *,
    profiles: tuple[Profile, ...] = AMERICA,
    kind: CheckKind = CheckKind.CONDITIONAL,
    scope: str = MESSAGE,
    touches: tuple[str, ...] = (),
    replaces: str | None = None,
) -> Rule:
    """A rule with FDA's number, applied in the given FDA profiles."""
    return Rule(
        id=f"FDA.{number}",
        authority=Authority.FDA,
        element=element,
        kind=kind,
        severity=severity_of(number, *profiles),
        text=Text(en, zh),
        reason=reason_of(number),
        source=SOURCE.format(number=number),
        touches=touches,
        scope=scope,
        broken=broken,
        replaces=replaces,
    )


def aggregate(facts: MessageFacts) -> bool:
    """Whether the report stands for several patients; FDA's own text spells the word two ways."""
    return facts.text("D.1") in ("AGGREGATE", "AGGREGRATE")


def to_ind(facts: MessageFacts) -> bool:
    """Whether the message is addressed to an IND of CDER or CBER."""
    return facts.text("N.2.r.3") in IND


def under_ind(facts: MessageFacts) -> bool:
    """Whether this is a report from a study under an IND (C.1.3 is 2 and FDA.C.5.5a given)."""
    return facts.text("C.1.3") == "2" and facts.known("FDA.C.5.5a")
