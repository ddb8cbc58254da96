"""A laboratory's file from upload to value: kept first, mapped by a person, taken in review."""

import io
import os
import random
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import laboratory
from followup.actions.follow_up_status import consents
from followup.actions.laboratory import files
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.core import clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.laboratory import SheetProblem
from followup.models import (
    Consent,
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryFinding,
    LaboratoryLine,
    LaboratoryResult,
    LaboratorySource,
)
from tests import factories
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
DAY = clock.today() - timedelta(days=10)
HEAD = "病案号,采样时间,检验项目,结果,单位,参考范围"
ROLES = {
    "patient": "病案号",
    "specimen": "采样时间",
    "item": "检验项目",
    "value": "结果",
    "unit": "单位",
    "range": "参考范围",
}


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def patient(nurse, site):
    person = factories.person()
    given = type(person)(
        name=person.name,
        birth_date=person.birth_date,
        contacts=person.contacts,
        hospital_number="00123",
    )
    infused_on = clock.today() - timedelta(days=120)
    return factories.register(actor_of(nurse), site, infused_on=infused_on, identity=given)


@pytest.fixture
def source(client, site) -> LaboratorySource:
    answer = client.post(reverse("laboratory-sources"), {"site": site.id, "name": "检验科"})
    assert answer.status_code == 302
    return LaboratorySource.objects.get()


def lines(*rows: str) -> bytes:
    return "\r\n".join((HEAD, *rows)).encode("gb18030")


def sent(client, source, content: bytes, name: str = "结果.csv") -> LaboratoryFile:
    upload = SimpleUploadedFile(name, content)
    answer = client.post(reverse("laboratory-source", args=[source.id]), {"file": upload})
    assert answer.status_code == 302, answer.content.decode()
    return LaboratoryFile.objects.get(id=answer.headers["Location"].rstrip("/").split("/")[-1])


def confirmed(client, file: LaboratoryFile) -> None:
    file.source.refresh_from_db()
    body = ROLES | {"version": file.source.version}
    assert client.post(reverse("laboratory-file", args=[file.id]), body).status_code == 302


def imported(client, file: LaboratoryFile, then: str = "import") -> Job:
    client.post(reverse("laboratory-import", args=[file.id]), {"then": then})
    waiting = Job.objects.filter(kind="laboratory-import").order_by("-requested_at").first()
    return jobs.run(waiting.id) or waiting


def mapped(client, source, item: str, unit: str, measure: str):
    body = {"item": item, "unit": unit, "measure": measure}
    return client.post(reverse("laboratory-code", args=[source.id]), body)


def states(file) -> dict[str, str]:
    return dict(LaboratoryLine.objects.filter(file=file).values_list("item", "state"))


ROWS = (
    f"00123,{DAY} 08:30,HGB,98,g/L,115-150",
    f"00123,{DAY} 08:30,IgG,3.1,g/L,7-16",
    f"00123,{DAY} 08:30,CAR,<50,copies/ug,",
    f"99999,{DAY} 08:30,HGB,120,g/L,115-150",
    "3.1E+17,2026-01-01,HGB,1,g/L,",
    f"00123,{DAY} 08:30,HGB2,1,g/L,3月5日",
)


def test_a_measure_that_is_refused_stays_chosen_at_its_item(client, source, patient) -> None:
    file = sent(client, source, lines(*ROWS))
    confirmed(client, file)
    imported(client, file)
    refused = mapped(client, source, "HGB", "g/L", "anc")
    page = client.get(refused.url).content.decode()
    assert page.count(" selected>") == 1
    line = page.split('name="item" value="HGB">')[1].split("</form>")[0]
    assert '<option value="anc" selected>' in line
    assert not LaboratoryLine.objects.exclude(state="UNMAPPED").exists()


def test_a_file_becomes_values_by_a_persons_hand_only(client, source, patient) -> None:
    file = sent(client, source, lines(*ROWS))
    page = client.get(reverse("laboratory-file", args=[file.id])).content.decode()
    assert "gb18030" in page
    assert "HGB" in page
    assert reverse("laboratory-import", args=[file.id]) not in page
    confirmed(client, file)
    dry = imported(client, file, "dry")
    assert dry.state == "done", dry.error
    assert (dry.manifest["rows"], dry.manifest["unmapped"], dry.manifest["refused"]) == (6, 4, 2)
    said = "Rows: 6. For review: 0. Without a confirmed code: 4."
    assert said in client.get(reverse("jobs")).text, "a dry run says its counts"
    assert not LaboratoryLine.objects.exists()
    job = imported(client, file)
    assert states(file) == dict.fromkeys(("HGB", "IgG", "CAR", "HGB2"), "UNMAPPED")
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    refused = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    assert [row[:3] for row in refused] == [[5, None, "99999"], [6, "病案号", "3.1E+17"]]
    for item, unit, measure in (
        ("HGB", "g/L", "hb"),
        ("IgG", "g/L", "igg"),
        ("CAR", "copies/ug", "car_transgene"),
        ("HGB2", "g/L", "hb"),
    ):
        assert mapped(client, source, item, unit, measure).status_code == 302
    assert states(file) == {
        "HGB": "REVIEW",
        "IgG": "REVIEW",
        "CAR": "REVIEW",
        "HGB2": "UNREADABLE",
    }
    assert not LaboratoryResult.objects.exists()
    tray = client.get(reverse("laboratory-tray")).content.decode()
    assert tray.count(patient.study_code) >= 3
    for line in LaboratoryLine.objects.filter(file=file, state="REVIEW"):
        assert client.post(reverse("laboratory-accept", args=[line.id])).status_code == 302
    found = LaboratoryResult.objects.order_by("measure").values_list(
        "measure", "written", "source", "laboratory"
    )
    assert list(found) == [
        ("car_transgene", "<50", "FILE", "检验科"),
        ("hb", "98", "FILE", "检验科"),
        ("igg", "3.1", "FILE", "检验科"),
    ]
    assert LaboratoryFinding.objects.get().rule == "LOW_IGG"
    assert LaboratoryResult.objects.first().specimen_at is not None


def test_the_api_takes_a_file_from_its_columns_to_its_values(client, nurse, site, patient) -> None:
    api = Client(headers={"authorization": f"Bearer {token(nurse)}"})
    away = factories.make_user(Role.NURSE, site=factories.make_site())
    stranger = Client(headers={"authorization": f"Bearer {token(away)}"})

    def ask(door, *args, how="post", status=200, by=api, body=None, **fields):
        where = reverse(door, args=args)
        answer = getattr(by, how)(where, body or fields, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    made = ask("api-laboratory-sources", site=str(site.id), name="检验科", status=201)
    ask("api-laboratory-sources", site=str(site.id), name="检验科", status=422)
    sending = {"sender": "RJ", "charset": "gb18030", "addresses": "10.0.0.1, nowhere"}
    where = "api-laboratory-sending"
    assert "addresses" in ask(where, made["id"], how="put", status=422, body=sending)["fields"]
    sending["addresses"] = "10.0.0.1,10.2.0.0/16"
    assert ask(where, made["id"], how="put", body=sending)["addresses"] == "10.0.0.1, 10.2.0.0/16"
    rows = lines(*ROWS[:3], f"00123,{DAY} 08:30,RCL,未检出,,", f"00123,{DAY},PLT,12,10^9/L,")
    sheet = {"file": SimpleUploadedFile("结果.csv", rows)}
    posted = api.post(reverse("api-laboratory-sheets", args=[made["id"]]), sheet)
    assert posted.status_code == 201, posted.content.decode()
    file = posted.json()
    assert (file["rows"], file["ready"], file["proposed"]["patient"]) == (5, False, "病案号")
    for name in ("api-laboratory-sheet", "api-laboratory-columns", "api-laboratory-sheet-jobs"):
        how = {"api-laboratory-sheet": "get", "api-laboratory-columns": "put"}.get(name, "post")
        ask(name, file["id"], how=how, status=404, by=stranger)
    ask("api-laboratory-columns", file["id"], how="put", status=422, columns={}, version=1)
    ask("api-laboratory-columns", file["id"], how="put", status=409, columns=ROLES, version=9)
    ready = ask("api-laboratory-columns", file["id"], how="put", columns=ROLES, version=1)
    assert ready["ready"]
    job = ask("api-laboratory-sheet-jobs", file["id"], dry=False, status=202)
    jobs.run(job["id"])
    codes = ask("api-laboratory-codes", made["id"], how="get", body={})
    assert {row["item"] for row in codes["waiting"]} == {"HGB", "IgG", "CAR", "RCL", "PLT"}
    assert ask("api-laboratory-sheet", file["id"], how="get")["lines"] == 5
    meaning = {"HGB": "hb", "IgG": "igg", "CAR": "car_transgene", "RCL": "rcl", "PLT": "plt"}
    ask("api-laboratory-codes", made["id"], item="HGB", unit="g/L", measure="anc", status=422)
    for row in codes["waiting"]:
        named = {"item": row["item"], "unit": row["unit"], "measure": meaning[row["item"]]}
        assert ask("api-laboratory-codes", made["id"], body=named) == {"lines": 1}
    tray = ask("api-laboratory-lines", how="get")
    line = {row["item"]: row for row in tray["items"]}
    assert ask("api-laboratory-lines", how="get", by=stranger) == {"items": [], "next": ""}
    for name in ("api-laboratory-accept", "api-laboratory-refuse"):
        ask(name, line["RCL"]["id"], status=404, by=stranger)
    done = {
        name: ask("api-laboratory-accept", row["id"])
        for name, row in line.items()
        if name in ("IgG", "RCL", "CAR", "PLT")
    }
    assert {row["state"] for row in done.values()} == {"ACCEPTED"}
    ask("api-laboratory-accept", line["RCL"]["id"], status=422)
    ask("api-laboratory-refuse", line["HGB"]["id"], status=400)
    ask("api-laboratory-refuse", line["HGB"]["id"], reason=" ", status=400)
    said = ask("api-laboratory-refuse", line["HGB"]["id"], reason="标本弄错")
    assert (said["state"], said["problem"]) == ("REFUSED", "标本弄错")
    ask("api-laboratory-line", line["HGB"]["id"], how="get", status=404, by=stranger)
    found = LaboratoryResult.objects.get(id=done["RCL"]["result"])
    assert (found.finding, found.written, found.specimen_on) == ("NEGATIVE", "未检出", DAY)


def test_titles_lost_zeros_and_kinds_of_specimens(client, source, patient) -> None:
    """The number 123 of a spreadsheet may be 00123: it is nobody's, and the reason says so."""
    head = f"{HEAD},标本类型"
    rows = [f"{who},{DAY},IgG,3.1,g/L,,{kind}" for who, kind in (("00123", "血清"), ("123", ""))]
    rows.append(f"00123,{DAY},IgG,0.03,g/L,,脑脊液")
    text = "\r\n".join(("瑞金医院检验结果", "打印日期,2026-11-05", head, *rows))
    file = sent(client, source, text.encode("gb18030"))
    page = client.get(reverse("laboratory-file", args=[file.id])).text
    assert "瑞金医院检验结果" not in page.split("<main")[1]
    file.source.refresh_from_db()
    body = ROLES | {"specimen_kind": "标本类型", "version": file.source.version}
    assert client.post(reverse("laboratory-file", args=[file.id]), body).status_code == 302
    job = imported(client, file)
    assert (job.manifest["unmapped"], job.manifest["refused"]) == (2, 1)
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    (refused,) = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    reasons = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            reasons.append(str(PROBLEMS[SheetProblem.ZEROS_LOST]))
    assert [refused[0], *refused[2:5]] == [5, "123", *reasons]
    mapped_as = {"item": "IgG", "unit": "g/L", "specimen_kind": "血清", "measure": "igg"}
    client.post(reverse("laboratory-code", args=[source.id]), mapped_as)
    found = LaboratoryLine.objects.values_list("specimen_kind", "state")
    assert set(found) == {("血清", "REVIEW"), ("脑脊液", "UNMAPPED")}


def test_the_same_file_twice_makes_nothing_new(client, source, patient) -> None:
    file = sent(client, source, lines(*ROWS))
    confirmed(client, file)
    imported(client, file)
    again = sent(client, source, lines(*ROWS), name="copy.csv")
    assert again.id == file.id
    count = LaboratoryLine.objects.count()
    job = imported(client, again)
    assert job.state == "done"
    actor = actor_of(factories.User.objects.get(username=job.user.username))
    laboratory.files.import_rows(
        actor, file, rows=[], dry=False, out=laboratory.files.FileOutcome()
    )
    assert (LaboratoryFile.objects.count(), LaboratoryLine.objects.count()) == (1, count)


def test_an_import_cut_in_the_middle_keeps_nothing_and_the_next_keeps_all_once(
    client, source, patient, monkeypatch
) -> None:
    file = sent(client, source, lines(*ROWS))
    confirmed(client, file)
    whole, made = files._line, []

    def cut(*given):
        made.append(given)
        if len(made) == 3:
            raise OperationalError("the server has gone")
        return whole(*given)

    monkeypatch.setattr(files, "_line", cut)
    broken = imported(client, file)
    assert (broken.state, LaboratoryLine.objects.count()) == ("failed", 0)
    monkeypatch.setattr(files, "_line", whole)
    for _again in range(2):
        assert imported(client, file).state == "done"
        assert states(file) == dict.fromkeys(("HGB", "IgG", "CAR", "HGB2"), "UNMAPPED")
        assert LaboratoryLine.objects.count() == 4


def test_damaged_files_are_kept_or_refused_in_words(client, source, patient) -> None:
    chance, kept = random.Random(2), set()
    good = lines(*ROWS)
    for _ in range(1000 if "EVERWATCH_EXAMPLES" in os.environ else 25):
        content = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            content[chance.randrange(len(content))] = chance.choice(b',;\t\r\n"09 <\xff\x00')
        upload = SimpleUploadedFile("结果.csv", bytes(content))
        answer = client.post(reverse("laboratory-source", args=[source.id]), {"file": upload})
        assert answer.status_code in (302, 422)
        if answer.status_code == 302:
            kept.add(bytes(content))
            assert client.get(answer.headers["Location"]).status_code == 200
    assert LaboratoryFile.objects.count() == len(kept) > 5


def test_the_same_value_in_another_file_is_taken_once_and_another_one_never_overwrites(
    client, source, patient
) -> None:
    first = sent(client, source, lines(ROWS[0]))
    confirmed(client, first)
    mapped(client, source, "HGB", "g/L", "hb")
    imported(client, first)
    second = sent(client, source, lines(ROWS[0], f"00123,{DAY} 08:30,HGB,77,g/L,115-150"))
    imported(client, second)
    rows = list(LaboratoryLine.objects.filter(state="REVIEW").order_by("id"))
    assert len(rows) == 3
    for row in rows:
        client.post(reverse("laboratory-accept", args=[row.id]))
    assert LaboratoryResult.objects.get().value == 98
    got = {row.id: LaboratoryLine.objects.get(id=row.id).state for row in rows}
    assert list(got.values()) == ["ACCEPTED", "ACCEPTED", "REVIEW"]
    address = reverse("laboratory-refuse", args=[rows[2].id])
    beside = client.get(reverse("laboratory-tray")).content.decode().split(f'action="{address}"')[1]
    assert 'name="reason"' in beside.split("</form>")[0], "refused in one press, with the reason"
    blank = client.post(address, {"reason": " \u3000 "})
    assert (blank.status_code, 'aria-invalid="true"' in blank.text) == (422, True)
    assert client.post(address, {"reason": "标本弄错"}).status_code == 302
    rows[2].refresh_from_db()
    assert (rows[2].state, rows[2].problem) == ("REFUSED", "标本弄错")
    assert LaboratoryLine.objects.get(id=rows[2].id).state == "REFUSED"


def test_a_unit_the_measure_does_not_know_is_not_confirmed(client, source, patient) -> None:
    mapped(client, source, "HGB", "mmol/L", "hb")
    assert not LaboratoryCode.objects.exists()
    mapped(client, source, "HGB", "g/dL", "hb")
    assert LaboratoryCode.objects.get().measure == "hb"
    mapped(client, source, "HGB", "g/dL", "-")
    now = LaboratoryCode.objects.get(replaced_by__isnull=True)
    assert (now.measure, now.replaces.measure) == ("", "hb")


def test_another_unit_of_a_known_item_waits_for_a_person(client, source, patient) -> None:
    mapped(client, source, "HGB", "g/L", "hb")
    file = sent(client, source, lines(f"00123,{DAY},HGB,9.8,g/dL,"))
    confirmed(client, file)
    imported(client, file)
    assert states(file) == {"HGB": "UNMAPPED"}


def test_a_name_or_a_part_of_a_number_matches_nobody(client, source, patient, nurse) -> None:
    actor = actor_of(nurse)
    find = laboratory.files.files.patient_of
    assert find(actor, patient.site, "00123") == patient
    assert find(actor, patient.site, patient.study_code) == patient
    for text in ("123", "0012", "", "王", "安", patient.study_code[:-1]):
        assert find(actor, patient.site, text) is None


def test_an_unusual_value_is_asked_in_review(client, source, patient) -> None:
    mapped(client, source, "HGB", "g/L", "hb")
    file = sent(client, source, lines(f"00123,{DAY},HGB,210,g/L,"))
    confirmed(client, file)
    imported(client, file)
    row = LaboratoryLine.objects.get()
    address = reverse("laboratory-accept", args=[row.id])
    asked = client.post(address)
    assert asked.status_code == 422
    assert "unusual-hb:210" in asked.content.decode()
    assert client.post(address, {"confirmed": "unusual-hb:210"}).status_code == 302
    assert LaboratoryResult.objects.get().value == 210


@pytest.mark.parametrize("content", [b"", b"\xff\xff\x00", b"PK\x03\x04", b"x" * 5_000_001])
def test_a_file_that_is_none_is_refused_in_words(client, source, content) -> None:
    upload = SimpleUploadedFile("x.csv", content)
    answer = client.post(reverse("laboratory-source", args=[source.id]), {"file": upload})
    assert answer.status_code == 422
    assert not LaboratoryFile.objects.exists()


def test_the_file_is_kept_sealed_and_of_its_hospital_only(client, source, patient) -> None:
    content = lines(*ROWS)
    file = sent(client, source, content)
    assert "00123" not in file.content_sealed
    assert laboratory.files.files.sheet(file).rows[1][0].text == "00123"
    other = Client()
    other.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    for name, key in (("laboratory-source", source.id), ("laboratory-file", file.id)):
        assert other.get(reverse(name, args=[key])).status_code == 404
    study = Client()
    study.force_login(factories.make_user(Role.STUDY_MANAGER))
    for name, key in (("laboratory-source", source.id), ("laboratory-file", file.id)):
        assert study.get(reverse(name, args=[key])).status_code == 404
    assert study.get(reverse("laboratory-tray")).status_code == 403
    assert (
        reverse("laboratory-tray") not in study.get(reverse("laboratory-findings")).content.decode()
    )
    assert io.BytesIO(content).read() == content


def test_a_heading_that_stands_twice_cannot_be_chosen(client, source, patient) -> None:
    """A second column 结果 may hold the former value: the first one is not taken for granted."""
    content = f"{HEAD},结果\r\n00123,{DAY},HGB,98,g/L,115-150,120".encode("gb18030")
    file = sent(client, source, content)
    page = client.get(reverse("laboratory-file", args=[file.id])).content.decode()
    assert '<option value="单位"' in page
    assert '<option value="结果"' not in page
    body = ROLES | {"version": source.version}
    assert client.post(reverse("laboratory-file", args=[file.id]), body).status_code == 422
    confirmed(client, sent(client, source, lines(ROWS[0])))
    assert imported(client, file).state == "failed"
    assert not LaboratoryLine.objects.exists()


def test_nothing_new_of_whoever_withdrew_the_consent(client, nurse, source, patient) -> None:
    file = sent(client, source, lines(f"00123,{DAY} 08:30,HGB,98,g/L,115-150"))
    confirmed(client, file)
    mapped(client, source, "HGB", "g/L", "hb")
    consents.withdraw(
        actor_of(nurse),
        Consent.objects.get(patient=patient),
        withdrawn_on=DAY - timedelta(days=1),
    )
    imported(client, file)
    assert states(file) == {"HGB": "UNREADABLE"}
    assert not LaboratoryResult.objects.exists()
