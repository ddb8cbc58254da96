"""The work-up: its states, its level and its class from evidence, and what samples do to it."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import Product, Sample
from pv.actions import workups
from pv.models import Case
from pv.queries import workups as views
from pv.queries.work_up_dossiers import printed
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    onset = PartialDate.of(clock.today() - timedelta(days=10))
    event = factories.malignancy(
        nurse,
        factories.register(nurse, site, purposes=("LTFU", "SAMPLES")),
        onset=onset,
        pathology="AVAILABLE",
    )
    case = Case.objects.get(patient=event.patient_id)
    return nurse, officer, event, views.one(officer, case)


def take(actor, event, *codes: str) -> list[Sample]:
    rows = list(Sample.objects.filter(event=event, code__in=codes))
    when = Moment(clock.today() - timedelta(days=2))
    samples.record_steps(actor, rows, step="COLLECT", happened_at=when, place="手术室")
    return rows


def result(actor, sample, assay: str, finding: str, **more: Any):
    values: dict[str, Any] = {
        "assay": assay,
        "finding": finding,
        "laboratory": "中心实验室",
        "resulted_on": clock.today(),
        "received_on": clock.today(),
        "final": True,
    }
    return samples.record_result(actor, sample, given=ResultInput(**values | more))


def fresh(work_up):
    work_up.refresh_from_db()
    return work_up


def test_a_suspicion_opens_it_as_suspected_whatever_pathology_is_announced(work) -> None:
    _nurse, _officer, _event, work_up = work
    assert (work_up.state, work_up.level, work_up.attribution) == ("REPORTED", "SUSPECTED", "")
    assert work_up.reasoning["level"]["needed"] == ["malignant_histology"]
    assert work_up.reasoning["attribution"]["missing"] == ["tested"]


def test_the_level_rises_with_answers_and_results(work) -> None:
    nurse, officer, event, work_up = work
    answers = {"malignant_histology": "YES", "t_cell_pathology": "YES"}
    workups.answer(officer, work_up, answers=answers, version=work_up.version)
    assert fresh(work_up).level == "PROBABLE"
    assert set(work_up.reasoning["level"]["needed"]) == {"t_cell_immunophenotype", "tcr_clonal"}
    (tumour,) = take(nurse, event, "T1")
    result(nurse, tumour, "IMMUNOPHENOTYPE", "T_CELL", method="FLOW")
    result(nurse, tumour, "TCR_CLONALITY", "CLONAL", method="NGS_TRB")
    assert fresh(work_up).level == "CONFIRMED_TCM"
    assert work_up.reasoning["level"]["rule"] == "TCM.HISTOLOGY_PHENOTYPE_CLONALITY"


def test_a_relapse_excludes_and_not_known_never_does(work) -> None:
    _nurse, officer, _event, work_up = work
    unknown = dict.fromkeys(workups.QUESTIONS, "UNKNOWN")
    workups.answer(officer, work_up, answers=unknown, version=work_up.version)
    assert fresh(work_up).level == "SUSPECTED"
    workups.answer(officer, work_up, answers={"relapse": "YES"}, version=work_up.version)
    assert fresh(work_up).level == "EXCLUDED"


def test_answers_on_an_old_reading_conflict(work) -> None:
    _nurse, officer, _event, work_up = work
    workups.answer(officer, work_up, answers={"relapse": "NO"}, version=work_up.version)
    with pytest.raises(Conflict):
        workups.answer(officer, work_up, answers={"relapse": "YES"}, version=work_up.version)
    with pytest.raises(Refused):
        workups.answer(
            officer, work_up, answers={"relapse": "MAYBE"}, version=fresh(work_up).version
        )


def dossier(officer, work_up, language: str) -> str:
    content = printed(officer, work_up.case_id, language=language).content
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_class_a_needs_clone_transgene_and_driver(work) -> None:
    nurse, officer, event, work_up = work
    (tumour,) = take(nurse, event, "T1")
    result(nurse, tumour, "CAR_TRANSGENE", "POSITIVE", tumour_content=Decimal(60), lod_met=True)
    assert fresh(work_up).attribution == ""
    result(nurse, tumour, "VCN", "POSITIVE", measure="vcn", value=Decimal("1.4"))
    result(nurse, tumour, "TCR_CLONALITY", "CLONAL", same_clone=True)
    assert fresh(work_up).attribution == "B"
    assert work_up.provisional
    sites = "chr1:117915000,+,PBX2,62,0,changed"
    result(nurse, tumour, "ISA", "CLONAL", sites=sites)
    assert fresh(work_up).attribution == "A"
    assert not work_up.provisional
    rules = [step["rule"] for step in work_up.reasoning["attribution"]["steps"]]
    assert rules[-1] == "DRIVER_INTEGRATION"
    # Everything the reports say is in the dossier, bounds as bounds, and how the class followed.
    (blood,) = take(nurse, event, "B1")
    result(nurse, blood, "VCN", "NEGATIVE", measure="vcn", reported="未检出", comment="重复一次")
    text = dossier(officer, work_up, "en")
    for said in ("not detected", "未检出", "重复一次", "60 %", "PBX2 62 % 0 bp", "vector copy"):
        assert said.lower() in text.lower(), said
    for said in ("How the class was derived", "Is the transgene in the malignant clone?"):
        assert said in text
    assert "Report to the authority: Serious reaction, domestic" in text
    chinese = dossier(officer, work_up, "zh-hans")
    assert "表达改变" in chinese
    assert "未检出" in chinese


@pytest.mark.parametrize(
    ("content", "lod_met", "cls"), [(60, True, "D"), (10, True, "E"), (60, None, "")]
)
def test_a_negative_test_counts_only_on_an_adequate_sample(work, content, lod_met, cls) -> None:
    nurse, _officer, event, work_up = work
    (tumour,) = take(nurse, event, "T1")
    more = {"tumour_content": Decimal(content), "lod_met": lod_met}
    result(nurse, tumour, "CAR_TRANSGENE", "NEGATIVE", **more)
    assert fresh(work_up).attribution == cls


@pytest.mark.parametrize(("limit", "cls"), [("0.1", "C"), ("0.9", "")])
def test_below_quantification_decides_only_under_the_threshold(work, limit, cls) -> None:
    nurse, _officer, event, work_up = work
    (tumour,) = take(nurse, event, "T1")
    low = {"below_quantification": True, "measure": "vcn", "lower_limit": Decimal(limit)}
    result(nurse, tumour, "VCN", "POSITIVE", **low)
    percent = {"measure": "car_positive_cells", "value": Decimal("0.4")}
    result(nurse, tumour, "CAR_TRANSGENE", "POSITIVE", **percent)
    result(nurse, tumour, "TCR_CLONALITY", "CLONAL", same_clone=False)
    assert fresh(work_up).attribution == cls


def test_flags_stand_beside_the_class(work) -> None:
    nurse, officer, event, work_up = work
    bag = Sample.objects.get(event=event, code="P1")
    today = Moment(clock.today())
    samples.answer_held(nurse, bag, held="YES", happened_at=today, place="LN2 罐 4")
    result(nurse, bag, "TCR_CLONALITY", "CLONAL", same_clone=True)
    workups.answer(
        officer, work_up, answers={"prior_genotoxic": "YES"}, version=fresh(work_up).version
    )
    assert fresh(work_up).reasoning["flags"] == {
        "preexisting_clone": True,
        "chip_preexisting": None,
        "rcl_positive": None,
        "ebv_driven": None,
        "prior_genotoxic": True,
    }
    assert work_up.attribution == ""  # what was there before is no test of the tumour


def test_samples_move_it_and_people_decide(work) -> None:
    nurse, officer, event, work_up = work
    for step in ("SAMPLE_ARRIVED", "START_TESTING", "ADJUDICATE", "CLOSE", "NONSENSE"):
        with pytest.raises(Refused):
            workups.advance(officer, work_up, event=step)
    workups.advance(officer, work_up, event="TRIAGE")
    workups.advance(officer, work_up, event="REQUEST_SAMPLES")
    tumour, blood = take(nurse, event, "T1", "B1")
    move = {"happened_at": Moment(clock.today()), "place": "中心实验室"}
    samples.record_steps(nurse, [tumour, blood], step="SHIP", carrier="SF 1", abroad=False, **move)
    assert fresh(work_up).state == "SAMPLES_REQUESTED"
    samples.record_step(nurse, tumour, step="RECEIVE", **move)
    assert fresh(work_up).state == "SAMPLES_PARTIAL"
    for row in Sample.objects.filter(event=event, state="PLANNED"):
        lost = {"step": "MARK_UNOBTAINABLE", "happened_at": Moment(clock.today())}
        samples.record_step(nurse, row, reason="PATIENT_DIED", **lost)
    assert fresh(work_up).state == "SAMPLES_PARTIAL"
    samples.record_step(nurse, blood, step="RECEIVE", **move)
    assert fresh(work_up).state == "SAMPLES_COMPLETE"
    samples.record_step(nurse, tumour, step="START_TEST", **move)
    assert fresh(work_up).state == "TESTING"
    with pytest.raises(Refused) as missing:
        workups.advance(officer, work_up, event="RESULTS_COMPLETE")
    assert "reason" in missing.value.fields
    workups.advance(officer, work_up, event="RESULTS_COMPLETE", reason="no more material")
    with pytest.raises(Refused) as refused:
        workups.advance(officer, work_up, event="EXCLUDE")
    assert "reason" in refused.value.fields
    workups.advance(officer, work_up, event="EXCLUDE", reason="病理复核为反应性增生")
    assert fresh(work_up).state == "EXCLUDED"
    last = views.steps(officer, work_up)[-1]
    assert (last.event, last.reason, last.recorded_by_id) == (
        "EXCLUDE",
        "病理复核为反应性增生",
        officer.id,
    )


def test_when_nothing_can_be_had_it_says_so_and_the_class_is_not_tested(work) -> None:
    nurse, officer, event, work_up = work
    workups.advance(officer, work_up, event="TRIAGE")
    lost = {"step": "MARK_UNOBTAINABLE", "happened_at": Moment(clock.today())}
    for row in Sample.objects.filter(event=event):
        samples.record_step(nurse, row, reason="PATIENT_DIED", **lost)
    assert fresh(work_up).state == "SAMPLES_UNOBTAINABLE"
    assert work_up.attribution == "F"


def test_who_reads_does_not_decide_and_who_is_elsewhere_sees_nothing(work) -> None:
    _nurse, _officer, event, work_up = work
    reviewer = factories.make_actor(Role.MEDICAL_REVIEWER)
    with pytest.raises(Denied):
        workups.advance(reviewer, work_up, event="TRIAGE")
    other = Product.objects.filter(is_car_t=True).exclude(id=event.product_id).first()
    stranger = factories.make_actor(Role.SAFETY_OFFICER, product=other)
    with pytest.raises(NotFound):
        workups.advance(stranger, work_up, event="TRIAGE")
    assert views.of_case(stranger, work_up.case) is None
