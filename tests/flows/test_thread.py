"""The one thread: from infusion to ICSR, through the real actions."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain import contents
from followup.domain.samples import Moment
from followup.models import PlannedVisit, Sample
from followup.queries import protocols, trail, worklist
from pv.actions import cases as case_actions
from pv.actions import icsr
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.models import Case
from pv.queries import cases, cioms
from tests import factories

pytestmark = pytest.mark.django_db


def test_from_infusion_to_a_running_clock() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))

    visits = PlannedVisit.objects.filter(patient=patient)
    assert visits.filter(code="M24").count() == 1
    page = worklist.page(nurse, today=clock.today())
    due = [item for item in page.items if item.patient_id == patient.id]
    assert [item.code for item in due][0] == "M3"
    assert due[0].person.name.endswith("*") or "*" in due[0].person.name

    planned = worklist.one(nurse, due[0].id)
    point = protocols.of(planned.schedule.protocol).by_code[planned.code]
    ticks = dict.fromkeys(contents.ticked(point), contents.DONE)
    factories.call(
        nurse,
        patient,
        planned=planned,
        contact_type="ON_SITE",
        assessments=ticks,
        disease_status="REMISSION",
        new_malignancy="YES",
        other_event="NO",
        new_therapy="NO",
    )
    planned.refresh_from_db()
    assert planned.state == "DONE_IN_WINDOW"

    event = factories.malignancy(nurse, patient)
    case = Case.objects.get(patient=patient)
    assert case.is_new_malignancy
    assert case.day_zero == event.aware_on
    clocks = {c.rule: c for c in case.clocks.all()}
    assert clocks["CN-S"].due == event.aware_on + timedelta(days=15)
    assert "49" in clocks["CN-S"].citation
    assert case.next_due == event.aware_on + timedelta(days=15)
    assert case.work_up.state == "REPORTED"

    trail = Change.objects.filter(table_name="pv_case", row_id=str(case.id))
    first = trail.order_by("id").first()
    assert first is not None
    assert first.action == "case.draft"
    assert first.actor_name == nurse.name
    assert first.actor_id == nurse.id


def _result(sample: Sample) -> ResultInput:
    today = clock.today()
    return ResultInput(
        assay="CAR_TRANSGENE",
        finding="POSITIVE",
        method="DDPCR",
        measure="transgene",
        value=Decimal("1520.5"),
        lower_limit=Decimal("50"),
        detection_limit=Decimal("10"),
        laboratory="中心实验室",
        resulted_on=today,
        received_on=today,
        final=True,
    )


def test_from_the_sample_to_the_released_report_and_its_followup() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    auditor = factories.make_actor(Role.AUDITOR)
    event = factories.malignancy(
        nurse, factories.register(nurse, site, purposes=("LTFU", "SAMPLES")), causality="POSSIBLE"
    )
    case = Case.objects.get(sources__event=event)
    tumour = Sample.objects.get(event=event, code="T1")

    case_actions.accept(officer, case, lock_version=case.lock_version)
    case = cases.one(officer, case.id)
    coded = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
    with pytest.raises(icsr.Findings) as refused:
        icsr.export(officer, case, profile=Profile.NMPA)
    assert {f.path for f in refused.value.findings} >= set(coded)
    case = case_actions.edit(officer, case, changes=coded, lock_version=case.lock_version)

    with pytest.raises(Refused, match="Submission|递交"):
        icsr.export(officer, case, profile=Profile.NMPA)
    case = factories.to_submission(officer, case)
    first = icsr.export(officer, case, profile=Profile.NMPA)
    assert icsr.export(officer, case, profile=Profile.NMPA).id == first.id, "the same file again"
    message = read_batch(bytes(first.content)).messages[0]
    assert message.root.text("C.1.8.1") == case.worldwide_id
    assert message.each("E.i")[0].text("E.i.2.1b") == "10042971"
    assert message.each("G.k")[0].each("G.k.4.r")[0].text("G.k.4.r.7") == "A2608-17"
    icsr.mark_sent(officer, first, on=clock.today())
    case.refresh_from_db()
    assert case.next_due is None, "the report clock is met"

    when = Moment(clock.today())
    samples.record_step(nurse, tumour, step="COLLECT", happened_at=when, place="手术室")
    samples.record_result(nurse, tumour, given=_result(tumour))
    case.refresh_from_db()
    followup = case.clocks.get(met_on__isnull=True, rule="CN-FU")
    assert followup.due == clock.today() + timedelta(days=15)

    case = case_actions.new_version(
        officer,
        case,
        kind="follow_up",
        information_on=clock.today(),
        lock_version=case.lock_version,
    )
    source = next(s for s in cases.sources(officer, case) if s.kind == "result")
    case = case_actions.adopt(
        officer,
        case,
        source=source,
        paths=[p for p in source.values if p.startswith("F.r")],
        lock_version=case.lock_version,
    )
    case = factories.to_submission(officer, case)
    second = icsr.export(officer, case, profile=Profile.NMPA)
    tests = read_batch(bytes(second.content)).messages[0].each("F.r")
    assert [t.text("F.r.3.2") for t in tests] == ["1520.5"]

    printed = cioms.printed(officer, case.id, language="zh-hans")
    pages = PdfReader(io.BytesIO(printed.content)).pages
    assert "外周T细胞淋巴瘤待排" in "".join(page.extract_text() for page in pages)

    history = trail.history(auditor, "pv_case", str(case.id))
    assert {"case.draft", "case.accept", "case.edit", "case.review"} <= {c.action for c in history}
    looks = {look.kind for look in trail.looks(auditor, case.id)}
    assert {"icsr.export", "print.cioms"} <= looks
