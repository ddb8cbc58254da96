"""Children: stopped in time, and never outliving a killed parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.engines import orphans
from dev.engines.processes import spawn, stop, unprivileged_account
from dev.paths import SOCKET_FOLDER_BYTES, socket_folder

PARENT = """
import sys, time
from dev.engines.processes import spawn, unprivileged_account
from pathlib import Path
account = unprivileged_account() if sys.argv[1] == "other" else None
child = spawn(["/bin/sleep", "60"], account=account)
print(child.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for_end(pid: int, patience: float = 5) -> bool:
    end = time.monotonic() + patience
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_running(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux only")
@pytest.mark.parametrize("who", ["same", "other"])
def test_a_killed_parent_leaves_no_child(who):
    if who == "other" and os.getuid() != 0:
        pytest.skip("only root can start a program as another user")
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, who], stdout=subprocess.PIPE, text=True, cwd=root
    )
    with parent:
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.send_signal(signal.SIGKILL)
    assert wait_for_end(child)


def test_a_child_that_ignores_the_signal_is_killed_after_patience(tmp_path):
    ready = tmp_path / "ready"
    child = spawn(["/bin/sh", "-c", f"trap '' TERM; touch {ready}; sleep 60 & wait; sleep 60"])
    while not ready.exists():
        time.sleep(0.01)
    assert stop(child, patience=0.3) is False
    assert child.returncode == -signal.SIGKILL


def test_a_child_that_obeys_is_not_killed():
    child = spawn(["/bin/sleep", "60"])
    assert stop(child) is True
    assert child.returncode == -signal.SIGTERM


def test_ctrl_c_does_not_reach_children():
    child = spawn(["/bin/sleep", "60"])
    try:
        assert os.getpgid(child.pid) != os.getpgid(0)
    finally:
        stop(child)


def test_another_account_keeps_no_group_of_root():
    account = unprivileged_account()
    if account is None:
        pytest.skip("only root changes the account")
    child = spawn(["/bin/sleep", "60"], account=account)
    try:
        status = Path(f"/proc/{child.pid}/status").read_text()
    finally:
        stop(child)
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(lines["Uid"].split()) == {str(account.uid)}
    assert lines["Groups"].split() == []


def test_sockets_of_a_deep_folder_move_to_a_short_one(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    place = socket_folder(deep, "postgres")
    try:
        assert len(os.fsencode(place)) <= SOCKET_FOLDER_BYTES
        assert place.stat().st_mode & 0o777 == 0o700
        assert socket_folder(deep, "postgres") == place
    finally:
        place.rmdir()


def test_a_leftover_that_ignores_the_first_signal_is_ended_too(tmp_path):
    root = Path(__file__).resolve().parents[2]
    deaf = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); "
    )
    ours = spawn([sys.executable, "-c", f"{deaf}time.sleep(60)", root], log=tmp_path / "log")
    try:
        file = tmp_path / "children.json"
        orphans.record(file, {"ours": ours})
        while not (tmp_path / "log").read_bytes():
            time.sleep(0.02)
            if ours.poll() is not None:
                break
        assert orphans.end(file, patience=0.5) == ["ours"]
        assert ours.wait(30) == -signal.SIGTERM
    finally:
        stop(ours)


def test_recorded_leftovers_are_ended_and_strangers_are_not(tmp_path):
    root = Path(__file__).resolve().parents[2]
    ours = spawn([sys.executable, "-c", "import time; time.sleep(60)", root])
    stranger = spawn(["/bin/sleep", "60"])
    try:
        file = tmp_path / "children.json"
        orphans.record(file, {"ours": ours, "stranger": stranger})
        while not orphans.command_of(ours.pid):
            time.sleep(0.02)
        assert orphans.end(file, patience=2) == ["ours"]
        # Whoever started the tests in the background made them, and so this process, ignore SIGINT.
        assert ours.wait(30) in (-signal.SIGINT, -signal.SIGTERM)
        assert stranger.poll() is None
        assert not file.exists()
        assert orphans.end(file) == []
    finally:
        stop(stranger)
        stop(ours)
