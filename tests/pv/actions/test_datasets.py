"""Data sets of a study at a lock: who is in them, what they say, the same bytes for ever."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pyreadstat
import pytest
from django.conf import settings
from django.test import Client
from lxml import etree

from followup.actions import concomitant_care, data_locks
from followup.core import clock, jobs
from followup.core.audit import acting
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.core.security.accounts import actor_of
from followup.domain.concomitant_care import Care, CareKind
from followup.domain.dates import PartialDate
from followup.models import Consent, ReferenceItem
from pv.actions import coding
from pv.actions import datasets as actions
from pv.domain.cohorts.summaries import curve_of, summary
from pv.domain.cohorts.times import Endpoint, times_of
from pv.models import Case
from pv.queries import cohorts
from tests import factories
from tests.pv import meddra_files

pytestmark = pytest.mark.django_db
LONG = "重度中性粒细胞减少伴发热" * 12  # 432 bytes


def onset() -> PartialDate:
    """A month after the infusion of whom the factories register."""
    return PartialDate.from_iso(f"{clock.today() - timedelta(days=31):%Y-%m}")


def files_of(job: Job) -> dict[str, bytes]:
    content = (Path(settings.MEDIA_ROOT) / job.file_path).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def made(actor, form="dataset-json", *, lock=None, language="en", study="LTFU-1") -> Job:
    asked = actions.request(
        actor,
        product_id=factories.product().id,
        study=study,
        form=form,
        lock_id=lock.id if lock else None,
        language=language,
    )
    job = jobs.run(asked.id)
    assert job is not None
    assert job.state == "done", job.error
    return job


@pytest.fixture
def world(site):
    """One patient shares with the holder, one does not; events, contacts and a lock."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    shared = factories.register(nurse, site, purposes=("LTFU", "HOLDER"))
    private = factories.register(nurse, site)
    for patient in (shared, private):
        factories.malignancy(nurse, patient, verbatim=LONG, onset=onset())
        factories.call(nurse, patient)
    manager = factories.make_actor(Role.STUDY_MANAGER)
    return nurse, manager, shared, private, data_locks.make(manager, name="interim")


def rows(files, name):
    document = json.loads(files[name])
    names = [column["name"] for column in document["columns"]]
    assert document["records"] == len(document["rows"])
    return [dict(zip(names, row, strict=True)) for row in document["rows"]]


def test_a_holder_gets_who_shares_and_the_same_bytes_after_later_changes(world, site) -> None:
    nurse, manager, shared, private, lock = world
    job = made(manager, lock=lock)
    first = files_of(job)
    (dm,) = rows(first, "dm.json")
    assert dm["SUBJID"] == shared.study_code
    assert dm["USUBJID"] == f"LTFU-1-{shared.study_code}"
    assert dm["SEX"] == "M"
    assert dm["AGE"] is None
    assert dm["DTHFL"] is None
    (ae,) = rows(first, "ae.json")
    assert (ae["AETERM"], ae["AESTDTC"], ae["AESTDY"], ae["AESER"]) == (
        LONG,
        onset().isoformat(),
        None,
        "Y",
    )
    (ex,) = rows(first, "ex.json")
    assert (ex["EXDOSE"], ex["EXSTDY"], ex["EPOCH"]) == ("120.000", 1, "TREATMENT")
    passed = [(row["ETCD"], row["EPOCH"], row["SEENDTC"] is None) for row in rows(first, "se.json")]
    assert passed == [("INFUSION", "TREATMENT", False), ("FOLLOWUP", "FOLLOW-UP", True)]
    assert [row["SSSTRESC"] for row in rows(first, "ss.json")] == ["ALIVE"]
    assert private.study_code not in str(first)
    summary = {row["TSPARMCD"]: row for row in rows(first, "ts.json")}
    assert summary["ACTSUB"]["TSVAL"] == "1"
    assert summary["DCUTDESC"]["TSVAL"] == "interim"
    assert (summary["LENGTH"]["TSVAL"], summary["LENGTH"]["TSVALNF"]) == (None, "PINF")
    assert (summary["OBJPRIM"]["TSVAL"], summary["OBJPRIM"]["TSVALNF"]) == (None, "NI")
    visits = {(row["VISITNUM"], row["VISIT"]) for row in rows(first, "tv.json")}
    assert len(visits) > 20
    planned = [row for row in rows(first, "sv.json") if row["SVPRESP"] == "Y"]
    assert {(row["VISITNUM"], row["VISIT"]) for row in planned} <= visits
    assert {row["ETCD"] for row in rows(first, "ta.json")} == {
        row["ETCD"] for row in rows(first, "te.json")
    }
    assert [row["IECAT"] for row in rows(first, "ti.json")] == ["INCLUSION"] * 2
    manifest = json.loads(first["manifest.json"])
    assert manifest["records"]["AE"] == 1
    for name, one in manifest["files"].items():
        assert hashlib.sha256(first[name]).hexdigest() == one["sha256"]
    factories.call(nurse, shared, vital_status="UNKNOWN", informant="FAMILY")
    with acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=shared).update(withdrawn_on=clock.today())
        Job.objects.filter(id=job.id).update(file_path="")
    assert files_of(made(manager, lock=lock)) == first


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_event_has_the_terms_its_case_was_coded_with_by_the_lock(world, site, language) -> None:
    _nurse, manager, shared, _private, uncoded = world
    for each in ("en", "zh"):
        coding.load_release(factories.SYSTEM, meddra_files.release("98.1", each))
    case = Case.objects.get(sources__event__patient=shared)
    officer = factories.make_actor(Role.SAFETY_OFFICER)

    def code(term: int) -> None:
        lock = Case.objects.get(id=case.id).lock_version
        coding.code(officer, case, path="E.i[1].2.1b", term=term, version="98.1", lock_version=lock)

    code(10900002)
    lock = data_locks.make(factories.make_actor(Role.STUDY_MANAGER), name="coded")
    labels = "en" if language == "en" else "zh-hans"
    job = made(manager, lock=lock, language=labels)
    first = files_of(job)
    (ae,) = rows(first, "ae.json")
    names = meddra_files.ENGLISH if language == "en" else meddra_files.CHINESE
    assert (ae["AELLT"], ae["AELLTCD"]) == (names[10900002], 10900002)
    assert (ae["AEDECOD"], ae["AEPTCD"]) == (names[10900001], 10900001)
    assert (ae["AEBODSYS"], ae["AESOC"], ae["AESOCCD"]) == (
        "Garden disorders",
        "Garden disorders",
        10900030,
    )
    assert (ae["AEHLTCD"], ae["AEHLGTCD"]) == (10900010, 10900020)
    assert ae["AEACN"] is None
    (dictionary,) = (r["QVAL"] for r in rows(first, "suppae.json") if r["QNAM"] == "AEDICT")
    assert dictionary == "MedDRA 98.1"
    code(10900003)
    with acting(factories.SYSTEM, "test"):
        Job.objects.filter(id=job.id).update(file_path="")
    assert files_of(made(manager, lock=lock, language=labels)) == first
    (before,) = rows(files_of(made(manager, lock=uncoded)), "ae.json")
    assert (before["AEDECOD"], before["AELLTCD"]) == (None, None)


def test_treatments_stand_as_they_were_at_the_lock(world) -> None:
    nurse, manager, shared, private, _lock = world
    stay = Care(
        kind=CareKind.HOSPITAL_STAY, started=onset(), detail="WARD", given_for="发热", ongoing="NO"
    )
    drug = Care(
        kind=CareKind.SUBSEQUENT_THERAPY,
        started=onset(),
        detail="BTKI",
        name="泽布替尼",
        ongoing="YES",
        mutagenic="NO",
    )
    concomitant_care.record(nurse, shared, given=stay)
    row = concomitant_care.record(nurse, shared, given=drug)
    concomitant_care.record(nurse, private, given=drug)
    lock = data_locks.make(manager, name="treatments")
    concomitant_care.take_back(nurse, row, reason="误填")
    files = files_of(made(manager, lock=lock))
    (cm,) = rows(files, "cm.json")
    assert (cm["CMTRT"], cm["CMSTDTC"], cm["CMENRTPT"], cm["CMENTPT"], cm["CMDOSE"]) == (
        "泽布替尼",
        onset().isoformat(),
        "ONGOING",
        clock.today().isoformat(),
        None,
    )
    (ho,) = rows(files, "ho.json")
    assert (ho["HOTERM"], ho["HOENRTPT"], ho["HOENDTC"]) == ("HOSPITAL", "BEFORE", None)
    assert "pr.json" not in files
    later = files_of(made(manager, lock=data_locks.make(manager, name="later")))
    assert "cm.json" not in later, "there was none"


def test_a_hospital_gets_its_own_at_the_seal_and_names_who_is_left_out(world, site) -> None:
    nurse, _manager, shared, private, _lock = world
    with acting(factories.SYSTEM, "test"):
        Consent.objects.filter(patient=shared).update(withdrawn_on=clock.today())
    data_locks.make(factories.SYSTEM, name="seals what is new")
    job = made(nurse)
    (dm,) = rows(files_of(job), "dm.json")
    assert dm["SUBJID"] == private.study_code
    assert (job.manifest["subjects"], job.manifest["left_out"]) == (1, 1)
    assert job.manifest["purpose"] == "LTFU"
    with pytest.raises(Denied):
        made(factories.make_actor(Role.AUDITOR))
    with pytest.raises(Refused) as refused:
        made(factories.make_actor(Role.STUDY_MANAGER), "sas", study="ltfu 1")
    assert set(refused.value.fields) == {"format", "study", "lock"}


def test_transport_files_are_read_by_another_program_and_define_describes_them(world) -> None:
    _nurse, manager, _shared, _private, lock = world
    files = files_of(made(manager, "xpt", lock=lock, language="zh-hans"))
    place = Path(settings.MEDIA_ROOT)
    found = {}
    for name in ("ae.xpt", "suppae.xpt", "dm.xpt", "adsl.xpt"):
        (place / name).write_bytes(files.get(name) or files[f"adam/{name}"])
        frame, meta = pyreadstat.read_xport(str(place / name))
        found[name] = (frame.to_dict("records"), meta)
    (ae,) = found["ae.xpt"][0]
    assert len(ae["AETERM"].encode()) <= 200
    rest = {row["QNAM"]: row["QVAL"] for row in found["suppae.xpt"][0]}
    assert ae["AETERM"] + rest["AETERM1"] + rest["AETERM2"] == LONG
    told = json.loads(files["manifest.json"])["records"]
    assert {name: told[name.removesuffix(".xpt").upper()] for name in found} == {
        name: len(rows) for name, (rows, _meta) in found.items()
    }
    assert found["ae.xpt"][1].column_names_to_labels["AETERM"] == "不良事件名称"
    assert found["dm.xpt"][0][0]["AGE"] != 0
    assert str(found["adsl.xpt"][0][0]["TRTSDT"]) == found["dm.xpt"][0][0]["RFXSTDTC"]
    root = etree.fromstring(files["define.xml"])
    odm, of = "{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.cdisc.org/ns/def/v2.1}"
    groups = {g.get("Name"): g for g in root.iter(f"{odm}ItemGroupDef")}
    hrefs = [leaf.get("{http://www.w3.org/1999/xlink}href") for leaf in root.iter(f"{of}leaf")]
    assert set(hrefs) == {name for name in files if name.endswith(".xpt") and "/" not in name}
    analysis = etree.fromstring(files["adam/define.xml"])
    described = [
        leaf.get("{http://www.w3.org/1999/xlink}href") for leaf in analysis.iter(f"{of}leaf")
    ]
    assert {f"adam/{name}" for name in described} == {
        name for name in files if name.startswith("adam/") and name.endswith(".xpt")
    }
    methods = {node.get("OID") for node in analysis.iter(f"{odm}MethodDef")}
    assert {ref.get("MethodOID") for ref in analysis.iter(f"{odm}ItemRef")} - {None} == methods
    assert {"MT.ADTTE.ADT", "MT.ADTTE.CNSR"} <= methods
    assert groups["CE"].get(f"{of}HasNoData") == "Yes"
    defined = {item.get("OID") for item in root.iter(f"{odm}ItemDef")}
    assert {item.get("ItemOID") for item in root.iter(f"{odm}ItemRef")} == defined
    lists = {item.get("OID") for item in root.iter(f"{odm}CodeList")}
    assert {item.get("CodeListOID") for item in root.iter(f"{odm}CodeListRef")} == lists
    assert files["reviewers-guide.pdf"].startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_and_the_api_ask_for_the_same_package(world, site, language) -> None:
    _nurse, _manager, _shared, _private, lock = world
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.STUDY_MANAGER, language=language))
    page = client.get("/datasets/")
    assert "interim" in page.content.decode()
    asked = {"product": str(factories.product().id), "study": "LTFU-1", "format": "xpt"}
    asked |= {"language": language, "lock": str(lock.id)}
    assert client.post("/datasets/", asked | {"study": "中文"}).status_code == 422
    assert client.post("/datasets/", asked | {"lock": ""}).status_code == 422
    assert client.post("/datasets/", asked).status_code == 302
    answer = client.post("/api/v1/study-datasets/", asked, content_type="application/json")
    assert answer.status_code == 202, answer.content
    assert Job.objects.filter(kind=actions.KIND).count() == 1
    nurse = Client()
    nurse.force_login(factories.make_user(Role.NURSE, site=site, language=language))
    assert 'name="lock"' not in nurse.get("/datasets/").content.decode()
    stranger = Client(raise_request_exception=False)
    stranger.force_login(factories.make_user(Role.AUDITOR))
    assert stranger.get("/datasets/").status_code == 403


def test_curves_from_adtte_are_those_of_the_cohort_page(world, site) -> None:
    nurse, manager, shared, _private, _lock = world
    agreed = ("LTFU", "HOLDER")
    started = clock.today() - timedelta(days=400)
    dead, worse, silent = (
        factories.register(nurse, site, purposes=agreed, infused_on=started + timedelta(days=n))
        for n in range(3)
    )
    month = PartialDate.from_iso(f"{clock.today() - timedelta(days=200):%Y-%m}")
    factories.malignancy(nurse, dead, onset=month)
    seen = clock.today() - timedelta(days=300)
    factories.call(nurse, dead, contact_on=seen)
    factories.call(nurse, dead, vital_status="DEAD", died_on=month, informant="FAMILY")
    told = clock.today() - timedelta(days=100)
    progressed = PartialDate.from_iso(told.isoformat())
    factories.call(nurse, worse, disease_status="PROGRESSION", progressed_on=progressed)
    with acting(factories.SYSTEM, "test"):  # a registration found to be the same one
        twin = factories.infusion_of(silent)
        twin.id, twin.retired = None, True
        twin.infused_on = started - timedelta(days=90)
        twin.save(force_insert=True)
    lock = data_locks.make(manager, name="curves")
    files = files_of(made(manager, lock=lock))
    adtte, adsl = rows(files, "adam/adtte.json"), rows(files, "adam/adsl.json")
    assert len(adtte) == 3 * len(adsl) == 12
    filters = cohorts.Filters(factories.product(), lock=lock)
    with cohorts.reading(filters):
        members = cohorts.members(manager, filters)
    for endpoint, code in zip(Endpoint, ("OS", "PFS", "TTSPM"), strict=True):
        own = [row for row in adtte if row["PARAMCD"] == code]
        wanted = summary(times_of(members, endpoint, filters.last_day), endpoint)
        days = np.array([row["AVAL"] for row in own])
        states = np.array([{0: 1, 1: 0, 2: 2}[row["CNSR"]] for row in own])
        found = curve_of(days, states, endpoint)
        assert wanted is not None
        assert wanted.events == (states == 1).sum() > 0
        for name in ("time", "estimate", "low", "high"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted.curve, name))
    by = {(row["USUBJID"].removeprefix("LTFU-1-"), row["PARAMCD"]): row for row in adtte}
    death = by[dead.study_code, "OS"]
    assert (death["CNSR"], death["EVNTDESC"], death["ADTF"]) == (0, "DEATH", "D")
    assert (death["SRCDOM"], death["SRCVAR"], death["SRCSEQ"]) == ("DM", "DTHDTC", None)
    ill = by[dead.study_code, "TTSPM"]
    assert (ill["SRCDOM"], ill["SRCVAR"]) == ("AE", "AESTDTC")
    events = {(row["USUBJID"], row["AESEQ"]): row["AESTDTC"] for row in rows(files, "ae.json")}
    assert events[ill["USUBJID"], ill["SRCSEQ"]] == month.isoformat()
    relapse = by[worse.study_code, "PFS"]
    assert (relapse["ADT"], relapse["ADTF"]) == (told.isoformat(), None)
    assert (relapse["SRCDOM"], relapse["SRCVAR"], relapse["SRCSEQ"]) == ("CE", "CESTDTC", 1)
    alive = by[shared.study_code, "OS"]
    assert (alive["CNSR"], alive["CNSDTDSC"], alive["SRCVAR"]) == (1, "LAST CONTACT", "RFPENDTC")
    level = {row["SUBJID"]: row for row in adsl}
    assert (level[dead.study_code]["DTHFL"], level[dead.study_code]["DTHDT"]) == ("Y", None)
    assert level[dead.study_code]["LSTALVDT"] == seen.isoformat()
    assert level[worse.study_code]["LSTALVDT"] == clock.today().isoformat()
    assert level[silent.study_code]["TRTSDT"] == (started + timedelta(days=2)).isoformat()


@pytest.mark.parametrize("form", ["cibmtr-xlsx", "cibmtr-csv"])
def test_a_worksheet_for_a_registry_tells_what_is_missing(site, form) -> None:
    nurse, manager = (
        factories.make_actor(Role.NURSE, site=site),
        factories.make_actor(Role.STUDY_MANAGER),
    )
    abroad = factories.register(nurse, site, purposes=("LTFU", "HOLDER", "CROSS_BORDER"))
    home = factories.register(nurse, site, purposes=("LTFU", "HOLDER"))
    factories.malignancy(nurse, abroad, onset=onset())
    factories.call(nurse, abroad)
    lock = data_locks.make(manager, name="registry")
    job = made(manager, form, lock=lock)
    assert job.manifest["rows"]["left_out"] == 1
    content = (Path(settings.MEDIA_ROOT) / job.file_path).read_bytes()
    assert job.manifest["sha256"] == hashlib.sha256(content).hexdigest()
    if form.endswith("xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheets = {sheet.title: [list(row) for row in sheet.values] for sheet in book}
        values, missing, left = (sheets[name] for name in ("Values", "Missing", "Left out"))
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
            assert json.loads(archive.read("manifest.json"))["rows"] == job.manifest["rows"]
            values, missing, left = (
                list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
                for name in ("values.csv", "missing.csv", "left_out.csv")
            )
    assert [row[0] for row in left[1:]] == [home.study_code]
    assert {row[0] for row in values[1:]} == {abroad.study_code} == {row[0] for row in missing[1:]}
    by = {(row[1], row[2]): row for row in values[1:]}
    assert by["3500", "Subsequent neoplasm: date of diagnosis"][6] == onset().isoformat()
    assert by["2804", "Sex"][5:7] == ["MALE", "Male"]
    assert by["4100", "Survival status"][6:8] == ["Alive", "SS.status"]
    assert not by["4006", "Route of administration"][6]
    words = {row[1]: row[3] for row in missing[1:]}
    assert "Route of administration" in words["Not collected in the register"]
    assert "Number of prior lines of therapy" in words["Not recorded"]


def test_a_further_registry_is_offered_once_its_items_are_loaded(site) -> None:
    """As a site does that has EBMT's list: it is a table, and no change of the program."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    user = factories.make_user(Role.STUDY_MANAGER)
    manager = actor_of(user)
    abroad = factories.register(nurse, site, purposes=("LTFU", "HOLDER", "CROSS_BORDER"))
    before = data_locks.make(manager, name="before")
    loaded = ReferenceItem.objects.filter(kind="document", code="registries").latest("loaded_at")
    more = {"code": "ebmt", "en": "EBMT", "zh": "EBMT", "items": []}
    items = [each for each in loaded.data["registries"][0]["items"] if each["code"] == "sex"]
    with factories.transaction.atomic(), acting(factories.SYSTEM, "test.registry"):
        ReferenceItem.objects.create(
            kind="document",
            code="registries",
            version="2099-01-01",
            data={
                **loaded.data,
                "version": "2099-01-01",
                "registries": [*loaded.data["registries"], more | {"items": items}],
            },
            sha256="0" * 64,
            citation="own",
            confidence="source",
            loaded_at=clock.now(),
        )
    with pytest.raises(Refused) as refused:
        made(manager, "ebmt-csv", lock=before)
    assert "format" in refused.value.fields
    client = Client()
    client.force_login(user)
    assert 'value="ebmt-xlsx"' in client.get("/datasets/").text
    job = made(manager, "ebmt-csv", lock=data_locks.make(manager, name="after"))
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / job.file_path) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("values.csv").decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [abroad.study_code]
