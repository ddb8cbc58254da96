"""Loading reference data: idempotent, versions kept, used versions never rewritten."""

import copy

import pytest

from followup.actions import reference
from followup.core.models import Change as Trail
from followup.core.permissions import Perm, Role
from followup.core.problems import Denied, Refused
from followup.domain.calendars import YearStatus
from followup.domain.references import LoadChange
from followup.models import Indication, Product, ReferenceItem
from followup.queries import reference as queries
from followup.queries import shipped
from tests import factories

pytestmark = pytest.mark.django_db
SYSTEM = factories.SYSTEM


def products():
    return copy.deepcopy(dict(shipped.documents()["products"]))


def loaded(document):
    steps = reference.load(SYSTEM, documents={"products": document})
    return {step.name: step for step in steps if step.change is not LoadChange.UNCHANGED}


def test_what_is_shipped_is_loaded_and_loading_again_changes_nothing():
    steps = reference.load(SYSTEM, documents=shipped.documents())
    assert {step.change for step in steps} == {LoadChange.UNCHANGED}
    assert Product.objects.filter(is_car_t=True).count() >= 9


def test_the_published_count_of_conditional_and_full_indications():
    document = products()
    published = document["published_count"]
    codes = [p["code"] for p in document["products"]]
    first = codes[: codes.index("CILTA_CEL") + 1]
    rows = Indication.objects.filter(product__code__in=first)
    assert rows.count() == published["car_t_indications"]
    assert rows.filter(status="conditional").count() == published["conditional"]
    assert rows.filter(status="full").count() == published["full"]


def test_an_application_under_review_is_no_indication():
    assert not Indication.objects.filter(code="RELMA_CEL_LBCL_2L").exists()
    assert "RELMA_CEL_LBCL_2L" in str(
        ReferenceItem.objects.get(kind="product", code="RELMA_CEL").data
    )


def test_a_changed_file_under_a_used_version_is_refused_and_says_which_field():
    document = products()
    document["products"][0]["brand_en"] = "Other"
    with pytest.raises(Refused) as problem:
        reference.load(SYSTEM, documents={"products": document})
    assert problem.value.code == "version_used"
    assert "brand_en" in str(problem.value)
    assert Product.objects.get(code="AXI_CEL").brand_en == "Yescarta"


def test_replace_overwrites_outside_production_only(settings):
    document = products()
    document["products"][0]["brand_en"] = "Other"
    settings.PRODUCTION = True
    with pytest.raises(Refused):
        reference.load(SYSTEM, documents={"products": document}, replace=True)
    settings.PRODUCTION = False
    reference.load(SYSTEM, documents={"products": document}, replace=True)
    assert Product.objects.get(code="AXI_CEL").brand_en == "Other"
    assert ReferenceItem.objects.filter(kind="product", code="AXI_CEL").count() == 1


def test_a_new_version_is_added_beside_the_old_one_and_the_row_follows():
    document = products()
    document["version"] = "2027-01-01"
    document["products"][0]["indications"][1]["status"] = "full"
    changed = loaded(document)
    assert changed["product AXI_CEL 2027-01-01"].fields == ("indications",)
    assert changed["indication AXI_CEL_LBCL_2L"].fields == ("status",)
    assert Indication.objects.get(code="AXI_CEL_LBCL_2L").status == "full"
    versions = ReferenceItem.objects.filter(kind="product", code="AXI_CEL")
    assert set(versions.values_list("version", flat=True)) == {products()["version"], "2027-01-01"}
    assert not ReferenceItem.objects.filter(kind="product", version="2027-01-01").exclude(
        code="AXI_CEL"
    )


def test_an_older_file_leaves_the_rows_of_the_newer_one():
    newer = products()
    newer["version"] = "2027-01-01"
    newer["products"][0]["brand_en"] = "Other"
    loaded(newer)
    changed = loaded(products())
    assert changed[f"product AXI_CEL {products()['version']}"].change is LoadChange.SUPERSEDED
    assert Product.objects.get(code="AXI_CEL").brand_en == "Other"


def test_a_broken_document_is_named_and_the_others_are_loaded():
    protocols = copy.deepcopy(dict(shipped.documents()["protocols"]))
    protocols["protocols"][0]["version"] = "2"
    del protocols["protocols"][0]["loss_rule"]
    newer = products()
    newer["version"] = "2027-01-01"
    newer["products"][0]["brand_en"] = "Other"
    steps = reference.load(SYSTEM, documents={"protocols": protocols, "products": newer})
    (wrong,) = [step for step in steps if step.problem]
    assert wrong.name == "protocols.json protocol CN-LIFELONG loss_rule"
    assert (wrong.change, wrong.problem) == (LoadChange.REFUSED, "is missing")
    assert not ReferenceItem.objects.filter(kind="protocol", version="2").exists()
    assert Product.objects.get(code="AXI_CEL").brand_en == "Other"


def test_a_text_too_long_for_its_column_is_told_with_its_name():
    document = products()
    document["version"] = "2027-01-01"
    document["products"][0]["inn"] = "x" * 500
    (wrong,) = [step for step in loaded(document).values() if step.problem]
    assert wrong.name.startswith("products.json product AXI_CEL")
    assert "inn" in wrong.problem
    assert not ReferenceItem.objects.filter(kind="product", version="2027-01-01").exists()


def test_comparing_writes_nothing():
    document = products()
    document["version"] = "2027-01-01"
    document["products"][0]["brand_en"] = "Other"
    before = Trail.objects.count()
    steps = reference.compare(SYSTEM, {"products": document})
    assert LoadChange.CHANGED in {step.change for step in steps}
    assert Trail.objects.count() == before


def test_only_those_who_keep_reference_data_may_load():
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(Denied):
        reference.load(nurse, documents={})


def test_loading_is_in_the_trail():
    row = Trail.objects.filter(table_name="followup_referenceitem").first()
    assert row is not None
    assert row.action == "reference.load"


def test_a_site_code_is_checked_and_used_once():
    reference.add_site(SYSTEM, code="XX01", name_zh="测试", name_en="Test")
    for code in ("XX01", "a", "小", ""):
        with pytest.raises(Refused) as problem:
            reference.add_site(SYSTEM, code=code, name_zh="测试", name_en="Test")
        assert "code" in problem.value.fields


def test_reading_what_is_loaded():
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    sex = queries.code_list(nurse, "sex")
    assert sex.label("MALE", "zh-hans") == "男"
    assert sex.label("NOBODY", "en") == "NOBODY"
    assert "FEMALE" in sex
    table = queries.holidays(nurse)
    assert table.status(2026) is YearStatus.OFFICIAL
    assert table.status(2027) is YearStatus.PREDICTED
    assert table.status(2050) is YearStatus.UNKNOWN
    assert queries.document(nurse, "samples")["samples"]
    assert queries.product(nurse, code="AXI_CEL").holder.code == "FOSUN_KITE_BIOTECHNOLOGY"


def test_sites_a_person_works_at():
    here, there = factories.make_site(), factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=here)
    auditor = factories.make_actor(Role.AUDITOR)
    assert factories.ids(queries.sites(nurse, needs=Perm.PATIENT_WRITE)) == {here.id}
    assert not queries.sites(nurse, needs=Perm.USER_WRITE).exists()
    assert factories.ids(queries.sites(auditor, needs=Perm.PATIENT_READ)) >= {here.id, there.id}
