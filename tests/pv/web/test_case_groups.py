"""Groups added and removed on the page, receivers, documents, one narrative for each language."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.models import Access
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.cases import sections
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.elements import GROUPS
from pv.models import Case
from pv.queries import cioms
from tests import factories

pytestmark = pytest.mark.django_db
GENERAL = [
    g.code
    for g in GROUPS.values()
    if g.parent == "" and "nmpa" in g.profiles and sections.section_of(g.code)
]


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def root_of(case: Case):
    row = Case.objects.get(id=case.id)
    return storage.from_data(row.versions.get(number=row.current_version).message)


def post(client: Client, case: Case, section: str, query: str = "", **data):
    address = reverse("case-section", args=[case.id, section]) + query
    lock = str(Case.objects.get(id=case.id).lock_version)
    return client.post(address, {"lock_version": lock, **data})


@pytest.mark.parametrize("group", GENERAL)
def test_every_button_of_a_section_opens_fields_that_are_kept(officer, case, group) -> None:
    section = sections.section_of(group)
    count = len(root_of(case).each(group))
    path = f"{group}[{count + 1}]"
    answer = post(officer, case, section, add=path)
    assert answer.status_code == 302
    page = officer.get(answer["Location"]).content.decode()
    inside = re.findall(rf'name="(v:{re.escape(path)}[^"]*)"', page)
    assert inside, "the press shows new fields"
    data = {inside[0]: "20260101" if "date" in page else "1"}
    query = "?" + answer["Location"].split("?")[1].split("#")[0]
    assert post(officer, case, section, query, **data).status_code == 302
    assert len(root_of(case).each(group)) == count + 1


@pytest.mark.parametrize(
    "path",
    [
        "G.k[1].9.i[1].2.r[1]",
        "G.k[1].4.r[2]",
        "G.k[1].7.r[2]",
        "G.k[1].10.r[1]",
        "G.k[1].2.3.r[2]",
    ],
)
def test_nested_groups_are_added_and_removed_again(officer, case, path) -> None:
    page = officer.get(reverse("case-section", args=[case.id, "product"])).content.decode()
    assert f'name="add" value="{path}"' in page
    answer = post(officer, case, "product", add=path)
    opened = officer.get(answer["Location"]).content.decode()
    names = re.findall(rf'name="(v:{re.escape(path)}[^"]*)"', opened)
    query = "?" + answer["Location"].split("?")[1].split("#")[0]
    post(officer, case, "product", query, **{names[0]: "1"})
    page = officer.get(reverse("case-section", args=[case.id, "product"])).content.decode()
    assert f'name="remove" value="{path}"' in page
    assert post(officer, case, "product", remove=path).status_code == 302
    page = officer.get(reverse("case-section", args=[case.id, "product"])).content.decode()
    assert f'name="remove" value="{path}"' not in page


def test_what_was_typed_elsewhere_is_kept_when_a_group_is_added_or_removed(officer, case) -> None:
    post(officer, case, "event", add="E.i[2]", **{"v:E.i[1].1.2": "fever"})
    assert root_of(case).each("E.i")[0].text("E.i.1.2") == "fever"
    post(officer, case, "event", "?add=E.i[2]", **{"v:E.i[2].1.1a": "rash"})
    second = root_of(case).each("E.i")[1]
    assert second.id, "a new reaction can be referred to"
    post(officer, case, "event", remove="E.i[2]", **{"v:E.i[1].1.2": "high fever"})
    (only,) = root_of(case).each("E.i")
    assert only.text("E.i.1.2") == "high fever"


@pytest.mark.parametrize("path", ["E.i[1]", "G.k[1]"])
def test_the_hospitals_own_event_and_product_stay(officer, case, path) -> None:
    section = sections.section_of(path.split("[")[0])
    answer = post(officer, case, section, remove=path)
    assert answer.status_code == 422
    assert "cannot be removed" in answer.content.decode()
    assert root_of(case).each(path.split("[")[0])


def test_a_finding_of_fda_leads_to_its_field(officer, case) -> None:
    page = officer.get(reverse("case-submit", args=[case.id]) + "?profile=fda").content.decode()
    links = re.findall(r'href="(/cases/[^"]*/sections/[^"]*)"', page)
    pointed = [link.replace("&amp;", "&") for link in links if "show=" in link]
    assert len(pointed) > 3
    for link in pointed:
        address, anchor = link.split("#")
        field = officer.get(address).content.decode()
        assert f'id="{anchor}"' in field, link
        assert "autofocus" in field, link


def test_the_receivers_of_a_case_say_which_elements_it_shows(officer, case) -> None:
    section = reverse("case-section", args=[case.id, "general"])
    assert "FDA.C.1.7.1" not in officer.get(section).content.decode()
    lock = {"lock_version": str(case.lock_version)}
    officer.post(reverse("case-receivers", args=[case.id]), {"receivers": ["nmpa", "fda"], **lock})
    assert Case.objects.get(id=case.id).receivers == ["nmpa", "fda"]
    page = officer.get(section).content.decode()
    assert "FDA.C.1.7.1" in page
    assert "C.1.CN.1" in page
    stale = officer.post(reverse("case-receivers", args=[case.id]), {"receivers": ["ich"], **lock})
    assert stale.status_code == 302
    assert Case.objects.get(id=case.id).receivers == ["nmpa", "fda"]


def test_a_document_is_attached_and_taken_away(officer, case) -> None:
    file = SimpleUploadedFile("paper.pdf", b"%PDF-1.7", content_type="application/pdf")
    answer = post(
        officer, case, "general", "?add=C.4.r[1]", **{"v:C.4.r[1].1": "A", "f:C.4.r[1].2": file}
    )
    assert answer.status_code == 302
    stored = root_of(case).each("C.4.r")[0].values["C.4.r.2"]
    assert (stored.media_type, stored.decoded()) == ("application/pdf", b"%PDF-1.7")
    post(officer, case, "general", **{"d:C.4.r[1].2": "1"})
    assert "C.4.r.2" not in root_of(case).each("C.4.r")[0].values


def test_one_text_of_each_language_is_sent_and_printed(case) -> None:
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    with pytest.raises(Refused) as refused:
        actions.edit(actor, case, changes={"H.1": "typed"}, lock_version=case.lock_version)
    assert "H.1" in refused.value.fields
    actions.save_narrative(
        actor, case, chinese="人写的叙述", english="Written by hand", lock_version=case.lock_version
    )
    version = case.versions.get()
    for profile, text in ((Profile.NMPA, "人写的叙述"), (Profile.FDA, "Written by hand")):
        batch = icsr.assemble(case, version, profile, clock.now())
        assert batch.messages[0].text("H.1") == text
    for language, text in (("zh-hans", "人写的叙述"), ("en", "Written by hand")):
        assert text in cioms.read(actor, case, language=language).text


def test_a_generated_narrative_follows_the_coded_values_and_a_written_one_is_flagged(
    officer, case
) -> None:
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    row = actions.edit(actor, case, changes={"E.i[1].7": "1"}, lock_version=case.lock_version)
    version = case.versions.get()
    assert "Outcome: recovered." in version.narrative_en
    assert "转归：痊愈。" in version.narrative_zh
    page = reverse("case-narrative", args=[case.id])
    assert "Out of date" not in officer.get(page).content.decode()
    row = actions.save_narrative(
        actor, row, chinese="已痊愈", english="Recovered", lock_version=row.lock_version
    )
    assert "Out of date" not in officer.get(page).content.decode()
    row = actions.edit(actor, row, changes={"E.i[1].7": "3"}, lock_version=row.lock_version)
    assert case.versions.get().narrative_en == "Recovered"
    assert "Out of date" in officer.get(page).content.decode()
    assert "out of date" in officer.get(reverse("case-submit", args=[case.id])).content.decode()
    actions.save_narrative(
        actor, row, chinese="已痊愈", english="Recovered", lock_version=row.lock_version
    )
    assert "Out of date" not in officer.get(page).content.decode()


def test_validating_releases_nothing(officer, case) -> None:
    officer.get(reverse("case-submit", args=[case.id]) + "?profile=ich")
    version = case.versions.get()
    assert version.locked_at is None
    assert not case.submissions.exists()


def test_prints_stand_in_the_log_of_reads_under_the_case(officer, case) -> None:
    with translation.override("en"):
        officer.get(reverse("case-cioms", args=[case.id]))
    seen = Access.objects.get(kind="print.cioms")
    assert seen.subject == str(case.id)
    assert case.number in seen.reason


def test_a_source_shows_only_what_differs_in_words_and_gives_all_at_once(officer, case) -> None:
    source = case.sources.get()
    address = reverse("case-source", args=[case.id, source.id])
    assert "has every value of this source" in officer.get(address).content.decode()
    post(officer, case, "event", **{"v:E.i[1].7": "1", "v:E.i[1].1.1a": "changed"})
    page = officer.get(address).content.decode()
    assert page.count('name="path"') == 2
    table = page[page.index("<table") : page.index("</table>")]
    assert "recovered or resolved (1)" in table.lower()
    lock = str(Case.objects.get(id=case.id).lock_version)
    officer.post(address, {"lock_version": lock, "take": "all"})
    assert "has every value of this source" in officer.get(address).content.decode()
