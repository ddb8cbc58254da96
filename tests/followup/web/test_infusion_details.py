"""The details of an infusion on their page, on the patient's, in the PDF and over the API."""

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from followup.actions.infusion_details import describe
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain import infusion_details as rules
from followup.domain.infusion_details import InfusionDetails
from followup.models import Infusion, Product
from followup.queries import infusion_details as queries
from tests import factories
from tests.followup.domain.test_infusion_details import FULL
from tests.followup.web.test_registration_page import typed
from tests.pages import unbroken

pytestmark = pytest.mark.django_db
GIVEN = replace(FULL, apheresis_on=None)  # the day of the infusion differs from test to test
SENT = {
    "manufacturing_site": "一号生产基地",
    "vector_copy_number": "２．１",
    "viability": "93.5",
    "out_of_specification": "YES",
    "out_of_specification_note": "细胞存活率低于放行标准",
    "thawed_at": "1005",
    "dose_per_kg": "1.9",
    "fludarabine_dose": "90",
    "cyclophosphamide_dose": "900",
    "bridging_therapy": "YES",
    "bridging_note": "R-GDP",
    "prior_hsct": "AUTOLOGOUS",
    "prior_alkylator": "YES",
    "prior_radiation": "UNKNOWN",
    "version": "1",
}


@pytest.fixture
def patient(nurse, site):
    return factories.register(actor_of(nurse), site)


@pytest.fixture
def row(patient) -> Infusion:
    return factories.infusion_of(patient)


@pytest.fixture
def client(nurse) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(nurse)
    client.cookies["django_language"] = "en"
    return client


def address(row: Infusion) -> str:
    return reverse("infusion-details", args=[row.id])


def kind(row: Infusion, **values: Any) -> None:
    with audit.acting(factories.SYSTEM, "test.kind"):
        Product.objects.filter(id=row.product_id).update(**values)


def test_nothing_is_answered_beforehand_and_the_vector_stands_beside(client, row) -> None:
    page = client.get(address(row)).content.decode()
    assert "checked" not in page
    assert 'name="reason"' not in page
    for name in rules.NAMES:
        assert f'name="{name}"' in page
    facts = page[page.index("construct-title") : page.index('<form class="panel form"')]
    assert "Costimulatory domain" in facts or "共刺激结构域" in facts


def test_everything_is_saved_and_shown_in_words_with_units(client, patient, row) -> None:
    collected = row.infused_on - timedelta(days=30)
    answer = client.post(address(row), SENT | {"apheresis_on": collected.isoformat()})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert replace(queries.recorded(row), apheresis_on=None) == GIVEN
    assert row.apheresis_on_text == collected.isoformat()
    page = unbroken(client.get(reverse("patient", args=[patient.id])).content.decode())
    facts = page[page.index("infusions-title") :]
    for text in ("93.5 %", "1.9 ×10⁶ CAR+/kg", "90 mg/m²", "900 mg/m²", "10:05", "R-GDP"):
        assert text in facts
    assert collected.isoformat() in facts
    for code in ("AUTOLOGOUS", "UNKNOWN", "FLUDARABINE"):
        assert code not in facts
    assert address(row) in facts


def test_a_missing_value_is_a_dash_never_a_zero(client, nurse, patient, row) -> None:
    page = client.get(reverse("patient", args=[patient.id])).content.decode()
    assert f'href="{address(row)}"' in page
    describe(actor_of(nurse), row, given=InfusionDetails(prior_hsct="NONE"), version=1)
    page = client.get(reverse("patient", args=[patient.id])).content.decode()
    facts = page[page.index("infusions-title") :]
    names = [queries.PARTIAL.get(name, name) for name in ("viability", "thawed_at")]
    assert facts.count("<dd>—</dd>") >= len(names)
    assert "<dd>0" not in facts


def test_what_was_typed_is_kept_and_everything_wrong_is_named_at_once(client, row) -> None:
    later = (row.infused_on + timedelta(days=1)).isoformat()
    sent = SENT | {
        "apheresis_on": later,
        "viability": "140",
        "vector_copy_number": "-1",
        "bridging_therapy": "NO",
    }
    answer = client.post(address(row), sent)
    assert answer.status_code == 422
    wrong = {"apheresis_on", "viability", "vector_copy_number", "bridging_note"}
    assert set(answer.context["form"].errors) == wrong
    page = answer.content.decode()
    for text in (later, "140", "-1", "R-GDP", "一号生产基地"):
        assert text in page
    row.refresh_from_db()
    assert row.version == 1


@pytest.mark.parametrize(
    ("name", "typed_in"),
    [
        ("viability", "很多"),
        ("viability", "1e400"),
        ("viability", "NaN"),
        ("viability", "9,5"),
        ("vector_copy_number", "1234.5"),
        ("dose_per_kg", "0.00001"),
        ("thawed_at", "25:10"),
        ("thawed_at", "10"),
        ("apheresis_on", "2026-13-01"),
        ("apheresis_on", "9999"),
        ("prior_hsct", "TWICE"),
        ("prior_alkylator", "MAYBE"),
        ("manufacturing_site", "x" * 201),
        ("bridging_note", "\x00"),
    ],
)
def test_bad_input_is_refused_at_its_field(client, row, name, typed_in) -> None:
    answer = client.post(address(row), SENT | {name: typed_in})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {name}
    row.refresh_from_db()
    assert row.version == 1


def test_what_is_unusual_is_asked_at_its_field_and_a_tick_lets_it_pass(client, row) -> None:
    sent = SENT | {"viability": "45"}
    answer = client.post(address(row), sent)
    assert answer.status_code == 422
    keys = re.findall(r'name="confirmed" value="([^"]+)"', answer.content.decode())
    assert keys == ["viability_unusual:45"]
    assert client.post(address(row), sent | {"confirmed": keys}).status_code == 302


def test_a_change_needs_a_reason_on_the_page(client, row) -> None:
    assert client.post(address(row), SENT).status_code == 302
    page = client.get(address(row)).content.decode()
    assert page.count("checked") == 5
    assert 'name="reason"' in page
    sent = SENT | {"version": "2", "viability": "92"}
    answer = client.post(address(row), sent)
    assert set(answer.context["form"].errors) == {"reason"}
    assert client.post(address(row), sent | {"reason": "病历核对"}).status_code == 302


def test_two_people_at_once_are_both_heard(client, site, row) -> None:
    colleague = factories.make_actor(Role.NURSE, site=site)
    describe(colleague, row, given=InfusionDetails(viability=Decimal(88)), version=1)
    answer = client.post(address(row), SENT)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "88" in page
    assert "R-GDP" in page
    unresolved = re.search(r'name="unresolved" value="([^"]+)"', page)
    assert unresolved is not None
    assert unresolved[1] == "2:viability"
    more = {"unresolved": unresolved[1], "unresolved-viability": "mine", "reason": "病历核对"}
    assert client.post(address(row), SENT | more).status_code == 302
    row.refresh_from_db()
    assert (row.viability, row.bridging_note) == (Decimal("93.50"), "R-GDP")


def test_a_product_without_cells_is_not_asked_of_them(client, patient, row) -> None:
    kind(row, is_car_t=False, atmp_class="GTMP_MICROBIAL_VECTOR")
    page = client.get(address(row)).content.decode()
    for name in rules.NAMES:
        assert (f'name="{name}"' in page) == (
            name in rules.asked(car_t=False, atmp_class="GTMP_MICROBIAL_VECTOR")
        )
    sent = {"prior_hsct": "NONE", "viability": "50", "version": "1"}
    assert client.post(address(row), sent).status_code == 302
    row.refresh_from_db()
    assert (row.prior_hsct, row.viability) == ("NONE", None)


def test_after_a_registration_and_a_further_infusion_the_message_leads_on(
    client, nurse, site, patient
) -> None:
    answer = client.post("/patients/register/", typed(site), follow=True)
    new = Infusion.objects.exclude(patient=patient).get()
    assert answer.content.decode().count(f'href="{address(new)}"') == 2
    first = factories.infusion_of(patient)
    sent = {
        "product": str(first.product_id),
        "indication": str(first.indication_id),
        "infused_on": (clock.today() - timedelta(days=3)).isoformat(),
        "lot": "B2",
        "chain_of_identity": "COI-<b>",
    }
    answer = client.post(f"/patients/{patient.id}/infusions/new/", sent, follow=True)
    second = Infusion.objects.get(chain_of_identity="COI-<b>")
    assert answer.content.decode().count(f'href="{address(second)}"') == 2


def test_the_summary_prints_them(client, nurse, patient, row) -> None:
    describe(actor_of(nurse), row, given=GIVEN, version=1)
    content = client.get(reverse("patient-summary", args=[patient.id])).content
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert "93.5 %" in text
    assert "R-GDP" in text
    assert row.lot in text


def test_readers_see_no_way_to_change_and_strangers_nothing(nurse, site) -> None:
    patient = factories.register(actor_of(nurse), site, purposes=("LTFU", "HOLDER"))
    row = factories.infusion_of(patient)
    describe(actor_of(nurse), row, given=GIVEN, version=1)
    for role in (Role.STUDY_MANAGER, Role.AUDITOR):
        client = Client()
        client.force_login(factories.make_user(role))
        assert client.get(address(row)).status_code == 403
        page = client.get(reverse("patient", args=[patient.id])).content.decode()
        assert address(row) not in page
        assert "R-GDP" in page
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert client.get(address(row)).status_code == 404


BODY = {
    "apheresis_on": "2025-08",
    "viability": "93.5",
    "thawed_at": "10:05",
    "out_of_specification": False,
    "prior_hsct": "NONE",
}


def put(client: Client, row: Infusion, **body: Any):
    kind = "application/json"
    return client.put(f"/api/v1/infusions/{row.id}/details/", body, content_type=kind)


def test_the_api_reads_and_records_them(nurse, site, client) -> None:
    patient = factories.register(actor_of(nurse), site, infused_on=date(2025, 9, 28))
    row = factories.infusion_of(patient)
    read = client.get(f"/api/v1/infusions/{row.id}/details/").json()
    assert (read["version"], read["viability"], read["thawed_at"]) == (1, None, None)
    assert set(read["asked"]) == set(rules.NAMES)
    assert read["vector_type"] == row.product.vector_type
    answer = put(client, row, version=1, **BODY)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["version"], said["viability"], said["thawed_at"]) == (2, "93.50", "10:05")
    assert (said["apheresis_on"], said["out_of_specification"]) == ("2025-08", "NO")
    assert client.get(f"/api/v1/infusions/{row.id}/details/").json() == said
    assert put(client, row, version=1, **BODY, prior_radiation=True).status_code == 409
    asked = put(client, row, version=2, **(BODY | {"viability": "45"}), reason="病历核对")
    assert (asked.status_code, asked.json()["code"]) == (422, "confirm")
    keys = [question["confirm"] for question in asked.json()["questions"]]
    again = BODY | {"viability": "45", "reason": "病历核对", "confirmed": keys}
    assert put(client, row, version=2, **again).json()["viability"] == "45.00"
    left_out = put(client, row, version=3, viability="45")
    assert left_out.status_code == 422
    assert "reason" in str(left_out.json())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thawed_at", "10:05:00"),
        ("thawed_at", 1005),
        ("apheresis_on", "2026-02-30"),
        ("viability", "many"),
        ("viability", "93.555"),
        ("vector_copy_number", "NaN"),
        ("prior_hsct", "TWICE"),
        ("prior_alkylator", "MAYBE"),
        ("manufacturing_site", "x" * 201),
        ("weight", 70),
    ],
)
def test_the_api_names_what_it_cannot_read(client, row, name, value) -> None:
    answer = put(client, row, version=1, **{name: value})
    assert answer.status_code == 400
    assert name in str(answer.json())
