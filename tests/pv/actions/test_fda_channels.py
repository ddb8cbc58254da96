"""A channel to FDA's gateway against a local server: submitted once, answers in any order."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import channel_credentials, channels, exchanges, gateway_answers, sendings
from pv.adapters import carriers
from pv.models import Channel, ChannelCredential, InboundFile, Transmission
from pv.queries import channel_certificates as certificates
from pv.queries import channels as queries
from tests import factories
from tests.pv.actions.test_acknowledgements import answer, case, file
from tests.pv.actions.test_channels import again, kinds, met, one
from tests.pv.adapters import esg_gateway
from tests.pv.test_channel_doors import client

pytestmark = pytest.mark.django_db
__all__ = ["case", "certificates", "file"]
SYSTEM = factories.SYSTEM


@pytest.fixture
def gateway():
    cache.clear()
    with esg_gateway.listening() as running:
        yield running


@pytest.fixture
def admin():
    return factories.make_actor(Role.ADMINISTRATOR)


def settings_of(gateway) -> dict[str, str]:
    return {
        "external_url": gateway.url,
        "upload_url": gateway.url,
        "user_id": "33703",
        "company_id": "31537",
        "center": "CBER",
        "submission_type": "AERS",
    }


def enter(admin, settings) -> Channel:
    given = {"name": "FDA", "kind": "fda", "environment": "production", "profile": "nmpa"}
    return channels.add(admin, **given, settings=settings)


@pytest.fixture
def channel(admin, gateway) -> Channel:
    made = enter(admin, settings_of(gateway))
    channel_credentials.set_client(
        admin, made, client_id=esg_gateway.CLIENT, client_secret=esg_gateway.SECRET
    )
    return made


def ask(travel, minutes: int = 400) -> dict[str, int]:
    travel(timedelta(minutes=minutes))
    cache.clear()
    return gateway_answers.ask(SYSTEM)


def test_a_file_is_submitted_once_and_only_the_acknowledgement_meets_the_clock(
    officer, admin, file, channel, gateway, travel
):
    assert channels.test(admin, channel).passed
    sendings.queue(officer, file, channel=channel)
    assert exchanges.sweep(SYSTEM) == {"unproven": 1}
    assert gateway.submitted == {"ci1": bytes(file.content)}
    assert (one(file).state, one(file).reference, met(file)) == ("unproven", "ci1", False)
    gateway.answers["ci1"] = [
        ("A-1", "ACK1", "Received by the gateway"),
        ("A-3", "ACK3", answer(file, "CA").decode()),
    ]
    assert ask(travel) == {"word of the gateway": 1, "applied": 1}
    assert (again(file).state, one(file).state, met(file)) == ("accepted", "delivered", True)
    assert InboundFile.objects.get().door == "fda"
    before = kinds(file)
    assert ask(travel) == {}, "what is answered is asked about no more"
    assert kinds(file) == before


def test_answers_in_another_order_and_twice_change_nothing(officer, file, channel, gateway, travel):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    gateway.answers["ci1"] = [("A-2", "ACK2", "Core ID ci1")]
    assert ask(travel) == {"word of the gateway": 1}
    assert ask(travel) == {}
    gateway.answers["ci1"].insert(0, ("A-3", "ACK3", answer(file, "CR").decode()))
    gateway.answers["ci1"].append(("A-1", "ACK1", "late"))
    assert ask(travel) == {"applied": 1, "word of the gateway": 1}
    assert (again(file).state, one(file).state, met(file)) == ("rejected", "delivered", False)


def test_a_submission_without_an_answer_is_in_doubt_never_repeated_and_settled_by_its_core_id(
    officer, file, channel, gateway, travel
):
    gateway.faults["submit"] = ["cut"]
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    assert (one(file).state, again(file).ambiguous, one(file).reference) == (
        "ambiguous",
        True,
        "ci1",
    )
    for _ in range(3):
        travel(timedelta(hours=2))
        assert sendings.send_due(SYSTEM) == {}
    assert list(gateway.submitted) == ["ci1"]
    gateway.answers["ci1"] = [("A-1", "ACK1", "Received")]
    assert ask(travel) == {"word of the gateway": 1}
    assert (one(file).state, again(file).ambiguous) == ("unproven", False)


def test_a_worker_lost_while_it_submitted_leaves_the_core_id_to_ask_with(
    officer, file, channel, gateway, travel
):
    sendings.queue(officer, file, channel=channel)
    claimed = sendings.claim(SYSTEM, sending_id=one(file).id)
    assert sendings.note_last_byte(SYSTEM, claimed=claimed, reference="ci7")
    travel(timedelta(minutes=16))
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    assert (one(file).state, one(file).reference) == ("ambiguous", "ci7")


def test_before_the_submission_it_is_tried_again_under_another_core_id(
    officer, file, channel, gateway, travel
):
    gateway.faults["file"] = [503]
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    travel(queries.rules_of(channel).waits[0])
    assert sendings.send_due(SYSTEM) == {"unproven": 1}
    assert (list(gateway.submitted), one(file).reference) == (["ci2"], "ci2")


def test_a_status_that_refuses_is_told_to_a_person_once(officer, file, channel, gateway, travel):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    gateway.words["ci1"] = "REJECTED"
    assert ask(travel) == {"refused by the gateway": 1}
    refused_on = queries.clock.today()
    assert ask(travel) == {}
    assert "failed" in kinds(file)
    waiting = one(file)
    assert (waiting.state, waiting.problem) == ("failed", "ci1 REJECTED")
    assert waiting.waiting_since == refused_on, "it is with what is held up"
    assert (again(file).answer_due, again(file).ambiguous) == (None, False)
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"unproven": 1}
    assert (list(gateway.submitted), one(file).reference) == (["ci1", "ci2"], "ci2")


def test_a_refusal_ends_a_doubt_and_a_second_doubt_is_one_again(
    officer, file, channel, gateway, travel
):
    gateway.faults["submit"] = ["cut", "cut"]
    for core_id in ("ci1", "ci2"):
        sendings.queue(officer, file, channel=channel)
        assert sendings.send_due(SYSTEM) == {"doubt": 1}
        assert (one(file).state, again(file).ambiguous) == ("ambiguous", True)
        gateway.words[core_id] = "FAILED"
        assert ask(travel) == {"refused by the gateway": 1}
        assert (one(file).state, again(file).ambiguous) == ("failed", False)


def test_it_is_asked_often_at_first_and_seldom_later(officer, file, channel, gateway, travel):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    gateway_answers.ask(SYSTEM)
    gateway_answers.ask(SYSTEM)
    assert gateway.asked == ["ci1"], "not twice within its interval"


def test_a_silent_gateway_is_asked_once_a_round_and_no_file_is_read_for_it(
    officer, file, channel, gateway, django_assert_num_queries
):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    gateway.faults["status"] = ["cut"] * 3
    with django_assert_num_queries(1) as read:
        ((asked, rows),) = queries.awaiting_answers().items()
    assert (asked, '"content"' in read[0]["sql"]) == (channel, False)
    assert gateway_answers._ask_about(SYSTEM, asked, rows * 3) == ["gateway gave no answer"]
    assert gateway.asked == ["ci1"]


def test_a_thousand_broken_answers_are_survived(officer, file, channel, gateway, travel):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    gateway.answers["ci1"] = [
        ("A-1", "ACK3", "\x00<broken" * 3),
        ("A-2", "ACK3", "<MCCI_IN200101UV01 "),
    ]
    assert ask(travel) == {"word of the gateway": 1, "unreadable": 1}
    broken = [None, [], "x", 5, {"acknowledgements": [None] * 1000}, {"acknowledgements": "x"}]
    for shape in [
        *broken,
        *({"acknowledgements": [{"acknowledgement_id": n}]} for n in (0, "", "a/b")),
    ]:
        gateway.faults["status"] = [shape]
        assert "applied" not in ask(travel)
    assert Transmission.objects.get().state == "unproven"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("external_url", "https://evil.example"),
        ("upload_url", "http://upload-api-esgng.fda.gov"),
        ("upload_url", "https://upload-api-esgng.fda.gov/x"),
        ("user_id", "x1"),
        ("company_id", ""),
        ("center", "a b"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field(admin, gateway, field, value):
    with pytest.raises(Refused) as refused:
        enter(admin, settings_of(gateway) | {field: value})
    assert set(refused.value.fields) == {field}


def test_a_host_that_is_listed_no_more_is_not_spoken_to(channel):
    way = queries.route(channel)
    other = carriers.Route(way.kind, way.settings, way.root, credential=way.credential)
    with pytest.raises(ValueError, match="not one of the gateway's"):
        other.account()


def test_an_administrator_enters_the_gateway_and_its_client(gateway):
    page = client(Role.ADMINISTRATOR)
    new = reverse("channel-new") + "?kind=fda"
    assert "https://upload-api-esgng.fda.gov" in page.get(new).text
    form = {"name": "FDA", "profile": "nmpa", "environment": "production", **settings_of(gateway)}
    assert page.post(new, form | {"user_id": "x"}).status_code == 422
    assert page.post(new, form).status_code == 302
    row = Channel.objects.get()
    assert row.settings["user_id"] == 33703
    credential = reverse("channel-credential", args=[row.id])
    for where in (reverse("channel", args=[row.id]), credential):
        bare = page.get(where).text
        assert "No client ID is set" in bare
        assert not any(words in bare for words in ("Neither a key", "Key or password"))
    secret = {"way": "client", "client_id": esg_gateway.CLIENT, "client_secret": esg_gateway.SECRET}
    assert page.post(credential, secret | {"client_secret": ""}).status_code == 422
    assert page.post(credential, secret).status_code == 302
    shown = page.get(credential).text
    assert esg_gateway.CLIENT in shown
    assert esg_gateway.SECRET not in shown
    assert ChannelCredential.objects.get().kind == "client"
    page.post(reverse("channel-test", args=[row.id]))
    assert "All well" in page.get(reverse("channel", args=[row.id])).text
    key = page.post(reverse("channel-credential-make", args=[row.id]))
    assert key.status_code == 422
