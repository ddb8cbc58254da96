"""What plans, reports, lots, labels and days away refuse, field by field; nothing of it is kept."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from followup.actions import data_locks
from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.domain.facts import RecordSigned
from followup.models import Indication, Product, Site
from pv.actions import (
    aggregate_reports,
    assignments,
    cases,
    coding,
    labels,
    lots,
    risk_plans,
    signals,
    triage,
)
from pv.actions import commitments as commitment_actions
from pv.actions import work_up_tasks as tasks
from pv.actions.cases import follow_up_information
from pv.actions.commitments import CommitmentInput
from pv.actions.risk_plans import PlanInput
from pv.actions.work_up_tasks import MOST_KITS, TaskInput
from pv.models import (
    Absence,
    AggregateReport,
    Case,
    CaseSource,
    EffectivenessCheck,
    LabelReview,
    LabelVersion,
    MeasureCompletion,
    PlanMeasure,
    PlanRisk,
    ReportSection,
    RiskPlan,
    Signal,
    WorkUp,
    WorkUpTask,
)
from tests import factories
from tests.pv import meddra_files
from tests.refusals import refused

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)
PROCESS = Actor.process("test")


@pytest.fixture
def product() -> Product:
    return factories.product()


@pytest.fixture
def other_product(product: Product) -> Product:
    return Product.objects.filter(is_car_t=True).exclude(id=product.id).order_by("code")[0]


@pytest.fixture
def keeper() -> Actor:
    return factories.make_actor(Role.REGULATORY)


@pytest.fixture
def reader() -> Actor:
    """Another person who may keep plans and reports."""
    return factories.make_actor(Role.STUDY_MANAGER)


def plan(**more: Any) -> PlanInput:
    return PlanInput(**{"number": "1.0", "valid_from": TODAY, "rationale": "first", **more})


RISK = {"category": "IMPORTANT_IDENTIFIED", "name": "CRS", "note": "", "signal": None}
MEASURE = {"kind": "ADDITIONAL_ACTIVITY", "description": "Registry", "owner_name": ""}
MEASURE |= {"due": None, "duty": ""}


def test_lines_of_a_risk_plan_are_refused_at_their_fields(
    keeper: Actor, reader: Actor, product: Product
) -> None:
    row = risk_plans.enter(keeper, product, plan=plan())
    for wrong, field in (
        ({"name": " "}, "name"),
        ({"category": "KNOWN"}, "category"),
        ({"name": "", "category": ""}, None),
    ):
        expected = {field} if field else {"name", "category"}
        assert refused(risk_plans.add_risk, keeper, row, values=RISK | wrong) == expected
    risk = risk_plans.add_risk(keeper, row, values=RISK)
    assert refused(risk_plans.add_risk, keeper, row, values=RISK) == {"name"}
    with pytest.raises(Refused):
        risk_plans.add_risk(PROCESS, row, values=RISK | {"name": "ICANS"})
    given = MEASURE | {"risk": str(risk.pk)}
    for wrong, field in (
        ({"risk": ""}, "risk"),
        ({"risk": str(row.pk)}, "risk"),
        ({"kind": "HOPE"}, "kind"),
        ({"description": " "}, "description"),
        ({"due": TODAY + DAY}, "owner_name"),
        ({"duty": "NO_SUCH_DUTY"}, "duty"),
    ):
        assert refused(risk_plans.add_measure, keeper, row, values=given | wrong) == {field}, wrong
    assert not PlanMeasure.objects.exists()
    kept = risk_plans.add_measure(keeper, row, values=given)
    second = risk_plans.add_risk(keeper, row, values=RISK | {"name": "ICANS"})
    risk_plans.add_measure(keeper, row, values=given | {"risk": str(second.pk)})
    before = RiskPlan.objects.get(id=row.id).version
    risk_plans.remove_risk(keeper, second)
    assert list(PlanRisk.objects.values_list("name", flat=True)) == ["CRS"]
    assert list(PlanMeasure.objects.all()) == [kept], "its measures went along"
    assert RiskPlan.objects.get(id=row.id).version == before + 1
    assert refused(risk_plans.refuse, reader, row, reason=" ")
    risk_plans.refuse(reader, row, reason="CRS is not described")
    for act in (risk_plans.remove_risk, risk_plans.remove_measure):
        assert refused(act, keeper, risk if act is risk_plans.remove_risk else kept) == {""}
    assert risk_plans.enter(keeper, product, plan=plan(number="1.1")).base is None


def test_a_version_of_a_plan_is_refused_at_its_fields(
    keeper: Actor, reader: Actor, product: Product, other_product: Product
) -> None:
    report = open_report(keeper, other_product)
    for wrong, field in (
        ({"number": " "}, "number"),
        ({"rationale": " "}, "rationale"),
        ({"valid_from": TODAY + DAY}, "valid_from"),
        ({"report": report}, "report"),
    ):
        assert refused(risk_plans.enter, keeper, product, plan=plan(**wrong)) == {field}, wrong
    first = risk_plans.enter(keeper, product, plan=plan())
    assert refused(risk_plans.enter, keeper, product, plan=plan()) == {"number"}
    assert refused(risk_plans.enter, keeper, product, plan=plan(number="2.0")) == {""}
    risk = risk_plans.add_risk(keeper, first, values=RISK)
    owed = {"risk": str(risk.pk), "due": TODAY, "owner_name": "QPPV"}
    owed |= {"kind": "ADDITIONAL_MINIMISATION"}
    measure = risk_plans.add_measure(keeper, first, values=MEASURE | owed)
    risk_plans.add_measure(keeper, first, values=MEASURE | {"risk": str(risk.pk)})
    done = {"done_on": TODAY, "evidence": "receipt 12"}
    checked = {"indicator": "cards", "target": "95 %", "result": "97 %", "checked_on": TODAY}
    checked |= {"outcome": EffectivenessCheck.Outcome.values[0]}
    assert refused(risk_plans.complete, keeper, measure, **done) == {""}
    assert refused(risk_plans.check_effectiveness, keeper, measure, **checked) == {""}
    first.refresh_from_db()
    risk_plans.confirm(reader, first, version=first.version)
    measure = PlanMeasure.objects.get(id=measure.id)
    for wrong in ({"done_on": TODAY + DAY}, {"evidence": " "}):
        assert refused(risk_plans.complete, keeper, measure, **done | wrong) == set(wrong)
    for wrong in (
        {"indicator": ""},
        {"target": " ", "result": ""},
        {"outcome": "HOPE"},
        {"checked_on": TODAY + DAY},
    ):
        found = refused(risk_plans.check_effectiveness, keeper, measure, **checked | wrong)
        assert found == set(wrong)
    assert not MeasureCompletion.objects.exists()
    assert not EffectivenessCheck.objects.exists()
    risk_plans.complete(keeper, measure, **done)
    assert refused(risk_plans.complete, keeper, measure, **done) == {""}


def open_report(actor: Actor, product: Product, **more: Any) -> AggregateReport:
    given = {"kind": "PSUR", "start": TODAY - 30 * DAY, "end": TODAY}
    return aggregate_reports.open_report(actor, product, **given | more)


def test_a_report_is_refused_at_its_fields(
    keeper: Actor, reader: Actor, product: Product, other_product: Product
) -> None:
    lock = data_locks.make(factories.SYSTEM, name="PSUR 1")
    narrow = factories.make_actor(Role.REGULATORY, site=factories.make_site())
    indication = Indication.objects.filter(product=other_product).first()
    given = CommitmentInput(
        kind="CONFIRMATORY_TRIAL",
        title="III",
        document="d",
        legal_end=TODAY + 900 * DAY,
        override_reason="test",
    )
    foreign = commitment_actions.begin(reader, indication, given=given)
    for wrong, field in (
        ({"kind": "NEWS"}, "kind"),
        ({"commitment": foreign}, "commitment"),
        ({"end": TODAY - 31 * DAY}, "end"),
        ({"end": TODAY + DAY}, "end"),
    ):
        assert refused(open_report, keeper, product, **wrong) == {field}, wrong
    with clock.pinned(clock.now() + 2 * DAY):
        late = {"end": clock.today(), "lock": lock}
        assert refused(open_report, keeper, product, **late) == {"end"}
    assert refused(open_report, narrow, product) == {"product"}
    assert refused(open_report, PROCESS, product) == {""}
    assert not AggregateReport.objects.exists()
    row = open_report(keeper, product)
    text = {"code": "1", "language": "en", "text": "x", "number": 0}
    text["code"] = aggregate_reports.register.kind(row).sections[0].code
    for wrong in ({"code": "99.9"}, {"language": "fr"}):
        assert refused(aggregate_reports.write, keeper, row, **text | wrong) == {""}
    assert aggregate_reports.write(keeper, row, **text | {"text": ""}) is None
    assert aggregate_reports.write(keeper, row, **text).number == 1
    assert aggregate_reports.write(keeper, row, **text | {"number": 1}) is None
    assert ReportSection.objects.count() == 1
    basis = {"start": row.period_start, "end": row.period_end, "lock": None, "version": row.version}
    wrong = basis | {"end": row.period_start - DAY}
    assert refused(aggregate_reports.set_basis, keeper, row, **wrong) == {"end"}
    same = aggregate_reports.set_basis(keeper, row, **basis)
    assert same.version == row.version, "nothing is different"
    with pytest.raises(Conflict):
        aggregate_reports.set_basis(keeper, row, **basis | {"version": row.version + 1})
    back = {"reason": " ", "version": row.version}
    assert refused(aggregate_reports.send_back, reader, row, **back) == {"reason"}


def test_a_signature_out_of_turn_approves_nothing(
    keeper: Actor, reader: Actor, product: Product
) -> None:
    row = open_report(keeper, product)
    sign = aggregate_reports.on_signature
    fact = RecordSigned(
        kind="aggregate_report", record=str(row.pk), meaning="approval", reason="ok"
    )
    assert refused(sign, reader, fact) == {""}, "a draft"
    lock = data_locks.make(factories.SYSTEM, name="PSUR 2")
    row = aggregate_reports.set_basis(
        keeper, row, start=row.period_start, end=TODAY, lock=lock, version=row.version
    )
    for section in aggregate_reports.register.kind(row).sections:
        if section.required:
            text = {"code": section.code, "text": "None.", "number": 0}
            aggregate_reports.write(keeper, row, language="en", **text)
    row = aggregate_reports.review(reader, row, version=row.version)
    assert refused(sign, keeper, fact) == {""}, "the author approves nothing"
    row.refresh_from_db()
    assert (row.state, row.approved_at) == ("reviewed", None)


def test_a_complaint_is_told_and_closed_once(officer: Actor, product: Product) -> None:
    values = {"lot": "Z1", "kind": "temperature", "source": "ward", "description": "warm"}
    row = lots.record(officer, product, values=values | {"received_on": TODAY - 2 * DAY})
    tell = {"told_on": TODAY - DAY, "proof": "letter", "version": 1}
    row = lots.tell_manufacturer(officer, row, **tell)
    assert refused(lots.tell_manufacturer, officer, row, **tell | {"version": 2}) == {""}
    close = {"concluded_on": TODAY, "conclusion": "cooling failed", "version": 2}
    for wrong, field in (
        ({"concluded_on": TODAY - 2 * DAY}, "concluded_on"),
        ({"concluded_on": TODAY + DAY}, "concluded_on"),
        ({"conclusion": " "}, "conclusion"),
    ):
        assert refused(lots.conclude, officer, row, **close | wrong) == {field}
    row = lots.conclude(officer, row, **close)
    assert (row.concluded_on, row.version) == (TODAY, 3)
    assert refused(lots.conclude, officer, row, **close | {"version": 3}) == {""}
    with pytest.raises(Conflict):
        lots.conclude(officer, row, **close)


def test_who_is_away_names_one_deputy_and_ends_it_alone(officer: Actor, case: Case) -> None:
    away, deputy = (factories.make_user(Role.SAFETY_OFFICER) for _number in range(2))
    nurse = factories.make_user(Role.NURSE, site=case.site)
    person = actor_of(away)
    span = {"deputy": deputy.id, "starts_on": TODAY, "ends_on": TODAY + 3 * DAY}
    for wrong, field in (
        ({"deputy": away.id}, "deputy"),
        ({"deputy": nurse.id}, "deputy"),
        ({"ends_on": TODAY - DAY}, "ends_on"),
        ({"starts_on": TODAY - 5 * DAY, "ends_on": TODAY - DAY}, "ends_on"),
    ):
        assert refused(assignments.record_absence, person, **span | wrong) == {field}, wrong
    row = assignments.record_absence(person, **span)
    later = span | {"starts_on": TODAY + 3 * DAY, "ends_on": TODAY + 9 * DAY}
    assert refused(assignments.record_absence, person, **later) == {"starts_on"}
    assert Absence.objects.count() == 1
    assert refused(assignments.end_absence, actor_of(deputy), row) == {""}
    assert assignments.end_absence(person, row).ended_at is not None
    assert refused(assignments.end_absence, person, row) == {""}
    assert assignments.record_absence(person, **later).starts_on == TODAY + 3 * DAY
    given = {"owner": nurse.id, "team": "no such team"}
    assert refused(assignments.assign, officer, case, **given) == {"owner", "team"}
    (outcome,) = assignments.assign_many(officer, [case.id], **given)
    assert outcome.number == case.number
    assert outcome.problem.count("。") == 2, "both reasons are named"
    assert Case.objects.get(id=case.id).assigned_to_id is None


def test_a_task_of_a_work_up_is_refused_at_its_fields(officer: Actor, case: Case) -> None:
    work_up = WorkUp.objects.get(case=case)
    nurse = factories.make_user(Role.NURSE, site=case.site)
    known = next(
        task
        for task in tasks.work_up_tasks.of(officer, work_up, today=TODAY)
        if not task.automatic and task.key.partition(".")[0] != tasks.work_up_tasks.REPORT
    )
    kind, _dot, code = known.key.partition(".")

    def set_task(version: int = 0, **given: Any) -> WorkUpTask:
        named = {"kind": kind, "code": code, "given": TaskInput(**given)}
        return tasks.set_task(officer, work_up, version=version, **named)

    for wrong, field in (
        ({"evidence": " "}, ""),
        ({"owner": nurse.id}, "owner"),
        ({"due": TODAY - 400 * DAY}, "due"),
        ({"done_on": TODAY + DAY, "evidence": "letter"}, "done_on"),
        ({"done_on": TODAY}, "evidence"),
        ({"done_on": TODAY, "evidence": "letter", "waived_because": "no"}, "waived_because"),
    ):
        assert refused(set_task, **wrong) == {field}, wrong
    given = {"code": "X", "given": TaskInput(), "version": 0}
    for unknown in ("no", tasks.work_up_tasks.REPORT):
        with pytest.raises(NotFound):
            tasks.set_task(officer, work_up, kind=unknown, **given)
    with pytest.raises(Conflict) as caught:
        set_task(version=3, due=TODAY)
    assert caught.value.differences == {}, "nobody has written about it"
    assert set_task(due=TODAY + DAY).version == 1
    with pytest.raises(Conflict) as caught:
        set_task(due=TODAY + 2 * DAY)
    assert caught.value.differences == {"due": (TODAY + 2 * DAY, TODAY + DAY)}
    for wrong, field in (
        ({"text": " "}, "text"),
        ({"text": "kit", "owner": nurse.id}, "owner"),
        ({"text": "kit", "assay": "NO_SUCH"}, "assay"),
    ):
        assert refused(tasks.order, officer, work_up, **wrong) == {field}, wrong
    with factories.transaction.atomic(), factories.audit.acting(PROCESS, "test.kits"):
        for number in range(MOST_KITS):
            row = tasks._new(work_up, tasks.TaskKind.KIT.value, str(number + 1))
            row.due = TODAY
            row.save()
    assert refused(tasks.order, officer, work_up, text="one more") == {"text"}


def test_a_label_that_says_too_little_is_refused_and_a_second_person_may_refuse_it(
    officer: Actor, product: Product, case: Case
) -> None:
    for language in ("en", "zh"):
        coding.load_release(factories.SYSTEM, meddra_files.release("98.1", language))
    values = {"kind": "LABEL", "country": "CN", "number": "V1", "dictionary": "98.1"}
    values |= {"source": "section 6", "valid_from": TODAY}

    def enter(terms: str = "10900001", **more: Any) -> LabelVersion:
        return labels.enter(officer, product, values=values | more, terms=terms)

    for wrong, field in (
        ({"kind": "LEAFLET", "country": ""}, "kind"),
        ({"kind": "CCSI"}, "country"),
        ({"country": ""}, "country"),
        ({"number": " "}, "number"),
        ({"source": " "}, "source"),
        ({"terms": " \n"}, "terms"),
    ):
        assert refused(enter, **wrong) == {field}, wrong
    row = enter()
    second = factories.make_actor(Role.MEDICAL_REVIEWER)
    assert refused(labels.refuse, second, row, reason=" ")
    labels.refuse(second, row, reason="of another year")
    assert refused(labels.confirm, second, row) == {""}
    with factories.transaction.atomic(), factories.audit.acting(PROCESS, "test.review"):
        review = LabelReview.objects.create(
            label=row,
            case=case,
            product_id=case.product_id,
            site_id=case.site_id,
            because=LabelReview.Because.ANSWER.value,
            before=None,
            after=True,
            due=TODAY,
        )
    done = {"done_on": TODAY, "outcome": "unexpected", "version": 1}
    wrong = done | {"done_on": TODAY + DAY}
    assert refused(labels.finish_review, officer, review, **wrong) == {"done_on"}
    auditor = factories.make_actor(Role.AUDITOR)
    with pytest.raises(Denied):
        labels.finish_review(auditor, review, **done)
    review = labels.finish_review(officer, review, **done)
    with pytest.raises(Conflict):
        labels.finish_review(officer, review, **done | {"version": 2})


def signal_of(actor: Actor, product: Product) -> Signal:
    return signals.detect(
        actor, product, term="T", source="cases", detected_on=TODAY, description="three cases"
    )


def test_a_signal_of_another_product_makes_no_risk_of_this_one(
    keeper: Actor, officer: Actor, product: Product, other_product: Product
) -> None:
    foreign = signal_of(officer, other_product)
    row = risk_plans.enter(keeper, product, plan=plan())
    values = RISK | {"signal": foreign}
    assert refused(risk_plans.add_risk, keeper, row, values=values) == {"signal"}
    own = signal_of(officer, product)
    assert risk_plans.add_risk(keeper, row, values=RISK | {"signal": own}).signal == own


def decide(actor: Actor, case: Case, kind: str, other: Case | None = None) -> Any:
    row = Case.objects.get(id=case.id)
    (reason, _words), *_rest = triage.queries.reasons_for(kind)
    decision = triage.TriageInput(kind, reason, "as told", other)
    return triage.decide(actor, row, decision=decision, lock_version=row.lock_version)


def test_a_decision_about_a_case_is_undone_with_a_reason_and_in_time(
    officer: Actor, nurse: Actor, site: Site, case: Case
) -> None:
    event = factories.malignancy(nurse, factories.register(nurse, site))
    other = Case.objects.get(sources__event=event)
    kind = triage.Kind

    def sign() -> None:
        kinds = {"kind": "case", "meaning": kind.NOT_REPORTABLE}
        with factories.transaction.atomic(), factories.audit.acting(officer, "test.sign"):
            triage.on_signature(
                officer, RecordSigned(record=str(case.pk), reason="signed", **kinds)
            )

    assert refused(sign) == {""}, "nobody proposed it"
    made = decide(officer, case, kind.ACCEPT)

    def undo(reason: str = "wrong row") -> Case:
        version = Case.objects.get(id=case.id).lock_version
        return triage.undo(officer, made, reason=reason, lock_version=version)

    assert refused(undo, reason=" ") == {"reason"}
    row = Case.objects.get(id=case.id)
    cases.advance(officer, row, to="quality", lock_version=row.lock_version)
    assert refused(undo) == {""}, "the case has moved on"
    assert Case.objects.get(id=case.id).stage == "quality"
    decide(officer, other, kind.NOT_A_CASE)
    third = Case.objects.get(
        sources__event=factories.malignancy(nurse, factories.register(nurse, site))
    )
    assert refused(decide, officer, third, kind.DUPLICATE, other) == {"other"}
    assert refused(decide, officer, third, kind.DUPLICATE, third) == {"other"}
    assert Case.objects.get(id=third.id).stage == "drafted"


def test_a_fact_about_an_event_no_case_knows_changes_nothing(officer: Actor, case: Case) -> None:
    before = list(CaseSource.objects.order_by("id").values())
    stray: Any = SimpleNamespace(adverse_event_id=uuid4(), step="PLAN")
    nothing: Any = SimpleNamespace(adverse_event_id=None, infusion_id=None, step="PLAN")
    information = follow_up_information
    for act in (
        information.on_change,
        information.on_result,
        information.on_sample,
        information.on_withdrawal,
        information.on_move,
    ):
        assert act(officer, stray) is None
    for act in (information.on_result, information.on_sample):
        assert act(officer, nothing) is None
    assert information.on_infusion(officer, nothing) == 0
    assert list(CaseSource.objects.order_by("id").values()) == before
