"""The registers of a holder: what the demonstration shows of them, entered by two persons."""

from datetime import date, timedelta

from followup.core import clock
from followup.core.permissions import Role
from pv.actions import (
    approval_evidence,
    certificates,
    classifications,
    interactions,
    register_documents,
    risk_plans,
    studies,
)
from pv.actions.risk_plans import PlanInput
from pv.demo.setup import Stage
from pv.demo.world import morning_of
from pv.models import Interaction, PlanRisk, RiskPlan, Study
from pv.queries import classifications as classifications_read

PRODUCT = "AXI_CEL"
NUMBER = "国药准字S20210019（演示）"
LETTER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
RISKS = (
    ("IMPORTANT_IDENTIFIED", "细胞因子释放综合征", "医院提示卡随每次供药发放", 45),
    ("IMPORTANT_IDENTIFIED", "T细胞来源的继发恶性肿瘤（类别风险）", "医务人员告知信", -12),
    ("IMPORTANT_POTENTIAL", "复制型病毒", "放行检测与年度检测汇总", 170),
)
MISSING = ("MISSING_INFORMATION", "长期安全性", "15年长期随访研究", 210)


def keep_registers(stage: Stage, today: date) -> None:
    """A certificate and a risk management plan with measures that are done, owed and late."""
    with clock.pinned(morning_of(today - timedelta(days=400))):
        _certificate(stage)
        plan = _first_plan(stage)
    with clock.pinned(morning_of(today - timedelta(days=40))):
        _classify(stage)
        _card_checked(stage, plan)
        _answered_letter(stage)
        _studies(stage)
    with clock.pinned(morning_of(today - timedelta(days=3))):
        _next_version(stage)
        _open_letter(stage)


def _certificate(stage: Stage) -> None:
    values = {
        "number": NUMBER,
        "approved_on": date(2021, 6, 22),
        "valid_to": date(2026, 6, 21),
        "born_on": date(2017, 10, 18),
        "reregistered_on": None,
        "trial_approved_on": None,
        "label_version": "2025-03",
        "plan_version": "1.0",
        "owner_name": "赵琳",
        "source": "药品注册证书（演示）",
    }
    product = stage.products[PRODUCT]
    row = certificates.enter(stage.of(Role.REGULATORY), product, values=values)
    certificates.confirm(stage.of(Role.STUDY_MANAGER), row)


def _first_plan(stage: Stage) -> RiskPlan:
    keeper, product = stage.of(Role.REGULATORY), stage.products[PRODUCT]
    today = clock.today()
    given = PlanInput("1.0", today, "首版风险管理计划，随上市许可提交。")
    plan = risk_plans.enter(keeper, product, plan=given)
    for category, name, measure, days in (*RISKS, MISSING):
        values = {"category": category, "name": name, "note": "", "signal": None}
        risk = risk_plans.add_risk(keeper, plan, values=values)
        _measure(stage, plan, risk, kind="ROUTINE_ACTIVITY", description="自发报告的收集与评估")
        kind = "ADDITIONAL_ACTIVITY" if category == MISSING[0] else "ADDITIONAL_MINIMISATION"
        due = today + timedelta(days=400 + days)
        _measure(stage, plan, risk, kind=kind, description=measure, due=due, duty="PSUR")
    register_documents.add(keeper, plan, title="风险管理计划 1.0", name="rmp.pdf", content=LETTER)
    plan.refresh_from_db()
    return risk_plans.confirm(stage.of(Role.SAFETY_OFFICER), plan, version=plan.version)


def _measure(stage: Stage, plan: RiskPlan, risk: PlanRisk, **given: object) -> None:
    values = {"risk": str(risk.pk), "due": None, "duty": "", "owner_name": "孙浩", **given}
    risk_plans.add_measure(stage.of(Role.REGULATORY), plan, values=values)


def _classify(stage: Stage) -> None:
    """One product classified by two persons, a second one that waits."""
    scheme = classifications_read.scheme()
    answers: dict[str, bool | str] = dict.fromkeys(scheme.questions, False)
    answers |= {"living_cells": True, "gene_modified_ex_vivo": True}
    for code in (PRODUCT, "RELMA_CEL"):
        row = classifications.enter(
            stage.of(Role.REGULATORY),
            stage.products[code],
            answers=answers,
            scheme_version=scheme.version,
        )
        if code == PRODUCT:
            classifications.confirm(stage.of(Role.STUDY_MANAGER), row)


def _card_checked(stage: Stage, plan: RiskPlan) -> None:
    """The cards were counted: fewer than were meant to be handed out."""
    risk_plans.check_effectiveness(
        stage.of(Role.SAFETY_OFFICER),
        plan.measures.get(description=RISKS[0][2]),
        indicator="发放提示卡的供药批次比例",
        target="不低于95%",
        result="87%（演示）",
        outcome="NOT_REACHED",
        checked_on=clock.today(),
    )


def _next_version(stage: Stage) -> None:
    """A version that waits for its second person: a new potential risk."""
    officer = stage.of(Role.SAFETY_OFFICER)
    given = PlanInput("1.1", clock.today(), "新增免疫效应细胞相关小肠结肠炎（演示）。")
    plan = risk_plans.enter(officer, stage.products[PRODUCT], plan=given)
    name = "免疫效应细胞相关小肠结肠炎（IEC-EC）"
    values = {"category": "IMPORTANT_POTENTIAL", "name": name, "note": "", "signal": None}
    risk_plans.add_risk(officer, plan, values=values)


def _exchange(stage: Stage, **values: object) -> Interaction:
    usual: dict[str, object] = {"certificate_number": NUMBER, "content": "", "follows": None}
    usual |= {"reference_number": "CXSB2600012（演示）", "owner_name": "赵琳", "named_due": None}
    given = usual | {"happened_on": clock.today()} | values
    product = stage.products[PRODUCT]
    return interactions.record(stage.of(Role.REGULATORY), product, values=given)


def _answered_letter(stage: Stage) -> None:
    """A question of the authority that was answered in time."""
    row = _exchange(stage, kind="EXPLANATION", subject="长期随访失访率的解释说明")
    interactions.answer(
        stage.of(Role.REGULATORY),
        row,
        answered_on=clock.today(),
        content="说明失访定义与各中心失访率。",
        evidence="回执 2026-118（演示）",
    )


def _open_letter(stage: Stage) -> None:
    """A supplementary data request that stops the review, and a meeting asked for."""
    row = _exchange(stage, kind="SUPPLEMENTARY_DATA", subject="补充插入位点分析资料")
    register_documents.add(
        stage.of(Role.REGULATORY), row, title="补充资料通知", name="letter.pdf", content=LETTER
    )
    _exchange(stage, kind="MEETING_CLASS_II", subject="确证性研究方案的沟通", follows=row)


def _study(stage: Stage, **values: object) -> Study:
    given = {"institution": "", "planned": None, "follows": None} | values
    return studies.enter(stage.of(Role.REGULATORY), stage.products[PRODUCT], values=given)


def _status(stage: Stage, row: Study, code: str, days: int) -> None:
    studies.record_status(
        stage.of(Role.REGULATORY),
        row,
        status=code,
        happened_on=clock.today() - timedelta(days=days),
        reasons=(),
        note="",
        evidence="通知书（演示）",
    )


def _studies(stage: Stage) -> None:
    """From an investigator-initiated trial to an application, and a result of two persons."""
    title = "复发难治大B细胞淋巴瘤探索性研究（演示）"
    trial = _study(stage, kind="IIT", number="ChiCTR-DEMO-01", title=title, planned=24)
    _status(stage, trial, "COMPLETED", 300)
    counts: dict[str, object] = {
        "participants": 24,
        "affected": 9,
        "serious": 3,
        "fatal": None,
        "term_code": "",
    }
    counts |= {"cutoff_on": clock.today() - timedelta(days=300), "source": "研究总结（演示）"}
    values = counts | {"term": "细胞因子释放综合征"}
    studies.record_safety(stage.of(Role.REGULATORY), trial, values=values)
    application = _study(
        stage, kind="IND", number="CXSL-DEMO-02", title="二线治疗注册研究（演示）", follows=trial
    )
    _status(stage, application, "FILED", 5)
    product = stage.products[PRODUCT]
    result = {
        "indication": product.indications.order_by("code")[0],
        "kind": "BRIDGING",
        "study": None,
        "study_number": "DEMO-BRIDGE",
        "participants": 24,
        "endpoint": "客观缓解率",
        "result": "79.2 %",
        "interval": "95 % CI 57.8–92.9",
        "data_cutoff": None,
        "source": "审评报告（演示）",
        "replaces": None,
    }
    row = approval_evidence.enter(stage.of(Role.REGULATORY), product, values=result)
    approval_evidence.confirm(stage.of(Role.STUDY_MANAGER), row)
