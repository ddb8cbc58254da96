"""What a person told the holder becomes a case: its elements, its clock, the words as they came."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from pv.domain.e2b import storage
from pv.models import Case
from tests import factories
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
TODAY = clock.today()
AWARE = TODAY - timedelta(days=4)


def said(**more) -> dict:
    return {
        "way": "EMAIL",
        "aware_on": AWARE.isoformat(),
        "product": str(factories.product().id),
        "verbatim": "反复发热",
        "onset": "2026-10",
        "qualification": "CONSUMER",
        "country": "cn",
        "sex": "FEMALE",
        "serious": "YES",
        "criteria": ["HOSPITALISATION"],
        "outcome": "RECOVERING",
        "lot": "LOT-9",
        "text": "我母亲住院了。\n请联系我。",
        **more,
    }


@pytest.fixture
def page() -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def test_the_page_makes_a_case_with_its_clock(page: Client) -> None:
    where = reverse("direct-report")
    assert where in page.get(reverse("inbox")).text
    reader = Client()
    reader.force_login(factories.make_user(Role.MEDICAL_REVIEWER))
    assert where not in reader.get(reverse("inbox")).text, "who may not is not led there"
    assert reader.get(where).status_code == 403
    assert "checked" not in page.get(where).text.split('id="main"')[1], "nothing is preselected"
    answer = page.post(where, said(initials="W.X."))
    assert answer.status_code == 302, answer.text
    case = Case.objects.get()
    assert (case.origin, case.stage, case.serious, case.fatal) == ("direct", "drafted", True, False)
    (row,) = case.clocks.all()
    assert (row.rule, row.day_zero, row.due) == ("CN-S", AWARE, AWARE + timedelta(days=15))
    root = storage.from_data(case.versions.get().message)
    expected = {
        "C.1.3": "1",
        "C.1.4": f"{AWARE:%Y%m%d}",
        "H.2": "我母亲住院了。\n请联系我。",
        "D.5": "2",
    }
    assert {name: root.text(name) for name in expected} == expected
    reaction, source = root.each("E.i")[0], root.each("C.2.r")[0]
    assert (reaction.text("E.i.4"), reaction.text("E.i.7")) == ("202610", "2")
    assert (source.text("C.2.r.4"), reaction.text("E.i.9")) == ("5", "CN")
    assert source.get("C.2.r.1.4") is None, "nobody says that the name was asked"
    assert root.each("C.4.r") == []
    kept = root.each("C.1.6.1.r")[0].text("C.1.6.1.r.1")
    assert kept == f"电子邮件 {AWARE}", "in the language of the report, whoever enters it"
    assert root.each("G.k")[0].each("G.k.4.r")[0].text("G.k.4.r.7") == "LOT-9"
    assert case.number in page.get(reverse("inbox")).text
    shown = page.get(reverse("case", args=[case.id])).text
    assert "Report to the holder" in shown
    assert "W.X." in shown
    assert page.get(reverse("case-plan", args=[case.id])).status_code == 200
    source_page = reverse("case-source", args=[case.id, case.sources.get().id])
    assert page.get(source_page).status_code == 200


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"sex": ""}, "sex"),
        ({"qualification": ""}, "qualification"),
        ({"country": "China"}, "country"),
        ({"country": "zz"}, "country"),
        ({"aware_on": (TODAY + timedelta(days=1)).isoformat()}, "aware_on"),
        ({"onset": TODAY.isoformat()}, "onset"),
        ({"criteria": []}, "criteria"),
        ({"serious": "NO"}, "serious"),
        ({"verbatim": " "}, "verbatim"),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_and_nothing_is_lost(page, more, field) -> None:
    answer = page.post(reverse("direct-report"), said(**more))
    assert answer.status_code == 422
    assert f"id_{field}" in answer.text.split('class="error-summary"')[1]
    assert "请联系我" in answer.text
    assert not Case.objects.exists()


def test_the_api_enters_one_and_what_nobody_said_stays_open() -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client = Client(headers={"Authorization": f"Bearer {token(user)}"})
    body = {name: value for name, value in said().items() if name in ("way", "aware_on", "product")}
    body |= {"verbatim": "fever", "country": "CN", "qualification": "PHYSICIAN", "initials": "AB"}
    reply = client.post(reverse("api-direct-reports"), body, "application/json")
    assert reply.status_code == 201, reply.text
    case = Case.objects.get(id=reply.json()["id"])
    assert (case.serious, case.day_zero) == (None, AWARE)
    second = {**body, "serious": False}
    reply = client.post(reverse("api-direct-reports"), second, "application/json")
    case = Case.objects.get(id=reply.json()["id"])
    assert (case.serious, [row.rule for row in case.clocks.all()]) == (False, ["CN-N"])
    fatal = {**body, "outcome": "FATAL"}
    reply = client.post(reverse("api-direct-reports"), fatal, "application/json")
    case = Case.objects.get(id=reply.json()["id"])
    assert "CN-D" in [row.rule for row in case.clocks.all()]
    lower = {**body, "country": "cn"}
    reply = client.post(reverse("api-direct-reports"), lower, "application/json")
    assert reply.status_code == 201, "read as the page reads it"
    unreadable = {**body, "onset": "2026-13"}
    for language, says in (("zh-hans", "不是日期"), ("en", "Not a date")):
        told = {"Accept-Language": language}
        reply = client.post(
            reverse("api-direct-reports"), unreadable, "application/json", headers=told
        )
        assert (reply.status_code, says in str(reply.json())) == (400, True), reply.text
    wrong = {**body, "country": "Germany"}
    assert client.post(reverse("api-direct-reports"), wrong, "application/json").status_code == 400
    nurse = factories.make_user(Role.NURSE, site=factories.make_site())
    foreign = Client(headers={"Authorization": f"Bearer {token(nurse)}"})
    assert foreign.post(reverse("api-direct-reports"), body, "application/json").status_code == 403
