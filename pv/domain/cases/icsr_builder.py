"""From what the hospital reported to the element tree of ICH E2B(R3) with China's own elements.

What nobody said stays absent or carries the nullFlavor the guide provides; nothing is filled in.

Source: domain 6.
"""

from collections.abc import Sequence
from datetime import datetime

from followup.domain.deaths import cause
from pv.domain.cases.reported import Pregnancy, Reaction, ReportedCase, Test, UnobtainableSample
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.e2b.text_lengths import fitted

# Code list 11 (outcome), 6 (qualification), ISO 5218 (sex).
OUTCOMES = {
    "RECOVERED": "1",
    "RECOVERING": "2",
    "NOT_RECOVERED": "3",
    "RECOVERED_WITH_SEQUELAE": "4",
    "FATAL": "5",
    "UNKNOWN": "0",
}
OUTCOME_CODES = tuple(OUTCOMES)
QUALIFICATIONS = {"PHYSICIAN": "1", "PHARMACIST": "2", "NURSE": "3", "OTHER": "3", "CONSUMER": "5"}
SEX = {"MALE": "1", "FEMALE": "2"}
CRITERIA = {
    "DEATH": "E.i.3.2a",
    "LIFE_THREATENING": "E.i.3.2b",
    "HOSPITALISATION": "E.i.3.2c",
    "DISABILITY": "E.i.3.2d",
    "CONGENITAL_ANOMALY": "E.i.3.2e",
    "OTHER_IMPORTANT": "E.i.3.2f",
}
# China's grades of causality in the words the national form uses (domain 3.6).
CAUSALITY = {
    "CERTAIN": "肯定",
    "PROBABLE": "很可能",
    "POSSIBLE": "可能",
    "UNLIKELY": "可能无关",
    "CONDITIONAL": "待评价",
    "UNASSESSABLE": "无法评价",
}
_WHOSE = {"PATIENT": "患者本人妊娠", "PARTNER": "患者伴侣妊娠"}
_BIRTH = {
    "LIVE_BIRTH": "活产",
    "STILLBIRTH": "死产",
    "SPONT_ABORTION": "自然流产",
    "INDUCED_ABORTION": "人工流产",
    "ECTOPIC": "异位妊娠",
    "ONGOING": "继续妊娠",
}
WORDS = 250  # characters of an element for what somebody said
AUTOPSY = {"YES": "true", "NO": "false"}
_ANSWERS = {"YES": "有", "NO": "无", "UNKNOWN": "不详"}
CELLS = "10*6.{cells}"  # cells are no UCUM unit; the annotation keeps the number machine-readable
REPORTED_TEST = "F.r"
REPORTER = "报告者"  # G.k.9.i.2.r.1: whose opinion it is


def moment(at: datetime) -> str:
    """A date and time to the second with its offset, as E2B writes it."""
    return at.strftime("%Y%m%d%H%M%S%z")


def compose(case: ReportedCase) -> Message:
    """The first version of a case as a message tree. Header elements wait for the export."""
    root = Node("")
    _identification(root, case)
    _patient(root, case)
    _reaction(root, case)
    refresh_tests(root, case.tests)
    _drug(root, case)
    if case.missing:
        root.values["H.4"] = _unobtainable(case.missing)
    return Message(root)


def _unobtainable(missing: Sequence[UnobtainableSample]) -> str:
    """The sender's comment on samples that were asked for and cannot be had."""
    chinese = "；".join(f"{row.name}（{row.reason}）" for row in missing)
    english = "; ".join(f"{row.name_en} ({row.reason_en})" for row in missing)
    return f"未能取得的样本：{chinese}。 Samples that could not be obtained: {english}."


def _identification(root: Node, case: ReportedCase) -> None:
    values = root.values
    values["C.1.1"] = case.worldwide_id
    values["C.1.2"] = moment(case.created_at)
    values["C.1.3"] = "1"
    values["C.1.4"] = case.received_on.strftime("%Y%m%d")
    values["C.1.5"] = case.latest_on.strftime("%Y%m%d")
    values["C.1.6.1"] = "false"
    if case.expedited is not None:
        values["C.1.7"] = "true" if case.expedited else "false"
    values["C.1.8.1"] = case.worldwide_id
    values["C.1.8.2"] = "2"
    values["C.1.9.1"] = Null("NI")
    values["C.1.CN.1"] = "3"
    values["C.1.CN.2"] = "12"
    values["C.1.CN.3"] = case.holder_id
    values["C.3.1"] = "1"
    values["C.3.2"] = case.suspect.holder_zh
    source = root.add("C.2.r").values
    source["C.2.r.1.4"] = case.reporter_name
    source["C.2.r.2.1"] = fitted(case.site_name, 60)
    source["C.2.r.3"] = "CN"
    source["C.2.r.4"] = QUALIFICATIONS.get(case.reporter_qualification, Null("UNK"))
    source["C.2.r.5"] = "1"


def _patient(root: Node, case: ReportedCase) -> None:
    values = root.values
    values["D.1"] = Null("MSK")
    values["D.1.1.4"] = case.study_code
    if case.age is not None:
        values["D.2.2a"], values["D.2.2b"] = str(case.age.number), case.age.unit.value
    if case.sex in SEX:
        values["D.5"] = SEX[case.sex]
    values["D.7.2"] = case.history or Null("UNK")
    values["D.CN.3"] = case.site_name
    if case.pregnancy:
        _pregnancy(root, case.pregnancy)
    if case.died_on:
        values["D.9.1"] = case.died_on.e2b()
        values["D.9.3"] = AUTOPSY.get(case.autopsy, Null("UNK"))
        if told := cause(case.death_cause, case.death_cause_code):
            # A code of ICD-10 is no MedDRA term: it stays behind the words.
            end = code_behind(case)
            root.add("D.9.2.r").values["D.9.2.r.2"] = fitted(told, WORDS, end=end)


def code_behind(case: ReportedCase) -> str:
    """What the cause of a death ends in when its words are cut: the code of ICD-10."""
    code = cause("", case.death_cause_code)
    return f" ({code})" if code and case.death_cause else ""


def _pregnancy(root: Node, pregnancy: Pregnancy) -> None:
    """China's own text of a pregnancy; the last period belongs to D.6 only if it is the patient's.

    The parent section D.10 is for a report on the child, which this is not.
    """
    last = pregnancy.last_period
    if last and pregnancy.whose == "PATIENT":
        root.values["D.6"] = last.e2b()
    words = [_WHOSE.get(pregnancy.whose, "")]
    words.append(f"末次月经{last.shown()}" if last else "末次月经不详")
    words.append(f"妊娠结局：{_BIRTH.get(pregnancy.outcome, '不详')}")
    if pregnancy.anomaly:
        words.append(f"先天异常：{_ANSWERS[pregnancy.anomaly]}")
    root.values["D.CN.6"] = "；".join(word for word in words if word)


def _reaction(root: Node, case: ReportedCase) -> None:
    reaction = case.reaction
    values = root.add("E.i", reaction.reaction_id).values
    values["E.i.1.1a"] = fitted(reaction.verbatim, WORDS)
    values["E.i.1.1b"] = "chi"
    values.update(criteria(reaction))
    if reaction.onset:
        values["E.i.4"] = reaction.onset.e2b()
    if reaction.ended:
        values["E.i.5"] = reaction.ended.e2b()
    if (days := duration(reaction)) is not None:
        values["E.i.6a"], values["E.i.6b"] = str(days), "d"
    values["E.i.7"] = OUTCOMES.get(reaction.outcome, "0")
    values["E.i.9"] = "CN"


def duration(reaction: Reaction) -> int | None:
    """Days a reaction lasted, first and last day counted; None unless both are exact.

    A partial day gives no duration: it would be exact where the dates are not (E.i.6a).
    """
    onset = reaction.onset.exact if reaction.onset else None
    ended = reaction.ended.exact if reaction.ended else None
    return None if onset is None or ended is None else (ended - onset).days + 1


def criteria(reaction: Reaction) -> dict[str, str | Null]:
    """Seriousness at event level: true, or NI for "not stated" (only these two are allowed)."""
    return {
        element: "true" if criterion in reaction.seriousness else Null("NI")
        for criterion, element in CRITERIA.items()
    }


def refresh_tests(root: Node, tests: Sequence[Test]) -> None:
    """The tests of a case, replacing those of an earlier draft."""
    root.groups.pop(REPORTED_TEST, None)
    for test in tests:
        _test(root.add(REPORTED_TEST), test)


def _test(node: Node, test: Test) -> None:
    values = node.values
    values["F.r.1"] = test.on.e2b() if test.on else Null("UNK")
    values["F.r.2.1"] = fitted(in_both(test.name, test.name_en), WORDS)
    if test.code:
        values["F.r.3.1"] = test.code
    if test.below is not None:
        # Below quantification is a range with an open lower end, never a zero.
        values["F.r.3.2"] = f"<{test.below.normalize():f}"
        values["F.r.3.3"] = test.ucum or test.unit
    elif test.value is not None:
        values["F.r.3.2"] = f"{test.bound}{test.value.normalize():f}"
        values["F.r.3.3"] = test.ucum or test.unit
    if not test.code:
        values["F.r.3.4"] = in_both(test.finding, test.finding_en)
    comment = "; ".join(part for part in (test.specimen, test.comment) if part)
    if comment:
        values["F.r.6"] = fitted(comment, 2000)
    values["F.r.7"] = "false"


def in_both(chinese: str, english: str) -> str:
    """A word of ours in both languages: the element has one text for every receiver."""
    return f"{chinese} ({english})" if english and english != chinese else chinese


def _drug(root: Node, case: ReportedCase) -> None:
    suspect = case.suspect
    drug = root.add("G.k", suspect.drug_id)
    drug.values["G.k.1"] = "1"
    drug.values["G.k.2.2"] = suspect.generic_zh
    drug.values["G.k.3.2"] = "CN"
    drug.values["G.k.3.3"] = fitted(suspect.holder_zh, 60)
    if suspect.approval_number:
        drug.values["G.k.3.1"] = suspect.approval_number
    drug.values["G.k.8"] = "9"  # one infusion: nothing can be withdrawn or reduced
    drug.values["G.k.CN.1"] = suspect.generic_zh
    drug.values["G.k.CN.3"] = "true"
    drug.values["G.k.CN.4"] = suspect.approval_number or "不详"
    drug.add("G.k.2.3.r").values["G.k.2.3.r.1"] = suspect.inn
    dose = drug.add("G.k.4.r").values
    if suspect.dose_cells is not None:
        cells = f"{suspect.dose_cells.normalize():f}"
        dose["G.k.4.r.1a"] = cells
        dose["G.k.4.r.1b"] = CELLS
        dose["G.k.4.r.8"] = in_both(f"{cells}×10^6 个 CAR 阳性细胞", f"{cells} x 10^6 CAR+ cells")
    dose["G.k.4.r.4"] = suspect.infused_on.strftime("%Y%m%d")
    dose["G.k.4.r.5"] = suspect.infused_on.strftime("%Y%m%d")
    dose["G.k.4.r.7"] = suspect.lot
    dose["G.k.4.r.10.1"] = "静脉输注"
    used_for = suspect.indication_zh or suspect.off_label_reason
    if used_for:
        drug.add("G.k.7.r").values["G.k.7.r.1"] = fitted(used_for, WORDS)
    _causality(drug, case)


def _causality(drug: Node, case: ReportedCase) -> None:
    reaction, suspect = case.reaction, case.suspect
    link = drug.add("G.k.9.i")
    link.values["G.k.9.i.1"] = reaction.reaction_id
    onset = reaction.onset.exact if reaction.onset else None
    if onset and onset >= suspect.infused_on:
        days = str((onset - suspect.infused_on).days)
        link.values["G.k.9.i.3.1a"], link.values["G.k.9.i.3.1b"] = days, "d"
        link.values["G.k.9.i.3.2a"], link.values["G.k.9.i.3.2b"] = days, "d"
    if reaction.causality:
        opinion = link.add("G.k.9.i.2.r").values
        opinion["G.k.9.i.2.r.1"] = REPORTER
        opinion["G.k.9.i.2.r.2"] = "直报系统方法"
        opinion["G.k.9.i.2.r.3"] = CAUSALITY.get(reaction.causality, reaction.causality)
