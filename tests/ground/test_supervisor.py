"""What `./run demo` says and does before any engine starts, and how secrets are kept."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.demo.supervisor import parse
from dev.engines.single_instance import Busy, port_is_free, sole_supervisor
from dev.environments import demo_secrets, production_sample

ROOT = Path(__file__).resolve().parents[2]


def demo(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dev.demo.supervisor", *arguments],
        env={**os.environ, "EVERWATCH_VAR": str(var)},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_second_start_is_refused_and_names_the_first(tmp_path):
    with sole_supervisor(tmp_path, "http://127.0.0.1:8000/"):
        done = demo(tmp_path, "--once")
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr
    assert "http://127.0.0.1:8000/" in done.stderr
    assert not list(tmp_path.glob("pg-*"))


def test_the_lock_ends_with_its_holder(tmp_path):
    with sole_supervisor(tmp_path, "first"), pytest.raises(Busy), sole_supervisor(tmp_path, "b"):
        pass
    with sole_supervisor(tmp_path, "second"):
        assert "second" in (tmp_path / "demo.lock").read_text()
        assert "first" not in (tmp_path / "demo.lock").read_text()


def test_a_used_port_is_named_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free("127.0.0.1", port)
        done = demo(tmp_path, "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert not list(tmp_path.glob("pg-*"))


def test_secrets_are_made_once_and_only_for_us(tmp_path):
    file = tmp_path / "demo.env"
    first = demo_secrets(file)
    assert first.keys() == {"SECRET_KEY", "IDENTITY_KEYS", "BLIND_INDEX_KEY"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert demo_secrets(file) == first
    assert demo_secrets(tmp_path / "other.env") != first


@pytest.mark.requirement("ASVS-13.2.3")
def test_the_production_sample_has_new_secrets_each_time():
    one, two = production_sample(), production_sample()
    for name in ("SECRET_KEY", "IDENTITY_KEYS", "BLIND_INDEX_KEY"):
        assert one[name] != two[name]


def test_options_have_the_documented_defaults():
    options = parse([])
    assert (options.port, options.host, options.once) == (8000, "127.0.0.1", False)
    assert parse(["--patients", "7", "--seed", "3"]).patients == 7


def test_a_role_without_power_is_refused_with_the_remedy(cloned_database, tmp_path):
    environment = {
        **os.environ,
        "EVERWATCH_VAR": str(tmp_path),
        "DATABASE_URL": cloned_database.application,
    }
    del environment["DATABASE_OWNER_URL"]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dev.demo.supervisor", "--once", "--port", "0"],
        env=environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "DATABASE_OWNER_URL" in done.stderr
    assert time.monotonic() - began < 30
