"""A wrong value of a case is refused at its field: over the API and on the page, in both words."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db


def officer(language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    return client


def patch(client: Client, case: Case, changes: dict[str, Any]):
    return client.patch(
        reverse("api-case", args=[case.id]),
        json.dumps({"lock_version": case.lock_version, "changes": changes}),
        content_type="application/json",
    )


@pytest.mark.parametrize(
    ("path", "flavor"),
    [("D.1", "MSK"), ("C.1.9.1", "NI"), ("E.i[1].3.2a", "NI"), ("C.2.r[1].4", "UNK")],
)
def test_a_reason_of_the_table_is_taken(case, path, flavor):
    answer = patch(officer(), case, {path: {"null": flavor}})
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(
    ("path", "flavor"),
    [
        ("D.1", "NINF"),
        ("D.1", ""),
        ("D.1", "msk"),
        ("D.1", "<script>" * 50),
        ("C.1.1", "UNK"),
        ("E.i[1].3.2a", "MSK"),
        ("F.r[1].2.1", "UNK"),
    ],
)
@pytest.mark.parametrize(("language", "word"), [("en", "not possible"), ("zh-hans", "不能")])
def test_any_other_reason_is_refused_at_its_element(case, path, flavor, language, word):
    before = case.versions.get().message
    answer = patch(officer(language), case, {path: {"null": flavor}})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert path in body
    assert word in json.dumps(answer.json(), ensure_ascii=False)
    assert case.versions.get().message == before


@pytest.mark.parametrize("value", [7, [], {"null": 7}, {"null": None}, {"null": "UNK", "x": 1}])
def test_another_shape_is_refused_at_its_element(case, value):
    answer = patch(officer("zh-hans"), case, {"D.1": value, "C.1.1": 5})
    assert answer.status_code == 422
    text = json.dumps(answer.json(), ensure_ascii=False)
    assert "D.1" in text
    assert "C.1.1" in text
    assert "请提交" in text


def test_taking_away_what_is_not_there_makes_no_instance(case):
    answer = patch(officer(), case, {"F.r[1].2.1": None})
    assert answer.status_code == 422
    assert "F.r" not in case.versions.get().message.get("groups", {})


def test_the_summary_links_to_the_field(case):
    client = officer()
    address = reverse("case-section", args=[case.id, "general"]) + "?add=C.4.r[1]"
    large = SimpleUploadedFile("article.pdf", b"x" * 2_000_001)
    answer = client.post(
        address,
        {"lock_version": case.lock_version, "v:C.4.r[1].1": "A book", "f:C.4.r[1].2": large},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<title>Error - " in page
    assert '<a href="#e-C-4-r-1-2">' in page
    assert 'id="e-C-4-r-1-2"' in page
    assert 'aria-invalid="true" aria-describedby="e-C-4-r-1-2-error"' in page
    assert 'id="e-C-4-r-1-2-error"' in page
    assert "A book" in page


def test_a_page_without_problems_shows_none(case):
    page = officer().get(reverse("case-section", args=[case.id, "event"])).content.decode()
    assert "error-summary" not in page
    assert "aria-invalid" not in page
