"""The centre's own data: masked, of who agreed, with those left out; three kinds of file."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import openpyxl
import pyreadstat
import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from followup.actions import exports as actions
from followup.core import clock, jobs, naming
from followup.core.audit import acting
from followup.core.models import Access, Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.spreadsheets import spss
from followup.domain.fields import FIELDS, Dataset, Kind, Personal
from followup.models import Consent, SavedReport
from followup.queries import exports, fields
from followup.queries.exports import ExportChoice
from tests import factories
from tests.architecture.test_personal_data import rows as classes

pytestmark = pytest.mark.django_db
PASSWORD = "a long password of a nurse 7"


@pytest.fixture
def world(site):
    """Three patients: one agreed, one withdrew, one never agreed to research."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    found = [factories.register(nurse, site) for _number in range(3)]
    for number, patient in enumerate(found):
        factories.call(nurse, patient, note="=1+1 王小明说好")
        with acting(factories.SYSTEM, "test"):
            papers = Consent.objects.filter(patient=patient)
            papers.update(purposes=["LTFU", "SAMPLES", *(["RESEARCH"] if number < 2 else [])])
    with acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=found[1]).update(withdrawn_on=clock.today())
    return nurse, found


def client_of(role, site, **more) -> Client:
    client = Client()
    client.force_login(factories.make_user(role, site=site, **more))
    return client


def asked(**query) -> str:
    return f"{reverse('centre-data')}?{urlencode(query, doseq=True)}"


def made(client, url, form) -> Job:
    answer = client.post(url, {"format": form})
    assert answer.status_code == 302, answer.content.decode()
    return run()


def run() -> Job:
    job = jobs.run(Job.objects.filter(kind=actions.KIND, state="queued").latest("requested_at").id)
    assert job is not None
    assert job.state == "done", job.error
    return job


def path_of(job) -> Path:
    return Path(settings.MEDIA_ROOT) / job.file_path


def test_the_workbook_holds_who_agreed_and_says_who_is_left_out(world, site) -> None:
    _nurse, (agreed, withdrew, never) = world
    client = client_of(Role.SITE_LEAD, site)
    url = asked(purpose="RESEARCH", patients=["study_code", "name"], visits=["study_code", "note"])
    page = client.get(url)
    assert page.status_code == 200
    assert agreed.study_code in page.content.decode()
    assert withdrew.study_code not in page.content.decode()
    job = made(client, url, "xlsx")
    book = openpyxl.load_workbook(path_of(job))
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    people = sheets["Patients"]
    assert [row[0] for row in people[1:]] == [agreed.study_code]
    assert "*" in people[1][1]
    note = book["Contacts"]["B2"]
    assert (note.value, note.data_type) == ("=1+1 王小明说好", "s")
    out = {row[0]: (row[2], row[3]) for row in sheets["Left out"][1:]}
    assert set(out) == {withdrew.study_code, never.study_code}
    assert out[withdrew.study_code][1] == clock.today().isoformat()
    assert "withdrawn" in out[withdrew.study_code][0]
    assert "not agreed" in out[never.study_code][0]
    assert job.manifest["rows"] == {"patients": 1, "visits": 1, "left_out": 2}
    assert job.file_sha256 == hashlib.sha256(path_of(job).read_bytes()).hexdigest()
    assert Access.objects.filter(kind="data.export", subject=str(site.id)).count() == 1


def test_samples_need_their_own_consent(world, site) -> None:
    nurse, (first, *_others) = world
    with acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=first).update(purposes=["LTFU"])
    choice = ExportChoice(site.id, columns=("patients.study_code", "samples.number"))
    assert exports.count(nurse, choice, Dataset.PATIENTS) == 2
    out = {(row.study_code, row.purpose) for row in exports.left_out(nurse, choice)}
    assert (first.study_code, "SAMPLES") in out
    assert (first.study_code, "LTFU") not in out


def test_csv_and_its_manifest(world, site) -> None:
    _nurse, (first, _withdrew, third) = world
    client = client_of(Role.NURSE, site)
    job = made(client, asked(values="words"), "csv")
    with zipfile.ZipFile(path_of(job)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, digest in manifest["sha256"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        text = archive.read("visits.csv").decode("utf-8-sig")
        dictionary = archive.read("dictionary.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["study_code"] for row in rows] == [first.study_code, third.study_code]
    assert rows[0]["vital_status"] == "Alive"
    assert "note" not in rows[0]
    assert "new_malignancy" in dictionary


def test_a_system_file_reads_back_with_labels(world, site, tmp_path) -> None:
    _nurse, (first, *_others) = world
    client = client_of(Role.NURSE, site)
    columns = ["study_code", "contact_on", "contact_type", "vital_status", "note"]
    job = made(client, asked(visits=columns), "spss")
    with zipfile.ZipFile(path_of(job)) as archive:
        content = archive.read("visits.sav")
    names, labels, rows = read_system_file(content, tmp_path)
    assert names == columns
    assert rows[0]["study_code"] == first.study_code
    assert rows[0]["note"] == "=1+1 王小明说好"
    assert rows[0]["contact_on"] == clock.today()
    assert labels["vital_status"]["DEAD"] == "Dead"
    assert labels["contact_type"]["PHONE"]


def read_system_file(content: bytes, folder: Path):
    """Names, labels by variable and rows, as a program of others reads them."""
    path = folder / "read.sav"
    path.write_bytes(content)
    columns, about = pyreadstat.read_sav(str(path), output_format="dict")
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    return about.column_names, about.variable_value_labels, rows


def test_a_long_text_and_the_numbers_at_the_edges(tmp_path) -> None:
    variables = [
        spss.Variable("text", width=600),
        spss.Variable("number"),
        spss.Variable("short", width=3, labels={"a": "A"}),
    ]
    texts = ["长" * 200, "x" * 255, ""]
    numbers = [-99, 151, 152.5]
    path = tmp_path / "x.sav"
    rows = [(t, n, "a") for t, n in zip(texts, numbers, strict=True)] + [("é", None, None)]
    assert spss.write(path, variables, rows, title="t", made_at=clock.now()) == 4
    _names, labels, found = read_system_file(path.read_bytes(), tmp_path)
    assert [row["text"] for row in found] == [*texts, "é"]
    assert [row["number"] for row in found] == [*numbers, None]
    assert labels == {"short": {"a": "A"}}
    with pytest.raises(ValueError, match="no name"):
        spss.write(path, [spss.Variable("1 x;")], [], title="t", made_at=clock.now())
    assert spss.cut("长长", 4) == "长".encode()


def test_names_in_the_clear_need_reason_and_password(world, site) -> None:
    user = factories.make_user(Role.NURSE, site=site, password=PASSWORD)
    client = Client()
    client.force_login(user)
    query = urlencode({"patients": ["study_code", "name", "telephone"]}, doseq=True)
    url = f"{reverse('centre-data-identity')}?{query}"
    assert client.get(url).status_code == 200
    body = {"reason": "Letters to the patients about the new ward", "format": "xlsx"}
    assert client.post(url, body | {"password": "wrong"}).status_code == 422
    assert client.post(url, body | {"password": PASSWORD, "reason": "x"}).status_code == 422
    assert not Job.objects.filter(kind=actions.KIND).exists()
    assert client.post(url, body | {"password": PASSWORD}).status_code == 302
    waiting = Job.objects.get(kind=actions.KIND)
    job = run()
    people = list(openpyxl.load_workbook(path_of(job))["Patients"].iter_rows(values_only=True))
    assert "*" not in people[1][1] + people[1][2]
    about = list(openpyxl.load_workbook(path_of(job))["About"].iter_rows(values_only=True))
    assert any(body["reason"] in str(row[1]) for row in about)
    assert Access.objects.get(kind="identity.export").reason == body["reason"]
    with clock.pinned(clock.now() + timedelta(days=2)), pytest.raises(Refused):
        actions.make(factories.make_actor(Role.NURSE, site=site), waiting.parameters, None)


def test_no_way_round_to_names_or_to_another_hospital(world, site) -> None:
    nurse, _patients = world
    choice = ExportChoice(site.id, columns=("patients.name",), opened=True)
    with pytest.raises(Refused):
        actions.request(nurse, site, choice, "xlsx")
    other = client_of(Role.NURSE, factories.make_site())
    assert other.post(asked(site=site.id), {"format": "csv"}).status_code == 422
    for role in (Role.AUDITOR, Role.STUDY_MANAGER, Role.ADMINISTRATOR):
        assert client_of(role, None).get(reverse("centre-data")).status_code == 403
    client = client_of(Role.NURSE, site)
    wrong = asked(since="2026-05-01", until="2026-01-01")
    assert client.post(wrong, {"format": "csv"}).status_code == 422
    assert client.post(asked(), {"format": "exe"}).status_code == 422
    assert client.get(asked(purpose="ANY")).status_code == 422


def test_the_api_makes_the_same_file(world, site) -> None:
    client = client_of(Role.NURSE, site)
    body = {"site": str(site.id), "purpose": "LTFU", "format": "csv", "columns": ["visits.note"]}
    asked_for = client.post("/api/v1/data-exports/", body, content_type="application/json")
    assert asked_for.status_code == 202, asked_for.content
    run()
    url = f"/api/v1/data-exports/{asked_for.json()['id']}/"
    assert client.get(url).json()["state"] == "done"
    content = b"".join(client.get(f"{url}file/").streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).read("visits.csv").startswith(b"\xef\xbb\xbfnote")
    other = client_of(Role.NURSE, factories.make_site())
    assert other.get(f"{url}file/").status_code == 404
    assert other.post("/api/v1/data-exports/", body, "application/json").status_code == 404
    keys = {row["key"]: row for row in client.get("/api/v1/field-dictionary/").json()}
    assert keys["visits.new_malignancy"]["codes"][0]["code"] in ("YES", "NO")


def test_a_report_is_kept_and_shared(world, site) -> None:
    lead, colleague = client_of(Role.SITE_LEAD, site), client_of(Role.NURSE, site)
    url = asked(purpose="LTFU", visits=["study_code", "vital_status"])
    body = {"then": "save-report", "name": "每月生存", "shared": "1"}
    assert lead.post(url, body).status_code == 302
    row = SavedReport.objects.get()
    assert "vital_status" in row.query
    assert "每月生存" in colleague.get(reverse("centre-data")).content.decode()
    stranger = client_of(Role.NURSE, factories.make_site())
    assert "每月生存" not in stranger.get(reverse("centre-data")).content.decode()
    assert colleague.post(url, {"then": "remove-report", "report": row.id}).status_code == 404
    assert lead.post(url, {"then": "remove-report", "report": row.id}).status_code == 302
    assert not SavedReport.objects.exists()
    assert lead.post(url, body | {"name": " "}).status_code == 302
    assert not SavedReport.objects.exists()


def test_the_dictionary_is_that_of_the_tables(site) -> None:
    classed = {(row["table"], row["column"]): row["class"] for row in classes()}
    models = {model._meta.db_table: model for model in apps.get_models()}
    for field in FIELDS:
        english, chinese = fields.both(field)
        assert english != field.name or chinese != field.name, field.key
        assert any("一" <= sign <= "鿿" for sign in chinese), field.key
        if field.kind in (Kind.CODE, Kind.CODES):
            assert fields.answers(field), field.key
        if field.personal is Personal.IDENTITY or "__" in field.path:
            continue
        column = models[field.table]._meta.get_field(field.path).column
        assert classed[field.table, column] == field.personal.value, field.key
        listed = naming.value("", field.path, field.table)[1]
        assert not listed or field.codes in (listed, ""), field.key
    page = client_of(Role.NURSE, site).get(reverse("field-dictionary"))
    assert page.status_code == 200
    assert page.content.decode().count("<section") >= len(Dataset)
