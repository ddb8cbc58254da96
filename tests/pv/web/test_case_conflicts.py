"""Two people write one case: values and narrative are merged, what both changed is chosen."""

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from followup.core.permissions import Role
from pv.actions import cases as actions
from pv.domain.cases import editing
from pv.domain.e2b import storage
from pv.models import Case
from tests import factories, tabs

pytestmark = pytest.mark.django_db
TERM, OUTCOME, COMMENT = "E.i[1].1.1a", "E.i[1].7", "E.i[1].1.2"


@pytest.fixture
def officers() -> tuple[Client, Client]:
    clients = Client(), Client()
    for client in clients:
        client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    return clients


def value(case: Case, path: str) -> object:
    return editing.value_at(storage.from_data(case.versions.get().message), path)


def test_two_elements_of_one_section_are_both_kept(case, officers) -> None:
    first, second = officers
    page = reverse("case-section", args=[case.id, "event"])
    theirs, mine = (tabs.opened(c, page, f"v:{TERM}") for c in officers)
    assert first.post(page, theirs | {f"v:{TERM}": "淋巴瘤"}).status_code == 302
    answer = second.post(page, mine | {f"v:{COMMENT}": "lymphoma"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == []
    again = tabs.fields(tabs.form_with(answer, f"v:{TERM}"))
    assert second.post(page, again).status_code == 302
    assert (value(case, TERM), value(case, COMMENT)) == ("淋巴瘤", "lymphoma")


@pytest.mark.parametrize(("choice", "kept"), [("mine", "B"), ("present", "A")])
def test_one_element_changed_by_both_is_chosen(case, officers, choice, kept) -> None:
    first, second = officers
    page = reverse("case-section", args=[case.id, "event"])
    theirs, mine = (tabs.opened(c, page, f"v:{TERM}") for c in officers)
    assert first.post(page, theirs | {f"v:{TERM}": "A"}).status_code == 302
    answer = second.post(page, mine | {f"v:{TERM}": "B"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == [TERM]
    again = tabs.fields(tabs.form_with(answer, f"v:{TERM}"))
    refused = second.post(page, again)
    assert refused.status_code == 422
    assert tabs.asked(refused) == [TERM]
    bare = {name: values for name, values in again.items() if name != "unresolved"}
    assert second.post(page, bare).status_code == 409
    assert value(case, TERM) == "A"
    assert second.post(page, again | {f"unresolved-{TERM}": choice}).status_code == 302
    assert value(case, TERM) == kept


def test_what_was_typed_into_a_group_removed_meanwhile_is_said(case, officers) -> None:
    first, second = officers
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    row = actions.edit(actor, case, changes={"E.i[2].1.1a": "发热"}, lock_version=case.lock_version)
    page = reverse("case-section", args=[case.id, "event"])
    mine = tabs.opened(second, page, f"v:{TERM}")
    actions.remove_group(actor, row, path="E.i[2]", lock_version=row.lock_version)
    answer = second.post(page, mine | {"v:E.i[2].1.1a": "高热"})
    assert answer.status_code == 409
    text = html.fromstring(answer.content).text_content()
    assert "高热" in text
    assert "E.i[2].1.1a is not on the page any more" in text


@pytest.mark.parametrize(("choice", "kept"), [("mine", "mine text"), ("present", "their text")])
def test_the_narrative_of_both_is_chosen_and_the_other_language_kept(
    case, officers, choice, kept
) -> None:
    first, second = officers
    page = reverse("case-narrative", args=[case.id])
    theirs, mine = (tabs.opened(c, page, "narrative_en") for c in officers)
    typed = {"narrative_en": "their text", "narrative_zh": "同事"}
    assert first.post(page, theirs | typed).status_code == 302
    answer = second.post(page, mine | {"narrative_en": "mine text"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == ["narrative_en"]
    again = tabs.fields(tabs.form_with(answer, "narrative_en"))
    assert second.post(page, again).status_code == 422
    bare = {name: values for name, values in again.items() if name != "unresolved"}
    assert second.post(page, bare).status_code == 409
    assert second.post(page, again | {"unresolved-narrative_en": choice}).status_code == 302
    version = case.versions.get()
    assert (version.narrative_en, version.narrative_zh) == (kept, "同事")


def test_values_saved_elsewhere_ask_nothing_about_the_narrative(case, officers) -> None:
    first, second = officers
    page = reverse("case-narrative", args=[case.id])
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    row = actions.save_narrative(
        actor, case, chinese="文", english="text", lock_version=case.lock_version
    )
    mine = tabs.opened(second, page, "narrative_en")
    actions.edit(actor, row, changes={"H.4": "无"}, lock_version=row.lock_version)
    answer = second.post(page, mine | {"narrative_en": "mine text"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == []


def test_the_programming_interface_says_what_differs(case, officers) -> None:
    actor = factories.make_actor(Role.SAFETY_OFFICER)
    seen = case.lock_version
    actions.edit(actor, case, changes={TERM: "A"}, lock_version=seen)
    answer = officers[0].patch(
        reverse("api-case", args=[case.id]),
        {"lock_version": seen, "changes": {TERM: "B"}},
        content_type="application/json",
    )
    assert answer.status_code == 409
    case.refresh_from_db()
    assert answer.json()["differences"] == {TERM: ["B", "A"]}
    assert answer.json()["version"] == case.lock_version
