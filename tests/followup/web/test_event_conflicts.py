"""Two people correct one event: a choice for each field, in words, and nothing overwritten."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from followup.core import clock
from followup.core.permissions import Role
from followup.models import AdverseEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tabs(site) -> tuple[Client, Client, AdverseEvent]:
    """Two nurses with the correction of one event open."""
    users = [factories.make_user(Role.NURSE, site=site) for _ in range(2)]
    clients = []
    for user in users:
        client = Client()
        client.force_login(user)
        clients.append(client)
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, factories.register(nurse, site), outcome="UNKNOWN")
    return clients[0], clients[1], event


def opened(client: Client, event: AdverseEvent) -> dict[str, Any]:
    """What the browser would send of the page as it was opened."""
    page = html.fromstring(client.get(reverse("event-correct", args=[event.id])).content)
    form = next(f for f in page.forms if f.xpath(".//*[@name='verbatim']"))
    return fields(form)


def fields(form: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value.removeprefix("\n"))
    return sent


def send(client: Client, event: AdverseEvent, sent: dict[str, Any], **more: Any) -> Any:
    data = {**sent, "reason": "核对病历", **more}
    return client.post(reverse("event-correct", args=[event.id]), data)


def shown(answer: Any) -> Any:
    page = html.fromstring(answer.content)
    return page, next(f for f in page.forms if f.xpath(".//*[@name='verbatim']"))


def test_what_only_the_colleague_changed_is_kept(tabs):
    first, second, event = tabs
    mine, theirs = opened(second, event), opened(first, event)
    assert send(first, event, theirs, outcome="RECOVERED").status_code == 302
    answer = send(second, event, mine, pathology_note="弥漫大B")
    assert answer.status_code == 409
    _page, form = shown(answer)
    again = fields(form)
    assert again["outcome"] == ["RECOVERED"]
    assert again["pathology_note"] == ["弥漫大B"]
    assert not form.xpath(".//input[@name='unresolved']")
    assert send(second, event, again).status_code == 302
    event.refresh_from_db()
    assert (event.outcome, event.pathology_note) == ("RECOVERED", "弥漫大B")


@pytest.mark.parametrize(("choice", "kept"), [("mine", "RECOVERING"), ("present", "RECOVERED")])
def test_what_both_changed_is_chosen_in_words_with_nothing_chosen_beforehand(tabs, choice, kept):
    first, second, event = tabs
    mine, theirs = opened(second, event), opened(first, event)
    send(first, event, theirs, outcome="RECOVERED")
    answer = send(second, event, mine, outcome="RECOVERING")
    assert answer.status_code == 409
    page, form = shown(answer)
    section = page.xpath("//section[@aria-labelledby='conflict-title']")[0].text_content()
    assert "Outcome" in section
    assert "Recovered" in section
    assert "Recovering" in section
    assert "RECOVERED" not in section
    assert clock.today().isoformat() in section
    assert not form.xpath(".//input[starts-with(@name, 'unresolved-')][@checked]")
    # A second save without a choice overwrites nothing.
    again = fields(form)
    assert send(second, event, again).status_code == 422
    event.refresh_from_db()
    assert event.outcome == "RECOVERED"
    assert send(second, event, again, **{"unresolved-outcome": choice}).status_code == 302
    event.refresh_from_db()
    assert event.outcome == kept


def test_a_third_save_between_is_asked_about_again(tabs):
    first, second, event = tabs
    mine, theirs = opened(second, event), opened(first, event)
    send(first, event, theirs, outcome="RECOVERED")
    again = fields(shown(send(second, event, mine, outcome="RECOVERING"))[1])
    send(first, event, opened(first, event), outcome="RECOVERED_WITH_SEQUELAE")
    answer = send(second, event, again, **{"unresolved-outcome": "mine"})
    assert answer.status_code == 409
    event.refresh_from_db()
    assert event.outcome == "RECOVERED_WITH_SEQUELAE"


def test_saving_nothing_says_that_nothing_was_saved(tabs):
    first, _second, event = tabs
    answer = first.post(
        reverse("event-correct", args=[event.id]),
        {**opened(first, event), "reason": "无"},
        follow=True,
    )
    text = html.fromstring(answer.content).text_content()
    assert "Nothing was changed" in text
    assert "Safety has been informed" not in text


def test_the_suspicion_is_shown_in_words_and_comes_back_in_the_form(tabs):
    first, _second, event = tabs
    sent = opened(first, event)
    assert send(first, event, sent, t_cell_suspected="NO").status_code == 302
    assert opened(first, event)["t_cell_suspected"] == ["NO"]
    page = html.fromstring(first.get(reverse("event", args=[event.id])).content)
    term = page.xpath("//dt[contains(., 'T-cell')]")[0]
    assert term.getnext().text_content() == "No"


def test_a_question_becomes_a_tick_and_the_tick_lets_it_pass(tabs):
    first, _second, event = tabs
    early = (event.infusion.infused_on.replace(year=event.infusion.infused_on.year - 1)).isoformat()
    sent = opened(first, event)
    answer = send(first, event, sent, onset=early)
    assert answer.status_code == 422
    _page, form = shown(answer)
    (tick,) = form.xpath(".//input[@name='confirmed'][@type='checkbox']")
    assert not tick.checked
    assert send(first, event, {**fields(form), "confirmed": tick.get("value")}).status_code == 302
    event.refresh_from_db()
    assert event.onset_text == early


def test_no_stands_before_yes_in_every_question_of_the_event(tabs):
    first, _second, event = tabs
    page = html.fromstring(first.get(reverse("event-correct", args=[event.id])).content)
    for name in ("is_new_malignancy", "t_cell_suspected", "serious", "specimen_kept"):
        values = page.xpath(f"//input[@name='{name}']/@value")
        assert values[:2] == ["NO", "YES"], name
    grades = page.xpath("//input[@name='grade']/following-sibling::span")
    assert [grade.text_content().strip() for grade in grades] == ["1", "2", "3", "4", "5"]
