"""Two people answer one work-up: no answer of a colleague is overwritten unseen."""

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from followup.core.permissions import Role
from pv.models import Case
from tests import factories, tabs

pytestmark = pytest.mark.django_db
BOX = "malignant_histology"


@pytest.fixture
def officers() -> tuple[Client, Client]:
    clients = Client(), Client()
    for client in clients:
        client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    return clients


def evidence(case: Case) -> dict:
    case.work_up.refresh_from_db()
    return case.work_up.evidence


def test_answers_to_different_questions_are_both_kept(case, officers) -> None:
    first, second = officers
    address = reverse("work-up", args=[case.id])
    theirs, mine = tabs.opened(first, address, BOX), tabs.opened(second, address, BOX)
    answers = theirs | {"relapse": "NO", "suspicions": ["LYMPHADENOPATHY"]}
    assert first.post(address, answers).status_code == 302
    answer = second.post(address, mine | {BOX: "YES"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == []
    assert "relapse" not in evidence(case).get(BOX, "")
    again = tabs.fields(tabs.form_with(answer, BOX))
    assert second.post(address, again).status_code == 302
    assert evidence(case) == {"relapse": "NO", BOX: "YES", "suspicions": ["LYMPHADENOPATHY"]}


def test_a_reason_for_a_step_that_is_not_possible_now_is_given_back(case, officers) -> None:
    """Another tab closed the work-up, or the step never was one: the box is not on the page."""
    first, _second = officers
    address = reverse("work-up-advance", args=[case.id])
    reason = "Histology of 2026-11-20: reactive"
    answer = first.post(address, {"event": "REOPEN", "reason": reason})
    assert answer.status_code == 422
    page = html.fromstring(answer.content)
    assert [box.text.strip() for box in page.xpath("//textarea[@readonly]")] == [reason]
    # Where the box is on the page the reason is in it, and only there.
    possible = first.post(address, {"event": "EXCLUDE", "reason": " "})
    assert possible.status_code == 422
    assert html.fromstring(possible.content).xpath("//textarea[@readonly]") == []


@pytest.mark.parametrize(("choice", "kept"), [("mine", "NO"), ("present", "YES")])
def test_one_question_answered_by_both_is_chosen_in_words(case, officers, choice, kept) -> None:
    first, second = officers
    address = reverse("work-up", args=[case.id])
    theirs, mine = tabs.opened(first, address, BOX), tabs.opened(second, address, BOX)
    assert first.post(address, theirs | {BOX: "YES"}).status_code == 302
    answer = second.post(address, mine | {BOX: "NO"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == [BOX]
    section = html.fromstring(answer.content).xpath("//section[@aria-labelledby='conflict-title']")
    words = section[0].text_content()
    assert "Does the histology show a malignant tumour?" in words
    assert "Yes" in words
    assert "No" in words
    again = tabs.fields(tabs.form_with(answer, BOX))
    assert second.post(address, again).status_code == 422
    bare = {name: values for name, values in again.items() if name != "unresolved"}
    assert second.post(address, bare).status_code == 409, "a client that leaves the question out"
    assert second.post(address, mine | {BOX: "NO"}).status_code == 409, "the stale page sent again"
    assert evidence(case) == {BOX: "YES"}
    chosen = again | {f"unresolved-{BOX}": choice}
    assert second.post(address, chosen).status_code == 302
    assert evidence(case) == {BOX: kept}


def test_an_answer_taken_away_by_a_colleague_does_not_come_back(case, officers) -> None:
    first, second = officers
    address = reverse("work-up", args=[case.id])
    start = tabs.opened(first, address, BOX) | {"suspicions": ["LYMPHADENOPATHY"]}
    assert first.post(address, start).status_code == 302
    theirs, mine = tabs.opened(first, address, BOX), tabs.opened(second, address, BOX)
    theirs.pop("suspicions")
    assert first.post(address, theirs).status_code == 302
    answer = second.post(address, mine | {"relapse": "NO"})
    assert answer.status_code == 409
    again = tabs.fields(tabs.form_with(answer, BOX))
    assert second.post(address, again).status_code == 302
    assert evidence(case) == {"relapse": "NO"}
