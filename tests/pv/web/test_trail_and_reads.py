"""The trail and the log of reads: who may see a case in them, and an export a spreadsheet reads."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import trail as exports
from followup.api.documents import OnceMadeGenerator
from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.models import Access, Change, User
from followup.core.permissions import Role
from followup.queries import trail
from followup.web import trail as pages
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "29.1", "E.i[1].2.1b": "10042971"}


@pytest.fixture
def event(site):
    nurse = factories.make_actor(Role.NURSE, site=site)
    return factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")


@pytest.fixture
def case(event) -> Case:
    return Case.objects.get(sources__event=event)


def client_of(role: Role, **grant) -> Client:
    client = Client()
    client.force_login(factories.make_user(role, **grant))
    return client


@pytest.mark.parametrize(
    ("role", "at_site", "told"),
    [
        (Role.NURSE, True, True),
        (Role.SAFETY_OFFICER, False, True),
        (Role.AUDITOR, False, True),
        (Role.STUDY_MANAGER, False, False),
    ],
)
def test_only_the_reporting_hospital_and_who_may_open_it_learn_of_a_case(
    event, case, site, role, at_site, told
) -> None:
    client = client_of(role, **({"site": site} if at_site else {}))
    answer = client.get(reverse("event", args=[event.id]))
    assert (case.number in answer.content.decode()) is told


def test_a_trail_without_the_right_to_cases_shows_none_of_them(event, case, site) -> None:
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    changes, _key = trail.page(lead, trail.Filters(automatic=True), size=500)
    assert changes
    assert not [c for c in changes if c.table_name.startswith(("pv_case", "pv_reportclock"))]
    assert case.number not in str([(c.before, c.after) for c in changes])
    assert trail.history(lead, "pv_case", str(case.id)) == []
    auditor = factories.make_actor(Role.AUDITOR)
    assert trail.history(auditor, "pv_case", str(case.id))


def test_the_trail_of_a_case_holds_its_versions_and_clocks(case) -> None:
    officer, auditor = (factories.make_actor(r) for r in (Role.SAFETY_OFFICER, Role.AUDITOR))
    actions.accept(officer, case, lock_version=case.lock_version)
    found, _key = trail.page(auditor, trail.Filters(subject=case.number, automatic=True), size=500)
    assert {"pv_case", "pv_caseversion", "pv_reportclock", "pv_casestep"} <= {
        change.table_name for change in found
    }
    assert trail.page(auditor, trail.Filters(subject="C99-9999"))[0] == []


def test_coded_values_are_said_in_words_and_never_as_their_codes(event, case) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    actions.accept(officer, case, lock_version=case.lock_version)
    page = Client()
    page.force_login(factories.make_user(Role.AUDITOR, language="zh-hans"))
    for table, row, words in (
        ("pv_case", case.id, ("草拟", "录入")),
        ("followup_adverseevent", event.id, ("是",)),
        ("followup_patient", event.patient_id, ("存活",)),
    ):
        text = page.get(f"/trail/{table}/{row}/").content.decode()
        values = "".join(re.findall(r"<(?:ins|del)>(.*?)</(?:ins|del)>", text))
        assert all(word in values for word in words), (table, values)
        assert not re.search(r">(drafted|entry|ALIVE|MALE|ACTIVE|hospital)<", text), table


def test_people_are_named_as_they_know_each_other(case, django_assert_max_num_queries) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    actions.accept(officer, case, lock_version=case.lock_version)
    name, login = str(User.objects.get(id=officer.id)), officer.name
    assert name != login
    page = client_of(Role.AUDITOR)
    with django_assert_max_num_queries(40) as asked:
        text = page.get(f"/trail/pv_case/{case.id}/").text
    assert f">{name}</span>" in text, "who acted"
    assert f"<ins>{name}</ins>" in text, "whom the case was assigned to"
    assert str(officer.id) not in text
    people = [q["sql"] for q in asked.captured_queries if '"core_user"."display_name"' in q["sql"]]
    assert len([sql for sql in people if " IN (" in sql]) == 1, "one statement for a page"
    found = page.get("/trail/", {"actor": name}).text
    assert f"<ins>{name}</ins>" in found, "the list is searched by what it shows"


def test_a_case_that_came_back_names_who_sent_it(case) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = actions.accept(officer, case, lock_version=case.lock_version)
    step = case.steps.get()
    assert naming.who(step) == str(User.objects.get(id=officer.id)) != step.actor_name
    step.actor, step.actor_name = None, "system:reactions"
    assert naming.who(step) == "系统"
    step.actor_name = "partner"
    assert naming.who(step) == "partner"


def test_what_the_system_did_is_left_out_until_it_is_asked_for(event) -> None:
    auditor = factories.make_actor(Role.AUDITOR)
    own, _key = trail.page(auditor, trail.Filters(), size=500)
    everything, _key = trail.page(auditor, trail.Filters(automatic=True), size=500)
    assert not [c for c in own if c.actor_name.startswith("system:")]
    assert [c for c in everything if c.actor_name.startswith("system:")]


def test_the_file_has_the_clock_of_the_page_and_names_its_zone(event) -> None:
    class Quiet:
        def report(self, *_numbers: int) -> None:
            """Nobody watches."""

    actor = Actor.process("test")
    lines = list(exports._lines(actor, trail.Filters(automatic=True), 10**9, Quiet()))
    for line in lines[:20]:
        at = Change.objects.get(id=line[0]).at.astimezone(clock.SHANGHAI)
        assert line[1] == at.strftime("%Y-%m-%d %H:%M:%S")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line[1])
    assert exports.HEADER[1] == "at (Asia/Shanghai)"


def test_an_export_asks_for_what_the_page_shows() -> None:
    request = type("R", (), {"method": "GET", "GET": {"subject": "C26-0001", "automatic": "1"}})
    filters = pages._filters(request)
    assert (filters.subject, filters.automatic) == ("C26-0001", True)
    kept = {name: getattr(filters, name) for name in exports.WORDS}
    again = exports._filters({**kept, "automatic": "True", "since": "", "until": ""})
    assert again == filters


def test_exports_downloads_and_prints_stand_under_the_case(case) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    row = actions.accept(officer, case, lock_version=case.lock_version)
    row = actions.edit(officer, row, changes=CODED, lock_version=row.lock_version)
    file = icsr.export(officer, factories.to_submission(officer, row), profile=Profile.NMPA)
    client = client_of(Role.SAFETY_OFFICER)
    client.get(reverse("submission", args=[file.id]))
    client.get(reverse("api-submission", args=[file.id]))
    client.get(reverse("case-cioms", args=[case.id]))
    kinds = list(Access.objects.filter(subject=str(case.id)).values_list("kind", flat=True))
    assert sorted(kinds) == ["icsr.download", "icsr.download", "icsr.export", "print.cioms"]
    page = client_of(Role.AUDITOR).get(reverse("history", args=["pv_case", case.id]))
    for kind in set(kinds):
        assert kind in page.content.decode()


def test_the_documentation_of_the_api_runs_under_the_policy() -> None:
    client = client_of(Role.SAFETY_OFFICER)
    page = client.get(reverse("api-docs"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
    assert not re.findall(r"\son\w+=", text)
    sources = re.findall(r'<script src="([^"]+)"', text)
    assert len(sources) == 3
    script = client.get(sources[-1].replace("&amp;", "&"))
    assert script.status_code == 200
    assert script["Content-Type"].startswith("application/javascript")
    assert reverse("api-schema") in script.content.decode()


def test_the_document_of_the_api_is_made_once_in_each_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readers = [client_of(Role.AUDITOR, language=language) for language in ("en", "zh-hans")]
    first = [reader.get(reverse("api-schema")).content for reader in readers]
    assert first[0] != first[1]
    monkeypatch.setattr(OnceMadeGenerator, "parse", None)
    assert [reader.get(reverse("api-schema")).content for reader in readers] == first
