"""FDA's numbered rules that no message alone can answer, each with the reason.

Source: domain 6 (FDA's business rules).
"""

from dataclasses import dataclass

from pv.domain.e2b.checks.rule import Text


@dataclass(frozen=True, slots=True)
class Unchecked:
    """One of FDA's rules that stays with FDA: its number, its element and why."""

    number: str
    element: str
    reason: Text


_REGISTER = Text(
    "only FDA's register of applications knows whether the number exists",
    "该编号是否存在只能由 FDA 的申请登记核实",
)

UNCHECKED: tuple[Unchecked, ...] = (
    Unchecked("R0105", "FDA.C.5.5a", _REGISTER),
    Unchecked("R0106", "FDA.C.5.5b", _REGISTER),
    Unchecked("W0012", "FDA.C.5.6.r", _REGISTER),
    Unchecked(
        "W0009",
        "G.k.2.2",
        Text(
            "only FDA knows the product name registered under the IND or pre-ANDA number",
            "IND 或 Pre-ANDA 号对应的产品名称只有 FDA 掌握",
        ),
    ),
    Unchecked(
        "W0008",
        "FDA.G.k.12.r.3.r",
        Text(
            "the FDA and IMDRF device problem lists are not part of the message; only length"
            " and presence are checked",
            "FDA 及 IMDRF 器械问题代码表不在消息之内，只能校验长度和是否填写",
        ),
    ),
)
# Checked, but only when the caller says that the receiver never saw this case.
NEEDS_INITIAL: tuple[str, ...] = ("R0011", "R0101")
# Checked when the batch wrapper is given together with the message.
NEEDS_BATCH: tuple[str, ...] = ("R0004", "R0005", "R0100")
