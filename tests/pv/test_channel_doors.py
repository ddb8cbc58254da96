"""Channels at the page, the API, the command and the reminders."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from followup.actions import reminders
from followup.core import clock
from followup.core.models import Notice
from followup.core.permissions import Role
from pv.actions import sendings
from pv.adapters import carriers
from pv.models import Channel, Transmission
from pv.web.channel_problems import in_words
from tests import factories
from tests.pv.actions.test_acknowledgements import again, case, file
from tests.pv.actions.test_channels import admin, channel, one, root
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
__all__ = ["admin", "case", "channel", "file", "root"]
ENGLISH = {"accept-language": "en"}


def client(role: Role) -> Client:
    made = Client(headers=ENGLISH)
    made.force_login(factories.make_user(role))
    return made


FORM = {
    "name": "Gateway",
    "profile": "nmpa",
    "environment": "production",
    "outbox": "nmpa/out",
    "inbox": "nmpa/in",
}


def test_an_administrator_enters_tests_changes_and_closes_a_channel(root: Path) -> None:
    page = client(Role.ADMINISTRATOR)
    new = reverse("channel-new") + "?kind=folder"
    assert page.get(new).status_code == 200
    refused = page.post(new, FORM | {"environment": "test", "outbox": "../etc"})
    assert refused.status_code == 422
    assert "never travel between test and production" in refused.text
    assert 'value="../etc"' in refused.text, "what was typed stays"
    assert page.post(new, FORM | {"environment": ""}).status_code == 422
    assert page.post(new, FORM).status_code == 302
    row = Channel.objects.get()
    where = reverse("channel", args=[row.id])
    assert page.post(reverse("channel-test", args=[row.id])).status_code == 302
    assert "All well" in page.get(where).text
    closed = {"name": "Gateway 2", "outbox": "nmpa/out", "inbox": "", "version": "1"}
    assert page.post(where, closed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.active, row.settings) == ("Gateway 2", False, {"outbox": "nmpa/out"})
    stale = page.post(where, closed)
    assert (stale.status_code, "Somebody else" in stale.text) == (422, True)
    assert "Closed" in page.get(reverse("channels")).text


def test_a_folder_that_is_away_is_told_in_words_without_a_path_of_the_machine(
    root: Path, channel: Channel
) -> None:
    (root / "out").rename(root / "away")
    page = client(Role.ADMINISTRATOR)
    where = reverse("channel", args=[channel.id])
    page.post(reverse("channel-test", args=[channel.id]))
    kept = channel.tests.get().text
    assert kept == "No such file or directory: nmpa/out"
    told = page.get(where).text
    assert "The folder is not there; who runs the server makes it" in told
    assert str(root) not in told


def test_a_file_at_the_gateway_is_not_among_those_not_sent(root, channel, officer, file) -> None:
    """Who reads "not sent" files it by hand: the authority would have two reports."""
    page, box = client(Role.SAFETY_OFFICER), reverse("submissions")
    assert file.file_name in page.get(box, {"box": "unsent"}).text
    sendings.queue(officer, file, channel=channel)
    assert "Waiting to be sent" in page.get(box, {"box": "unsent"}).text
    assert sendings.send_due(factories.SYSTEM) == {"placed": 1}
    assert file.file_name not in page.get(box, {"box": "unsent"}).text
    listed = page.get(box, {"box": "unanswered"}).text
    assert (file.file_name in listed, "Handed over" in listed) == (True, True)
    assert "Handed over" in page.get(reverse("case-submit", args=[file.case_id])).text


def test_a_safety_officer_reads_and_cannot_change(channel: Channel) -> None:
    page = client(Role.SAFETY_OFFICER)
    where = reverse("channel", args=[channel.id])
    assert "nmpa/out" in page.get(where).text
    assert page.post(where, FORM | {"version": "1"}).status_code == 403
    assert page.post(reverse("channel-test", args=[channel.id])).status_code == 403
    assert page.get(reverse("channel-new")).status_code == 403
    assert client(Role.NURSE).get(reverse("channels")).status_code == 403


def test_a_file_is_sent_taken_back_and_sent_again_on_its_page(file, channel, root) -> None:
    page = client(Role.SAFETY_OFFICER)
    where = reverse("transmission", args=[file.id])
    assert "Send by a channel" in page.get(where).text
    send = reverse("transmission-send", args=[file.id])
    assert page.post(send, {"channel": ""}).status_code == 422
    assert page.post(send, {"channel": str(channel.id)}).status_code == 302
    assert page.post(send, {"channel": str(channel.id)}).status_code == 422
    withdraw = reverse("transmission-withdraw", args=[file.id])
    assert page.post(withdraw, {"reason": ""}).status_code == 422
    assert page.post(withdraw, {"reason": "wait"}).status_code == 302
    assert "Send again" in page.get(where).text
    held = page.get(reverse("submissions"), {"box": "held"}).text
    assert file.file_name in held
    assert page.post(send, {"channel": str(channel.id)}).status_code == 302
    out = io.StringIO()
    call_command("exchange", stdout=out)
    assert json.loads(out.getvalue()) == {"placed": 1}
    shown = page.get(where).text
    assert "Placed in the folder of the gateway" in shown
    assert "Send by a channel" not in shown
    assert page.post(send, {"channel": str(channel.id)}).status_code == 422


def test_the_api_lists_sends_and_takes_back(file, channel, root) -> None:
    secret = token(factories.make_user(Role.SAFETY_OFFICER))
    api = Client(headers={"authorization": f"Bearer {secret}"})
    (listed,) = api.get(reverse("api-channels")).json()
    assert (listed["name"], listed["light"], listed["queued"]) == ("国家网关", "unused", 0)
    send = reverse("api-submission-send", args=[file.id])
    body = {"channel": str(channel.id)}
    made = api.post(send, body, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "queued")
    assert api.post(send, body, content_type="application/json").status_code == 422
    taken = reverse("api-submission-withdraw", args=[file.id])
    done = api.post(taken, {"reason": "wait"}, content_type="application/json")
    assert (done.status_code, one(file).state) == (200, "failed")


def test_who_may_send_is_told_of_doubt_and_of_failure_until_it_is_settled(
    officer, file, channel, root
) -> None:
    factories.make_user(Role.SAFETY_OFFICER)
    sendings.queue(officer, file, channel=channel)
    claimed = sendings.claim(factories.SYSTEM, sending_id=one(file).id)
    sweep()
    assert not Notice.objects.filter(obligation__startswith="sending:").exists()
    ending = carriers.Ending(carriers.Result.DOUBT, "cut")
    sendings.close(factories.SYSTEM, claimed=claimed, ending=ending)
    sweep()
    notices = Notice.objects.filter(obligation=f"sending:{one(file).id}", channel="in_app")
    assert set(notices.values_list("rung", "target")) == {("opens", str(file.id))}
    assert again(file).ambiguous
    page = client(Role.SAFETY_OFFICER)
    doubt = reverse("transmission-not-arrived", args=[file.id])
    assert page.post(doubt, {"reason": "asked by telephone"}).status_code == 302
    assert Transmission.objects.get().state == "failed"
    sweep(1)
    assert "opens+1" in set(notices.values_list("rung", flat=True))


def sweep(days: int = 0) -> None:
    today = clock.today() + timedelta(days=days)
    reminders.sweep(factories.SYSTEM, kind="sending", today=today)


@pytest.mark.parametrize(
    "kept",
    [
        "Name or service not known",
        "Network is unreachable: sftp.example",
        "No such file or directory on the server",
        "the channel lacks its client ID",
    ],
)
def test_a_failure_of_the_network_is_said_in_words(kept: str) -> None:
    told = str(in_words(kept))
    assert kept.partition(": ")[0] not in told
    assert told.endswith(kept.partition(": ")[2])
