"""A cohort taken over: 200 patients with past visits, no invented miss, bad rows back to mend."""

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import cohort_values, schedules
from followup.core import audit, clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.domain import cohort_columns
from followup.domain.cohort_columns import COLUMNS
from followup.domain.cohorts import propose
from followup.languages import has_chinese
from followup.models import CohortFile, Infusion, Patient, PlannedVisit, Visit
from followup.queries import infusion_details
from tests import factories

pytestmark = pytest.mark.django_db
DETAILS = (
    "单采日期,细胞存活率（%）,超出质量标准（OOS）使用,超出质量标准的内容,细胞复苏时间,"
    "既往造血干细胞移植"
)
HEAD = (
    "文件内患者编号,姓名,性别,出生日期,住院号,电话,知情同意书版本,同意的用途,签署日期,产品,超适应症原因,"
    "输注日期,批号,身份链编号,随访日期,访视,随访方式,应答人,生存状态,疾病状态,新发肿瘤,其他不良事件,新治疗或妊娠,死亡日期"
    f",{DETAILS}"
)


@pytest.fixture
def client(site):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    return client


def patient_row(key: int, infused_on: date, **changed: str) -> str:
    values = {
        "name": factories.name_of(3000 + key),
        "sex": "女" if key % 2 else "男",
        "born": f"{1950 + key % 40}-03-{1 + key % 28:02d}",
        "hospital": f"H{key:05d}",
        "phone": f"138{key:08d}",
        "product": factories.product().code,
        "infused": infused_on.isoformat(),
        "lot": f"L{key}",
        "coi": f"OLD-{key}",
    } | changed
    return (
        f"{key},{values['name']},{values['sex']},{values['born']},{values['hospital']},"
        f"{values['phone']},v1,LTFU、HOLDER,{infused_on - timedelta(days=30)},{values['product']},"
        f"临床试验,{values['infused']},{values['lot']},{values['coi']}"
    )


def visit_row(key: int, on: date, code: str = "", vital: str = "存活", died: str = "") -> str:
    disease = "维持缓解" if vital == "存活" else ""
    return f"{key}{',' * 14}{on},{code},治疗中心就诊,患者本人,{vital},{disease},无,无,无,{died}"


def sent(client, site, lines: list[str]) -> CohortFile:
    upload = SimpleUploadedFile("队列.csv", "\r\n".join([HEAD, *lines]).encode("gb18030"))
    answer = client.post(reverse("adoptions"), {"site": site.id, "file": upload})
    assert answer.status_code == 302, answer.content.decode()
    return CohortFile.objects.get(site=site)


def asked(client, row: CohortFile, adopted_on: date) -> None:
    columns = {f"column_{k}": v for k, v in propose(HEAD.split(",")).items()}
    body = columns | {"adopted_on": adopted_on.isoformat(), "version": row.version}
    answer = client.post(reverse("adoption", args=[row.id]), body)
    assert answer.status_code == 302, answer.content.decode()


def prepared(client, row: CohortFile, adopted_on: date) -> Job:
    asked(client, row, adopted_on)
    return run("cohort-adoption")


def run(kind: str) -> Job:
    job = Job.objects.filter(kind=kind, state="queued").latest("requested_at")
    done = jobs.run(job.id)
    assert done is not None
    assert done.state == "done", done.error
    return done


def refused(job: Job) -> dict[int, str]:
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    width = len(HEAD.split(","))
    # Whoever mends the file reads the reason in either language.
    assert all(has_chinese(row[width + 1]) and row[width + 2] for row in rows if row[width])
    return {row[width]: row[width + 2] for row in rows if row[width]}


def test_two_hundred_patients_come_without_an_invented_miss(client, site) -> None:
    today, lines = clock.today(), []
    for key in range(1, 201):
        infused_on = today - timedelta(days=40 + 13 * key)
        lines.append(patient_row(key, infused_on))
        if key % 4 == 0:
            lines.append(visit_row(key, infused_on + timedelta(days=28), "D28"))
        if key % 10 == 0:
            lines.append(visit_row(key, infused_on + timedelta(days=35)))
    row = sent(client, site, lines)
    page = client.get(reverse("adoption", args=[row.id])).content.decode()
    assert "OLD-1" in page
    job = prepared(client, row, today)
    page = client.get(reverse("adoption", args=[row.id])).content.decode()
    assert reverse("job-file", args=[job.id]) in page, "the rows that come back"
    assert Patient.objects.filter(site=site).count() == 0
    assert refused(job) == {}
    row.refresh_from_db()
    assert (row.tried["patients"], row.tried["visits"]) == (200, 70)
    client.post(reverse("adoption-start", args=[row.id]), {"then": "import"})
    run("cohort-adoption")
    row.refresh_from_db()
    assert row.counts == row.tried
    assert Patient.objects.filter(site=site).count() == 200
    assert Visit.objects.filter(site=site).count() == 70
    while schedules.close_missed(factories.SYSTEM, today=today):
        pass
    plan = PlannedVisit.objects.filter(site=site)
    assert not plan.filter(state="MISSED").exists()
    assert not plan.filter(state="PLANNED", due__lt=today).exists()
    assert plan.filter(state="BEFORE_REGISTER").exists()
    assert Visit.objects.filter(site=site, planned__code="D28").count() >= 50
    again = client.post(reverse("adoption-start", args=[row.id]), {"then": "import"})
    assert again.status_code == 302
    assert Patient.objects.filter(site=site).count() == 200


def test_a_dry_run_is_followed_on_the_page_of_its_file_and_asked_for_again(client, site) -> None:
    today = clock.today()
    row = sent(client, site, [patient_row(1, today - timedelta(days=60))])
    address = reverse("adoption", args=[row.id])
    assert 'value="dry"' not in client.get(address).content.decode(), "no columns, no dry run"
    asked(client, row, today)
    waits = client.get(address).content.decode()
    assert reverse("job-status", args=[Job.objects.get().id]) in waits
    assert 'value="dry"' not in waits, "it is not asked for twice"
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.fail"):
        Job.objects.update(state=Job.State.FAILED)
    assert 'value="dry"' in client.get(address).content.decode()
    client.post(reverse("adoption-start", args=[row.id]), {"then": "dry"})
    run("cohort-adoption")
    assert 'value="import"' in client.get(address).content.decode()


def test_since_the_day_of_adoption_a_gap_is_a_gap(client, site) -> None:
    today = clock.today()
    infused_on = today - timedelta(days=400)
    row = sent(client, site, [patient_row(1, infused_on)])
    prepared(client, row, today - timedelta(days=150))
    client.post(reverse("adoption-start", args=[row.id]), {"then": "import"})
    run("cohort-adoption")
    with clock.pinned(clock.now() + timedelta(days=1)):
        schedules.close_missed(factories.SYSTEM, today=clock.today())
    states = dict(PlannedVisit.objects.filter(site=site).values_list("code", "state"))
    assert (states["M3"], states["M6"], states["M9"]) == (
        "BEFORE_REGISTER",  # closed 2025-…: 400 − (90 + 25) days ago
        "BEFORE_REGISTER",
        "MISSED",
    )


def test_bad_rows_come_back_with_their_reason_and_the_others_go_on(client, site) -> None:
    today = clock.today()
    day = today - timedelta(days=100)
    lines = [
        patient_row(1, day),
        patient_row(2, day, coi="OLD-1"),
        patient_row(3, day, sex="?"),
        patient_row(4, day, infused="2026/13/40"),
        patient_row(5, day, product="没有的产品"),
        patient_row(6, day),
        visit_row(6, day - timedelta(days=300)),
        visit_row(6, day + timedelta(days=28), "D28"),
        visit_row(6, day + timedelta(days=29), "X9"),
        visit_row(6, day + timedelta(days=90), "", "死亡"),
        visit_row(7, day),
        "," + visit_row(8, day)[2:],
        patient_row(9, day, name="=1+1"),
    ]
    row = sent(client, site, lines)
    job = prepared(client, row, today)
    found = refused(job)
    assert sorted(set(found) - {2, 7, 9}) == [3, 4, 5, 6, 8, 10, 11, 12, 13, 14]
    assert "2" in found[3]
    assert "X9" in found[10]
    client.post(reverse("adoption-start", args=[row.id]), {"then": "import"})
    run("cohort-adoption")
    codes = Patient.objects.filter(site=site)
    assert codes.count() == 2
    assert Visit.objects.filter(site=site).count() == 1


def test_the_details_of_an_infusion_come_along_and_a_wrong_one_leaves_its_patient_out(
    client, site
) -> None:
    day = clock.today() - timedelta(days=100)

    def row(key: int, *cells: str) -> str:
        return f"{patient_row(key, day)}{',' * 10},{','.join(cells)}"

    apheresis = f"{day - timedelta(days=40):%Y-%m}"
    lines = [
        row(1, apheresis, "91.5", "有", "存活率低于标准", "9:05", "自体"),
        row(2, f"{day + timedelta(days=40):%Y-%m-%d}", "", "", "", "", ""),
        row(3, "", "191", "", "", "", ""),
        row(4, "", "", "有", "", "", ""),
        row(5, "", "91.555", "", "", "", ""),
        row(6, "", "", "", "", "noon", ""),
        row(7, "", "", "", "", "", ""),
    ]
    file = sent(client, site, lines)
    found = refused(prepared(client, file, clock.today()))
    assert sorted(found) == [3, 4, 5, 6, 7], found
    assert "after the infusion" in found[3]
    assert "between 0 and 100" in found[4]
    assert "out of specification" in found[5]
    assert "More digits" in found[6]
    assert "14:30" in found[7]
    client.post(reverse("adoption-start", args=[file.id]), {"then": "import"})
    run("cohort-adoption")
    told, silent = Infusion.objects.filter(site=site).order_by("lot")
    assert (told.apheresis_on_text, told.viability) == (apheresis, Decimal("91.5"))
    assert (told.out_of_specification, told.prior_hsct) == ("YES", "AUTOLOGOUS")
    assert (told.thawed_at, told.version) == (time(9, 5), 2)
    assert not infusion_details.recorded(silent).recorded(), "a missing value stays missing"
    assert silent.version == 1


def test_the_columns_are_called_as_the_details_are_everywhere() -> None:
    for column in cohort_columns.DETAILS:
        for language, word in (("en", column.en), ("zh-hans", column.zh)):
            with translation.override(language):
                assert word.startswith(infusion_details.title(column.code)), word


def test_the_template_holds_every_column_and_the_words(client) -> None:
    client.post(reverse("adoption-template"))
    job = run("cohort-template")
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    head = [cell.value for cell in book.worksheets[0][1]]
    assert head == [column.en for column in COLUMNS]
    assert propose(head) == {column.code: column.en for column in COLUMNS}
    assert len(list(book.worksheets[2].iter_rows())) > 40
    purposes = [row for row in book.worksheets[2].values if row[0] == "Purposes agreed to"]
    assert purposes[0][1:] == ("Long-term follow-up", "LTFU"), "words, not the code twice"
    for _column, word, code in purposes:
        assert cohort_values.purposes(f"{word}；{code}") == [code, code], (
            "what the sheet says is read"
        )


def test_another_hospital_sees_no_file(client, site) -> None:
    row = sent(client, site, [patient_row(1, clock.today() - timedelta(days=50))])
    other = Client()
    other.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert other.get(reverse("adoption", args=[row.id])).status_code == 404
    assert other.post(reverse("adoption-start", args=[row.id])).status_code == 404


def test_no_column_twice_and_none_missing(client, site) -> None:
    row = sent(client, site, [patient_row(1, clock.today() - timedelta(days=50))])
    columns = {f"column_{k}": v for k, v in propose(HEAD.split(",")).items()}
    body = columns | {"adopted_on": "2199-01-01", "version": row.version}
    assert client.post(reverse("adoption", args=[row.id]), body).status_code == 422
    body |= {"adopted_on": clock.today().isoformat(), "column_lot": "姓名"}
    assert client.post(reverse("adoption", args=[row.id]), body).status_code == 422
