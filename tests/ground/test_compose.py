"""docker-compose.yml and Dockerfile: what can be known without an engine."""

import fnmatch
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from dev.checks.packages import PDF
from dev.environments import production_sample

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SAMPLE = {
    name: f"sample-{name.lower()}"
    for name in re.findall(r"^([A-Z_]+)=", (ROOT / "docker/sample.env").read_text(), re.MULTILINE)
}


def compose(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Ask Docker Compose's own parser; its Python wrapper would hide the exit status."""
    package = find_spec("compose")
    assert package
    assert package.origin
    binary = Path(package.origin).parent / "docker-compose"
    return subprocess.run(
        [binary, "--file", COMPOSE, *options, "config"],
        env={"PATH": os.environ["PATH"], "HOME": "/tmp", **environment},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def services():
    done = compose(SAMPLE)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["services"]


def test_it_has_every_process(services):
    assert services.keys() == {
        *("postgres", "valkey", "migrate", "web", "worker", "beat"),
        "mllp",
    }


@pytest.mark.parametrize("name", sorted(SAMPLE))
@pytest.mark.requirement("ASVS-13.2.3")
def test_a_missing_value_stops_it(name):
    done = compose({key: value for key, value in SAMPLE.items() if key != name})
    assert done.returncode != 0
    assert name in done.stderr


def test_only_the_migration_knows_the_owner(services):
    knows = {
        name
        for name, part in services.items()
        if "DATABASE_OWNER_URL" in part.get("environment", {})
    }
    assert knows == {"migrate"}


def test_servers_are_checked_and_waited_for(services):
    for name, part in services.items():
        assert ("healthcheck" in part) == (name != "migrate"), name
    for name in ("web", "worker", "beat", "mllp"):
        conditions = {
            key: value["condition"] for key, value in services[name]["depends_on"].items()
        }
        assert conditions == {
            "migrate": "service_completed_successfully",
            "valkey": "service_healthy",
        }


def test_data_outlives_the_containers(services):
    kept = {
        volume["target"]
        for part in services.values()
        for volume in part.get("volumes", [])
        if volume["type"] == "volume"
    }
    assert kept == {"/var/lib/postgresql", "/data", "/app/var"}


def test_the_port_is_the_images_and_only_local(services):
    (port,) = services["web"]["ports"]
    assert str(port["target"]) == re.search(r"EXPOSE (\d+)", DOCKERFILE)[1]
    assert port["host_ip"] == "127.0.0.1"


def test_images_are_pinned_to_a_version(services):
    images = [part["image"] for part in services.values() if "build" not in part]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    for image in images:
        assert re.search(r":\d", image), image
        assert image.count("/") <= 1, f"{image} names a registry"


def instructions(word: str) -> list[str]:
    """The arguments of each instruction `word`, with its continuation lines."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{word} (.*)$", joined, re.MULTILINE)


@pytest.mark.requirement("ASVS-13.4.1")
def test_the_image_copies_only_what_exists_and_is_not_ignored():
    kept = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for line in instructions("COPY"):
        if line.startswith("--from"):
            continue
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch.fnmatch(source, pattern) for pattern in kept), source


def test_the_image_installs_hashed_production_packages_only():
    (install,) = [line for line in instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "requirements-production.lock" in install
    assert "requirements.lock" not in DOCKERFILE


def test_the_image_has_the_libraries_that_doctor_asks_for():
    for need in PDF:
        for name in need.debian.split():
            assert name in DOCKERFILE


def test_the_image_does_not_run_as_root():
    assert instructions("USER")[-1] not in {"root", "0"}
    assert DOCKERFILE.rindex("\nUSER ") < DOCKERFILE.rindex("\nCMD ")


def ignored() -> list[str]:
    """What .dockerignore takes out again of the folders it lets in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines[lines.index("!pv") + 1 :] if not line.startswith("!")]


@pytest.fixture
def image(tmp_path):
    """A tree with what the image holds of our packages."""
    for package in ("followup", "pv"):
        (tmp_path / package).mkdir()
        for entry in (ROOT / package).iterdir():
            if f"{package}/{entry.name}" not in ignored():
                (tmp_path / package / entry.name).symlink_to(entry)
    for name in ("manage.py", "templates", "locale"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def manage(folder: Path, *words: str, **values: str) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    program = f"import manage, sys; sys.argv = ['manage.py', *{words}]; manage.main()"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**keep, **production_sample(), "PYTHONPATH": str(folder), **values},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.requirement("ASVS-15.2.3")
def test_the_image_runs_without_the_demo_s_data(image):
    assert not (image / "pv/demo").exists()
    assert (image / "pv/actions").exists()
    done = manage(image, "help", "--commands")
    assert done.returncode == 0, done.stderr
    assert "load_reference" in done.stdout.split()
    assert "seed_demo" not in done.stdout.split()


def test_the_image_says_why_it_is_no_demo(image):
    done = manage(image, "load_reference", EVERWATCH_ENV="demo")
    assert "Start it from the source: ./run demo" in done.stderr


@pytest.mark.requirement("ASVS-15.2.3")
def test_production_has_no_demo_even_from_the_source():
    words = ("help", "--commands")
    assert "seed_demo" not in manage(ROOT, *words).stdout.split()
    assert "seed_demo" in manage(ROOT, *words, EVERWATCH_ENV="demo").stdout.split()
