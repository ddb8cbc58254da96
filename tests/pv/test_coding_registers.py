"""SMQs as filters, synonyms, moves to a new release and their undoing, drugs coded."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import cases as case_actions
from pv.actions import coding, coding_synonyms, drug_coding, version_upgrades
from pv.domain.e2b import storage
from pv.models import Case, CodingSynonym, DrugName, Signal, StandardisedQuery, VersionUpgrade
from pv.queries import cases, cohorts, drugs, listings, standardised_queries
from pv.queries.signals import screening
from tests import factories
from tests.pv import meddra_files, whodrug_files

pytestmark = pytest.mark.django_db
ERUPTION, OLD_RASH, NODE = 10900001, 10900002, 10900003


@pytest.fixture
def loaded() -> None:
    for version in ("98.0", "98.1"):
        for language in ("en", "zh"):
            coding.load_release(factories.SYSTEM, meddra_files.release(version, language))


@pytest.fixture
def page() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def coded(officer, case: Case, term: int, version: str = "98.1") -> Case:
    row = Case.objects.get(id=case.id)
    coding.code(
        officer, row, path="E.i[1].2.1b", term=term, version=version, lock_version=row.lock_version
    )
    return Case.objects.get(id=case.id)


def node(case: Case, group: str, number: int = 0) -> dict:
    row = Case.objects.get(id=case.id)
    root = storage.from_data(row.versions.get(number=row.current_version).message)
    return root.groups[group][number].values


def test_smqs_come_with_the_release_or_after_it_and_stand_in_the_trail() -> None:
    files = meddra_files.release()
    bare = {name: text for name, text in files.items() if not name.startswith("smq")}
    coding.load_release(factories.SYSTEM, bare)
    assert standardised_queries.offered("en") == []
    _row, fresh = coding.load_release(factories.SYSTEM, files)
    assert fresh
    _row, fresh = coding.load_release(factories.SYSTEM, files)
    assert not fresh
    assert StandardisedQuery.objects.count() == 2
    entry = Change.objects.get(table_name="pv_standardisedqueryterm")
    assert entry.after["rows"] == 3
    narrow = standardised_queries.group("20900001", "narrow")
    broad = standardised_queries.group("20900001", "broad")
    assert narrow.codes == {"10900001", "10900002"}
    assert broad.codes == {"10900001", "10900002", "10900004"}
    assert standardised_queries.group("20900003", "broad") is None


def test_an_smq_filters_cases_listings_and_signals(officer, page, case, loaded) -> None:
    coded(officer, case, ERUPTION)
    skin, none = "20900002:narrow", "20900009:narrow"
    today = clock.today()
    filters = cases.Filters(box="all", smq=skin)
    assert [i.case.id for i in cases.page(officer, today=today, filters=filters).items] == [case.id]
    product = factories.product()
    choice = listings.ListingChoice(product.id, today - timedelta(days=900), today, smq=skin)
    assert len(list(listings.lines(officer, choice))) == 1
    assert listings.ListingChoice.read(choice.stored()) == choice
    with pytest.raises(Refused):
        list(listings.lines(officer, listings.ListingChoice(product.id, today, today, smq=none)))
    group = standardised_queries.group("20900002", "narrow")
    held = cohorts.Filters(product=product)
    found = screening.screen(officer, held, screening.Against.PRODUCTS, group=group)
    assert [row.cells.term for row in found.rows] == [group.name, str(ERUPTION)]
    coded(officer, case, NODE)
    assert cases.page(officer, today=today, filters=filters).items == []
    assert list(listings.lines(officer, choice)) == []
    for address in ("/cases/", "/listings/", "/signals/screening/"):
        assert "Mosses of the skin (narrow)" in page.get(address).content.decode()
        assert page.get(address, {"smq": skin}).status_code == 200


def test_a_lowest_level_term_is_screened_as_its_preferred_term(officer, page, case, loaded) -> None:
    coded(officer, case, OLD_RASH)
    product = factories.product()
    held = cohorts.Filters(product=product)
    with translation.override("en"):
        found = screening.screen(officer, held, screening.Against.PRODUCTS)
    assert [row.cells.term for row in found.rows] == [str(ERUPTION)]
    assert found.words[str(ERUPTION)] == "Moss eruption"
    table = [("Other drug", "MOSS ERUPTION", 5), ("Other drug", "Fever", 7)]
    (row,) = screening.screen(officer, held, screening.Against.BACKGROUND, table).rows
    assert (row.cells.a, row.cells.c) == (1, 5)
    years = screening.by_year(officer, held, str(ERUPTION), screening.Against.PRODUCTS)
    assert years[-1][1].a == 1
    page.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    shown = page.get("/signals/screening/", {"product": str(product.id), "lock": "now"}).text
    place = re.search(r'href="(/signals/register/new/[^"]+against=products[^"]+)"', shown)
    where = html.unescape(place[1])
    form = page.get(where).content.decode()
    assert f'value="{ERUPTION} Moss eruption"' in form
    said = {"product": str(product.id), "term": "Moss eruption", "source": "screening"}
    said |= {"detected_on": str(clock.today()), "description": "One case of this product."}
    place = page.post(where, said).url
    kept = Signal.objects.get().evidence
    assert (str(kept["a"]), kept["against"]) == ("1", "products")
    assert kept["ror"] is None, "not defined, and no zero"
    assert "Other products of the register" in page.get(place).content.decode()
    wrong = where.replace(str(ERUPTION), "nothing")
    assert page.post(wrong, said).status_code == 302
    assert Signal.objects.order_by("number").last().evidence == {}


def test_a_synonym_is_offered_first_until_it_is_ended(officer, page, case, loaded) -> None:
    coded(officer, case, ERUPTION)
    words = node(case, "E.i")["E.i.1.1a"]
    address = reverse("case-coding", args=[case.id])
    assert page.post(address, {"keep": "10999999", "text": words}).status_code == 302
    assert CodingSynonym.objects.count() == 0
    assert page.post(address, {"keep": str(ERUPTION), "text": words}).status_code == 302
    shown = page.get(address, {"at": "E.i[1].2.1b"}).content.decode()
    assert "Kept as a synonym" in shown
    product = factories.product()
    coding_synonyms.keep(officer, product, text=words, code=NODE)
    row = CodingSynonym.objects.get(ended_at__isnull=True)
    assert (row.code, CodingSynonym.objects.count()) == (NODE, 2)
    assert words in page.get("/dictionaries/synonyms/").content.decode()
    assert page.post("/dictionaries/synonyms/", {"synonym": str(row.id)}).status_code == 302
    assert page.post("/dictionaries/synonyms/", {"synonym": str(row.id)}).status_code == 422
    assert "Kept as a synonym" not in page.get(address, {"at": "E.i[1].2.1b"}).content.decode()


def test_a_move_takes_over_what_stands_and_is_undone(officer, page, case, loaded) -> None:
    gone = meddra_files.release("98.2", "en")
    lines = gone["llt.asc"].splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(str(OLD_RASH).encode())]
    coding.load_release(factories.SYSTEM, gone | {"llt.asc": b"".join(kept)})
    coded(officer, case, ERUPTION)
    product = factories.product()
    for wrong in ({"before": "98.1", "after": "97.0"}, {"before": "98.0", "after": "98.2"}):
        with pytest.raises(Refused):
            version_upgrades.upgrade(officer, product, **wrong)
    asked = {"product": str(product.id), "before": "98.1", "after": "98.2"}
    preview = page.get("/dictionaries/upgrades/", asked).content.decode()
    assert case.number in preview
    assert node(case, "E.i")["E.i.2.1a"] == "98.1"
    made = page.post("/dictionaries/upgrades/", asked)
    assert made.status_code == 302
    assert node(case, "E.i")["E.i.2.1a"] == "98.2"
    report = page.get(made["location"]).content.decode()
    assert case.number in report
    for shown in (preview, report):
        assert "Reaction or event (MedDRA code)" in shown
    assert "Moss eruption" in report
    assert "1 code was taken over." in report
    assert page.post(made["location"]).status_code == 302
    assert node(case, "E.i")["E.i.2.1a"] == "98.1"
    assert page.post(made["location"]).status_code == 422
    # A code the new release lacks is listed and not touched; what was coded again is not undone.
    coded(officer, case, OLD_RASH)
    row = version_upgrades.upgrade(officer, product, before="98.1", after="98.2")
    assert [(line.outcome, line.taken_over) for line in row.lines.all()] == [("gone", False)]
    assert node(case, "E.i")["E.i.2.1a"] == "98.1"
    coded(officer, case, ERUPTION)
    version_upgrades.upgrade(officer, product, before="98.1", after="98.2")
    coded(officer, case, NODE, "98.2")
    assert version_upgrades.undo(officer, VersionUpgrade.objects.latest("made_at")) == 0
    assert node(case, "E.i")["E.i.2.1a"] == "98.2"


def test_the_command_loads_a_drug_dictionary_once(tmp_path, capsys) -> None:
    for name, content in whodrug_files.b3().items():
        (tmp_path / name.upper()).write_bytes(content)
    with pytest.raises(CommandError):
        call_command("load_whodrug", str(tmp_path))
    assert "--release" in capsys.readouterr().err
    call_command("load_whodrug", str(tmp_path), "--release", "2026-09", "--dry-run")
    assert DrugName.objects.count() == 0
    call_command("load_whodrug", str(tmp_path), "--release", "2026-09", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"format": "B3", "version": "2026-09", "names": 3, "loaded": True}
    other = whodrug_files.b3(dda_txt="")
    with pytest.raises(Refused):
        drug_coding.load_release(factories.SYSTEM, other, version="2026-09")
    release = drugs.release("")
    assert [row.name for row in drugs.suggest(release, "moss")] == ["Mossamab", "Mossbrand"]
    assert [row.name for row in drugs.suggest(release, "lhp")] == ["铃花片"]


def test_a_concomitant_drug_is_coded_into_its_elements(officer, page, case) -> None:
    address = reverse("case-drugs", args=[case.id])
    assert "load_whodrug" in page.get(address).content.decode()
    drug_coding.load_release(factories.SYSTEM, whodrug_files.c3(), version="2026-09-01")
    row = Case.objects.get(id=case.id)
    changes = {"G.k[2].2.2": "moss brand tablets", "G.k[2].1": "2"}
    case_actions.edit(officer, row, changes=changes, lock_version=row.lock_version)
    shown = page.get(address, {"at": "G.k[2]", "q": "moss"}).content.decode()
    assert "Mossbrand" in shown
    name = DrugName.objects.get(name="Mossbrand")
    lock = Case.objects.get(id=case.id).lock_version
    sent = {"path": "G.k[2]", "q": "moss", "name": str(name.id), "lock_version": str(lock)}
    assert page.post(address, sent | {"name": "0"}).status_code == 404
    done = page.post(address, sent, follow=True).content.decode()
    assert "Coded: 90000101002." in done
    values = node(case, "G.k", 1)
    assert (values["G.k.2.1.1a"], values["G.k.2.1.1b"]) == ("2026-09-01", "7002")
    row = Case.objects.get(id=case.id)
    case_actions.edit(officer, row, changes={"G.k[2].2.2": "bell"}, lock_version=row.lock_version)
    assert "the words changed since" in page.get(address).content.decode()
    row = Case.objects.get(id=case.id)
    with pytest.raises(Refused):
        drug_coding.code(officer, row, path="G.k[9]", name=name, lock_version=row.lock_version)
