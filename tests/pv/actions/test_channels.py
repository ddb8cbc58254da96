"""Channels send what is due: placed once, in doubt never twice, whatever is cut and whenever."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from pv.actions import acknowledgements, channels, exchanges, icsr, sendings, transmissions
from pv.adapters import carriers, folders
from pv.models import Acknowledgement, Case, Channel, Submission, Transmission, TransmissionEvent
from pv.queries import channels as queries
from pv.queries import plans
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_acknowledgements import answer, case, file

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]
SYSTEM = factories.SYSTEM


@pytest.fixture
def root(settings, tmp_path: Path) -> Path:
    settings.EXCHANGE_ROOT = tmp_path
    for name in ("out", "in"):
        (tmp_path / "nmpa" / name).mkdir(parents=True)
    return tmp_path / "nmpa"


@pytest.fixture
def admin():
    return factories.make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def channel(root, admin) -> Channel:
    return enter(admin)


def enter(admin, **values):
    given = {
        "name": "国家网关",
        "kind": "folder",
        "environment": "production",
        "profile": "nmpa",
        "settings": {"outbox": "nmpa/out", "inbox": "nmpa/in"},
    }
    return channels.add(admin, **given | values)


def one(file) -> Transmission:
    return Transmission.objects.get(submission=file)


def kinds(file) -> list[str]:
    rows = TransmissionEvent.objects.filter(submission=file).order_by("recorded_at", "id")
    return [row.kind for row in rows]


def met(file) -> bool:
    return Case.objects.get(id=file.case_id).clocks.filter(met_on__isnull=False).exists()


def again(file) -> Submission:
    return Submission.objects.get(id=file.id)


def test_a_queued_file_is_placed_once_and_meets_no_clock(officer, file, channel, root):
    sendings.queue(officer, file, channel=channel)
    assert kinds(file) == ["queued"]
    assert sendings.send_due(SYSTEM) == {"placed": 1}
    assert (root / "out" / file.file_name).read_bytes() == bytes(file.content)
    assert [path.name for path in (root / "out").iterdir()] == [file.file_name]
    assert sendings.send_due(SYSTEM) == {}
    assert (one(file).state, kinds(file)) == ("delivered", ["queued", "placed"])
    assert (again(file).sent_on, met(file)) == (None, False)
    assert again(file).answer_due is not None, "an answer is awaited from the day it was placed"


def test_only_the_answer_meets_the_clock_and_comes_through_the_inbox(
    officer, file, channel, root, travel
):
    sendings.queue(officer, file, channel=channel)
    exchanges.sweep(SYSTEM)
    (root / "in" / "a.ack").write_bytes(answer(file, "CA"))
    cache.delete(f"exchange-look-{channel.id}")
    assert exchanges.sweep(SYSTEM) == {}, "the first look takes nothing"
    travel(timedelta(seconds=59))
    assert exchanges.sweep(SYSTEM) == {}
    travel(timedelta(seconds=2))
    assert exchanges.sweep(SYSTEM) == {"applied": 1}
    assert (again(file).state, met(file)) == ("accepted", True)
    assert (root / "in" / "done" / "a.ack").exists()
    assert exchanges.sweep(SYSTEM) == {}


def test_a_file_that_still_grows_is_not_taken(officer, file, channel, root, travel):
    inbox = root / "in" / "a.ack"
    data = answer(file, "CA")
    for size in (10, 50, len(data)):
        inbox.write_bytes(data[:size])
        assert exchanges.take(SYSTEM, channel) == []
        travel(timedelta(seconds=61))
    assert exchanges.take(SYSTEM, channel) == ["applied"]


def test_what_is_kept_and_not_moved_is_taken_again_and_applied_once(
    officer, file, channel, root, travel, monkeypatch
):
    (root / "in" / "a.ack").write_bytes(answer(file, "CA"))
    exchanges.take(SYSTEM, channel)
    travel(timedelta(seconds=61))

    def cut(*_):
        raise OSError("cut")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "move_to_done", cut)
        assert exchanges.take(SYSTEM, channel) == ["file stays in the inbox"]
    assert exchanges.take(SYSTEM, channel) == ["applied (was here before)"]
    assert Acknowledgement.objects.count() == 1


def test_a_folder_that_is_away_is_tried_again_and_then_told(officer, file, channel, root, travel):
    (root / "out").rename(root / "away")
    sendings.queue(officer, file, channel=channel)
    waits = queries.rules_of(channel).waits
    for wait in waits:
        assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
        assert sendings.send_due(SYSTEM) == {}, "it waits before the next try"
        travel(wait)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    row = one(file)
    assert (row.state, row.waiting_since) == ("failed", clock.today())
    assert "No such file" in row.problem
    (root / "away").rename(root / "out")
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"placed": 1}
    assert one(file).waiting_since is None


class Cut(BaseException):
    """The power goes."""


CUTS = ["before the part", "before the mark", "after the mark", "after the name"]


@pytest.mark.parametrize("place", CUTS)
def test_a_cut_loses_nothing_and_sends_nothing_twice(
    officer, file, channel, root, travel, monkeypatch, place
):
    sendings.queue(officer, file, channel=channel)
    real = folders.place

    def cut(folder, name, data, may_finish):
        def mark():
            if place == "before the mark":
                raise Cut
            done = may_finish()
            if place == "after the mark":
                raise Cut
            return done

        if place == "before the part":
            raise Cut
        real(folder, name, data, mark)
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(folders, "place", cut)
        with pytest.raises(Cut):
            sendings.send_due(SYSTEM)
    assert sendings.send_due(SYSTEM) == {}, "the lease holds"
    for _ in range(4):
        travel(timedelta(minutes=61))
        sendings.send_due(SYSTEM)
    assert (root / "out" / file.file_name).read_bytes() == bytes(file.content)
    assert kinds(file).count("placed") == 1
    assert one(file).state == "delivered"


def test_a_file_the_gateway_may_have_taken_waits_for_a_person(
    officer, file, channel, root, travel, monkeypatch
):
    sendings.queue(officer, file, channel=channel)
    real = folders.place

    def cut(*arguments):
        real(*arguments)
        (root / "out" / file.file_name).unlink()  # the gateway is quick
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(folders, "place", cut)
        with pytest.raises(Cut):
            sendings.send_due(SYSTEM)
    travel(timedelta(hours=2))
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    travel(timedelta(days=1))
    assert sendings.send_due(SYSTEM) == {}
    assert (one(file).state, again(file).ambiguous) == ("ambiguous", True)
    with pytest.raises(Refused):
        sendings.queue(officer, file, channel=channel)
    transmissions.not_arrived(officer, file, reason="电话确认未收到")
    assert one(file).state == "failed"
    before = one(file).message_id
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"placed": 1}
    assert one(file).message_id == before


def test_an_answer_ends_the_doubt(officer, file, channel, root, travel, monkeypatch):
    sendings.queue(officer, file, channel=channel)
    row = sendings.claim(SYSTEM, sending_id=one(file).id)
    ending = carriers.Ending(carriers.Result.DOUBT, "cut")
    assert sendings.close(SYSTEM, claimed=row, ending=ending)
    acknowledgements.receive(officer, answer(file, "CA"), file_name="a.ack")
    assert (one(file).state, one(file).waiting_since) == ("delivered", None)


def test_a_slow_worker_that_lost_its_lease_stops_before_the_last_step(
    officer, file, channel, root, travel
):
    sendings.queue(officer, file, channel=channel)
    slow = sendings.claim(SYSTEM, sending_id=one(file).id)
    assert sendings.claim(SYSTEM, sending_id=one(file).id) is None
    travel(timedelta(minutes=6))
    assert not sendings.note_last_byte(SYSTEM, claimed=slow)
    fresh = sendings.claim(SYSTEM, sending_id=one(file).id)
    assert (fresh.lost, fresh.attempt) == (True, 2)
    ending = carriers.Ending(carriers.Result.PLACED)
    assert not sendings.close(SYSTEM, claimed=slow, ending=ending)
    assert kinds(file) == ["queued"]


def test_a_day_noted_by_hand_while_queued_sends_nothing(officer, file, channel, root):
    sendings.queue(officer, file, channel=channel)
    icsr.mark_sent(officer, file, on=clock.today())
    assert sendings.send_due(SYSTEM) == {}
    assert list((root / "out").iterdir()) == []
    with pytest.raises(Refused):
        sendings.queue(officer, file, channel=channel)


def test_a_file_a_channel_handed_over_is_not_sent_again_without_a_word(
    officer, file, channel, root
):
    def found() -> list[str]:
        case = Case.objects.get(id=file.case_id)
        lines = plans.of_case(officer, case, today=clock.today()).lines
        return next(list(one.findings) for one in lines if one.row.authority == "NMPA")

    assert found() == ["not_sent"]
    sendings.queue(officer, file, channel=channel)
    assert found() == ["on_its_way"]
    assert sendings.send_due(SYSTEM) == {"placed": 1}
    assert found() == ["on_its_way"]
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(officer, file, on=clock.today())
    assert "proof" in refused.value.fields
    icsr.mark_sent(officer, file, on=clock.today(), proof="直报系统回执 2026-114")
    assert found() == []


def test_a_queued_file_can_be_withdrawn_with_a_reason(officer, file, channel, root):
    sendings.queue(officer, file, channel=channel)
    with pytest.raises(Refused):
        sendings.withdraw(officer, file, reason=" ")
    sendings.withdraw(officer, file, reason="先等修正")
    assert sendings.send_due(SYSTEM) == {}
    with pytest.raises(Refused):
        sendings.withdraw(officer, file, reason="again")


def test_other_bytes_under_the_name_are_left_alone(officer, file, channel, root):
    (root / "out" / file.file_name).write_bytes(b"another")
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"refused": 1}
    assert (root / "out" / file.file_name).read_bytes() == b"another"
    assert one(file).state == "failed"


def test_test_and_production_never_meet(admin, root):
    with pytest.raises(Refused) as refused:
        enter(admin, environment="test")
    assert set(refused.value.fields) == {"environment"}
    assert enter(admin, environment="test", profile="cde").environment == "test"


def test_a_file_does_not_leave_by_a_channel_of_another_receiver(officer, admin, file, root):
    other = enter(admin, name="CDE", environment="test", profile="cde")
    with pytest.raises(Refused):
        sendings.queue(officer, file, channel=other)
    assert queries.offered(officer, file) == []


@pytest.mark.parametrize("folder", ["../x", "/etc", "a b", "", ".hidden", "a/../b", "a//b"])
@pytest.mark.requirement("ASVS-5.3.2")
def test_a_folder_lies_below_the_exchange_folder(admin, root, folder):
    with pytest.raises(Refused) as refused:
        enter(admin, settings={"outbox": folder})
    assert "outbox" in refused.value.fields


def test_a_folder_that_leads_out_by_a_link_is_refused(channel, root, admin, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (root / "out").rmdir()
    (root / "out").symlink_to(outside)
    assert not channels.test(admin, channel).passed


def test_two_channels_do_not_share_a_folder(channel, admin):
    with pytest.raises(Refused) as refused:
        enter(admin, name="another")
    assert set(refused.value.fields) == {"outbox", "inbox"}


def test_the_test_button_tells_what_is_wrong(channel, root, admin):
    assert queries.standing(admin, channel.id, today=clock.today()).light == "unused"
    assert channels.test(admin, channel).passed
    assert queries.standing(admin, channel.id, today=clock.today()).light == "good"
    assert list((root / "out").iterdir()) == []
    (root / "in").rmdir()
    failed = channels.test(admin, channel)
    assert (failed.passed, "nmpa/in" in failed.text) == (False, True)
    assert queries.standing(admin, channel.id, today=clock.today()).light == "now"


def test_the_light_is_red_when_an_answer_is_late(officer, admin, file, channel, root):
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    due = again(file).answer_due
    seen = queries.standing(admin, channel.id, today=due)
    assert (seen.light, seen.oldest_answer_due) == ("good", due)
    late = queries.standing(admin, channel.id, today=due + timedelta(days=1))
    assert late.light == "now"


def test_a_change_is_seen_by_its_version_and_only_an_administrator_makes_one(
    channel, admin, officer
):
    values = {"name": "网关二", "settings": channel.settings, "active": False}
    with pytest.raises(Exception, match=r"exchange\.write"):
        channels.change(officer, channel, version=1, **values)
    changed = channels.change(admin, channel, version=1, **values)
    assert (changed.name, changed.active, changed.version) == ("网关二", False, 2)
    with pytest.raises(Conflict):
        channels.change(admin, channel, version=1, **values)


def test_a_closed_channel_sends_nothing(officer, file, channel, admin, root):
    sendings.queue(officer, file, channel=channel)
    values = {"name": channel.name, "settings": channel.settings, "active": False}
    channels.change(admin, channel, version=1, **values)
    assert sendings.send_due(SYSTEM) == {}
    assert exchanges.sweep(SYSTEM) == {"refused": 1}, "a person is told instead"
    waiting = one(file)
    assert (waiting.state, waiting.problem) == ("failed", "the channel is closed")
    assert (waiting.waiting_since, list((root / "out").iterdir())) == (clock.today(), [])
    assert kinds(file)[-1] == "failed"
    assert exchanges.sweep(SYSTEM) == {}
    channels.change(admin, channel, version=2, **values | {"active": True})
    sendings.queue(officer, file, channel=Channel.objects.get())
    assert sendings.send_due(SYSTEM) == {"placed": 1}


@pytest.mark.parametrize("arrived", [True, False])
def test_an_attempt_lost_as_the_channel_was_closed_is_looked_at_all_the_same(
    officer, file, channel, admin, root, travel, arrived
):
    sendings.queue(officer, file, channel=channel)
    claimed = sendings.claim(SYSTEM, sending_id=one(file).id)
    assert sendings.note_last_byte(SYSTEM, claimed=claimed)
    if arrived:
        (root / "out" / file.file_name).write_bytes(bytes(file.content))
    values = {"name": channel.name, "settings": channel.settings, "active": False}
    channels.change(admin, channel, version=1, **values)
    travel(timedelta(minutes=6))
    assert sendings.send_due(SYSTEM) == {"placed" if arrived else "doubt": 1}
    assert len(list((root / "out").iterdir())) == arrived


def test_gbk_names_and_foreign_files_come_in_too(channel, root, travel):
    data = ack(entry("CN-NOBODY", "CA"), batch="nobody", number="1")
    name = "回执.ack".encode("gb18030")
    (root / "in" / name.decode(errors="surrogateescape")).write_bytes(data)
    exchanges.take(SYSTEM, channel)
    travel(timedelta(seconds=61))
    assert exchanges.take(SYSTEM, channel) == ["unknown"]
