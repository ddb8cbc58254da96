"""Quarterly archives become a background set: honest counts, a bad archive is named."""

import json
import os
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from followup.core import jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.models import ReferenceItem
from pv.actions import faers as actions
from pv.queries.signals import tables
from tests import factories

pytestmark = pytest.mark.django_db
OLD = {
    "ascii/DEMO12Q3.TXT": "ISR$CASE$I_F_COD$EVENT_DT$FDA_DT$AGE$GNDR_COD$REPORTER_COUNTRY\r\n"
    "1234567$100$I$20120101$20120901$60$M$UNITED STATES$\r\n"
    "1234568$200$I$2012$20120902$$F$CHINA$\r\n",
    "ascii/DRUG12Q3.TXT": "ISR$DRUG_SEQ$ROLE_COD$DRUGNAME\r\n"
    "1234567$1$PS$KYMRIAH\r\n1234568$1$PS$ASPIRIN\r\n",
    "ascii/REAC12Q3.TXT": "ISR$PT\r\n1234567$PYREXIA$\r\n1234568$NAUSEA$\r\n",
    "README.pdf": "no data",
}
NEW = {
    "ascii/DEMO19Q1.txt": "primaryid$caseid$caseversion$event_dt$fda_dt$age$sex$occr_country\n"
    "1001$100$1$20120101$20190101$60$M$US\n1002$100$2$20120101$20190201$60$M$US\n"
    "3001$300$1$20190101$20190201$50$F$US\n4001$400$1$20190101$20190201$50$F$US\n"
    "5001$500$1$20190101$20190201$50$F$US\n",
    "ascii/DRUG19Q1.txt": "primaryid$caseid$drug_seq$role_cod$drugname$prod_ai\n"
    '1002$100$1$PS$Kymriah$TISAGENLECLEUCEL\n1002$100$2$C$asp"irin$ASPIRIN\n'
    "3001$300$1$PS$Yescarta$AXICABTAGENE\n4001$400$1$PS$Yescarta$AXICABTAGENE\n5001$500$1$PS$x$y\n",
    "ascii/REAC19Q1.txt": "primaryid$caseid$pt$drug_rec_act\n1002$100$Pyrexia$\n"
    "3001$300$Cytokine release\nsyndrome$\n4001$400$Cytokine release syndrome$\n"
    "5001$500$Rash$\n1002$100\n",
    "DELETED/ADR19Q1DeletedCases.txt": "caseid\n500\n",
}


@pytest.fixture
def place(settings, tmp_path) -> Path:
    settings.FAERS_ROOT = str(tmp_path)
    for name, files in (("aers_ascii_2012q3.zip", OLD), ("faers_ascii_2019q1.zip", NEW)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    return tmp_path


def rows() -> dict[tuple[str, str], int]:
    item = ReferenceItem.objects.filter(kind=tables.COUNTS).latest("loaded_at")
    return {(drug, event): count for drug, event, count in item.data["rows"]}


def test_the_job_counts_each_case_once_and_tells_what_was_mended(place) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    job = jobs.run(actions.request(officer, without_alike=False).id)
    assert job is not None
    assert job.state == "done", job.error
    assert job.manifest["totals"] == {
        "reports": 7,
        "deleted": 1,
        "superseded": 2,
        "counted": 4,
        "alike": 1,
    }
    assert rows() == {
        ("tisagenlecleucel", "Pyrexia"): 1,
        ("axicabtagene ciloleucel", "Cytokine release syndrome"): 2,
        ("other drugs", "NAUSEA"): 1,
    }
    item = tables.imported(officer, tables.COUNTS)[0]
    assert (item.code, item.version) == ("FDA FAERS", "2012Q3-2019Q1")
    assert "4" in item.citation
    with pytest.raises(Denied):
        actions.request(factories.make_actor(Role.NURSE), without_alike=False)


def test_the_command_loads_a_quarter_once_and_names_a_bad_archive(place) -> None:
    out = StringIO()
    call_command("load_faers", "--without-alike", "--json", stdout=out)
    told = json.loads(out.getvalue())
    (reactions,) = [
        one for one in told["loaded"][1]["files"] if one["name"] == "ascii/REAC19Q1.txt"
    ]
    kept = ("lines", "clean", "mended", "refused", "rows", "loaded", "turned_away")
    assert [reactions[name] for name in kept] == [6, 3, 2, 1, 4, 4, 0]
    assert [note["line"] for note in reactions["notes"]] == [3, 7]
    assert rows()["axicabtagene ciloleucel", "Cytokine release syndrome"] == 1
    (place / "faers_ascii_2019q2.zip").write_bytes(b"no archive")
    with zipfile.ZipFile(place / "faers_ascii_2019q3.zip", "w") as archive:
        archive.writestr("ascii/DEMO19Q3.txt", NEW["ascii/DEMO19Q1.txt"])
    out = StringIO()
    with pytest.raises(CommandError, match=r"(?s)2019q2\.zip.*2019q3\.zip has no drug, reac"):
        call_command("load_faers", "--without-alike", stdout=out)
    assert "1 pairs" not in out.getvalue()
    assert "lines" not in out.getvalue(), "both quarters were there"
    assert ReferenceItem.objects.filter(kind=tables.COUNTS).count() == 1, "the same counts"


def quarterly(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def damaged(path: Path) -> None:
    """An archive whose directory is whole and whose first file is not."""
    quarterly(path, NEW | {"ascii/DEMO19Q1.txt": NEW["ascii/DEMO19Q1.txt"] * 50})
    content = bytearray(path.read_bytes())
    content[60:100] = bytes(b ^ 0x55 for b in content[60:100])
    path.write_bytes(content)


def test_a_damaged_archive_is_told_beside_the_job_and_the_others_are_counted(place) -> None:
    client = Client()
    user = factories.make_user(Role.SAFETY_OFFICER, language="en")
    client.force_login(user)
    damaged(place / "faers_ascii_2019q2.zip")
    assert client.post("/signals/tables/faers/", {}).status_code == 302
    job = jobs.run(Job.objects.get().id)
    assert (job.state, job.manifest["totals"]["counted"]) == ("done", 4)
    (problem,) = job.manifest["problems"]
    assert problem[0] == "faers_ascii_2019q2.zip"
    told = client.get("/jobs/", headers={"accept-language": "en"}).content.decode()
    assert "Not loaded: faers_ascii_2019q2.zip: " in told
    assert "faers-2012Q3-2019Q1.json" in told, "the file is there all the same"
    for language, reason, cited in (
        ("en", "it is damaged, or no ZIP archive", "quarterly data files 2012Q3-2019Q1: 4 cases"),
        ("zh-hans", "已损坏，或不是 ZIP 压缩包", "季度数据 2012Q3-2019Q1：7 份报告中的 4 例"),
    ):
        with translation.override(language):
            assert reason in job.problem
            (item,) = tables.imported(factories.SYSTEM, tables.COUNTS)
            assert cited in item.citation, "whoever loaded it read another language"
    for path in place.glob("*.zip"):
        damaged(path)
    (place / actions.STORE).unlink()
    with translation.override("en"), pytest.raises(Refused) as refused:
        actions.build(factories.SYSTEM, actions.archives(), place, without_alike=False)
    assert all(path.name in str(refused.value) for path in place.glob("*.zip"))


def test_a_quarter_that_comes_anew_takes_the_place_of_what_was_loaded(place) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    first = jobs.run(actions.request(officer, without_alike=False).id)
    archive = place / "faers_ascii_2019q1.zip"
    quarterly(archive, NEW | {"DELETED/ADR19Q1DeletedCases.txt": "caseid\n300\n"})
    asked = actions.request(officer, without_alike=False)
    assert asked.id != first.id
    job = jobs.run(asked.id)
    totals = job.manifest["totals"]
    assert (totals["reports"], totals["deleted"]) == (7, 1), "loaded once"
    assert job.manifest["version"] == "2012Q3-2019Q1/2"
    assert actions.request(officer, without_alike=False).id == job.id, "nothing changed since"
    os.utime(archive, ns=(0, 0))
    assert actions.request(officer, without_alike=False).id != job.id, "as large, and another"
    assert rows()["axicabtagene ciloleucel", "Cytokine release syndrome"] == 1
    assert rows()["other drugs", "Rash"] == 1, "no longer on the list of deleted cases"


def test_of_two_archives_of_a_quarter_the_last_counts_and_the_other_is_named(place) -> None:
    quarterly(place / "faers_ascii_2019q1_new.zip", NEW)
    made = [
        actions.build(factories.SYSTEM, actions.archives(), place, without_alike=False)
        for _ in range(2)
    ]
    names = [[name for name, _reason in each.problems] for each in made]
    assert names == [["faers_ascii_2019q1.zip"]] * 2
    assert [len(each.loaded) for each in made] == [2, 0], "neither is loaded again"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_the_archives_and_asks_for_the_job(place, language) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    assert "faers_ascii_2019q1.zip" in client.get("/signals/tables/").content.decode()
    assert client.post("/signals/tables/faers/", {}).status_code == 302
    assert Job.objects.get().kind == actions.KIND
    for path in place.glob("*.zip"):
        path.unlink()
    with pytest.raises(Refused):
        actions.request(factories.make_actor(Role.SAFETY_OFFICER), without_alike=True)
    assert client.post("/signals/tables/faers/", {}).status_code in (302, 409, 422)
