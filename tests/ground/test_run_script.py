"""The shell script `run`, with stand-ins for Python so that nothing is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUB = "#!/bin/sh\necho 'version manager: command not found' >&2\nexit 127\n"
# A base Python: answers the probe, and `-m venv .venv` makes a Python that notes its arguments.
BASE = """#!/bin/sh
case "$1" in
    -c) exit 0 ;;
    --version) echo "Python 3.11.9"; exit 0 ;;
esac
echo "base $*" >>"$NOTES"
mkdir -p .venv/bin
cat >.venv/bin/python <<'INNER'
#!/bin/sh
case "$1" in -c) exit 0 ;; esac
echo "venv $*" >>"$NOTES"
if [ "$2" = pip ] && [ "${PIP_FAILS:-}" = yes ]; then echo "no network" ; exit 9; fi
INNER
cat >.venv/bin/uv <<'INNER'
#!/bin/sh
echo "uv $1 $2" >>"$NOTES"
exit "${UV_STATUS:-0}"
INNER
chmod +x .venv/bin/python .venv/bin/uv
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the script, its locks and a PATH of stand-ins."""
    shutil.copy(ROOT / "run", tmp_path / "run")
    for name in ("requirements.lock", "requirements-uv.lock"):
        (tmp_path / name).write_text("thing==1\n")
    for folder, name, text in (("shims", "python3.13", STUB), ("bin", "python3", BASE)):
        path = tmp_path / folder / name
        path.parent.mkdir()
        path.write_text(text)
        path.chmod(0o755)
    return tmp_path


def run(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "run", *arguments],
        env={
            "PATH": f"{checkout}/shims:{checkout}/bin:/usr/sbin:/bin",
            "NOTES": str(checkout / "notes"),
            **environment,
        },
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
    )


def notes(checkout: Path) -> list[str]:
    file = checkout / "notes"
    return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def without_other_pythons(checkout):
    """Only the stand-ins and the few tools the script needs are on PATH."""
    tools = checkout / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "dirname", "mkdir", "rm", "chmod", "grep"):
        (tools / name).symlink_to(shutil.which(name))
    return f"{checkout}/shims:{checkout}/bin:{tools}"


def test_a_shim_that_does_not_run_is_passed_over(checkout, without_other_pythons):
    done = run(checkout, "doctor", PATH=without_other_pythons)
    assert done.returncode == 0, done.stderr
    assert notes(checkout) == [
        "base -m venv .venv",
        "venv -m pip install --require-hashes -r requirements-uv.lock",
        "uv pip sync",
        "venv -m dev.checks.doctor",
    ]


def test_nothing_is_installed_twice_until_a_lock_changes(checkout, without_other_pythons):
    run(checkout, "doctor", PATH=without_other_pythons)
    (checkout / "notes").unlink()
    run(checkout, "doctor", PATH=without_other_pythons)
    assert notes(checkout) == ["venv -m dev.checks.doctor"]
    (checkout / "requirements.lock").write_text("thing==2\n")
    run(checkout, "doctor", PATH=without_other_pythons)
    assert "uv pip sync" in notes(checkout)


def test_pip_does_it_when_uv_cannot(checkout, without_other_pythons):
    done = run(checkout, "check", PATH=without_other_pythons, UV_STATUS="2")
    assert done.returncode == 0
    assert notes(checkout)[-2:] == [
        "venv -m pip install --require-hashes -r requirements.lock",
        "venv -m dev.checks.check",
    ]


def test_a_failed_installation_says_why_and_is_tried_again(checkout, without_other_pythons):
    done = run(checkout, "demo", PATH=without_other_pythons, PIP_FAILS="yes")
    assert done.returncode == 9
    assert "no network" in done.stderr
    assert "venv -m dev.demo.supervisor" not in notes(checkout)
    done = run(checkout, "demo", PATH=without_other_pythons)
    assert done.returncode == 0
    assert notes(checkout)[-1] == "venv -m dev.demo.supervisor"


def test_without_any_python_it_names_the_line(checkout, without_other_pythons):
    (checkout / "bin/python3").unlink()
    done = run(checkout, "demo", PATH=without_other_pythons)
    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        ([], "dev.demo.supervisor"),
        (["--port", "9000"], "dev.demo.supervisor --port 9000"),
        (["demo", "--once"], "dev.demo.supervisor --once"),
        (["test", "-k", "a or b"], "dev.testing.run_tests -k a or b"),
        (["manage", "plan", "--json"], "dev.demo.management plan --json"),
        (["bench", "schedules"], "bench schedules"),
        (["oracle", "icsr"], "dev.testing.oracle icsr"),
        (["coverage", "--last"], "dev.checks.coverage --last"),
        (["messages", "--check"], "dev.checks.translations --check"),
    ],
)
def test_each_word_starts_its_module(checkout, without_other_pythons, arguments, module):
    done = run(checkout, *arguments, PATH=without_other_pythons)
    assert done.returncode == 0, done.stderr
    assert notes(checkout)[-1] == f"venv -m {module}"


def test_an_unknown_word_is_refused_before_anything_is_installed(checkout):
    done = run(checkout, "tset")
    assert done.returncode == 2
    assert "./run tset is not known" in done.stderr
    assert "./run test" in done.stderr
    assert notes(checkout) == []


def test_help_needs_nothing(checkout):
    done = run(checkout, "help")
    assert done.returncode == 0
    for word in ("demo", "test", "check", "bench", "oracle", "manage", "doctor", "lock"):
        assert word in done.stdout


def test_the_script_is_plain_posix_shell():
    dash = shutil.which("dash") or "/bin/sh"
    for script in ("run", ".ci/run", "docker/roles.sh"):
        path = ROOT / script
        assert os.access(path, os.X_OK)
        assert path.read_text().startswith("#!/bin/sh\n")
        assert subprocess.run([dash, "-n", path], check=False).returncode == 0
