"""FDA's numbered rules that hold before and after approval alike.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda.numbered import aggregate, fda
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.rule import CheckKind, Rule
from pv.domain.e2b.message import Attachment


def _encoded_otherwise(place: GroupInstance) -> bool:
    document = place.values.get("C.1.6.1.r.2")
    return isinstance(document, Attachment) and (
        document.compression is not None or document.representation != "B64"
    )


def _nobody(facts: MessageFacts) -> bool:
    """Whether the report is about no single patient, so that race and ethnicity are NA."""
    patient = facts.root.values.get("D.1")
    return (
        facts.root.flavor("D.1") == "NA"
        or aggregate(facts)
        or (isinstance(patient, str) and patient == "SUMMARY")
    )


def _cause_without_text(place: GroupInstance) -> bool:
    coded = place.has("D.9.2.r.1a") and place.has("D.9.2.r.1b")
    return coded and not place.has("D.9.2.r.2")


RULES: tuple[Rule, ...] = (
    fda(
        "R0010",
        "C.1.6.1.r.2",
        lambda _, place: _encoded_otherwise(place),
        "An included document (C.1.6.1.r.2) must be base64 and not compressed.",
        "附带文件（C.1.6.1.r.2）必须采用 base64 编码且不得压缩。",
        kind=CheckKind.TYPE,
        scope="C.1.6.1.r",
    ),
    fda(
        "R0011",
        "C.1.7",
        lambda facts, place: facts.initial is True and place.flavor("C.1.7") == "NI",
        "An initial report must say whether it is expedited (C.1.7); NI is not accepted.",
        "首次报告必须说明是否符合加速报告标准（C.1.7），不接受 NI。",
        kind=CheckKind.NULL_FLAVOR,
    ),
    fda(
        "R0101",
        "C.1.11.1",
        lambda facts, place: facts.initial is True and place.has("C.1.11.1"),
        "An initial report cannot be a nullification or an amendment (C.1.11.1).",
        "首次报告不能是作废或修正报告（C.1.11.1）。",
        kind=CheckKind.RELATION,
    ),
    fda(
        "W0002",
        "C.5.4",
        lambda facts, place: aggregate(facts) and place.text("C.5.4") != "1",
        "An aggregate report (D.1) should come from clinical trials (C.5.4 is 1).",
        "汇总报告（D.1 为 AGGREGATE）的研究类型（C.5.4）应为 1（临床试验）。",
        touches=("D.1",),
    ),
    fda(
        "R0044",
        "D.9.2.r.2",
        lambda _, place: _cause_without_text(place),
        "A coded cause of death (D.9.2.r.1a, 1b) must also be given as text (D.9.2.r.2).",
        "已编码报告死因（D.9.2.r.1a、1b）时，还须填写文字（D.9.2.r.2）。",
        scope="D.9.2.r",
        touches=("D.9.2.r.1a", "D.9.2.r.1b"),
    ),
    fda(
        "W0003",
        "FDA.D.11.r.1",
        lambda facts, place: _nobody(facts) and place.flavor("FDA.D.11.r.1") != "NA",
        "The report is about no single patient (D.1), so race (FDA.D.11.r) should be NA.",
        "报告不涉及单个患者（D.1）时，种族（FDA.D.11.r）应为 NA。",
        scope="FDA.D.11.r",
        touches=("D.1",),
    ),
    fda(
        "W0004",
        "FDA.D.12",
        lambda facts, place: _nobody(facts) and place.flavor("FDA.D.12") != "NA",
        "The report is about no single patient (D.1), so ethnicity (FDA.D.12) should be NA.",
        "报告不涉及单个患者（D.1）时，族裔（FDA.D.12）应为 NA。",
        touches=("D.1",),
    ),
)
