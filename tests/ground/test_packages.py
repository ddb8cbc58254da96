"""What the machine lacks: installed as root, named otherwise; a missing browser is never silent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.checks import packages
from dev.checks.packages import Need

ROOT = Path(__file__).resolve().parents[2]
LACKING = Need("harp", "music", "libharp0", lambda: "")
THERE = Need("drum", "noise", "libdrum0", lambda: "/usr/bin/drum")


@pytest.fixture
def said():
    return []


@pytest.fixture
def commands(monkeypatch):
    """Notes what would be run as root; `commands.status` is its exit status."""

    class Commands(list):
        status = 0

    ran = Commands()

    def run(command, **_options):
        ran.append(command)
        return subprocess.CompletedProcess(command, ran.status, stdout="", stderr="no such package")

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    return ran


def test_nothing_is_said_when_nothing_lacks(said, commands):
    assert packages.offer((THERE,), said.append) == []
    assert (said, commands) == ([], [])


def test_an_ordinary_user_is_told_the_one_line(said, commands, monkeypatch):
    monkeypatch.setattr(packages.os, "getuid", lambda: 1000)
    assert packages.offer((LACKING, THERE), said.append) == [LACKING]
    assert commands == []
    assert "apt-get install --yes --no-install-recommends libharp0" in said[0]
    assert "libdrum0" not in said[0]


def test_root_gets_it_installed(said, commands, monkeypatch):
    monkeypatch.setattr(packages.os, "getuid", lambda: 0)
    packages.offer((LACKING, THERE), said.append)
    (command,) = commands
    assert command[-1].endswith(" libharp0")


def test_a_failed_installation_is_not_silent(said, commands, monkeypatch):
    monkeypatch.setattr(packages.os, "getuid", lambda: 0)
    commands.status = 100
    assert packages.offer((LACKING,), said.append) == [LACKING]
    assert "no such package" in said
    assert "Install with:" in said[-1]


def test_a_named_browser_comes_first(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert packages.find_chromium() == sys.executable
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert packages.find_chromium() == ""


@pytest.mark.parametrize(("required", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_a_missing_browser_skips_or_fails_with_its_reason(tmp_path, required, outcome):
    file = tmp_path / "test_browser_wanted.py"
    file.write_text("def test_it(browser):\n    pass\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "no:django", "-rsE"),
            *(
                "-p",
                "dev.testing.pytest_browser",
                "-p",
                "no:cacheprovider",
                f"--rootdir={tmp_path}",
                file,
            ),
        ],
        env={**os.environ, "CHROMIUM": "/nowhere/chromium", "REQUIRE_BROWSER": required},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome in done.stdout
    assert "no Chromium: apt-get install chromium" in done.stdout
    assert (done.returncode == 0) == (required == "")
