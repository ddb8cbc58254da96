"""A case's page: answers instead of typing, and a refusal that leads back with its reason."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import cases as actions
from pv.domain.e2b.checks import Profile
from pv.models import Case
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client: Client) -> Client:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _lock(case: Case) -> dict[str, str]:
    return {"lock_version": str(Case.objects.get(id=case.id).lock_version)}


def _accept(officer: Client, case: Case) -> None:
    officer.post(reverse("case-accept", args=[case.id]), _lock(case))


def test_a_refused_step_leads_back_to_the_case_and_says_why(officer: Client, case: Case) -> None:
    _accept(officer, case)
    answer = officer.post(
        reverse("case-advance", args=[case.id]), {"to": "closed", **_lock(case)}, follow=True
    )
    assert answer.redirect_chain == [(reverse("case", args=[case.id]), 302)]
    assert "one stage at a time" in answer.content.decode()
    stale = officer.post(
        reverse("case-advance", args=[case.id]), {"to": "quality", "lock_version": "0"}, follow=True
    )
    assert "Somebody else changed this case" in stale.content.decode()
    assert Case.objects.get(id=case.id).stage == "entry"


def test_a_case_that_was_taken_says_so_to_the_second(officer: Client, case: Case) -> None:
    seen = _lock(case)
    first = officer.post(reverse("case-accept", args=[case.id]), seen, follow=True)
    again = officer.post(reverse("case-accept", args=[case.id]), seen, follow=True)
    assert "is yours" in first.content.decode()
    assert again.status_code == 200
    assert "is yours" not in again.content.decode()


def test_the_list_takes_a_case_as_it_was_seen(officer: Client, case: Case) -> None:
    row = officer.get(reverse("cases")).content.decode().split(f"/cases/{case.id}/accept/")[1]
    assert f'name="lock_version" value="{case.lock_version}"' in row.split("</form>")[0]


def test_a_form_that_says_no_version_changes_nothing(officer: Client, case: Case) -> None:
    """Whoever says no version has seen none: nothing is taken as of the present one."""
    address = reverse("case-accept", args=[case.id])
    said = officer.post(address, follow=True).content.decode()
    assert "Somebody else changed this case" in said
    assert Case.objects.get(id=case.id).stage == "drafted"
    _accept(officer, case)
    section = reverse("case-section", args=[case.id, "event"])
    answer = officer.post(section, {"v:E.i[1].4": "2026-03-05"})
    assert answer.status_code == 409
    assert "2026-03-05" in answer.content.decode()
    for name, sent in (
        ("case-advance", {"to": "quality"}),
        ("case-receivers", {"receivers": ["ich"]}),
        ("case-nullify", {"reason": "No case"}),
    ):
        before = Case.objects.values().get(id=case.id)
        officer.post(reverse(name, args=[case.id]), sent, follow=True)
        assert Case.objects.values().get(id=case.id) == before, name


def test_a_case_opens_on_its_summary_with_links_to_what_is_missing(
    officer: Client, case: Case
) -> None:
    page = officer.get(reverse("case", args=[case.id])).content.decode()
    counted = re.search(r"(\d+) of (\d+) still missing", page)
    assert counted
    links = re.findall(r'<a href="([^"]*/sections/[^"]*show=[^"]*)#(e-[^"]*)"', page)
    assert len(links) == int(counted[1])
    address, anchor = html.unescape(links[0][0]), links[0][1]
    assert f'id="{anchor}"' in officer.get(address).content.decode()
    inside = page[page.index("<main") : page.index("</main>")]
    assert inside.count("btn-primary") == 1, "one next action"
    coded = {"v:E.i[1].2.1b": "10042971", "v:E.i[1].2.1a": "27.1", **_lock(case)}
    officer.post(reverse("case-section", args=[case.id, "event"]), coded)
    fewer = officer.get(reverse("case", args=[case.id])).content.decode()
    assert counted[1] == "2"
    assert "Nothing is missing of " in fewer


@pytest.mark.parametrize(("language", "english"), [("en", True), ("zh-hans", False)])
def test_the_summary_names_our_product_in_the_language_of_the_page(
    client: Client, case: Case, language: str, english: bool
) -> None:
    """The message of a Chinese case holds the Chinese name; what is written stays."""
    product = case.product
    assert product
    reader = factories.make_user(Role.SAFETY_OFFICER, language=language)
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("case", args=[case.id]))
    (line,) = page.context["products"]
    assert line.name in ((product.inn, product.brand_en) if english else (product.generic_zh,))


def test_expectedness_is_decided_on_the_summary_once_accepted(officer: Client, case: Case) -> None:
    address = reverse("case", args=[case.id])
    assert 'id="undecided"' not in officer.get(address).content.decode(), "accepted first"
    _accept(officer, case)
    page = officer.get(address).content.decode()
    panel = page[page.index('id="undecided"') :].split("</section>")[0]
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', panel))
    assert "selected" not in panel.replace('value="" selected', ""), "nothing is preselected"
    where = reverse("case-expectedness", args=[case.id])
    forgotten = officer.post(where, sent | {"e0-answer": "unexpected", "e0-reason": ""})
    assert forgotten.status_code == 422
    done = officer.post(where, sent | {"e0-answer": "unexpected", "e0-reason": "说明书未列"})
    assert done["location"] == address
    assert Case.objects.get(id=case.id).unexpected is True
    assert 'id="undecided"' not in officer.get(address).content.decode()


def test_every_earlier_version_opens_and_is_compared(officer: Client, case: Case) -> None:
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    case = actions.accept(actor, case, lock_version=case.lock_version)
    coded = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
    case = actions.edit(actor, case, changes=coded, lock_version=case.lock_version)
    factories.release(actor, case, profile=Profile.NMPA)
    lock = Case.objects.get(id=case.id).lock_version
    case = actions.new_version(actor, case, kind="amendment", lock_version=lock)
    lock = case.lock_version
    actions.edit(actor, case, changes={"E.i[1].7": "1"}, lock_version=lock)
    second = officer.get(reverse("case-version", args=[case.id, 2])).content.decode()
    row = next(part for part in second.split("<tr>") if "E.i[1].7" in part)
    assert "recovered" in row.split("differs")[1].casefold()
    alone = officer.get(reverse("case-version", args=[case.id, 1])).content.decode()
    assert "Compared with v2" in alone, "never with itself"
    first = officer.get(reverse("case-version", args=[case.id, 1]), {"with": "2"})
    assert "E.i[1].7" in first.content.decode()
    assert officer.get(reverse("case-version", args=[case.id, 3])).status_code == 404


def test_yes_and_no_are_chosen_not_typed(officer: Client, case: Case) -> None:
    page = officer.get(reverse("case-section", args=[case.id, "general"])).content.decode()
    field = re.search(r'<select[^>]*name="v:C\.1\.7".*?</select>', page, re.DOTALL)
    assert field
    assert re.findall(r'value="(\w*)"', field[0]) == ["", "true", "false"]


def test_the_reasons_of_a_clock_are_told_in_chinese(client: Client, case: Case) -> None:
    user = factories.make_user(Role.SAFETY_OFFICER, language="zh-hans")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = unbroken(client.get(reverse("case", args=[case.id])).content.decode())
    row = case.clocks.order_by("due").first()
    assert row
    where = "《药物警戒质量管理规范》（2021 年第 65 号）第四十九条"
    assert f"规则 {row.rule}（{where}），第 0 日 {row.day_zero}" in page
    assert row.citation not in page
    assert f"= {row.due}" in page
    assert "day zero" not in page
    assert "calendar day" not in page


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("2026年3月5日", "20260305", "2026-03-05"),
        ("2026-03", "202603", "2026-03"),
        ("20260305", "20260305", "2026-03-05"),
        ("202603051430+0800", "202603051430+0800", "2026-03-05 14:30 +08:00"),
        ("2026-03-05 14:30 +08:00", "202603051430+0800", "2026-03-05 14:30 +08:00"),
        ("05/03/2026", "05/03/2026", "05/03/2026"),
    ],
)
def test_a_date_is_typed_as_people_write_it(
    officer: Client, case: Case, typed: str, kept: str, shown: str
) -> None:
    _accept(officer, case)
    address = reverse("case-section", args=[case.id, "event"])
    path = "v:E.i[1].4"
    lock = Case.objects.get(id=case.id).lock_version
    assert officer.post(address, {path: typed, "lock_version": str(lock)}).status_code == 302
    stored = Case.objects.get(id=case.id).versions.get().message["groups"]["E.i"][0]["values"]
    assert stored["E.i.4"] == kept
    page = officer.get(address).content.decode()
    assert f'name="{path}" value="{shown}"' in page
    again = {path: shown, "lock_version": str(Case.objects.get(id=case.id).lock_version)}
    officer.post(address, again)
    stored = Case.objects.get(id=case.id).versions.get().message["groups"]["E.i"][0]["values"]
    assert stored["E.i.4"] == kept, "what is shown is read back as what is stored"


@pytest.mark.parametrize("field", ["pathology", "transgene", "specimen_kept"])
def test_a_code_no_form_offers_is_refused(field: str) -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    with pytest.raises(Refused) as refused:
        factories.malignancy(nurse, patient, **{field: "HELLO"})
    assert field in refused.value.fields
