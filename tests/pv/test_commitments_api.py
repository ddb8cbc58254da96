"""Commitments over the API and in the search box: scope, rights, form."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.models import Indication
from pv.actions import commitments as actions
from pv.actions.commitments import CommitmentInput
from pv.domain.approvals import CommitmentEvent
from pv.models import Commitment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Commitment:
    """A commitment of an indication whose approval is known to the month only."""
    keeper = factories.make_actor(Role.REGULATORY)
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Phase III in MCL", document="S1")
    return actions.begin(keeper, Indication.objects.get(code="RELMA_CEL_MCL"), given=given)


def client_of(role: Role, **grant: Any) -> Client:
    client = Client()
    client.force_login(factories.make_user(role, **grant))
    return client


def test_the_list_says_how_each_stands(row) -> None:
    answer = client_of(Role.REGULATORY).get(reverse("api-commitments"))
    assert answer.status_code == 200
    (item,) = answer.json()["items"]
    assert item["id"] == str(row.id)
    assert item["indication"] == "RELMA_CEL_MCL"
    assert item["approved_on"] == row.indication.approved_from.strftime("%Y-%m")
    assert item["legal_end"] == row.legal_end.isoformat()
    assert item["standing"]["group"] in ("risk", "update", "good")
    assert item["standing"]["days_left"] > 0
    assert item["forecast_p50"] is None
    assert item["enrolled"] is None
    assert item["next_milestone"]


def test_a_group_filters_and_an_unknown_one_is_refused(row) -> None:
    client = client_of(Role.REGULATORY)
    address = reverse("api-commitments")
    group = client.get(address).json()["items"][0]["standing"]["group"]
    other = "closed"
    assert group != other
    assert len(client.get(address, {"group": group}).json()["items"]) == 1
    assert client.get(address, {"group": other}).json()["items"] == []
    for wrong in ("nothing", "risk ", "%00", "<b>"):
        assert client.get(address, {"group": wrong}).status_code == 422


def test_one_has_milestones_steps_and_history(row) -> None:
    body = client_of(Role.STUDY_MANAGER).get(reverse("api-commitment", args=[row.id])).json()
    assert len(body["milestones"]) == row.milestones.count()
    assert {"code", "due", "actual", "slip_days"} <= set(body["milestones"][0])
    assert [entry["event"] for entry in body["history"]] == [
        event.event for event in row.events.order_by("-recorded_at", "-id")
    ]
    assert body["steps"]
    assert body["lock_version"] == row.lock_version


def test_a_sale_that_a_draft_suspends_is_said_by_the_list_the_one_and_the_page(row) -> None:
    client = client_of(Role.REGULATORY, language="en")
    addresses = [reverse("api-commitments"), reverse("api-commitment", args=[row.id])]

    def said():
        whole, one = (client.get(address).json() for address in addresses)
        page = client.get(reverse("commitments"), headers={"accept-language": "en"})
        found = [item["sale_suspended"] for item in (*whole["items"], one)]
        return found, "Sale suspended by a draft rule" in page.content.decode()

    assert said() == ([None, None], False)
    actions.step(
        factories.make_actor(Role.REGULATORY),
        row,
        event=CommitmentEvent.EXTENSION_REQUESTED,
        given=actions.StepInput(happened_on=clock.today()),
        lock_version=row.lock_version,
        reason="slow",
    )
    found, on_page = said()
    assert found[0] == found[1]
    assert (found[0]["binding"], on_page) == (False, True)


def test_a_foreign_product_and_a_missing_one_are_the_same_nothing(row) -> None:
    stranger = client_of(Role.REGULATORY, product=factories.product("EQUE_CEL"))
    assert stranger.get(reverse("api-commitments")).json()["items"] == []
    for pk in (row.id, uuid4()):
        assert stranger.get(reverse("api-commitment", args=[pk])).status_code == 404


def test_who_may_not_read_commitments_is_denied(row) -> None:
    nurse = client_of(Role.NURSE, site=factories.make_site())
    assert nurse.get(reverse("api-commitments")).status_code == 403
    assert nurse.get(reverse("api-commitment", args=[row.id])).status_code in (403, 404)
    assert Client().get(reverse("api-commitments")).status_code in (401, 403)


def test_nothing_can_be_written_here(row) -> None:
    client = client_of(Role.REGULATORY)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(
            reverse("api-commitment", args=[row.id]), "{}", content_type="application/json"
        )
        assert answer.status_code == 405


def test_the_api_document_names_them(tmp_path) -> None:
    target = tmp_path / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--fail-on-warn", file=str(target))
    paths = json.loads(target.read_text())["paths"]
    assert {"/api/v1/commitments/", "/api/v1/commitments/{id}/"} <= set(paths)


@pytest.mark.parametrize("text", ["phase iii", "套细胞", "mantle"])
def test_the_search_box_finds_it_by_title_and_indication(row, text) -> None:
    answer = client_of(Role.REGULATORY).post(reverse("search"), {"q": text})
    assert answer.status_code == 302
    assert answer.url == reverse("commitment", args=[row.id])


@pytest.mark.parametrize("text", ["phase iv", "%", "_", "\x00", "' OR 1=1 --", ""])
def test_other_words_find_no_commitment(row, text) -> None:
    answer = client_of(Role.REGULATORY).post(reverse("search"), {"q": text})
    assert answer.status_code in (200, 400, 422)
    assert str(row.id) not in answer.content.decode()


def test_the_search_box_keeps_to_the_rights(row) -> None:
    nurse = client_of(Role.NURSE, site=factories.make_site())
    stranger = client_of(Role.REGULATORY, product=factories.product("EQUE_CEL"))
    for client in (nurse, stranger):
        answer = client.post(reverse("search"), {"q": "phase iii"})
        assert answer.status_code == 200
        assert str(row.id) not in answer.content.decode()
