"""The kept data folders: named by what shaped them, copied whole, few, and safe together."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.engines import data_folders
from dev.engines.data_folders import DataFolders, imported, schema_key, world_key

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kept(tmp_path):
    folders = DataFolders(tmp_path / "kept")
    folders.place.mkdir()
    return folders


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "1").write_bytes(b"rows")
    folder.chmod(0o700)
    return folder


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A small tree of sources that stands for ours."""
    root = tmp_path / "root"
    for name in data_folders.ALWAYS:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    files = {
        "followup/models/__init__.py": "from followup.core import tables\n",
        "followup/core/tables.py": "from followup.domain.dates import (\n    span,\n)\n",
        "followup/domain/dates.py": "",
        "followup/migrations/0001_first.py": "",
        "followup/reference/products.json": "{}",
        "followup/core/sql/audit.sql": "SELECT 1",
        "followup/web/pages.py": "",
        "pv/web/static/menu.json": "{}",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(data_folders, "ROOT", root)
    return root


@pytest.mark.parametrize(
    ("name", "schema", "world"),
    [
        ("followup/models/__init__.py", True, True),
        ("followup/domain/dates.py", True, True),
        ("followup/migrations/0001_first.py", True, True),
        ("followup/reference/products.json", True, True),
        ("followup/core/sql/audit.sql", True, True),
        ("requirements.lock", True, True),
        ("followup/web/pages.py", False, True),
        ("pv/web/static/menu.json", False, False),
    ],
)
def test_a_key_changes_with_what_shapes_the_data(sources, name, schema, world):
    before = schema_key("18.6"), world_key("18.6")
    with (sources / name).open("a") as file:
        file.write("\n# changed")
    after = schema_key("18.6"), world_key("18.6")
    assert (before[0] != after[0], before[1] != after[1]) == (schema, world)


def test_another_postgresql_or_another_day_is_another_key(sources, monkeypatch):
    assert schema_key("18.6") != schema_key("17.2")
    today = world_key("18.6")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    assert world_key("18.6") != today


def test_what_load_reference_reads_is_among_the_imports():
    names = {str(path.relative_to(ROOT)) for path in imported(data_folders.STARTING_POINTS)}
    assert {
        "followup/core/guards.py",
        "followup/models/patients.py",
        "followup/queries/shipped.py",
        "followup/actions/reference/__init__.py",
        "pv/queries/documents.py",
        "pv/domain/clocks/__init__.py",
    } <= names
    assert not any("/web/" in name for name in names)


def test_a_copy_is_whole_and_keeps_modes(kept, data, tmp_path):
    kept.keep("schema-1", data)
    target = tmp_path / "again"
    assert kept.restore("schema-1", target)
    assert (target / "base" / "1").read_bytes() == b"rows"
    assert target.stat().st_mode & 0o777 == 0o700
    assert not kept.restore("schema-2", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_the_last_used_two_of_a_kind_stay_and_nothing_half_made(kept, data, tmp_path):
    for number in (1, 2, 3):
        kept.keep(f"world-{number}", data)
        os.utime(kept.place / f"world-{number}", (number, number))
    kept.keep("schema-1", data)
    assert kept.restore("world-2", tmp_path / "used")
    (kept.place / "part-of-a-killed-run").mkdir()
    kept.keep("world-4", data)
    assert sorted(path.name for path in kept.place.iterdir()) == ["schema-1", "world-2", "world-4"]


def test_what_cannot_be_copied_is_not_kept(kept, data, tmp_path):
    kept.keep("schema-1", tmp_path / "missing")
    assert not kept.restore("schema-1", tmp_path / "again")
    assert list(kept.place.iterdir()) == []


def test_two_runs_do_not_make_the_same_folder(kept):
    script = (
        "import sys; from pathlib import Path; from dev.engines.data_folders import DataFolders\n"
        "with DataFolders(Path(sys.argv[1])).alone(): print('in')"
    )
    with kept.alone():
        other = subprocess.Popen(
            [sys.executable, "-c", script, kept.place], cwd=ROOT, stdout=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1)
    assert other.communicate(timeout=60)[0] == b"in\n"
