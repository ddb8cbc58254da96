"""From the laboratory to the authority: result, source, adoption, F.r in the written XML."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import Sample
from pv.actions import cases, icsr, workups
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.models import Case, Submission
from pv.queries import cases as queries
from pv.queries import offers as source_offers
from pv.queries import workups as views
from tests import factories

pytestmark = pytest.mark.django_db


def given(**more: Any) -> ResultInput:
    today = clock.today()
    values: dict[str, Any] = {
        "assay": "CAR_TRANSGENE",
        "finding": "POSITIVE",
        "method": "DDPCR",
        "measure": "transgene",
        "value": Decimal("1520.50"),
        "lower_limit": Decimal("50"),
        "laboratory": "中心实验室",
        "resulted_on": today,
        "received_on": today,
        "final": True,
    }
    return ResultInput(**values | more)


@pytest.fixture
def work():
    """A suspected malignancy with its case, its officer, and every sample of the event taken."""
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    event = factories.malignancy(
        nurse, factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    )
    taken = Moment(clock.today() - timedelta(days=2))
    post = list(Sample.objects.filter(event=event, phase="POST"))
    samples.record_steps(nurse, post, step="COLLECT", happened_at=taken, place="手术室")
    case = Case.objects.get(patient=event.patient_id)
    return nurse, officer, event, case


def sample(event, code: str) -> Sample:
    return Sample.objects.get(event=event, code=code)


def written(case: Case) -> tuple[Any, bytes]:
    version = case.versions.get(number=case.current_version)
    now = clock.now().astimezone(clock.SHANGHAI)
    content = icsr.round_trip(icsr.assemble(case, version, Profile.NMPA, now), Profile.NMPA)
    return read_batch(content).messages[0].root.each("F.r"), content


def test_a_result_is_offered_adopted_and_written(work) -> None:
    nurse, officer, event, case = work
    result = samples.record_result(nurse, sample(event, "T1"), given=given())
    source = case.sources.get(kind="result", reference=str(result.id))
    assert source.adopted_at is None
    offers = {o.path: o for o in source_offers.of(source, queries.version(officer, case))}
    assert offers["F.r[1].3.2"].offered == "1520.5"
    assert offers["F.r[1].3.2"].differs
    before, _content = written(case)
    assert before == []
    paths = [path for path in source.values if path.startswith("F.r")]
    cases.adopt(officer, case, source=source, paths=paths, lock_version=case.lock_version)
    case.refresh_from_db()
    (test,), content = written(case)
    assert test.text("F.r.2.1") == "CAR转基因 (CAR transgene)"
    assert test.text("F.r.3.1") == "1"
    assert (test.text("F.r.3.2"), test.text("F.r.3.3")) == ("1520.5", "{copies}/ug")
    assert sample(event, "T1").number in test.text("F.r.6")
    assert "中心实验室" in test.text("F.r.6")
    root = etree.fromstring(content)
    assert root.xpath("//*[local-name()='center'][@value='1520.5'][@unit='{copies}/ug']")
    source.refresh_from_db()
    assert source.adopted_version == case.current_version


def test_below_quantification_is_written_as_a_bound_and_never_as_zero(work) -> None:
    nurse, officer, event, case = work
    below = given(value=None, below_quantification=True, finding="NEGATIVE")
    result = samples.record_result(nurse, sample(event, "T1"), given=below)
    source = case.sources.get(reference=str(result.id))
    paths = [path for path in source.values if path.startswith("F.r")]
    cases.adopt(officer, case, source=source, paths=paths, lock_version=case.lock_version)
    case.refresh_from_db()
    (test,), content = written(case)
    assert (test.text("F.r.3.1"), test.text("F.r.3.2")) == ("2", "<50")
    root = etree.fromstring(content)
    (high,) = root.xpath("//*[local-name()='high'][@value='50'][@unit='{copies}/ug']")
    assert high.get("inclusive") == "false"
    assert not root.xpath("//*[local-name()='center'][@value='0']")


def test_a_finding_in_words_and_a_correction(work) -> None:
    nurse, officer, event, case = work
    plain = {"measure": "", "value": None, "lower_limit": None, "method": "NGS_TRB"}
    clonal = given(assay="TCR_CLONALITY", finding="CLONAL", **plain)
    wrong = samples.record_result(nurse, sample(event, "T1"), given=clonal)
    oligo = given(assay="TCR_CLONALITY", finding="OLIGOCLONAL", **plain)
    right = samples.correct_result(nurse, wrong, given=oligo, reason="报告更正")
    source = case.sources.get(reference=str(right.id))
    paths = [path for path in source.values if path.startswith("F.r")]
    cases.adopt(officer, case, source=source, paths=paths, lock_version=case.lock_version)
    case.refresh_from_db()
    (test,), _content = written(case)
    assert test.text("F.r.3.4") == "寡克隆 (Oligoclonal)"
    assert "F.r.3.1" not in test.values


def test_after_the_first_report_a_result_starts_a_follow_up_clock(work) -> None:
    nurse, officer, event, case = work
    version = case.versions.get(number=1)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.sent"):
        submission = Submission.objects.create(
            case=case,
            version=version,
            product_id=case.product_id,
            site_id=case.site_id,
            profile="nmpa",
            file_name="x.xml",
            content=b"x",
            sha256="0" * 64,
            size=1,
            schema_check="not_run",
            generated_at=clock.now(),
        )
    icsr.mark_sent(officer, submission, on=clock.today())
    assert not case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True).exists()
    yesterday = clock.today() - timedelta(days=1)
    samples.record_result(
        nurse, sample(event, "T1"), given=given(resulted_on=yesterday, received_on=yesterday)
    )
    running = case.clocks.get(met_on__isnull=True, stopped_at__isnull=True)
    assert running.day_zero == yesterday
    assert running.due == yesterday + timedelta(days=15)
    assert running.case_version == 2


def test_before_the_first_report_no_second_clock_runs(work) -> None:
    nurse, _officer, event, case = work
    before = set(case.clocks.values_list("id", flat=True))
    samples.record_result(nurse, sample(event, "T1"), given=given())
    assert set(case.clocks.values_list("id", flat=True)) == before


def test_the_case_shows_samples_and_results_in_words(work) -> None:
    nurse, officer, event, case = work
    samples.record_result(nurse, sample(event, "T1"), given=given())
    view = views.of_case(officer, case)
    assert view.results[0].assay.label_en == "CAR transgene"
    assert view.results[0].finding.label_zh == "阳性"
    first = view.samples[0]
    assert (first.sample.phase, first.definition.label_en) == (
        "PRE",
        "Retained apheresis or pre-infusion PBMC",
    )
    tree = storage.from_data(case.versions.get(number=1).message)
    assert tree.each("F.r") == []  # shown beside the case, never slipped into it


def test_a_result_moves_the_work_up_level_and_class(work) -> None:
    nurse, officer, event, case = work
    work_up = views.one(officer, case)
    workups.advance(officer, work_up, event="TRIAGE")
    workups.advance(officer, work_up, event="REQUEST_SAMPLES")
    samples.record_result(nurse, sample(event, "T1"), given=given())
    work_up.refresh_from_db()
    assert work_up.state == "TESTING"
    assert [s.event for s in views.steps(officer, work_up)] == [
        "TRIAGE",
        "REQUEST_SAMPLES",
        "SAMPLE_ARRIVED",
        "START_TESTING",
    ]
    assert work_up.attribution == ""
    assert "vcn" in work_up.reasoning["attribution"]["missing"]
