"""A customer's dictionary is loaded, looked up, and gives a case its codes."""

import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import data_locks
from followup.core.actor import Actor
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.queries import row_checks
from pv.actions import coding, icsr
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile, Severity
from pv.models import Case, CodingDecision, DictionaryRelease
from pv.queries import dictionaries
from tests import factories
from tests.pv import meddra_files

pytestmark = pytest.mark.django_db
LOADER = Actor.process("load_meddra")


@pytest.fixture
def loaded() -> None:
    for version in ("98.0", "98.1"):
        for language in ("en", "zh"):
            coding.load_release(LOADER, meddra_files.release(version, language))


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def value(case: Case, path: str) -> str:
    row = Case.objects.get(id=case.id)
    root = storage.from_data(row.versions.get(number=row.current_version).message)
    return root.groups["E.i"][0].values.get(path, "")


def take(client: Client, case: Case, term: str, release: str = "98.1"):
    lock = Case.objects.get(id=case.id).lock_version
    data = {"path": "E.i[1].2.1b", "q": "moss", "release": release, "term": term}
    return client.post(
        reverse("case-coding", args=[case.id]), {**data, "lock_version": lock}, follow=True
    )


def names(version: str, language: str, text: str) -> list[str]:
    return [row.term.name for row in dictionaries.suggest(version, language, text)]


def test_terms_are_found_by_characters_initials_and_english(loaded) -> None:
    assert names("98.1", "en", "moss")[0] == "Moss fever"  # current and preferred come first
    assert names("98.1", "en", "moss")[-1] == "Moss rash (old name)"
    assert names("98.1", "zh", "淋巴") == ["铃状淋巴结"]
    assert names("98.1", "zh", "txz") == ["苔藓疹"]
    assert names("98.1", "en", "node") == ["Bell lymph node"]
    assert names("97.0", "en", "moss") == names("98.1", "en", "' \\ %") == []
    # A reader of one language types the reporter's words of another; the code is one.
    assert names("98.1", "en", "淋巴") == names("98.1", "en", "lbj") == ["Bell lymph node"]
    assert names("98.1", "zh", "node") == ["铃状淋巴结"]
    assert dictionaries.suggest("98.1", "zh", "node")[0].found_as == "Bell lymph node"
    assert {row.found_as for row in dictionaries.suggest("98.1", "zh", "苔藓")} == {""}
    row = dictionaries.suggest("98.1", "en", "moss rash")[0]
    assert (row.pt_name, row.placement.soc_name) == ("Moss eruption", "Garden disorders")


def test_the_same_files_again_change_nothing_and_others_are_refused(loaded) -> None:
    row, fresh = coding.load_release(LOADER, meddra_files.release("98.0", "en"))
    assert not fresh
    assert DictionaryRelease.objects.count() == 4
    other = meddra_files.release("98.0", "en", llt_asc="10900001$Other$10900001$$$$$$$Y$$\n")
    with pytest.raises(Refused):
        coding.load_release(LOADER, other)


def test_a_release_stands_in_the_trail_by_its_hash_and_every_row_is_accounted_for(loaded) -> None:
    entries = Change.objects.filter(table_name="pv_dictionaryterm")
    assert [entry.operation for entry in entries] == ["BATCH"] * 4
    assert {entry.after["rows"] for entry in entries} == {4}
    assert row_checks.first_wrong() is None


def test_the_command_loads_a_folder_and_says_what_is_wrong(tmp_path, capsys) -> None:
    folder = tmp_path / "MedAscii"
    folder.mkdir()
    for name, content in meddra_files.release().items():
        (folder / name.upper()).write_bytes(content)
    call_command("load_meddra", str(tmp_path), "--dry-run")
    assert not DictionaryRelease.objects.exists()
    call_command("load_meddra", str(tmp_path), "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"version": "98.0", "language": "en", "terms": 4, "loaded": True}
    (folder / "PT.ASC").unlink()
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_meddra", str(tmp_path))
    assert "pt.asc: the file is missing" in capsys.readouterr().err


def test_a_person_codes_the_event_and_the_words_are_remembered(officer, case, loaded) -> None:
    address = reverse("case-coding", args=[case.id])
    page = officer.get(address, {"at": "E.i[1].2.1b", "q": "moss"}).content.decode()
    assert "Moss eruption" in page
    assert "not coded" in page
    done = take(officer, case, "10900001")
    assert "Coded: 10900001." in done.content.decode()
    assert (value(case, "E.i.2.1b"), value(case, "E.i.2.1a")) == ("10900001", "98.1")
    decision = CodingDecision.objects.get()
    assert (decision.code, decision.version, decision.case_version) == (10900001, "98.1", 1)
    again = officer.get(address, {"at": "E.i[1].2.1b"}).content.decode()
    assert "Chosen before for the same words" in again


def test_the_event_without_a_code_is_open_at_once_and_its_terms_follow_what_is_typed(
    officer, case, loaded
) -> None:
    address = reverse("case-coding", args=[case.id])
    page = officer.get(address).content.decode()
    assert 'name="at" value="E.i[1].2.1b"' in page
    asked = {"at": "E.i[1].2.1b", "q": "bell", "release": "98.1"}
    live = {"HX-Request": "true", "HX-Target": "coding-terms"}
    part = officer.get(address, asked, headers=live).content.decode()
    assert "<html" not in part
    assert re.findall(r'name="term" value="(\d+)"', part) == ["10900003"]
    assert "No term fits" in officer.get(address, asked | {"q": "b"}, headers=live).content.decode()
    assert (
        "No term fits" in officer.get(address, asked | {"at": "x"}, headers=live).content.decode()
    )
    take(officer, case, "10900003")
    assert 'name="at" value="E.i[1].2.1b"' not in officer.get(address).content.decode()


@pytest.mark.parametrize(
    ("term", "release"), [("10999999", "98.1"), ("10900001", "97.0"), ("x", "98.1"), ("", "")]
)
def test_a_code_the_version_lacks_is_refused_and_the_search_stays(
    officer, case, loaded, term, release
) -> None:
    page = take(officer, case, term, release).content.decode()
    assert "has no code" in page
    assert value(case, "E.i.2.1b") == ""


def test_a_place_that_takes_no_code_and_a_stale_page_are_refused(case, loaded) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    with pytest.raises(Refused):
        coding.code(officer, case, path="C.1.3", term=10900001, version="98.1", lock_version=1)
    with pytest.raises(Refused):
        coding.code(
            officer, case, path="E.i[9].2.1b", term=10900001, version="98.1", lock_version=1
        )


def of_dictionary(case: Case) -> list[tuple[str, Severity]]:
    row = Case.objects.get(id=case.id)
    found = icsr.check(row, row.versions.get(number=row.current_version), Profile.NMPA)
    return [(f.message_en, f.severity) for f in found if f.rule.endswith("DICTIONARY")]


@pytest.mark.parametrize(
    ("code", "version", "says", "severity"),
    [
        ("10999999", "98.1", "no lowest level term", Severity.ERROR),
        ("10900002", "98.1", "no longer current", Severity.WARNING),
        ("10900001", "97.0", "not loaded here", Severity.WARNING),
    ],
)
def test_validation_names_a_code_that_does_not_exist(
    case, loaded, code, version, says, severity
) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    changes = {"E.i[1].2.1b": code, "E.i[1].2.1a": version}
    from_page = Case.objects.get(id=case.id)
    coding.edit(officer, from_page, changes=changes, lock_version=from_page.lock_version)
    [(text, kind)] = of_dictionary(case)
    assert says in text
    assert kind is severity


def test_without_a_dictionary_nothing_is_said_and_the_pages_tell_how(officer, case) -> None:
    assert of_dictionary(case) == []
    with translation.override("en"):
        page = officer.get(reverse("case-coding", args=[case.id])).content.decode()
        assert "No dictionary is loaded" in page
        assert "load_meddra" in officer.get(reverse("dictionaries")).content.decode()


def test_a_data_lock_names_the_releases_that_were_loaded(case, loaded) -> None:
    row = data_locks.make(factories.make_actor(Role.STUDY_MANAGER), name="with a dictionary")
    assert (
        row.versions["dictionary"]
        == "MedDRA 98.1 zh, MedDRA 98.1 en, MedDRA 98.0 zh, MedDRA 98.0 en"
    )
