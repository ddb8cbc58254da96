"""Products and code lists: the published counts, both languages, no unknown shown as full."""

import json
from pathlib import Path

import pytest

from followup.domain.contacts import ContactType
from followup.domain.dates import PartialDate

REFERENCE = Path(__file__).parents[3] / "followup" / "reference"


def load(name):
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))


PRODUCTS = load("products")["products"]
INDICATIONS = [(p, i) for p in PRODUCTS for i in p["indications"]]
LISTS = {row["code"]: row for row in load("code_lists")["code_lists"]}


def test_the_published_counts_of_mid_2025():
    counted = load("products")["published_count"]
    end = PartialDate.from_iso(counted["as_of"]).latest
    early = [
        (p, i)
        for p, i in INDICATIONS
        if p["kind"] == "CAR_T"
        and i["approval"]["date"]
        and PartialDate.from_iso(i["approval"]["date"]).latest <= end
    ]
    statuses = [i["status"] for _, i in early]
    assert len({p["code"] for p, _ in early}) == counted["car_t_products"] == 6
    assert len(early) == counted["car_t_indications"] == 9
    assert (statuses.count("conditional"), statuses.count("full")) == (7, 2)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p["code"])
def test_a_product_is_whole(product):
    for name in ("inn", "name_zh", "brand_en", "mah_en", "mah_zh", "kind", "atmp_class"):
        assert product[name]
    assert product["provenance"]["citation"]
    assert product["indications"]
    codes = {i["code"] for i in LISTS["vector_type"]["items"]}
    assert product["vector_type"] in codes
    assert product["kind"] in {i["code"] for i in LISTS["product_kind"]["items"]}
    assert product["atmp_class"] in {i["code"] for i in LISTS["atmp_class"]["items"]}


@pytest.mark.parametrize(("product", "row"), INDICATIONS, ids=lambda x: x["code"])
def test_an_indication_keeps_precision_and_provenance(product, row):
    approval = row["approval"]
    assert row["status"] in {"conditional", "full", "unknown"}
    assert row["status_provenance"]["citation"]
    assert row["disease"] in {i["code"] for i in LISTS["disease"]["items"]}
    if approval["date"] is None:
        assert row["status"] == "unknown"
        assert row["authorisation"] == "application_accepted"
    else:
        assert PartialDate.from_iso(approval["date"]).precision.value == approval["precision"]
        assert approval["confidence"]


def test_what_is_not_established_is_unknown():
    unknown = {p["code"] for p, i in INDICATIONS if i["status"] == "unknown"}
    assert {"RENI_CEL", "PCAR_19B", "SATRI_CEL"} <= unknown
    assert all(
        i["status_provenance"]["confidence"] == "unknown" or i["approval"]["date"] is None
        for _, i in INDICATIONS
        if i["status"] == "unknown"
    )


def test_dates_recalled_from_memory_keep_the_month():
    by_code = {i["code"]: i["approval"] for _, i in INDICATIONS}
    for code in ("RELMA_CEL_LBCL_3L", "RELMA_CEL_FL", "RELMA_CEL_MCL", "CILTA_CEL_MM"):
        assert by_code[code]["precision"] == "month"
    assert by_code["AXI_CEL_LBCL_3L"]["date"] == "2021-06-22"
    assert by_code["PCAR_19B_B_ALL"]["date"] == "2025-11-07"
    assert by_code["DONAPERMINOGENE_CLI"]["precision"] == "year"


def test_code_lists_are_in_both_languages_and_unique():
    for row in LISTS.values():
        codes = [item["code"] for item in row["items"]]
        assert len(codes) == len(set(codes)), row["code"]
        assert all(item["en"] and item["zh"] for item in row["items"])
        assert row["citation"]
        assert row["confidence"]


def test_lists_agree_with_the_domain():
    assert {i["code"] for i in LISTS["contact_type"]["items"]} == set(ContactType)
    assert {i["code"] for i in LISTS["rcl_result"]["items"]} == {
        "NEG",
        "POS",
        "INDETERMINATE",
        "NOT_DONE",
    }
