"""Digests to a robot over real TLS: what leaves, how often, what each answer leads to, the page."""

import json
import logging
import os
import random
import tracemalloc
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail as django_mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import message_channels, notices, reminders
from followup.actions.notices import digests
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.mail import outbox
from followup.core.models import (
    Change,
    MessageChannel,
    MessageCredential,
    MessageDelivery,
    Notice,
    Outbox,
    User,
)
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.message_channels import dingtalk_signature
from followup.models import PlannedVisit
from followup.queries import message_channels as queries
from followup.queries import reminders as owed
from tests import factories, message_gateway

pytestmark = pytest.mark.django_db
SEND = Actor.process("send")
KEY = "canary-key-4711"
CANARY = "王小花金丝雀"


@pytest.fixture
def gateway(tmp_path, monkeypatch, settings):
    settings.PUBLIC_URL = "https://followup.example"
    with message_gateway.running(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


@pytest.fixture
def admin():
    return factories.actor_of(factories.make_user(Role.ADMINISTRATOR))


def make(admin, gateway, kind="wecom", secret="", name="Group"):
    parameter = queries.all_rules()[kind].token_parameter
    return message_channels.add(
        admin,
        name=name,
        kind=kind,
        address=f"{gateway.address}?{parameter}={KEY}",
        token="",
        secret=secret,
        language="en",
    )


@pytest.fixture
def channel(admin, gateway):
    return make(admin, gateway)


def waiting(channel, *, email="nurse@example.org"):
    """Two nurses of one group are owed the same reminder of an ended window."""
    site = factories.make_site()
    nurses = [factories.make_user(Role.NURSE, site=site, language="en") for _ in range(2)]
    for nurse in nurses:
        message_channels.choose(factories.actor_of(nurse), nurse, channel=str(channel.id))
    with raw():
        User.objects.filter(id__in=[n.id for n in nurses]).update(email=email)
    patient = factories.register(
        factories.actor_of(nurses[0]),
        site,
        identity=factories.person(CANARY),
    )
    visit = PlannedVisit.objects.get(patient=patient, code="M6")
    reminders.sweep(Actor.process("sweep"), kind="visit", today=visit.due + timedelta(days=1))
    rows = Outbox.objects.filter(notice__obligation=f"visit:{visit.id}")
    Outbox.objects.exclude(notice_id__in=rows.values("notice_id")).update(state="dropped")
    assert rows.count() == 2
    return rows, patient


@contextmanager
def raw():
    """A write no action makes: the passing of time."""
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.time"):
        yield


def outcome(rows):
    return sorted(rows.values_list("state", "ambiguous", "notice__state"))


def later(rows):
    """Let the waits of outbox and bucket be over."""
    rows.update(not_before=clock.now() - timedelta(minutes=1), lease_until=None)
    with raw():
        MessageDelivery.objects.update(begun_at=clock.now() - timedelta(minutes=30))


def test_one_digest_of_counts_and_a_link_goes_to_the_group(channel, gateway, caplog):
    rows, patient = waiting(channel)
    with caplog.at_level(logging.DEBUG):
        assert digests.deliver(SEND, owed.retry()) == {"sent": 2}
    ((path, headers, body),) = gateway.taken
    assert parse_qs(urlsplit(path).query) == {"key": [KEY]}
    text = gateway.said()[0]["text"]["content"]
    assert text == (
        "Everwatch: 1 reminder\nVisit window: 1\n"
        "Sign in to see them: https://followup.example/notices/"
    )
    for secret in (CANARY, patient.study_code, str(patient.id), KEY):
        assert secret not in body.decode(), "nothing of a patient and no key in a message"
    for place in (caplog.text, str(list(Change.objects.values_list("before", "after")))):
        assert KEY not in place, "the key is in no log and in no trail"
    assert outcome(rows) == [("sent", False, "sent")] * 2
    delivery = MessageDelivery.objects.get()
    assert (delivery.state, delivery.reminders) == ("sent", 1)
    assert queries.standings(SEND)[0].light == "good"
    assert digests.deliver(SEND, owed.retry()) == {}
    assert not django_mail.outbox


def test_the_next_digest_waits_for_its_interval(channel, gateway):
    rows, _patient = waiting(channel)
    digests.deliver(SEND, owed.retry())
    rows.update(state="retry", not_before=clock.now() - timedelta(minutes=1))
    with raw():
        Notice.objects.filter(outbox__in=rows).update(state="pending")
    assert digests.deliver(SEND, owed.retry()) == {}
    assert notices.deliver(SEND, seconds=1).total == 0, "nor does mail take what the group gets"
    with raw():
        MessageDelivery.objects.update(begun_at=clock.now() - timedelta(minutes=11))
    assert len(gateway.taken) == 1
    digests.deliver(SEND, owed.retry())
    assert len(gateway.taken) == 2


def test_dingtalk_is_signed_with_the_present_time(admin, gateway):
    channel = make(admin, gateway, kind="dingtalk", secret="SECtest")
    assert digests.test(admin, channel).state == "sent"
    query = parse_qs(urlsplit(gateway.taken[0][0]).query)
    stamp = int(query["timestamp"][0])
    assert abs(stamp / 1000 - clock.now().timestamp()) < 60
    assert query["sign"] == [dingtalk_signature(stamp, "SECtest")]
    assert query["access_token"] == [KEY]


def test_a_no_with_status_200_is_a_failure_and_mail_goes_instead(channel, gateway):
    rows, _patient = waiting(channel)
    gateway.body = b'{"errcode":93000,"errmsg":"invalid key canary-key-4711"}'
    assert digests.deliver(SEND, owed.retry()) == {"later": 2}
    delivery = MessageDelivery.objects.get()
    assert (delivery.state, delivery.text) == ("refused", "93000 invalid key …")
    channel.refresh_from_db()
    assert channel.failing_since is not None
    assert outcome(rows) == [("retry", False, "pending")] * 2
    later(rows)
    assert digests.deliver(SEND, owed.retry()) == {}
    assert notices.deliver(SEND, seconds=5).outcomes == {"sent": 2}
    assert len(django_mail.outbox) == 2


def test_who_has_no_address_waits_for_the_channel_to_be_mended(channel, gateway, admin):
    rows, _patient = waiting(channel, email="")
    gateway.body = b'{"errcode":93000}'
    digests.deliver(SEND, owed.retry())
    later(rows)
    assert notices.deliver(SEND, seconds=1).total == 0
    gateway.body = b'{"errcode":0}'
    assert digests.test(admin, channel).state == "sent"
    later(rows)
    assert digests.deliver(SEND, owed.retry()) == {"sent": 2}


def test_a_channel_that_breaks_holds_up_no_other(channel, gateway, admin):
    rows, _patient = waiting(channel)
    sound = make(admin, gateway, name="Other")
    nurse = User.objects.filter(message_channel=channel).latest("id")
    message_channels.choose(factories.actor_of(nurse), nurse, channel=str(sound.id))
    with raw():
        MessageCredential.objects.filter(channel=channel).delete()
    assert digests.deliver(SEND, owed.retry()) == {"later": 1, "sent": 1}
    assert outcome(rows) == [("retry", False, "pending"), ("sent", False, "sent")]


def test_mail_goes_instead_once_the_channel_itself_failed_too_often(channel, gateway, monkeypatch):
    rows, _patient = waiting(channel)
    rows.update(attempt=7)  # by mail, before the group was chosen
    gateway.body = b'{"errcode":45009}'

    def failing_after_a_run():
        digests.deliver(SEND, owed.retry())
        later(rows)
        channel.refresh_from_db()
        return channel.failing_since is not None

    assert [failing_after_a_run() for _ in range(4)] == [False] * 4
    with monkeypatch.context() as lost:
        lost.setattr(outbox, "committing", lambda *_: False)
        assert not failing_after_a_run(), "another sender took over: the channel failed nothing"
    assert failing_after_a_run()
    assert notices.deliver(SEND, seconds=5).outcomes == {"sent": 2}


def test_a_host_no_network_can_look_up_is_nobody_there(channel, gateway):
    rows, _patient = waiting(channel)
    with raw():  # entered before addresses were held to that
        MessageChannel.objects.update(address="https://relay..example/")
    assert digests.deliver(SEND, owed.retry()) == {"away": 2}
    assert outcome(rows) == [("retry", False, "pending")] * 2


@pytest.mark.parametrize(
    ("change", "state", "ambiguous"),
    [
        ({"body": b'{"errcode":45009}'}, "later", False),
        ({"cut": True}, "unknown", True),
        ({"status": 502, "body": b"<html>"}, "unknown", True),
        ({"body": b"\x00\xff"}, "unknown", True),
    ],
    ids=["too often", "cut", "502", "unreadable"],
)
def test_what_may_have_arrived_is_flagged_and_repeated(channel, gateway, change, state, ambiguous):
    rows, _patient = waiting(channel)
    vars(gateway).update(change)
    digests.deliver(SEND, owed.retry())
    assert MessageDelivery.objects.get().state == state
    assert outcome(rows) == [("retry", ambiguous, "pending")] * 2
    vars(gateway).update(status=200, body=b'{"errcode":0}', cut=False)
    later(rows)
    assert digests.deliver(SEND, owed.retry()) == {"sent": 2}
    assert outcome(rows) == [("sent", ambiguous, "sent")] * 2


class Killed(BaseException):
    """The sender's process ends."""


def test_a_sender_that_dies_after_its_last_byte_leaves_a_flag(channel, gateway, monkeypatch):
    rows, _patient = waiting(channel)

    def dying(*_given, **_more):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(digests, "end", dying)
        with pytest.raises(Killed):
            digests.deliver(SEND, owed.retry())
    assert digests.deliver(SEND, owed.retry()) == {}, "the lease holds"
    later(rows)
    assert digests.deliver(SEND, owed.retry()) == {"sent": 2}
    assert outcome(rows) == [("sent", True, "sent")] * 2, "it may have come twice, and says so"
    assert len(gateway.taken) == 2


def test_broken_answers_of_a_gateway_are_survived_and_never_a_yes(channel, gateway, admin):
    chance, good = random.Random(4), b'{"errcode":0,"errmsg":"ok"}'
    pieces = [b"", b"null", b"[" * 5000, b'{"errcode":', b"\xff\x00", b"0", b'"0"', b"<html>", good]
    tracemalloc.start()
    for _ in range(1000 if "EVERWATCH_EXAMPLES" in os.environ else 15):
        body = bytearray(chance.choice(pieces) + chance.choice(pieces))
        for _ in range(chance.randint(0, 3)):
            body.insert(chance.randint(0, len(body)), chance.randrange(256))
        gateway.status = chance.choice([200, 200, 201, 400, 404, 429, 500, 502, 599])
        gateway.body = bytes(body)
        with raw():  # a minute has its most messages
            MessageDelivery.objects.update(begun_at=clock.now() - timedelta(minutes=2))
        state = digests.test(admin, channel).state
        assert state in {"sent", "later", "refused", "unknown"}
        if state == "sent":
            assert (gateway.status, json.loads(gateway.body)["errcode"]) == (200, 0)
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()
    assert MessageDelivery.objects.filter(ended_at__isnull=True).count() == 0


def test_nobody_there_is_no_doubt_and_a_redirect_is_not_followed(channel, gateway, monkeypatch):
    rows, _patient = waiting(channel)
    gateway.status = 302
    digests.deliver(SEND, owed.retry())
    assert (len(gateway.taken), MessageDelivery.objects.get().state) == (1, "refused")
    with raw():
        MessageChannel.objects.update(failing_since=None)
    later(rows)
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")  # a certificate nobody vouches for
    digests.deliver(SEND, owed.retry())
    assert len(gateway.taken) == 1, "nothing is posted to a host that cannot prove its name"
    assert outcome(rows) == [("retry", False, "pending")] * 2


def test_a_lost_claim_is_not_sent(channel, gateway, monkeypatch):
    rows, _patient = waiting(channel)
    begun = digests.begin(SEND, channel)
    rows.update(lease_until=clock.now() - timedelta(minutes=1))
    result = digests.post(channel, queries.all_rules()["wecom"], b"{}" * 2000, begun.letters)
    assert result[0] == "fenced"
    assert gateway.taken == [] or gateway.taken[0][2] != b"{}" * 2000


@pytest.mark.parametrize(
    "change",
    [
        {"address": "http://127.0.0.1/?key=a"},
        {"address": "https://relay.example/"},
        {"address": "https://h.example/?key=a&password=b"},
        {"name": ""},
        {"language": "fr"},
        {"kind": "pager"},
        {"secret": "of another kind"},
        {"token": "喆"},
    ],
)
def test_what_cannot_be_a_channel_is_refused(admin, change):
    values = {
        "name": "Group",
        "kind": "wecom",
        "address": "https://h.example/?key=a",
        "token": "",
        "secret": "",
        "language": "en",
    }
    with pytest.raises(Refused):
        message_channels.add(admin, **(values | change))


def test_a_kept_key_does_not_follow_to_another_address(admin, channel, gateway):
    values = {"name": "Group", "token": "", "secret": "", "language": "en", "active": True}
    with pytest.raises(Refused):
        message_channels.change(
            admin, channel, address="https://other.example/", version=1, **values
        )
    kept = message_channels.change(admin, channel, address=channel.address, version=1, **values)
    assert queries.opened(kept) == (KEY, "")


def test_an_administrator_enters_tests_and_closes_a_channel(gateway):
    page = Client(headers={"accept-language": "en"})
    page.force_login(factories.make_user(Role.ADMINISTRATOR))
    new = reverse("message-channel-new")
    assert "WeCom robot" in page.get(new).text
    form = {"name": "Ward", "address": f"{gateway.address}?key={KEY}", "language": "zh-hans"}
    refused = page.post(new + "?kind=wecom", form | {"address": "http://h/"})
    assert (refused.status_code, "begins with https://" in refused.text) == (422, True)
    assert page.post(new + "?kind=wecom", form).status_code == 302
    row = MessageChannel.objects.get()
    where = reverse("message-channel", args=[row.id])
    page.post(reverse("message-channel-test", args=[row.id]))
    assert gateway.said()[0]["text"]["content"] == "Everwatch：这是一条测试消息，无需处理。"
    told = page.get(where).text
    assert KEY not in told, "the key is not shown"
    assert "All well" in told
    gateway.body = b'{"errcode":93000,"errmsg":"bad"}'
    told = page.post(reverse("message-channel-test", args=[row.id]), follow=True).text
    assert "did not go through: Refused: 93000 bad" in told
    assert "Refuses: mail goes instead" in page.get(reverse("message-channels")).text
    gateway.status = 500
    told = page.post(reverse("message-channel-test", args=[row.id]), follow=True).text
    assert "It may have arrived: The receiver&#x27;s server answered with HTTP status 500" in told
    assert "tried again" not in told, "a test is sent once"
    gateway.status, gateway.body = 200, b'{"errcode":0,"errmsg":"ok"}'
    sent = len(gateway.taken)
    for _ in range(20 - sent):
        page.post(reverse("message-channel-test", args=[row.id]))
    told = page.post(reverse("message-channel-test", args=[row.id]), follow=True).text
    assert "no more than 20 messages a minute" in told
    assert len(gateway.taken) == 20
    closed = {"name": "Ward", "address": row.address, "language": "en", "version": 1}
    assert page.post(where, closed).status_code == 302
    assert page.post(where, closed).status_code == 422, "somebody else changed it meanwhile"
    assert "Closed" in page.get(reverse("message-channels")).text
    nurse = Client()
    nurse.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert nurse.get(reverse("message-channels")).status_code == 403


def test_a_person_chooses_a_group_in_the_own_settings(channel):
    nurse = factories.make_user(Role.NURSE, site=factories.make_site())
    page = Client(headers={"accept-language": "en"})
    page.force_login(nurse)
    form = {"language": "en", "channel": str(channel.id)}
    assert page.post(reverse("account"), form).status_code == 302
    nurse.refresh_from_db()
    assert nurse.message_channel_id == channel.id
    with raw():
        MessageChannel.objects.update(failing_since=clock.now())
        User.objects.filter(id=nurse.id).update(email="nurse@example.org")
    assert "come by e-mail until" in page.get(reverse("account")).text
    with raw():
        User.objects.filter(id=nurse.id).update(email="")
    assert "no e-mail address is recorded for you" in page.get(reverse("account")).text
    assert page.post(reverse("account"), form | {"channel": str(nurse.id)}).status_code == 422
    assert page.post(reverse("account"), {"language": "en", "channel": ""}).status_code == 302
    nurse.refresh_from_db()
    assert nurse.message_channel_id is None


def test_a_closed_group_stays_chosen_by_who_chose_it_and_by_nobody_else(channel):
    site = factories.make_site()
    nurse, other = (factories.make_user(Role.NURSE, site=site) for _ in range(2))
    message_channels.choose(factories.actor_of(nurse), nurse, channel=str(channel.id))
    with raw():
        MessageChannel.objects.update(active=False)
    form, statuses = {"language": "en", "channel": str(channel.id)}, []
    for user in (nurse, other):
        page = Client(headers={"accept-language": "en"})
        page.force_login(user)
        statuses.append(page.post(reverse("account"), form).status_code)
    assert statuses == [302, 422]
    nurse.refresh_from_db()
    assert nurse.message_channel_id == channel.id, "a saved language opts nobody out"


def test_a_key_entered_again_keeps_its_secret_and_another_ends_it(admin, gateway):
    channel = make(admin, gateway, kind="dingtalk", secret="SECtest")
    values = {"name": "Group", "secret": "", "language": "en", "active": True}
    whole = f"{channel.address}?access_token={KEY}"
    message_channels.change(admin, channel, address=whole, token="", version=1, **values)
    assert queries.opened(channel) == (KEY, "SECtest")
    message_channels.change(
        admin, channel, address=channel.address, token="another", version=2, **values
    )
    assert queries.opened(channel) == ("another", "")


def test_an_interface_is_asked_for_its_key_and_not_for_the_address_of_a_robot(admin, client):
    """An interface's address never carries the key to its place, whatever the page says."""
    given = {"name": "SMS", "address": "https://sms.example/send", "token": "", "secret": ""}
    for kind, field in (("sms", "token"), ("wechat", "token"), ("wecom", "address")):
        with pytest.raises(Refused) as refused:
            message_channels.add(admin, kind=kind, language="en", **given)
        assert list(refused.value.fields) == [field]
    client.force_login(User.objects.get(id=admin.id))
    new = reverse("message-channel-new")
    assert "with its key" in client.get(new, {"kind": "wecom"}).content.decode()
    assert "with its key" not in client.get(new, {"kind": "sms"}).content.decode()


def test_keys_move_under_the_newest_identity_key(channel, settings):
    settings.IDENTITY_KEYS = {"new": b"n" * 32, **settings.IDENTITY_KEYS}
    assert message_channels.rotate_keys(factories.SYSTEM).changed == 1
    assert message_channels.rotate_keys(factories.SYSTEM).changed == 0
    assert queries.opened(channel) == (KEY, "")


def test_the_words_are_chinese_for_a_chinese_group(channel):
    rows, _patient = waiting(channel)
    channel.language = "zh-hans"
    with clock.pinned(clock.now() + timedelta(days=400)):
        begun = digests.begin(SEND, channel)
    with translation.override("en"):
        text = digests.words(channel, begun.letters)
    assert text.startswith("Everwatch：1 条提醒\n随访窗口：1 项，其中逾期 1 项\n")
