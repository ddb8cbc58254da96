"""A channel by SFTP against Debian's sshd: placed once, cut anywhere, names of any bytes."""

import os
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest

from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import channel_credentials, channels, exchanges, sendings
from pv.adapters import carriers, folders, sftp, ssh_keys
from pv.domain.e2b.sendings import Result
from pv.models import Channel, ChannelCredential, InboundFile
from pv.queries import channel_credentials as credentials
from pv.queries import channels as queries
from tests import factories
from tests.pv.actions.test_acknowledgements import answer, case, file
from tests.pv.actions.test_channels import Cut, again, kinds, one
from tests.pv.adapters import ssh_server

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]
SYSTEM = factories.SYSTEM


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ssh_server.running(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def admin():
    return factories.make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def folder(server) -> Path:
    for path in sorted(server.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for name in ("out", "in"):
        (server.folder / name).mkdir()
    return server.folder


def enter(admin, server, **change) -> Channel:
    return channels.add(
        admin,
        name="网关 SFTP",
        kind="sftp",
        environment="production",
        profile="nmpa",
        settings=server.settings | change,
    )


@pytest.fixture
def channel(admin, server, folder) -> Channel:
    made = enter(admin, server)
    server.authorized.write_text(channel_credentials.make(admin, made).shown + "\n")
    return made


def where(channel, **change) -> sftp.Address:
    address = queries.route(channel).server()
    return sftp.Address(**{name: getattr(address, name) for name in address.__slots__} | change)


def test_a_file_is_placed_once_and_its_answer_comes_by_the_inbox(
    officer, admin, file, channel, folder, travel
):
    assert channels.test(admin, channel).passed
    assert list((folder / "out").iterdir()) == []
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"placed": 1}
    assert [path.name for path in (folder / "out").iterdir()] == [file.file_name]
    assert (folder / "out" / file.file_name).read_bytes() == bytes(file.content)
    assert again(file).sent_on is None, "placing meets no clock"
    (folder / "in" / "a.ack").write_bytes(answer(file, "CA"))
    assert exchanges.take(SYSTEM, channel) == []
    travel(timedelta(seconds=61))
    assert exchanges.take(SYSTEM, channel) == ["applied"]
    assert (again(file).state, InboundFile.objects.get().door) == ("accepted", "sftp")
    assert (folder / "in" / "done" / "a.ack").exists()
    assert exchanges.take(SYSTEM, channel) == []


def changed(admin, channel, server, **change) -> Channel:
    values = {"name": channel.name, "settings": server.settings | change, "active": True}
    return channels.change(admin, channel, version=channel.version, **values)


@pytest.mark.requirement("ASVS-12.3.2")
def test_a_server_with_another_key_gets_nothing(
    officer, admin, server, file, channel, folder, tmp_path
):
    changed(admin, channel, server, host_keys=ssh_server.make_key(tmp_path / "other"))
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    assert one(file).problem == sftp.WRONG_HOST_KEY
    assert list((folder / "out").iterdir()) == []
    with (
        pytest.raises(OSError, match="another host key"),
        sftp.Session(where(channel, host_keys=())),
    ):
        pass


def test_no_code_switches_the_check_of_the_host_key_off():
    sources = [path for name in ("followup", "pv") for path in Path(name).rglob("*.py")]
    asked = [m for path in sources for m in re.findall(r"known_hosts=([^,]*)", path.read_text())]
    assert asked == ["(keys"], "the keys are given as data at the one place that connects"


@pytest.mark.parametrize(
    "text", ["", "ssh-ed25519 AAAA", "nonsense", "@cert-authority * ssh-rsa AAAA"]
)
def test_a_channel_without_the_key_of_its_server_is_refused(admin, server, text):
    with pytest.raises(Refused) as refused:
        enter(admin, server, host_keys=text)
    assert set(refused.value.fields) == {"host_keys"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", "0"),
        ("port", "x"),
        ("host", "sftp://a"),
        ("host", "-oProxyCommand=x"),
        ("user", ""),
        ("outbox", "../x"),
        ("outbox", ""),
        ("inbox", "out"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field(admin, server, field, value):
    with pytest.raises(Refused) as refused:
        enter(admin, server, **{field: value})
    assert set(refused.value.fields) == {field}


def test_lines_of_ssh_keyscan_are_read(server):
    scanned = f"# 127.0.0.1:22 SSH-2.0\n[127.0.0.1]:22 {server.host_key} comment\n"
    assert ssh_keys.host_keys(scanned) == (server.host_key,)


def test_who_is_not_let_in_is_told(admin, channel, server):
    server.authorized.write_text("")
    tried = channels.test(admin, channel)
    assert (tried.passed, tried.text) == (False, sftp.NOT_LET_IN)


def test_without_a_credential_the_light_is_red_and_nothing_leaves(admin, server, folder):
    bare = enter(admin, server)
    now = queries.standing(admin, bare.id, today=folders_day())
    assert (now.light, now.keys_missing) == ("now", True)
    assert "lacks a key or password" in channels.test(admin, bare).text


def folders_day():
    return queries.clock.today()


def test_secrets_are_sealed_replaced_and_sealed_again(admin, channel, settings, tmp_path):
    ssh_server.make_key(tmp_path / "mine")
    text = (tmp_path / "mine").read_text()
    row = channel_credentials.bring(admin, channel, private_key=text, passphrase="")
    assert row.shown.split()[:2] == (tmp_path / "mine.pub").read_text().split()[:2]
    assert "PRIVATE" not in row.secret_sealed
    with pytest.raises(Refused):
        channel_credentials.bring(admin, channel, private_key="-----BEGIN", passphrase="")
    channel_credentials.set_password(admin, channel, password="geheim 密")
    kept = ChannelCredential.objects.get()
    assert (kept.shown, "geheim" in kept.secret_sealed) == ("", False)
    settings.IDENTITY_KEYS = {"new": os.urandom(32), **settings.IDENTITY_KEYS}
    assert channel_credentials.rotate_keys(SYSTEM).changed == 1
    assert credentials.opened(channel) == carriers.Credential("password", "geheim 密")


def test_a_cut_line_leaves_a_part_from_which_the_next_try_goes_on(channel, folder, server):
    data = os.urandom(2_000_000)
    line = ssh_server.Line(server.port, most=700_000)
    cut = where(channel, port=line.port)
    with pytest.raises(sftp.CutOff), sftp.Session(cut) as session:
        sftp.place(session, "out", "a.xml", data, lambda: True)
    line.close()
    (part,) = (folder / "out").iterdir()
    kept = part.stat().st_size
    assert 0 < kept < len(data)
    assert part.read_bytes() == data[:kept]
    line = ssh_server.Line(server.port, most=len(data) - kept + 200_000)
    with sftp.Session(where(channel, port=line.port)) as session:
        assert sftp.place(session, "out", "a.xml", data, lambda: True)
    line.close()
    assert [path.name for path in (folder / "out").iterdir()] == ["a.xml"]
    assert (folder / "out" / "a.xml").read_bytes() == data


def test_a_part_of_other_bytes_is_begun_anew(channel, folder):
    (folder / "out" / "a.xml.part").write_bytes(b"other")
    with sftp.Session(where(channel)) as session:
        assert sftp.place(session, "out", "a.xml", b"longer than that", lambda: True)
    assert (folder / "out" / "a.xml").read_bytes() == b"longer than that"


@pytest.mark.parametrize("taken", [False, True], ids=["lies there", "taken at once"])
def test_a_connection_that_ends_with_the_name_is_looked_at_again(
    officer, file, channel, folder, monkeypatch, taken
):
    real = sftp.Session.rename

    def cut(session, source, target):
        real(session, source, target)
        if taken:
            (folder / "out" / file.file_name).unlink()
        raise sftp.CutOff("cut")

    monkeypatch.setattr(sftp.Session, "rename", cut)
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"doubt" if taken else "placed": 1}
    assert again(file).ambiguous is taken, "in doubt it waits for a person"


CUTS = ["before the part", "before the mark", "after the mark", "after the name"]


@pytest.mark.parametrize("place", CUTS)
def test_a_worker_that_dies_loses_nothing_and_sends_nothing_twice(
    officer, file, channel, folder, travel, monkeypatch, place
):
    sendings.queue(officer, file, channel=channel)
    real = sftp.place

    def cut(session, where, name, data, may_finish):
        def mark():
            if place == "before the mark":
                raise Cut
            done = may_finish()
            if place == "after the mark":
                raise Cut
            return done

        if place == "before the part":
            raise Cut
        real(session, where, name, data, mark)
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(sftp, "place", cut)
        with pytest.raises(Cut):
            sendings.send_due(SYSTEM)
    assert sendings.send_due(SYSTEM) == {}, "the lease holds"
    for _ in range(3):
        travel(timedelta(minutes=61))
        sendings.send_due(SYSTEM)
    assert (folder / "out" / file.file_name).read_bytes() == bytes(file.content)
    assert (kinds(file).count("placed"), one(file).state) == (1, "delivered")


def test_other_bytes_under_the_name_are_left_alone_and_a_finding(officer, file, channel, folder):
    (folder / "out" / file.file_name).write_bytes(b"another")
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"refused": 1}
    assert (folder / "out" / file.file_name).read_bytes() == b"another"
    assert one(file).state == "failed"


def test_a_name_taken_between_the_look_and_the_rename_is_not_written_over(channel, folder):
    def meanwhile():
        (folder / "out" / "a.xml").write_bytes(b"theirs")
        return True

    with pytest.raises(folders.NameTaken), sftp.Session(where(channel)) as session:
        sftp.place(session, "out", "a.xml", b"ours", meanwhile)
    assert (folder / "out" / "a.xml").read_bytes() == b"theirs"


def test_a_server_that_is_away_is_tried_again(officer, admin, server, file, channel):
    changed(admin, channel, server, port=str(ssh_server.free_port()))
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    assert one(file).state == "queued"
    assert exchanges.take(SYSTEM, Channel.objects.get()) == ["inbox cannot be read"]


def test_a_gbk_name_and_a_twin_come_in_and_nothing_in_done_is_written_over(file, channel, folder):
    name = "回执喆.ack".encode("gb18030").decode(errors="surrogateescape")
    (folder / "in" / name).write_bytes(answer(file, "CA"))
    (folder / "in" / f"{name}.done").write_bytes(b"")
    (folder / "in" / "done").mkdir()
    (folder / "in" / "done" / name).write_bytes(b"an older one")
    assert exchanges.take(SYSTEM, channel) == ["applied"]
    assert InboundFile.objects.get().file_name == "回执喆.ack"
    done = {path.name for path in (folder / "in" / "done").iterdir()}
    assert done == {name, f"0-{name}" if f"0-{name}" in done else f"1-{name}", f"{name}.done"}
    assert (folder / "in" / "done" / name).read_bytes() == b"an older one"


def test_what_is_kept_and_not_moved_is_taken_again_and_applied_once(
    file, channel, folder, monkeypatch
):
    (folder / "in" / "a.ack").write_bytes(answer(file, "CA"))
    (folder / "in" / "a.ack.ok").write_bytes(b"")

    def cut(*_):
        raise sftp.CutOff("cut")

    with monkeypatch.context() as patch:
        patch.setattr(sftp, "move_to_done", cut)
        assert exchanges.take(SYSTEM, channel) == ["file stays in the inbox"]
    assert exchanges.take(SYSTEM, channel) == ["applied (was here before)"]
    assert InboundFile.objects.count() == 1


def test_a_connection_that_ended_is_not_asked_for_each_further_file(
    file, channel, folder, monkeypatch
):
    for name in "abc":
        (folder / "in" / f"{name}.ack").write_bytes(answer(file, "CA"))
        (folder / "in" / f"{name}.ack.ok").write_bytes(b"")

    def cut(*_):
        raise sftp.CutOff("no answer in time")

    monkeypatch.setattr(sftp.Session, "read", cut)
    assert exchanges.take(SYSTEM, channel) == ["file stays in the inbox"]


@pytest.mark.requirement("ASVS-5.3.2")
def test_a_thousand_hostile_names_break_nothing(channel, folder, tmp_path):
    dice = random.Random(7)
    inbox = os.fsencode(folder / "in")
    names = {
        bytes(dice.choice(range(1, 256)) for _ in range(dice.randint(1, 60))) for _ in range(1100)
    }
    names |= {b"-rf", b"a\nb", b"..x", "李\u202e四.ack".encode(), b"x" * 250, b"\xff\xfe.ack"}
    names = {name.replace(b"/", b"_") for name in names} - {b".", b".."}
    for name in names:
        with open(os.path.join(inbox, name), "wb") as one_file:
            one_file.write(name)
    os.symlink("/etc/passwd", os.path.join(inbox, b"passwd.ack"))
    os.mkdir(os.path.join(inbox, b"folder.ack"))
    with sftp.Session(where(channel)) as session:
        seen = session.look("in")
        wanted = {
            n for n in names if not n.startswith(b".") and not n.endswith((b".part", b".tmp"))
        }
        assert {name.encode(errors="surrogateescape") for name in seen} == wanted
        assert len(seen) > 1000
        for name in sorted(seen)[::25]:
            raw = name.encode(errors="surrogateescape")
            assert session.read(sftp.path_of("in", name), 1000) == raw
            sftp.move_to_done(session, "in", name)
            assert folders.shown_name(name).isprintable()
        assert len(session.look("in/done")) == len(sorted(seen)[::25])
    assert Result.PLACED
