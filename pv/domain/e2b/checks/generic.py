"""Checks of every value wherever it stands: blank, unknown, another region's, not placed.

The product's own rule, after domain 6.
"""

from pv.domain.e2b.checks.profiles import EVERYONE, Profile, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, Text

ANY = "ANY"
_SOURCE = "Everwatch plausibility check"


def _rule(name: str, kind: CheckKind, en: str, zh: str, reason: Text, *profiles: Profile) -> Rule:
    return Rule(
        id=f"{Authority.EW}.{ANY}.{name}",
        authority=Authority.EW,
        element=ANY,
        kind=kind,
        severity=warnings(*(profiles or EVERYONE)),
        text=Text(en, zh),
        reason=reason,
        source=_SOURCE,
    )


BLANK = _rule(
    "BLANK",
    CheckKind.TYPE,
    "The value is blank; leave the element out or give a nullFlavor.",
    "内容为空白；请删除该项或填写 nullFlavor。",
    Text(
        "A blank value says nothing; some receivers reject it, others store a blank.",
        "空白值没有意义，有的接收方会拒收，有的会存为空白。",
    ),
)
MISPLACED = _rule(
    "MISPLACED",
    CheckKind.TYPE,
    "A document stands where text belongs, or text where a document belongs.",
    "应为文字处放了文件，或应为文件处放了文字。",
    Text("The message cannot be written this way.", "无法按此内容生成消息。"),
)
UNKNOWN = _rule(
    "UNKNOWN",
    CheckKind.REGION,
    "The element is not in the element table.",
    "数据项不在数据项表中。",
    Text("A receiver ignores what it does not know.", "接收方会忽略无法识别的数据项。"),
)
FOREIGN = _rule(
    "FOREIGN",
    CheckKind.REGION,
    "The element belongs to another region and is not read by this receiver.",
    "该数据项属于其他地区，本接收方不会读取。",
    Text(
        "What another region added is ignored or rejected by this receiver.",
        "其他地区的扩展项会被本接收方忽略或拒收。",
    ),
    *(profile for profile in Profile if profile not in (Profile.ICH, Profile.PARTNER)),
)
UNPLACED = _rule(
    "UNPLACED",
    CheckKind.REGION,
    "The message holds something that no element of the table can hold.",
    "消息中有数据项表无法容纳的内容。",
    Text(
        "It would be lost when the message is written again.",
        "重新生成消息时这部分内容会丢失。",
    ),
)
RULES: tuple[Rule, ...] = (BLANK, MISPLACED, UNKNOWN, FOREIGN, UNPLACED)
