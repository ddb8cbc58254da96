"""The import contracts of pyproject.toml can fail: each is broken once on a tiny tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "followup": ["core", "domain", "models", "queries", "actions"],
    "pv": ["domain", "models", "adapters", "queries", "actions", "config", "demo"],
}
DOORS = ["web", "api", "tasks", "management"]
BREACHES = [
    ("followup/actions/visits.py", "import pv.domain", "pv stands on followup"),
    ("followup/queries/visits.py", "import followup.actions", "The floors of followup"),
    ("followup/core/audit.py", "import followup.domain", "The floors of followup"),
    ("followup/web/visits.py", "import followup.api", "The floors of followup"),
    ("followup/state_machines.py", "import followup.domain", "The floors of followup"),
    ("followup/extra/visits.py", "", "The floors of followup"),
    ("pv/adapters/pdf.py", "import pv.queries", "The floors of pv"),
    ("pv/actions/cases.py", "import pv.fact_handlers", "The floors of pv"),
    ("pv/fact_handlers.py", "import pv.config", "The floors of pv"),
    ("pv/tasks/ticks.py", "import pv.management", "The floors of pv"),
    ("pv/extra.py", "", "The floors of pv"),
    ("pv/actions/cases.py", "import pv.demo", "The floors of pv"),
    ("pv/config/settings.py", "import pv.demo", "The floors of pv"),
    ("pv/domain/clocks.py", "import pv.domain.cases", "No ring of imports"),
    ("pv/domain/clocks.py", "import django", "The domain is pure"),
    ("followup/domain/visits.py", "import psycopg", "The domain is pure"),
    ("followup/state_machines.py", "import django", "The domain is pure"),
    ("pv/domain/clocks.py", "import followup.core", "The domain is pure"),
    ("pv/web/cases.py", "import followup.models", "Doors never touch tables"),
    ("followup/api/visits.py", "import followup.models", "Doors never touch tables"),
]


@pytest.fixture
def tree(tmp_path):
    """Both packages with every floor, one module that may be used, and the real contracts."""
    for package, floors in FOLDERS.items():
        for folder in ["", *floors, *DOORS, "migrations"]:
            place = tmp_path / package / folder
            place.mkdir(parents=True, exist_ok=True)
            (place / "__init__.py").touch()
        (tmp_path / package / "apps.py").touch()
        (tmp_path / package / "extensions.py").touch()
    (tmp_path / "pv/fact_handlers.py").touch()
    (tmp_path / "followup/state_machines.py").touch()
    (tmp_path / "followup/lazy_modules.py").touch()
    (tmp_path / "followup/languages.py").touch()
    (tmp_path / "pv/domain/cases.py").write_text("import pv.domain.clocks\n")
    (tmp_path / "pv/domain/clocks.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_sound_tree_is_kept(tree):
    done = lint(tree)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(("path", "text", "contract"), BREACHES)
def test_a_breach_is_seen(tree, path, text, contract):
    file = tree / path
    file.parent.mkdir(exist_ok=True)
    (file.parent / "__init__.py").touch()
    file.write_text(text + "\n")
    done = lint(tree)
    assert done.returncode == 1, done.stdout
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), done.stdout


def test_no_contract_has_an_exception():
    text = (ROOT / "pyproject.toml").read_text()
    assert "ignore_imports" not in text
    assert "exhaustive_ignores" not in text
    assert text.count("exhaustive = true") == 2
