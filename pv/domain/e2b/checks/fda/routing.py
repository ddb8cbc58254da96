"""FDA's rules on receiver identifiers, which decide the route of a message.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda.numbered import PREMARKET, fda
from pv.domain.e2b.checks.instances import MessageFacts
from pv.domain.e2b.checks.profiles import Profile
from pv.domain.e2b.checks.rule import CheckKind, Rule

POST, PRE = (Profile.FDA,), (Profile.FDA_IND,)


def _sent_to(facts: MessageFacts, receiver: str) -> bool:
    """Whether the batch says another receiver; a message without a wrapper says none."""
    return facts.batch is not None and facts.text("N.1.4") != receiver


def _sender_differs(facts: MessageFacts) -> bool:
    return facts.batch is not None and facts.text("N.2.r.2") != facts.text("N.1.3")


RULES: tuple[Rule, ...] = (
    fda(
        "R0004",
        "N.1.4",
        lambda facts, _: _sent_to(facts, "ZZFDA"),
        "A post-market batch must be addressed to ZZFDA (N.1.4).",
        "上市后报告批次的接收方（N.1.4）应为 ZZFDA。",
        profiles=POST,
        kind=CheckKind.CODE,
    ),
    fda(
        "R0005",
        "N.1.4",
        lambda facts, _: _sent_to(facts, "ZZFDA_PREMKT"),
        "A premarket batch must be addressed to ZZFDA_PREMKT (N.1.4).",
        "上市前报告批次的接收方（N.1.4）应为 ZZFDA_PREMKT。",
        profiles=PRE,
        kind=CheckKind.CODE,
    ),
    fda(
        "R0100",
        "N.2.r.2",
        lambda facts, _: _sender_differs(facts),
        "The message sender (N.2.r.2) must equal the batch sender (N.1.3) in every report.",
        "每条消息的发送方（N.2.r.2）必须与批次发送方（N.1.3）一致。",
        kind=CheckKind.RELATION,
        touches=("N.1.3",),
    ),
    fda(
        "R0006",
        "N.2.r.3",
        lambda facts, _: facts.text("N.2.r.3") != "CDER",
        "A post-market report must be addressed to CDER (N.2.r.3).",
        "上市后报告的消息接收方（N.2.r.3）应为 CDER。",
        profiles=POST,
        kind=CheckKind.CODE,
        touches=("N.1.4",),
    ),
    fda(
        "R0007",
        "N.2.r.3",
        lambda facts, _: facts.text("N.2.r.3") not in PREMARKET,
        "A premarket report must be addressed to CDER_IND, CBER_IND or CDER_IND_EXEMPT_BA_BE"
        " (N.2.r.3).",
        "上市前报告的消息接收方（N.2.r.3）应为 CDER_IND、CBER_IND 或 CDER_IND_EXEMPT_BA_BE。",
        profiles=PRE,
        kind=CheckKind.CODE,
        touches=("N.1.4",),
    ),
)
