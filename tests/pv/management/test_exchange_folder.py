"""A shared folder: what rests is taken once, what is being written stays, a cut loses nothing."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pv.adapters import folders
from pv.models import Acknowledgement, InboundFile
from tests.pv.acks import ack, entry

pytestmark = pytest.mark.django_db


def run(folder: Path) -> str:
    out = io.StringIO()
    call_command("exchange_folder", str(folder), "--rest", "0", stdout=out, stderr=out)
    return out.getvalue()


def put(folder: Path, name: str, number: str = "1") -> bytes:
    data = ack(entry("CN-NOBODY", "CA"), batch="nobody", number=number)
    (folder / name).write_bytes(data)
    return data


def test_what_rests_is_kept_and_moved(tmp_path: Path) -> None:
    data = put(tmp_path, "a.ack")
    for name in ("b.ack.part", ".hidden", "c.tmp"):
        put(tmp_path, name, name)
    (tmp_path / "link.ack").symlink_to(tmp_path / "a.ack")
    (tmp_path / "folder.ack").mkdir()
    assert "'a.ack': unknown" in run(tmp_path)
    assert bytes(InboundFile.objects.get().content) == data
    assert InboundFile.objects.get().door == "folder"
    assert (tmp_path / "done" / "a.ack").read_bytes() == data
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"b.ack.part", ".hidden", "c.tmp", "link.ack", "folder.ack", "done"}
    assert run(tmp_path) == ""


def test_a_cut_between_keeping_and_moving_takes_nothing_twice(tmp_path, monkeypatch) -> None:
    put(tmp_path, "a.ack")
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", _cut)
        with pytest.raises(CommandError):
            run(tmp_path)
    assert InboundFile.objects.count() == 1
    assert (tmp_path / "a.ack").exists()
    assert "was here before" in run(tmp_path)
    assert (InboundFile.objects.count(), Acknowledgement.objects.count()) == (1, 1)
    assert not (tmp_path / "a.ack").exists()


def _cut(*_paths: object) -> None:
    raise OSError(5, "cut")


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    first = put(tmp_path, "a.ack", "1")
    run(tmp_path)
    second = put(tmp_path, "a.ack", "2")
    run(tmp_path)
    kept = {path.read_bytes() for path in (tmp_path / "done").iterdir()}
    assert kept == {first, second}


def test_a_name_in_another_encoding_is_taken(tmp_path: Path) -> None:
    name = os.fsdecode("回执.ack".encode("gbk"))
    put(tmp_path, name)
    assert "unknown" in run(tmp_path)
    assert InboundFile.objects.get().file_name.endswith(".ack")
    assert (tmp_path / "done" / name).exists()


def test_a_file_that_grows_waits_unless_its_twin_says_it_is_whole(tmp_path: Path) -> None:
    put(tmp_path, "a.ack")
    put(tmp_path, "b.ack")
    before = folders.look(tmp_path)
    for name in ("a.ack", "b.ack"):
        with (tmp_path / name).open("ab") as file:
            file.write(b" ")
    (tmp_path / "b.ack.done").touch()
    after = folders.look(tmp_path)
    assert folders.ready(before, after) == ["b.ack"]
    folders.move_to_done(tmp_path, "b.ack")
    assert {path.name for path in tmp_path.iterdir()} == {"a.ack", "done"}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none")
