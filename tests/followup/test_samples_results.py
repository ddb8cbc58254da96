"""Molecular results: never zero, corrected by rows, told to safety, chain kept honest."""

import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from followup.actions import samples
from followup.actions.samples import ResultInput, chain, results
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.domain import facts
from followup.domain.samples import Moment
from followup.models import MolecularResult, PlannedVisit, Product, Sample
from followup.queries import samples as queries
from tests import factories

pytestmark = pytest.mark.django_db


def given(**more: Any) -> ResultInput:
    today = clock.today()
    values: dict[str, Any] = {
        "assay": "CAR_TRANSGENE",
        "finding": "POSITIVE",
        "method": "DDPCR",
        "measure": "transgene",
        "value": Decimal("1520.5"),
        "lower_limit": Decimal("50"),
        "detection_limit": Decimal("10"),
        "laboratory": "中心实验室",
        "resulted_on": today,
        "received_on": today,
        "final": True,
    }
    return ResultInput(**values | more)


@pytest.fixture(scope="module")
def collected(module_transaction):
    site = factories.make_site()
    actor = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(
        actor, factories.register(actor, site, purposes=("LTFU", "SAMPLES"))
    )
    sample = Sample.objects.get(event=event, code="T1")
    samples.record_step(
        actor,
        sample,
        step="COLLECT",
        happened_at=Moment(clock.today() - timedelta(days=5)),
        place="手术室",
    )
    return actor, sample


@pytest.fixture
def tumour(collected):
    """An actor and a sample of a new malignancy, collected, as no test has touched it."""
    return copy.deepcopy(collected)


@pytest.fixture
def told(monkeypatch):
    heard: list[Any] = []

    def hear(_actor, fact) -> None:
        heard.append(fact)

    monkeypatch.setattr(chain, "publish", hear)
    monkeypatch.setattr(results, "publish", hear)
    return heard


def test_a_result_implies_the_test_on_a_day_nobody_knows(tumour, told) -> None:
    actor, sample = tumour
    result = samples.record_result(actor, sample, given=given())
    assert result.unit == "copies/ug DNA"
    sample.refresh_from_db()
    assert sample.state == "RESULTED"
    rows = {line.row.step: line.row for line in queries.custody(actor, sample)}
    assert rows["START_TEST"].happened_on is None
    assert rows["START_TEST"].place == "中心实验室"
    assert rows["RESULT"].result == result.id
    (fact,) = [f for f in told if isinstance(f, facts.MolecularResultReceived)]
    assert fact.adverse_event_id == sample.event_id
    assert fact.aware_on == clock.today()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": Decimal("0")}, "value"),
        ({"value": Decimal("-3")}, "value"),
        ({"value": Decimal("NaN")}, "value"),
        ({"value": Decimal("1.0000001")}, "value"),
        ({"value": Decimal("20")}, "value"),  # under the limit: must be flagged
        ({"below_quantification": True}, "value"),
        ({"below_quantification": True, "value": None, "lower_limit": None}, "lower_limit"),
        ({"detection_limit": Decimal("60")}, "detection_limit"),
        ({"finding": "NEGATIVE"}, "finding"),
        ({"finding": "CLONAL"}, "finding"),
        ({"finding": ""}, "finding"),
        ({"assay": "ASTROLOGY"}, "assay"),
        ({"method": "FISH"}, "method"),
        ({"measure": ""}, "measure"),
        ({"measure": "vcn"}, "measure"),
        ({"measure": "car_positive_cells", "value": Decimal("101")}, "value"),
        ({"tumour_content": Decimal("120")}, "tumour_content"),
        ({"laboratory": " "}, "laboratory"),
        ({"final": None}, "final"),
        ({"resulted_on": clock.today() - timedelta(days=6)}, "resulted_on"),
        ({"received_on": clock.today() - timedelta(days=1)}, "received_on"),
        ({"received_on": clock.today() + timedelta(days=1)}, "received_on"),
        ({"sites": "chr99x"}, "sites"),
        ({"markers": "CD3"}, "markers"),
        ({"variants": "TET2, p.R1261H, 0"}, "variants"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_field(tumour, change, field) -> None:
    actor, sample = tumour
    with pytest.raises(Refused) as refused:
        samples.record_result(actor, sample, given=given(**change))
    assert field in refused.value.fields, refused.value.fields
    assert not MolecularResult.objects.filter(sample=sample).exists()


def test_below_quantification_keeps_its_limit_and_no_number(tumour) -> None:
    actor, sample = tumour
    result = samples.record_result(
        actor, sample, given=given(value=None, below_quantification=True, finding="NEGATIVE")
    )
    assert (result.value, result.lower_limit) == (None, Decimal("50"))


@pytest.mark.parametrize(
    "change", [{"value": 0}, {"below_quantification": True}, {"unit": ""}, {"reason": ""}]
)
def test_the_database_refuses_it_too(tumour, change) -> None:
    actor, sample = tumour
    result = samples.record_result(actor, sample, given=given())
    values = {
        f.attname: getattr(result, f.attname)
        for f in MolecularResult._meta.concrete_fields
        if f.attname != "id"
    }
    if "reason" in change:
        values["replaces_id"] = result.id
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        audit.acting(factories.SYSTEM, "test"),
    ):
        MolecularResult.objects.create(**values | change)


def test_a_correction_replaces_with_a_reason_and_is_told_as_new(tumour, told) -> None:
    actor, sample = tumour
    wrong = samples.record_result(actor, sample, given=given())
    with pytest.raises(Refused):
        samples.correct_result(actor, wrong, given=given(), reason=" ")
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        samples.correct_result(actor, wrong, given=given(), reason="no change, so nothing is told")
    right = samples.correct_result(
        actor, wrong, given=given(value=Decimal("152.05")), reason="小数点错位"
    )
    assert right.replaces_id == wrong.id
    with pytest.raises(Conflict):
        samples.correct_result(actor, wrong, given=given(), reason="again")
    assert [line.result.id for line in queries.results(actor, sample)] == [right.id]
    assert len(queries.results(actor, sample, replaced=True)) == 2
    received = [f for f in told if isinstance(f, facts.MolecularResultReceived)]
    assert [f.result_id for f in received] == [wrong.id, right.id]


def test_nothing_is_tested_that_was_never_collected(tumour) -> None:
    actor, sample = tumour
    other = Sample.objects.get(event=sample.event, code="B1")
    with pytest.raises(Refused):
        samples.record_result(actor, other, given=given())


def test_details_are_kept_as_data(tumour) -> None:
    actor, sample = tumour
    isa = given(
        assay="ISA",
        finding="CLONAL",
        method="LAM_PCR",
        measure="top_site",
        value=Decimal("62"),
        lower_limit=None,
        detection_limit=None,
        sites="chr1:117,915,000\t+\tPBX2\t62\t0\tchanged\nchrX:5,-,,,,",
        variants="TET2, p.R1261H, 38%",
        markers="CD3+ CD8- CD30＋",
    )
    result = samples.record_result(actor, sample, given=isa)
    first, second = result.details["sites"]
    assert first == {
        "chromosome": "chr1",
        "position": 117915000,
        "strand": "+",
        "gene": "PBX2",
        "percent": "62",
        "distance_bp": 0,
        "expression_changed": True,
    }
    assert (second["gene"], second["distance_bp"], second["expression_changed"]) == ("", None, None)
    assert result.details["variants"] == [{"gene": "TET2", "change": "p.R1261H", "percent": "38"}]
    assert result.details["markers"] == {"CD3": True, "CD8": False, "CD30": True}


def test_routine_transgene_and_positive_virus_are_facts_of_their_own(tumour, told) -> None:
    actor, sample = tumour
    patient = factories.register(actor, sample.site, purposes=("LTFU", "SAMPLES"))
    visit = PlannedVisit.objects.get(patient=patient, code="M3")
    blood, virus, _archive = samples.plan_visit(actor, visit)
    when = Moment(clock.today())
    samples.record_steps(actor, [blood, virus], step="COLLECT", happened_at=when, place="门诊")
    samples.record_result(
        actor, blood, given=given(value=None, below_quantification=True, method="QPCR")
    )
    (measured,) = [f for f in told if isinstance(f, facts.RoutineResultReceived)]
    assert measured.assay == "CAR_TRANSGENE"
    plain = {"measure": "", "value": None, "lower_limit": None, "detection_limit": None}
    samples.record_result(actor, virus, given=given(assay="RCL", method="VSVG_QPCR", **plain))
    (positive,) = [f for f in told if isinstance(f, facts.RclPositive)]
    assert positive.collected_on.exact == clock.today()
    assert not any(isinstance(f, facts.MolecularResultReceived) for f in told)
    # The archive is drawn, and the vector test stays due: below quantification is detected.
    later = PlannedVisit.objects.get(patient=patient, code="M24")
    assert queries.needed(actor, later) == ("V1", "C1", "F1")


def test_the_holders_officer_records_by_study_code_and_another_product_sees_nothing(tumour) -> None:
    _nurse, sample = tumour
    officer = factories.make_actor(Role.SAFETY_OFFICER, product=sample.product)
    assert samples.record_result(officer, sample, given=given()).recorded_by_id == officer.id
    other = Product.objects.filter(is_car_t=True).exclude(id=sample.product_id).first()
    stranger = factories.make_actor(Role.SAFETY_OFFICER, product=other)
    with pytest.raises(NotFound):
        samples.record_result(stranger, sample, given=given())
