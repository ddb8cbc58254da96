"""ICH rules that tie the wrappers N.1 and N.2 to the report.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.instances import MessageFacts
from pv.domain.e2b.checks.profiles import NOT_AMERICA, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule


def _differs(facts: MessageFacts, first: str, second: str) -> bool:
    a, b = facts.text(first), facts.text(second)
    return a is not None and b is not None and a != b


# FDA's own published instances break both, so FDA's profiles leave them out and others warn.
RULES: tuple[Rule, ...] = (
    rule(
        Authority.ICH,
        "N.2.r.1",
        "SAME",
        lambda facts, _: _differs(facts, "N.2.r.1", "C.1.1"),
        "The message identifier (N.2.r.1) must equal the safety report identifier (C.1.1).",
        "消息标识（N.2.r.1）应与安全性报告唯一标识（C.1.1）相同。",
        kind=CheckKind.RELATION,
        severity=warnings(*NOT_AMERICA),
        touches=("C.1.1",),
    ),
    rule(
        Authority.ICH,
        "N.2.r.4",
        "SAME",
        lambda facts, _: _differs(facts, "N.2.r.4", "C.1.2"),
        "The date of message creation (N.2.r.4) must equal the date of creation (C.1.2).",
        "消息创建日期（N.2.r.4）应与报告创建日期（C.1.2）相同。",
        kind=CheckKind.RELATION,
        severity=warnings(*NOT_AMERICA),
        touches=("C.1.2",),
    ),
)
