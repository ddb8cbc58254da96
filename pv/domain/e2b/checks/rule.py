"""What one rule is: who asks for it, what it looks at, and what it says in both languages.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from pv.domain.e2b.checks.instances import MESSAGE, GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, Profile, Severity, errors

NodeTest = Callable[[MessageFacts, GroupInstance], bool]
ValueTest = Callable[[str], bool]


class CheckKind(StrEnum):
    """The sort of check, which is also how a page groups the rules of an element."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    LENGTH = "length"
    NULL_FLAVOR = "null_flavor"
    CODE = "code"
    TYPE = "type"
    TRUE_ONLY = "true_only"
    PRECISION = "precision"
    FUTURE = "future"
    RELATION = "relation"
    ORDER = "order"
    TERMS = "terms"
    REGION = "region"


class Authority(StrEnum):
    """Whose rule it is; EW are Everwatch's own plausibility checks, never an error."""

    ICH = "ICH"
    FDA = "FDA"
    NMPA = "NMPA"
    CDE = "CDE"
    EMA = "EMA"
    EW = "EW"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in English and in Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    ``severity`` lists the profiles that apply it; ``confirmed`` is False when the official text
    was not at hand, and then the severity is a warning everywhere. A rule looks either at one
    value (``test``, ``allowed``, ``limit``) or at one instance of the group ``scope``
    (``broken``). ``pair`` names (given, needed) where the rule is just that, and ``touches`` the
    other elements it reads.
    """

    id: str
    authority: Authority
    element: str
    kind: CheckKind
    severity: Mapping[Profile, Severity]
    text: Text
    reason: Text
    source: str
    confirmed: bool = True
    touches: tuple[str, ...] = ()
    scope: str = MESSAGE
    broken: NodeTest | None = None
    test: ValueTest | None = None
    pair: tuple[str, str] | None = None
    limit: int | None = None
    allowed: tuple[str, ...] = ()
    replaces: str | None = None

    def within(self, *profiles: Profile) -> "Rule":
        """The same rule applied in these profiles only."""
        return replace(self, severity={p: s for p, s in self.severity.items() if p in profiles})


GUIDE = "ICH E2B(R3) implementation guide, conformance and business rules of the element"

_REASONS = {
    CheckKind.REQUIRED: Text(
        "Without it a receiver that applies the ICH guide does not load the message"
        " (ACK.B.r.6 = CR).",
        "缺少该项时，按 ICH 指南校验的接收方不予入库（ACK.B.r.6 = CR）。",
    ),
    CheckKind.CONDITIONAL: Text(
        "The ICH guide makes it mandatory under this condition, so the receiver does not load"
        " the message.",
        "ICH 指南规定在此条件下必填，接收方不予入库。",
    ),
    CheckKind.LENGTH: Text(
        "The receiver's field holds no more; the value is cut or the message is rejected.",
        "接收方字段长度有限，超长内容会被截断或整条被拒。",
    ),
    CheckKind.NULL_FLAVOR: Text(
        "The receiver knows only the listed nullFlavors here and rejects others.",
        "接收方在此处只接受所列的 nullFlavor，其他值会被拒。",
    ),
    CheckKind.CODE: Text(
        "The receiver looks the code up in its list and rejects one it does not find.",
        "接收方按代码表校验，查不到的代码会被拒。",
    ),
    CheckKind.TYPE: Text(
        "The receiver cannot read a value of another form and rejects the message.",
        "数据格式不符，接收方无法解析而拒收。",
    ),
    CheckKind.TRUE_ONLY: Text(
        "The guide knows only true here, and NI or nothing for no; strict receivers reject false.",
        "指南在此处只允许 true，“否”用 NI 或不填；严格校验的接收方会拒收 false。",
    ),
    CheckKind.PRECISION: Text(
        "The receiver counts deadlines and links versions with this date and rejects a coarser"
        " one.",
        "接收方用该日期计算时限、关联版本，精度不足会被拒。",
    ),
    CheckKind.FUTURE: Text(
        "A date after the transmission cannot be true; the receiver rejects it.",
        "晚于传输时间的日期不可能成立，接收方会拒收。",
    ),
    CheckKind.RELATION: Text(
        "The ICH guide ties these elements together; a receiver that checks it rejects or"
        " questions the message.",
        "ICH 指南规定这些数据项相互关联，接收方校验不符时会拒收或质疑。",
    ),
    CheckKind.TERMS: Text(
        "The receiver codes and groups by MedDRA; what it cannot look up is rejected.",
        "接收方按 MedDRA 编码归类，无法识别的内容会被拒。",
    ),
}
_OWN_REASON = Text(
    "No published rule of a receiver: the values contradict each other or look unfinished,"
    " so look before sending.",
    "并非接收方公布的规则：数据相互矛盾或不完整，发送前请核对。",
)


def rule_id(authority: Authority, element: str, name: str) -> str:
    """``ICH.C.5.4.REQ``; FDA's elements carry FDA in front already and say it once."""
    return f"{authority}.{element.removeprefix(f'{authority}.')}.{name}"


def rule(
    authority: Authority,
    element: str,
    name: str,
    broken: NodeTest,
    en: str,
    zh: str,
    *,
    kind: CheckKind = CheckKind.CONDITIONAL,
    scope: str = MESSAGE,
    severity: Mapping[Profile, Severity] | None = None,
    touches: tuple[str, ...] = (),
    reason: Text | None = None,
    source: str = GUIDE,
    confirmed: bool = True,
    pair: tuple[str, str] | None = None,
) -> Rule:
    """A rule over instances of the group ``scope``; its id is authority, element and name."""
    if reason is None:
        own = authority is Authority.EW
        reason = _OWN_REASON if own else _REASONS.get(kind, _REASONS[CheckKind.RELATION])
    return Rule(
        id=rule_id(authority, element, name),
        authority=authority,
        element=element,
        kind=kind,
        severity=errors(*EVERYONE) if severity is None else severity,
        text=Text(en, zh),
        reason=reason,
        source=source,
        confirmed=confirmed,
        touches=touches,
        scope=scope,
        broken=broken,
        pair=pair,
    )


def reason_for(kind: CheckKind) -> Text:
    """Why a receiver that applies the ICH guide refuses a message that breaks such a rule."""
    return _REASONS[kind]


def with_test(
    authority: Authority,
    element: str,
    name: str,
    test: ValueTest,
    en: str,
    zh: str,
    *,
    severity: Mapping[Profile, Severity],
    reason: Text,
    source: str,
    kind: CheckKind = CheckKind.CODE,
    allowed: tuple[str, ...] = (),
    replaces: str | None = None,
    confirmed: bool = True,
) -> Rule:
    """A rule about one value; ``test`` is true of a value that breaks it."""
    return Rule(
        id=rule_id(authority, element, name),
        authority=authority,
        element=element,
        kind=kind,
        severity=severity,
        text=Text(en, zh),
        reason=reason,
        source=source,
        confirmed=confirmed,
        test=test,
        allowed=allowed,
        replaces=replaces,
    )
