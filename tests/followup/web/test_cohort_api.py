"""A cohort taken over by an interface: its file, columns, dry run, import, and what is refused."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.models import Patient
from tests import factories
from tests.followup.web.test_cohort_pages import HEAD, patient_row, run, visit_row

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


def client_of(role: Role, **where: Any) -> Client:
    client = Client()
    client.force_login(factories.make_user(role, **where))
    return client


def file_of(*lines: str, head: str = HEAD) -> SimpleUploadedFile:
    return SimpleUploadedFile("cohort.csv", "\r\n".join([head, *lines]).encode())


def test_a_file_becomes_patients_after_its_dry_run(site) -> None:
    client, day = client_of(Role.NURSE, site=site), clock.today().replace(year=2024, day=1)
    lines = [
        patient_row(1, day),
        visit_row(1, day.replace(year=2025)),
        patient_row(2, day, sex="x"),
    ]
    body = {"site": str(site.id), "file": file_of(*lines)}
    made = client.post(reverse("api-adoptions"), body)
    assert made.status_code == 201, made.content
    kept = made.json()
    assert (kept["rows"], kept["tried"], kept["applied_at"]) == (3, {}, None)
    one, jobs = (reverse(f"api-adoption{name}", args=[kept["id"]]) for name in ("", "-jobs"))
    columns = reverse("api-adoption-columns", args=[kept["id"]])
    start = {"dry": True}
    assert client.post(jobs, start, **JSON).status_code == 422, "what the columns hold is not said"

    given = {
        "columns": kept["proposed"],
        "adopted_on": clock.today().isoformat(),
        "version": kept["version"],
    }
    wrong = (
        {"columns": {"name": "Nobody's"}},
        {"columns": kept["proposed"] | {"colour": "Sex"}},
        {"columns": {}},
        {"adopted_on": "2999-01-01"},
    )
    for each in wrong:
        answer = client.put(columns, json.dumps(given | each), **JSON)
        assert answer.status_code == 422, each
    assert client.put(columns, json.dumps({"columns": 7}), **JSON).status_code == 400
    said = client.put(columns, json.dumps(given), **JSON)
    assert said.status_code == 200, said.content
    assert client.put(columns, json.dumps(given), **JSON).status_code == 409
    assert client.post(jobs, {"dry": False}, **JSON).status_code == 422, "no dry run yet"

    tried = client.post(jobs, start, **JSON)
    assert (tried.status_code, tried.json()["state"]) == (202, "queued")
    run("cohort-adoption")
    assert not Patient.objects.filter(site=site).exists()
    shown = client.get(one).json()
    assert (shown["tried"]["patients"], shown["tried"]["rows_refused"]) == (1, 1)
    assert client.post(jobs, {"dry": False}, **JSON).status_code == 202
    run("cohort-adoption")
    assert Patient.objects.filter(site=site).count() == 1
    assert client.get(one).json()["counts"]["visits"] == 1
    assert client.post(jobs, {"dry": False}, **JSON).status_code == 422, "it was taken over"
    listed = client.get(reverse("api-adoptions")).json()
    assert [row["id"] for row in listed] == [kept["id"]]


def test_whose_file_it_is_not_and_what_is_no_file(site) -> None:
    client = client_of(Role.NURSE, site=site)
    send = reverse("api-adoptions")
    kept = client.post(send, {"site": str(site.id), "file": file_of(patient_row(3, clock.today()))})
    away = client_of(Role.NURSE, site=factories.make_site())
    for name, call in (
        ("api-adoption", away.get),
        ("api-adoption-columns", away.put),
        ("api-adoption-jobs", away.post),
    ):
        assert call(reverse(name, args=[kept.json()["id"]])).status_code == 404
    for role in (Role.STUDY_MANAGER, Role.AUDITOR):
        assert client_of(role).get(send).status_code == 403
    empty = SimpleUploadedFile("empty.csv", b"")
    assert client.post(send, {"site": str(site.id), "file": empty}).status_code == 422
    assert client.post(send, {"site": str(site.id)}).status_code == 400
    assert client.post(send, {"site": "x", "file": file_of()}).status_code == 400
