"""The columns of a laboratory's file: their roles, and the headings met for them.

The product's own rule.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from followup.domain.laboratory.measures import folded_name


class Role(StrEnum):
    """What a column of a laboratory's file holds."""

    PATIENT = "patient"
    SPECIMEN = "specimen"
    ITEM = "item"
    VALUE = "value"
    UNIT = "unit"
    RANGE = "range"
    FLAG = "flag"
    SPECIMEN_KIND = "specimen_kind"
    RANGE_LOW = "range_low"
    RANGE_HIGH = "range_high"


NEEDED = (Role.PATIENT, Role.SPECIMEN, Role.ITEM, Role.VALUE)
# Headings met in files of Chinese laboratories; only a proposal, a person confirms it.
HEADINGS: Mapping[Role, tuple[str, ...]] = {
    Role.PATIENT: ("病案号", "住院号", "门诊号", "患者ID", "登记号", "研究编号", "patient", "mrn"),
    Role.SPECIMEN: ("采样时间", "采集时间", "采样日期", "采集日期", "specimen time", "collected"),
    Role.ITEM: ("检验项目", "项目名称", "报告项目", "项目代码", "英文缩写", "项目", "item", "test"),
    Role.VALUE: ("结果", "检验结果", "定量结果", "定性结果", "value", "result"),
    Role.UNIT: ("单位", "unit", "units"),
    Role.SPECIMEN_KIND: ("标本类型", "标本种类", "样本类型", "标本", "specimen", "specimen type"),
    Role.RANGE: ("参考范围", "参考值", "参考区间", "range", "reference range"),
    Role.RANGE_LOW: ("参考下限", "下限", "参考值下限", "low"),
    Role.RANGE_HIGH: ("参考上限", "上限", "参考值上限", "high"),
    Role.FLAG: ("提示", "标志", "高低", "flag"),
}


MOST_TITLES = 10  # rows a laboratory prints over its headings


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """The row of the headings: the first, or the first in which three needed columns are known."""
    for place, texts in enumerate(rows[: MOST_TITLES + 1]):
        if len(set(propose(texts)) & set(NEEDED)) >= 3:
            return place
    return 0


def propose(headings: Sequence[str]) -> dict[Role, int]:
    """The likely column of each role by its heading, left to right; a person confirms it."""
    folded = [folded_name(text) for text in headings]
    found: dict[Role, int] = {}
    for role, names in HEADINGS.items():
        for name in map(folded_name, names):
            if name in folded and folded.index(name) not in found.values():
                found[role] = folded.index(name)
                break
    return found
