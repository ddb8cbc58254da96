"""Laboratory values on pages and over the API: entered, pasted, read, corrected, exported."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions.follow_up_status import consents
from followup.core import clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, Consent, LaboratoryFinding, LaboratoryResult
from tests import factories

pytestmark = pytest.mark.django_db
DAY0 = 120


def day(number: int) -> str:
    return (clock.today() - timedelta(days=DAY0 - number)).isoformat()


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def patient(nurse, site):
    infused_on = clock.today() - timedelta(days=DAY0)
    return factories.register(actor_of(nurse), site, infused_on=infused_on)


def entered(client, patient, on: str, **values):
    body = {"on": on, "received_on": clock.today().isoformat()} | values
    return client.post(reverse("laboratory-record", args=[patient.id]), body)


def test_values_are_entered_as_the_report_writes_them(client, patient) -> None:
    answer = entered(
        client,
        patient,
        day(90),
        time="08:30",
        laboratory="检验科",
        hb="9.8 g/dL",
        hb_range="11.5-15.0",
        anc="1.2",
        anc_range="1.8-6.3",
        car_transgene="<50",
        car_transgene_lower_limit="50",
        igg_missing="NOT_DONE",
        rcl="阴性(-)",
    )
    assert answer.status_code == 302
    rows = {row.measure: row for row in LaboratoryResult.objects.filter(patient=patient)}
    assert set(rows) == {"hb", "anc", "car_transgene", "igg", "rcl"}
    assert (rows["hb"].value, rows["hb"].range_low) == (98, 115)
    assert (rows["car_transgene"].comparator, rows["car_transgene"].lower_limit) == ("<", 50)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "&lt;50" in page
    assert "CTCAE 2" in page
    assert "↓" in page
    assert f"D+{90}" in page


def test_problems_stand_at_their_boxes_and_what_was_typed_stays(client, patient) -> None:
    answer = entered(client, patient, day(90), hb="1,5", plt="210↑", alc="阴性", anc="1.0")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="1,5"' in page
    assert 'id="id_hb_error"' in page
    assert 'id="id_alc_error"' in page
    assert 'id="id_anc_error"' not in page
    assert not LaboratoryResult.objects.filter(patient=patient).exists()


def test_an_unusual_value_is_asked_and_then_taken(client, patient) -> None:
    asked = entered(client, patient, day(90), hb="210")
    assert asked.status_code == 422
    assert "unusual-hb:210" in asked.content.decode()
    assert (
        entered(client, patient, day(90), hb="210", confirmed="unusual-hb:210").status_code == 302
    )


def test_nothing_is_answered_beforehand(client, patient) -> None:
    page = client.get(reverse("laboratory-record", args=[patient.id])).content.decode()
    assert "checked" not in page
    assert "selected" not in page.replace('value="" selected', "")


TABLE = (
    "项目\t单位\t参考范围\t{a}\t{b}\t2026-99-01\n"
    "中性粒细胞\t10^9/L\t1.8-6.3\t0.9↓\t2.1\t1\n"
    "HGB\tg/L\t115-150\t1,5\t210\t\n"
    "未知项\tg/L\t\t1\t2\t3\n"
)


def test_a_pasted_table_is_previewed_and_only_what_is_good_is_saved(client, patient) -> None:
    address = reverse("laboratory-paste", args=[patient.id])
    table = TABLE.format(a=day(80), b=day(90))
    seen = client.post(address, {"table": table, "then": "preview"})
    page = seen.content.decode()
    assert seen.status_code == 200
    assert "未知项" in page
    assert "2026-99-01" in page
    assert not LaboratoryResult.objects.filter(patient=patient).exists()
    saved = client.post(address, {"table": table, "then": "save"})
    assert saved.status_code == 302
    found = LaboratoryResult.objects.filter(patient=patient).order_by("specimen_on", "measure")
    assert [(r.measure, r.written, r.source) for r in found] == [
        ("anc", "0.9↓", "PASTED"),
        ("anc", "2.1", "PASTED"),
    ]
    again = client.post(address, {"table": table, "then": "save", "unusual": "3-5-210 g/L"})
    assert again.status_code == 302
    assert sorted(r.written for r in LaboratoryResult.objects.filter(patient=patient)) == [
        "0.9↓",
        "2.1",
        "210",
    ]


@pytest.mark.parametrize(
    "table", ["", "x", "a\tb\nc\td", "\t\t\n\t", '"', "项目\t2999-01-01\nHb\t1"]
)
def test_a_table_without_values_is_refused_kindly(client, patient, table) -> None:
    answer = client.post(
        reverse("laboratory-paste", args=[patient.id]), {"table": table, "then": "save"}
    )
    assert answer.status_code == 422


def test_the_trend_draws_limits_and_a_hollow_bound_beside_the_table(client, patient) -> None:
    for number, value in ((60, "25000"), (75, "<50"), (90, "300")):
        entered(client, patient, day(number), car_transgene=value)
    page = client.get(reverse("laboratory-trend", args=[patient.id, "car_transgene"]))
    text = page.content.decode()
    assert "LLOQ 50" in text
    assert "LOD 10" in text
    assert text.count("<circle") == 3
    assert text.count('fill="#ffffff" stroke="#0072b2"') == 1
    assert text.count("<tr>") >= 4
    assert client.get(reverse("laboratory-trend", args=[patient.id, "nonsense"])).status_code == 404


def test_the_grid_pages_by_day_and_joins_values_of_a_visit(client, patient, nurse) -> None:
    for number in range(60, 73):
        entered(client, patient, day(number), hb="100")
    page = client.get(reverse("laboratory", args=[patient.id])).content.decode()
    assert page.count("D+") == 10
    assert f"?before={day(63)}" in page
    older = client.get(reverse("laboratory", args=[patient.id]), {"before": day(63)})
    assert older.content.decode().count("D+") == 3
    wrong = client.get(reverse("laboratory", args=[patient.id]), {"before": "2026-13-77"})
    assert wrong.status_code == 200


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_export_keeps_text_bounds_and_zeros_and_no_formula(client, patient, ending) -> None:
    entered(client, patient, day(60), hb="98.0", car_transgene="<50", laboratory="=1+1")
    answer = client.get(reverse("laboratory-export", args=[patient.id, ending]))
    if ending == "csv":
        text = answer.content.decode("utf-8-sig")
        assert "98.0" in text
        assert "<50" in text
        assert "'=1+1" in text
        return
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {"98.0", "<50", "=1+1"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_a_value_is_corrected_and_taken_back_with_a_reason(client, patient) -> None:
    entered(client, patient, day(90), plt="10", plt_range="125-350")
    old = LaboratoryResult.objects.get(patient=patient)
    page = client.get(reverse("laboratory-value", args=[old.id])).content.decode()
    assert "CTCAE 4" in page
    assert "CTCAE 5: Platelets" in page
    body = {
        "on": day(90),
        "received_on": clock.today().isoformat(),
        "text": "110",
        "range": "125-350",
        "reason": "小数点",
    }
    address = reverse("laboratory-correct", args=[old.id])
    assert client.post(address, body | {"reason": ""}).status_code == 422
    assert client.post(address, body).status_code == 302
    assert client.post(address, body).status_code == 409
    new = LaboratoryResult.objects.get(patient=patient, replaces=old)
    found = LaboratoryFinding.objects.filter(result=old)
    assert {row.state for row in found} == {"CORRECTED"}
    back = reverse("laboratory-take-back", args=[new.id])
    assert client.post(back, {"reason": ""}).status_code == 422
    assert client.post(back, {"reason": "他人标本"}).status_code == 302
    grid = client.get(reverse("laboratory", args=[patient.id])).content.decode()
    assert ">110</a>" not in grid
    assert client.get(reverse("laboratory-value", args=[old.id])).status_code == 200


def test_a_finding_becomes_an_event_with_the_value_as_its_source(client, patient) -> None:
    entered(client, patient, day(90), plt="20", plt_range="125-350")
    row = LaboratoryFinding.objects.get(patient=patient, rule="CYTOPENIA")
    assert patient.study_code in client.get(reverse("laboratory-findings")).content.decode()
    page = client.get(reverse("laboratory-finding", args=[row.id])).content.decode()
    address = f"{reverse('event-report', args=[row.infusion_id])}?finding={row.id}"
    assert address in page
    form = client.get(address).content.decode()
    for seen in (page, form):
        assert "CTCAE 5: Platelets 20 10^9/L, lower limit of the reference range 125 10^9/L" in seen
        assert "→ grade 4" in seen
        assert "CTCAE.PLT" not in seen
    body = {
        "verbatim": "血小板减少",
        "aware_on": clock.today().isoformat(),
        "reporter_name": "王",
        "reporter_qualification": "NURSE",
        "is_new_malignancy": "NO",
        "serious": "NO",
    }
    answer = client.post(address, body)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    row.refresh_from_db()
    assert row.event == AdverseEvent.objects.get(patient=patient)
    assert row.state == "REPORTED"


def test_a_finding_that_is_no_event_is_answered_in_words(client, patient) -> None:
    entered(client, patient, day(90), igg="3.9")
    row = LaboratoryFinding.objects.get(patient=patient)
    address = reverse("laboratory-finding", args=[row.id])
    assert client.post(address, {"text": ""}).status_code == 422
    assert client.post(address, {"text": "已补充丙种球蛋白"}).status_code == 302
    assert client.post(address, {"text": "再答"}).status_code == 409


def posted(client, patient, on, *values, **more):
    body = {"specimen": {"on": on}, "values": list(values)} | more
    address = f"/api/v1/patients/{patient.id}/laboratory/"
    return client.post(address, body, content_type="application/json")


LIMITS = {
    "anc": [
        ("1.8", 0),
        ("1.79", 1),
        ("1.5", 1),
        ("1.49", 2),
        ("1.0", 2),
        ("0.99", 3),
        ("0.5", 3),
        ("0.49", 4),
    ],
    "plt": [
        ("125", 0),
        ("124", 1),
        ("75", 1),
        ("74.9", 2),
        ("50", 2),
        ("49.9", 3),
        ("25", 3),
        ("24.9", 4),
    ],
    "hb": [("115", 0), ("114", 1), ("100", 1), ("99", 2), ("80", 2)],
    "wbc": [
        ("3.5", 0),
        ("3.49", 1),
        ("3.0", 1),
        ("2.99", 2),
        ("2.0", 2),
        ("1.99", 3),
        ("1.0", 3),
        ("0.99", 4),
    ],
    "alc": [
        ("1.1", 0),
        ("1.09", 1),
        ("0.8", 1),
        ("0.79", 2),
        ("0.5", 2),
        ("0.49", 3),
        ("0.2", 3),
        ("0.19", 4),
    ],
}
RANGES = {"anc": "1.8-6.3", "plt": "125-350", "hb": "115-150", "wbc": "3.5-9.5", "alc": "1.1-3.2"}


@pytest.mark.parametrize(
    ("measure", "value", "grade"),
    [(m, value, grade) for m, rows in LIMITS.items() for value, grade in rows],
)
def test_every_limit_of_ctcae_through_api_and_page(client, patient, measure, value, grade) -> None:
    unit = "g/L" if measure == "hb" else "10^9/L"
    sent = {"measure": measure, "text": value, "unit": unit, "range_text": RANGES[measure]}
    answer = posted(client, patient, day(20), sent)
    assert answer.status_code == 201, answer.content
    key = answer.json()["made"][0]["id"]
    page = client.get(reverse("laboratory-value", args=[key])).content.decode()
    assert f"CTCAE {grade}" in page


def test_haemoglobin_under_80_is_grade_3_at_least_since_4_is_decided_at_the_bedside(
    client, patient
) -> None:
    sent = {"measure": "hb", "text": "79", "unit": "g/L", "range_text": "115-150"}
    key = posted(client, patient, day(20), sent).json()["made"][0]["id"]
    page = client.get(reverse("laboratory-value", args=[key])).content.decode()
    assert "CTCAE 3/4" in page
    assert "whether it is life-threatening not known → grade 3/4" in page


def rows_of(patient, rule):
    found = LaboratoryFinding.objects.filter(patient=patient, rule=rule).order_by("id")
    return [(row.level, row.grade) for row in found]


@pytest.mark.parametrize(
    ("low_days", "value", "grades"),
    [
        (13, "0.5", []),
        (14, "0.5", [3]),
        (14, "0.51", []),
        (6, "0.1", []),
        (7, "0.1", [3]),
        (14, "0.1", [3, 4]),
    ],
)
def test_early_icaht_counts_cumulative_days(client, patient, low_days, value, grades) -> None:
    for number in range(31):
        text = value if number < low_days else "2.5"
        sent = {"measure": "anc", "text": text, "unit": "10^9/L", "range_text": "1.8-6.3"}
        assert posted(client, patient, day(number), sent).status_code == 201
    assert [level for level, _grade in rows_of(patient, "EARLY_NEUTROPENIA")] == grades


@pytest.mark.parametrize(
    ("first", "low_days", "value", "rule", "levels"),
    [
        (0, 1, "20", "EARLY_THROMBOCYTOPENIA", []),
        (0, 1, "19.9", "EARLY_THROMBOCYTOPENIA", [3]),
        (0, 14, "19.9", "EARLY_THROMBOCYTOPENIA", [3, 4]),
        (31, 1, "20", "LATE_THROMBOCYTOPENIA", []),
        (31, 1, "19.9", "LATE_THROMBOCYTOPENIA", [3]),
        (31, 14, "19.9", "LATE_THROMBOCYTOPENIA", [3, 4]),
        (101, 1, "19.9", "LATE_THROMBOCYTOPENIA", []),
    ],
)
def test_t_icaht_at_its_days_and_limits(
    client, patient, first, low_days, value, rule, levels
) -> None:
    for number in range(first, first + low_days):
        sent = {"measure": "plt", "text": value, "unit": "10^9/L"}
        assert posted(client, patient, day(number), sent).status_code == 201
    assert [level for level, _grade in rows_of(patient, rule)] == levels


def test_the_api_reads_corrects_and_takes_back(client, patient) -> None:
    sent = {"measure": "igg", "text": "390", "unit": "mg/dL"}
    made = posted(client, patient, day(90), sent).json()["made"][0]
    assert (made["value"], made["unit"], made["written"]) == ("3.900000000", "g/L", "390")
    again = posted(client, patient, day(90), sent).json()
    assert (again["made"], again["known"]) == ([], 1)
    findings = client.get(f"/api/v1/patients/{patient.id}/laboratory-findings/").json()
    assert [f["rule"] for f in findings] == ["LOW_IGG"]
    one = f"/api/v1/laboratory-results/{made['id']}/"
    body = {
        "specimen": {"on": day(90)},
        "value": {"measure": "igg", "text": "930", "unit": "mg/dL"},
        "reason": "抄错",
    }
    new = client.put(one, body, content_type="application/json")
    assert new.json()["status"] == "CORRECTED"
    assert client.put(one, body, content_type="application/json").status_code == 409
    gone = f"/api/v1/laboratory-results/{new.json()['id']}/take-back/"
    assert client.post(gone, {"reason": "x"}, content_type="application/json").status_code == 200
    assert client.get(f"/api/v1/patients/{patient.id}/laboratory/").json() == []
    states = client.get(f"/api/v1/patients/{patient.id}/laboratory-findings/").json()
    assert [f["state"] for f in states] == ["CORRECTED"]


@pytest.mark.parametrize(
    "value",
    [
        {"measure": "hb"},
        {"measure": "x", "text": "1"},
        {"measure": "hb", "text": "1e400", "unit": "g/L"},
        {"measure": "hb", "text": "98", "unit": "g/L", "range_text": "9" * 30 + "-" + "9" * 29},
        {"measure": "hb", "text": "98", "unit": "g/L", "range_text": "3月5日"},
        {"measure": "hb", "text": "98", "unit": "g/L", "lower_limit": "-1"},
        {"measure": "hb", "text": "\u0000", "unit": "g/L"},
        {"measure": "hb", "text": "98", "missing": "NOT_DONE"},
        {"measure": "hb", "text": "98", "unit": "g/L", "colour": "red"},
    ],
)
def test_wrong_values_are_answered_and_nothing_is_kept(client, patient, value) -> None:
    assert posted(client, patient, day(90), value).status_code in (400, 422)
    assert not LaboratoryResult.objects.filter(patient=patient).exists()


def test_the_holder_reads_on_consent_alone_and_writes_nothing(client, patient, site) -> None:
    entered(client, patient, day(90), hb="98")
    row = LaboratoryResult.objects.get(patient=patient)
    study = Client()
    study.force_login(factories.make_user(Role.STUDY_MANAGER))
    assert study.get(reverse("laboratory", args=[patient.id])).status_code == 404
    assert study.get(reverse("laboratory-value", args=[row.id])).status_code == 404
    agreed = factories.register(
        actor_of(factories.make_user(Role.NURSE, site=site)),
        site,
        infused_on=clock.today() - timedelta(days=DAY0),
        purposes=("LTFU", "HOLDER"),
    )
    entered(client, agreed, day(90), hb="98")
    page = study.get(reverse("laboratory", args=[agreed.id]))
    assert page.status_code == 200
    assert reverse("laboratory-record", args=[agreed.id]) not in page.content.decode()
    assert study.post(reverse("laboratory-record", args=[agreed.id]), {}).status_code == 403


def test_pages_speak_english_too(client, patient, nurse) -> None:
    entered(client, patient, day(90), igg="3.9", igg_range="7-16")
    for name in ("laboratory", "laboratory-record", "laboratory-paste"):
        page = client.get(reverse(name, args=[patient.id]), headers={"Accept-Language": "en"})
        assert page.status_code == 200
    with translation.override("en"):
        assert "Low IgG" in client.get(reverse("laboratory", args=[patient.id])).content.decode()


def test_a_value_with_its_unit_is_shown_and_corrected_as_written(client, patient) -> None:
    entered(
        client,
        patient,
        day(90),
        anc="1500 /uL",
        car_transgene="<50",
        car_transgene_lower_limit="50",
    )
    anc = LaboratoryResult.objects.get(measure="anc")
    page = client.get(reverse("laboratory-value", args=[anc.id])).content.decode()
    assert "1500 /uL" in page
    assert "/uL /uL" not in page
    assert "CTCAE 0/1" in page  # no range was printed: nobody can tell 0 from 1
    assert "lower_limit" not in page.replace("lower_limit = missing", "")
    form = client.get(reverse("laboratory-correct", args=[anc.id])).content.decode()
    assert 'value="1500 /uL"' in form
    copies = LaboratoryResult.objects.get(measure="car_transgene")
    page = client.get(reverse("laboratory-value", args=[copies.id])).content.decode()
    assert "50 copies/ug" in page
    assert "E+" not in page


def test_a_tick_confirms_the_value_that_was_shown_and_no_other(client, patient) -> None:
    address = reverse("laboratory-paste", args=[patient.id])
    table = f"x\t单位\t{day(80)}\nHGB\tg/L\t211"
    body = {"table": table, "then": "save", "unusual": "2-3-210 g/L"}
    client.post(address, body)
    assert not LaboratoryResult.objects.exists()
    client.post(address, body | {"unusual": "2-3-211 g/L"})
    assert LaboratoryResult.objects.get().written == "211"


def test_nothing_is_collected_after_a_withdrawal_and_what_was_taken_before_may_come_late(
    client, nurse, patient
) -> None:
    entered(client, patient, day(110), hb="98 g/L")
    consents.withdraw(
        actor_of(nurse),
        Consent.objects.get(patient=patient),
        withdrawn_on=clock.today() - timedelta(days=DAY0 - 100),
    )
    refused = entered(client, patient, day(105), hb="97 g/L")
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"on"}
    table = f"x\t单位\t{day(105)}\nHGB\tg/L\t97"
    paste = reverse("laboratory-paste", args=[patient.id])
    client.post(paste, {"table": table, "then": "save"})
    assert LaboratoryResult.objects.count() == 1
    assert entered(client, patient, day(90), hb="96 g/L").status_code == 302
    # A value of a day before the withdrawal was noted can still be put right.
    row = LaboratoryResult.objects.get(written__startswith="98")
    body = {
        "on": day(110),
        "received_on": clock.today().isoformat(),
        "text": "99 g/L",
        "reason": "抄错",
    }
    answer = client.post(reverse("laboratory-correct", args=[row.id]), body)
    assert answer.status_code == 302
