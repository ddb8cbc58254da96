"""Toxicity and response by their items: every boundary of the tables, through API and page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import infusions
from followup.actions.patients import InfusionInput
from followup.core import clock, confirmations
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.clinical_assessments import CAPD, ICE, Instrument
from followup.domain.dates import PartialDate
from followup.models import AdverseEvent, ClinicalAssessment, Indication
from tests import factories

pytestmark = pytest.mark.django_db
DAY0 = 200


def day(number: int) -> str:
    return (clock.today() - timedelta(days=DAY0 - number)).isoformat()


@pytest.fixture(scope="module")
def world(module_transaction):
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    myeloma = Indication.objects.filter(disease="MM").select_related("product").first()
    infused_on = clock.today() - timedelta(days=DAY0)
    patient = factories.register(
        actor_of(nurse), site, infused_on=infused_on, product_row=myeloma.product
    )
    return nurse, patient


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world[0])
    return client


def send(client, patient, instrument, answers, *, on=None, **more):
    body = {"instrument": instrument, "on": on or day(5), "answers": answers} | more
    address = f"/api/v1/patients/{patient.id}/assessments/"
    return client.post(address, body, content_type="application/json")


CRS = {"temperature": "38.0", "fever_other_cause": "NO", "treated": "NO", "fever_earlier": "NO"}
CRS |= {"hypotension": "NO", "oxygen": "NONE", "death_due_to_crs": "NO"}
TREATED = CRS | {"temperature": "36.8", "treated": "YES", "fever_earlier": "YES"}
LOW = {"hypotension": "YES", "vasopressin": "NO"}
ICANS = dict.fromkeys(ICE, "YES") | {"consciousness": "NORMAL", "seizure": "NONE"}
ICANS |= {"motor": "NONE", "pressure": "NONE", "other_cause": "NO", "death_due_to_icans": "NO"}


def ice(points: int) -> dict[str, str]:
    return {code: "YES" if n < points else "NO" for n, code in enumerate(ICE)}


IEC = {"ferritin": "1000", "ferritin_uln": "400", "ferritin_baseline": "900"}
IEC |= {"ferritin_rapidly_rising": "NO", "transaminases_times": "5.1", "fibrinogen": "2"}
IEC |= {"fibrinogen_lln": "1.8"}
IEC |= {"haemophagocytosis": "NO", "cytopenia_grade_4": "NO", "explained_otherwise": "NO"}
IEC |= {"severity": "OBSERVATION_ONLY"}
NO_COMMON = {"transaminases_times": "5"}
BY_GRADE = {
    "CRS": [
        (CRS | {"temperature": "37.9"}, "0"),
        (CRS | {"temperature": "40", "fever_other_cause": "YES"}, "0"),
        (CRS | LOW | {"vasopressors": "0", "vasopressin": "YES"}, "3"),
        (CRS | LOW | {"vasopressors": "2", "vasopressin": "YES"}, "4"),
        (CRS | LOW | {"vasopressors": "0", "oxygen": "CPAP"}, "4"),  # the worse of the two
        (CRS | LOW | {"vasopressors": "1", "oxygen": "BLOW_BY"}, "3"),
        (CRS, "1"),
        (CRS | LOW | {"vasopressors": "0"}, "2"),
        (CRS | LOW | {"vasopressors": "1"}, "3"),
        (CRS | LOW | {"vasopressors": "1", "vasopressin": "YES"}, "3"),
        (CRS | LOW | {"vasopressors": "2"}, "4"),
        (CRS | {"oxygen": "NASAL_CANNULA", "flow": "6"}, "2"),
        (CRS | {"oxygen": "NASAL_CANNULA", "flow": "6.1"}, "3"),
        (CRS | {"oxygen": "NASAL_CANNULA"}, ""),
        (CRS | {"oxygen": "BLOW_BY"}, "2"),
        (CRS | {"oxygen": "VENTURI"}, "3"),
        (CRS | {"oxygen": "FACE_MASK"}, "3"),
        (CRS | {"oxygen": "NON_REBREATHER"}, "3"),
        (CRS | {"oxygen": "CPAP"}, "4"),
        (CRS | {"oxygen": "BIPAP"}, "4"),
        (CRS | {"oxygen": "VENTILATION"}, "4"),
        (CRS | {"death_due_to_crs": "YES"}, "5"),
        (TREATED, "0"),
        # After an antipyretic or tocilizumab fever is no longer asked for.
        (TREATED | LOW | {"vasopressors": "1"}, "3"),
        (TREATED | {"oxygen": "BLOW_BY"}, "2"),
        (CRS | {"hypotension": ""}, ""),
    ],
    "ICANS": [
        *((ICANS | ice(points), grade) for points, grade in ((10, "0"), (9, "1"), (7, "1"))),
        *((ICANS | ice(points), grade) for points, grade in ((6, "2"), (3, "2"), (2, "3"))),
        (ICANS | ice(0), "3"),
        (ICANS | ice(0) | {"consciousness": "UNAROUSABLE"}, "4"),
        (ICANS | dict.fromkeys(ICE, "") | {"consciousness": "UNAROUSABLE"}, "4"),
        (ICANS | {"ice_city": ""}, ""),
        (ICANS | {"consciousness": "AWAKENS_SPONTANEOUSLY"}, "1"),
        (ICANS | {"consciousness": "TO_VOICE"}, "2"),
        (ICANS | {"consciousness": "TO_TACTILE"}, "3"),
        (ICANS | {"seizure": "BRIEF"}, "3"),
        (ICANS | {"seizure": "NON_CONVULSIVE_RESOLVED"}, "3"),
        (ICANS | {"seizure": "REPETITIVE"}, "4"),
        (ICANS | {"seizure": "PROLONGED"}, "4"),
        (ICANS | {"motor": "DEEP_FOCAL_WEAKNESS"}, "4"),
        (ICANS | {"pressure": "FOCAL_OEDEMA"}, "3"),
        (ICANS | {"pressure": "DIFFUSE_OR_RAISED"}, "4"),
        (ICANS | {"other_cause": "YES", "motor": "DEEP_FOCAL_WEAKNESS"}, "0"),
        (ICANS | {"death_due_to_icans": "YES"}, "5"),
    ],
    "IEC_HS": [
        (IEC, "1"),
        *(
            (IEC | {"severity": severity}, grade)
            for severity, grade in (
                ("INTERVENTION", "2"),
                ("SEVERE", "3"),
                ("LIFE_THREATENING", "4"),
                ("DEATH", "5"),
            )
        ),
        (IEC | {"ferritin": "800"}, "0"),  # twice the limit is not above it
        (IEC | {"ferritin": "801"}, "1"),
        (IEC | {"ferritin": "800", "ferritin_baseline": "399"}, "1"),
        (IEC | {"ferritin": "800", "ferritin_rapidly_rising": "YES"}, "1"),
        (IEC | NO_COMMON, "0"),
        (IEC | NO_COMMON | {"fibrinogen": "1.5", "fibrinogen_lln": "1.5"}, "0"),
        (IEC | NO_COMMON | {"fibrinogen": "1.79"}, "1"),  # under the laboratory's own limit
        (IEC | NO_COMMON | {"fibrinogen": "1.8"}, "0"),
        (IEC | NO_COMMON | {"fibrinogen_lln": ""}, ""),  # it may be under that limit
        (IEC | NO_COMMON | {"cytopenia_grade_4": "YES"}, "1"),
        (IEC | NO_COMMON | {"fibrinogen": "1.49"}, "1"),
        (IEC | NO_COMMON | {"haemophagocytosis": "YES"}, "1"),
        (IEC | NO_COMMON | {"haemophagocytosis": ""}, ""),
        (IEC | {"explained_otherwise": "YES"}, "0"),
    ],
    "CTCAE_CRS": [
        ({"ctcae_crs": code}, grade)
        for code, grade in (
            ("FEVER_ONLY", "1"),
            ("FLUIDS_OR_OXYGEN_BELOW_40", "2"),
            ("ONE_PRESSOR_OR_OXYGEN_40", "3"),
            ("LIFE_THREATENING", "4"),
            ("DEATH", "5"),
        )
    ],
    "CTCAE_MALIGNANCY": [
        ({"malignancy_course": code}, grade)
        for code, grade in (
            ("NOT_LIFE_THREATENING", "3"),
            ("LIFE_THREATENING", "4"),
            ("DEATH", "5"),
        )
    ],
}
LESION = {"target_1_kind": "NODE", "target_1_baseline_ppd": "400", "target_1_nadir_ppd": "200"}
LESION |= {"target_1_nadir_ldi": "20"}


def ct(ldi: str, ppd: str, **more: str) -> dict[str, str]:
    seen = {"new_lesion": "NO", "other_sites_normal": "YES"}
    return LESION | {"target_1_ldi": ldi, "target_1_ppd": ppd} | seen | more


PET = {"new_lesion": "NO"}
ALL = {"marrow_blasts": "4.9", "extramedullary": "NO", "anc": "1.1", "platelets": "101"}
ALL |= {"earlier_remission": "NO"}
RECIST = {"target_1_kind": "OTHER", "target_1_baseline": "100", "nadir_sum": "60"}
RECIST |= {"non_target": "NONE", "new_lesion": "NO"}
IMWG = {"serum_baseline": "40", "serum_nadir": "20", "urine_baseline": "1000", "plasmacytoma": "NO"}
IMWG |= {"urine_nadir": "400", "urine_measurable": "YES", "light_chain_disease": "NO"}
IMWG |= {"serum_ifx_negative": "NO", "urine_ifx_negative": "NO", "new_lesion": "NO"}


def protein(serum: str, urine: str, **more: str) -> dict[str, str]:
    return IMWG | {"serum_now": serum, "urine_now": urine} | more


DEEP = {"serum_ifx_negative": "YES", "urine_ifx_negative": "YES", "marrow_plasma_cells": "4.9"}
DEEP |= {"light_chain_ratio_normal": "NO", "clonal_plasma_cells": "NO"}
BY_RESPONSE = {
    "LUGANO_PET": [
        (PET | {"deauville": "3"}, "CR"),
        (PET | {"deauville": "4", "metabolic_change": "REDUCED"}, "PR"),
        (PET | {"deauville": "4", "metabolic_change": "UNCHANGED"}, "SD"),
        (PET | {"deauville": "5", "metabolic_change": "INCREASED"}, "PD"),
        ({"new_lesion": "YES", "deauville": "1"}, "PD"),
        (PET | {"deauville": "4"}, ""),
    ],
    "LUGANO_CT": [
        (ct("15", "150"), "CR"),
        (ct("15.1", "150"), "PR"),
        (ct("15", "150", other_sites_normal="NO"), "PR"),
        (ct("20", "200"), "PR"),
        (ct("20", "201"), "SD"),
        (ct("25", "300"), "PD"),  # half as much again than the smallest, and 5 mm longer
        (ct("24.9", "300"), "SD"),
        (ct("25", "299"), "SD"),
        (ct("15", "150", new_lesion="YES"), "PD"),
        (ct("15", "150", new_lesion=""), ""),
    ],
    "IMWG": [
        (protein("10", "300", **DEEP, serum_baseline="40"), "CR"),
        (protein("10", "300", **DEEP | {"light_chain_ratio_normal": "YES"}), "sCR"),
        (protein("10", "300", **DEEP | {"marrow_plasma_cells": "5"}), "MR"),
        (protein("4", "99"), "VGPR"),
        (protein("4", "100"), "PR"),
        (protein("20", "199"), "PR"),
        (protein("20", "200"), "MR"),
        (protein("20", "100"), "PR"),
        (protein("22", "500"), "MR"),
        (protein("24.9", "501"), "SD"),
        (protein("25", "500"), "PD"),
        (protein("20", "600"), "PD"),
        (protein("20", "100", new_lesion="YES"), "PD"),
    ],
    "B_ALL": [
        (ALL, "CR"),
        (ALL | {"anc": "1.0"}, "CRh"),
        (ALL | {"platelets": "100"}, "CRh"),
        (ALL | {"anc": "0.5"}, "CRi"),
        (ALL | {"platelets": "50"}, "CRi"),
        (ALL | {"marrow_blasts": "5"}, "REFRACTORY"),
        (ALL | {"marrow_blasts": "5", "earlier_remission": "YES"}, "RELAPSE"),
        (ALL | {"extramedullary": "YES"}, "REFRACTORY"),
        (ALL | {"marrow_blasts": "<5"}, "CR"),
        (ALL | {"platelets": ""}, ""),
    ],
    "RECIST": [
        (RECIST | {"target_1_now": "0"}, "CR"),
        (RECIST | {"target_1_now": "0", "non_target": "NON_COMPLETE"}, "PR"),
        (RECIST | {"target_1_kind": "NODE", "target_1_now": "9.9"}, "CR"),
        (RECIST | {"target_1_kind": "NODE", "target_1_now": "10"}, "PR"),
        (RECIST | {"target_1_now": "70"}, "PR"),
        (RECIST | {"target_1_now": "70.1"}, "SD"),
        (RECIST | {"target_1_now": "72"}, "PD"),
        (RECIST | {"target_1_now": "71.9"}, "SD"),
        (RECIST, "NE"),
        (RECIST | {"target_1_now": "0", "non_target": "PROGRESSION"}, "PD"),
    ],
}


@pytest.mark.parametrize("instrument", [*BY_GRADE, *BY_RESPONSE])
def test_every_boundary_of_its_table(client, world, instrument) -> None:
    rows = BY_GRADE.get(instrument) or BY_RESPONSE[instrument]
    found = [send(client, world[1], instrument, answers).json() for answers, _ in rows]
    wrong = [
        (answers, wanted, each)
        for (answers, wanted), each in zip(rows, found, strict=True)
        if each.get("result") != wanted
    ]
    assert wrong == []
    assert all(each["rules"] for each in found)
    assert all(each["missing"] for each in found if not each["result"])
    if instrument in BY_GRADE:
        assert {each["stated"] for each in found} == {""}
        assert all(each["scale"] and each["at_least"] is not None for each in found)


@pytest.mark.parametrize("instrument", list(Instrument))
def test_each_form_opens_with_nothing_answered(client, world, instrument) -> None:
    page = client.get(reverse("assessment-record", args=[world[1].id, instrument.value]))
    assert page.status_code == 200
    assert " checked" not in page.content.decode()


def test_the_page_shows_the_reasoning_before_it_keeps_it(client, world) -> None:
    patient = world[1]
    address = reverse("assessment-record", args=[patient.id, "ICANS"])
    body = ICANS | ice(8) | {"assessed_on": day(6)}
    count = ClinicalAssessment.objects.count()
    with translation.override("en"):
        looked = client.post(address, body | {"look": "1"}, headers={"Accept-Language": "en"})
        assert "grade 1" in looked.content.decode()
        assert "ICE score, points of 10" in looked.content.decode()
    assert ClinicalAssessment.objects.count() == count
    kept = client.post(address, body)
    assert kept.status_code == 302
    row = ClinicalAssessment.objects.latest("recorded_at")
    assert (row.result, row.scale, row.assessed_on_text) == ("1", "ASTCT_ICANS", day(6))
    with translation.override("en"):
        page = client.get(kept.headers["Location"]).content.decode()
        assert "ICE score, points of 10" in page
    report = reverse("event-report", args=[row.infusion_id]) + f"?assessment={row.id}"
    assert report in page
    with translation.override("en"):
        shown = client.get(report).content.decode()
        assert "Source: an assessment" in shown
    assert " checked" not in shown  # the grade is shown beside the form and fills in nothing
    assert not AdverseEvent.objects.filter(patient=patient).exists()


def test_performance_is_in_words_and_death_is_none_of_the_living(client, world) -> None:
    dead = send(client, world[1], "ECOG", {"ecog": "5"})
    assert (dead.status_code, "ecog" in dead.content.decode()) == (422, True)
    form = reverse("assessment-record", args=[world[1].id, "ECOG"])
    looked = client.post(form, {"assessed_on": day(5), "ecog": "5", "look": "1"})
    assert looked.context["form"].errors.keys() == {"ecog"}  # looking is refused like keeping
    assert looked.context["shown"] is None
    made = send(client, world[1], "ECOG", {"ecog": "1"})
    assert [send(client, world[1], "ECOG", {"ecog": n}).json()["result"] for n in "01234"] == [
        *"01234"
    ]
    assert (made.json()["result"], made.json()["scale"], made.json()["at_least"]) == ("1", "", None)
    with translation.override("en"):
        page = client.get(reverse("assessment", args=[made.json()["id"]])).content.decode()
    assert "1: restricted in strenuous activity" in page
    assert "Report adverse event" not in page


def test_what_cannot_be_is_said_at_its_item_and_stays_typed(client, world) -> None:
    address = reverse("assessment-record", args=[world[1].id, "CRS"])
    page = client.post(address, CRS | {"assessed_on": day(1), "temperature": "385"})
    assert page.status_code == 422
    assert 'value="385"' in page.content.decode()
    assert page.context["form"].errors.keys() == {"temperature"}
    late = client.post(address, CRS | {"assessed_on": "2999-01-01"})
    assert late.context["form"].errors.keys() == {"assessed_on"}
    early = client.post(address, CRS | {"assessed_on": day(-1)})
    assert early.context["form"].errors.keys() == {"assessed_on"}  # of no infusion
    assert client.post(address, {"assessed_on": day(1)}).status_code == 422
    assert send(client, world[1], "CRS", CRS, stated="CR").status_code == 422
    unknown = send(client, world[1], "LUGANO_PET", {"pulse": ""}, stated="CR")
    assert (unknown.status_code, "pulse" in unknown.content.decode()) == (422, True)
    assert send(client, world[1], "LUGANO_PET", {"deauville": "　"}).status_code == 422


def test_the_response_at_month_3_and_today(client, world) -> None:
    nurse, _ = world
    actor = actor_of(nurse)
    infused_on = clock.today() - timedelta(days=DAY0)
    site = world[1].site
    indication = Indication.objects.filter(disease="LBCL").select_related("product").first()
    patient = factories.register(actor, site, infused_on=infused_on, product_row=indication.product)
    page = reverse("assessments", args=[patient.id])
    fitting = client.get(page).context["fitting"]
    assert [code for code, _name in fitting] == ["LUGANO_PET", "LUGANO_CT"]
    address = f"/api/v1/patients/{patient.id}/response/"

    def told():
        return client.get(address).json()

    assert (told()["month_3"], told()["today"]) == (None, None)
    send(client, patient, "LUGANO_PET", PET | {"deauville": "2"}, on=day(83))
    assert (told()["month_3"], told()["today"]) == (None, "CR")
    partial = {"deauville": "4", "metabolic_change": "REDUCED"}
    send(client, patient, "LUGANO_PET", PET | partial, on=day(84))
    assert (told()["month_3"], told()["month_3_day"]) == ("PR", 84)
    made = send(client, patient, "LUGANO_CT", {}, on=day(120), stated="CR").json()
    assert (made["result"], made["stated"]) == ("", "CR")
    assert (told()["today"], told()["since"]) == ("CR", day(120))
    with translation.override("en"):
        text = client.get(page, headers={"Accept-Language": "en"}).content.decode()
        assert "PR on day 84" in text
        assert "carried to today" in text
    factories.call(actor, patient, disease_status="PROGRESSION")
    assert told()["today"] == "PD"
    died = PartialDate.of(clock.today())
    factories.call(actor, patient, informant="FAMILY", vital_status="DEAD", died_on=died)
    with translation.override("en"):
        text = client.get(page, headers={"Accept-Language": "en"}).content.decode()
        assert "Last response before death" in text
        assert "carried to today" not in text
    gone = f"/api/v1/assessments/{made['id']}/take-back/"
    assert (
        client.post(gone, {"reason": "另一位患者"}, content_type="application/json").status_code
        == 200
    )
    assert (
        client.post(gone, {"reason": "again"}, content_type="application/json").status_code == 409
    )
    assert made["id"] not in {
        each["id"] for each in client.get(f"/api/v1/patients/{patient.id}/assessments/").json()
    }


def test_the_response_follows_an_infusion_that_is_corrected_or_entered_late(client, world) -> None:
    actor, site = actor_of(world[0]), world[1].site
    row = Indication.objects.filter(disease="LBCL").select_related("product").first()
    start = clock.today() - timedelta(days=DAY0)
    patient = factories.register(actor, site, infused_on=start, product_row=row.product)
    send(client, patient, "LUGANO_PET", PET | {"deauville": "2"}, on=day(90))
    address = f"/api/v1/patients/{patient.id}/response/"

    def told():
        found = client.get(address).json()
        return found["month_3"], found["month_3_day"], found["today"]

    given = {"product": row.product, "indication": row, "lot": "B2"}
    first = factories.infusion_of(patient)

    def moved(version: int, number: int, confirmed=confirmations.ALL_CONFIRMED) -> None:
        infused_on = start + timedelta(days=number)
        values = InfusionInput(
            **given, infused_on=infused_on, chain_of_identity=first.chain_of_identity
        )
        more = {"reason": "批记录", "confirmed": confirmed}
        infusions.correct(actor, first, given=values, version=version, **more)

    assert told() == ("CR", 90, "CR")
    moved(1, 7)
    assert told() == (None, None, "CR")  # day 83 is before month 3
    with translation.override("en"), pytest.raises(Unconfirmed) as asked:
        moved(2, 95, ())
    assert "1 assessment lies before it." in asked.value.questions[0].text
    moved(2, 95)
    assert told() == (None, None, None)  # assessed before the infusion
    moved(3, 0)
    assert told() == ("CR", 90, "CR")
    late = InfusionInput(
        **given, infused_on=start + timedelta(days=3), chain_of_identity="COI-late"
    )
    infusions.reinfuse(actor, patient, given=late, confirmed=confirmations.ALL_CONFIRMED)
    assert told() == ("CR", 87, "CR")


def test_an_assessment_is_retracted_on_its_page_with_a_reason(client, world) -> None:
    made = send(client, world[1], "CRS", CRS).json()
    address = reverse("assessment-take-back", args=[made["id"]])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "误填他人"}).status_code == 302
    page = client.get(reverse("assessment", args=[made["id"]])).content.decode()
    assert "误填他人" in page
    assert address not in page
    assert client.post(address, {"reason": "误填他人"}).status_code == 409


def test_the_reasoning_says_whether_the_definition_is_met(client, world) -> None:
    """A question is answered yes, no or open; a grade that says nothing is not shown as one."""
    reader = Client()
    reader.force_login(factories.make_user(Role.NURSE, site=world[1].site, language="zh-hans"))
    for change, answer in (({}, "是"), (NO_COMMON, "否"), ({"explained_otherwise": ""}, "未定")):
        made = send(client, world[1], "IEC_HS", IEC | change).json()
        page = reader.get(reverse("assessment", args=[made["id"]]))
        assert page.context["rules"][0][1:] == (answer, answer == "未定")
        text = page.content.decode()
        assert "至少0级" not in text
        assert "铁蛋白（µg/L）" in text
        assert "，严重程度" not in text


# Four abilities that are always seen score nothing; four disturbances 0 to 4 each.
ABLE = dict.fromkeys(CAPD[:4], "ALWAYS")
CHILD = {code: answer for code, answer in ICANS.items() if code not in ICE}


def observed(*often: str) -> dict[str, str]:
    return CHILD | ABLE | dict(zip(CAPD[4:], often, strict=True))


CAPD_ROWS = [
    (observed("NEVER", "NEVER", "NEVER", "NEVER"), "0", "0"),
    (observed("RARELY", "NEVER", "NEVER", "NEVER"), "1", "1"),
    (observed("SOMETIMES", "SOMETIMES", "SOMETIMES", "SOMETIMES"), "1", "8"),
    (observed("OFTEN", "SOMETIMES", "SOMETIMES", "SOMETIMES"), "3", "9"),
    (CHILD | dict.fromkeys(CAPD[:4], "NEVER") | dict.fromkeys(CAPD[4:], "ALWAYS"), "3", "32"),
    (CHILD | {"capd": "8"}, "1", "8"),
    (CHILD | {"capd": "8", "consciousness": "TO_VOICE"}, "2", "8"),
    (CHILD | {"capd": "9"}, "3", "9"),
    (CHILD | {"consciousness": "UNAROUSABLE"}, "4", None),
    (CHILD, "", None),
]


def test_a_child_is_assessed_by_capd_on_its_own_form(client, world) -> None:
    """The age decides the test: the form asks for no other, and the API refuses the other."""
    born = clock.today().replace(day=1) - timedelta(days=8 * 365)
    given = {"identity": factories.person(born=born), "infused_on": clock.today()}
    given["infused_on"] -= timedelta(days=DAY0)
    child = factories.register(actor_of(world[0]), world[1].site, **given)
    for answers, grade, points in CAPD_ROWS:
        found = send(client, child, "ICANS", answers).json()
        assert (found["result"], dict(found["rules"]).get("ICANS.CAPD_POINTS")) == (grade, points)
        assert found["missing"] == ([] if grade else ["capd"])
    assert set(send(client, child, "ICANS", ICANS).json()["fields"]) == set(ICE)
    wrong = send(client, child, "ICANS", observed(*["NEVER"] * 4) | {"capd": "1"})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"capd"})
    assert send(client, world[1], "ICANS", CHILD | {"capd": "9"}).status_code == 422
    address = reverse("assessment-record", args=[child.id, "ICANS"])
    fields = client.get(address).context["form"].fields
    assert set(CAPD) | {"capd"} <= set(fields)
    assert not {"age", *ICE} & set(fields)
    grown = client.get(reverse("assessment-record", args=[world[1].id, "ICANS"]))
    assert not {"age", "capd", *CAPD} & set(grown.context["form"].fields)
    with translation.override("en"):
        kept = client.post(address, CAPD_ROWS[3][0] | {"assessed_on": day(6)}, follow=True)
        page = kept.content.decode()
    assert "<td>9</td>" in page
    assert "<td>grade 3</td>" in page  # a grade and the points of a score are told apart
    for said in ("CAPD score, points of 32", "Is the child restless?", "Often"):
        assert said in page


def test_a_birthday_between_infusion_and_today_leaves_both_tests_on_the_form(client, world) -> None:
    """On the day typed one of them counts; without a year of birth the age is asked for."""
    infused_on = clock.today() - timedelta(days=DAY0)
    who = factories.person(born=infused_on.replace(year=infused_on.year - 12, month=7, day=1))
    given = {"identity": who, "infused_on": infused_on}
    child = factories.register(actor_of(world[0]), world[1].site, **given)
    address = reverse("assessment-record", args=[child.id, "ICANS"])
    page = client.get(address)
    assert {"age", "capd", *CAPD, *ICE} <= set(page.context["form"].fields)
    assert page.content.decode().count('<fieldset class="block">') == 2
    seen = CHILD | {"capd": "9"}
    open_still = send(client, child, "ICANS", seen, on=day(0)).json()
    assert (open_still["result"], open_still["missing"]) == ("", ["age"])
    assert send(client, child, "ICANS", seen | {"age": "11"}, on=day(0)).json()["result"] == "3"
    wrong = client.post(address, ICANS | {"assessed_on": day(0), "age": "11"})
    assert set(ICE) <= set(wrong.context["form"].errors)
