"""The schema step: not run without schemas, from a folder or a zip with them, never a network."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pv.adapters.schemas import ICSR, SchemaResult, Schemas, SchemasRefused, install

SHARED = Path(__file__).resolve().parents[4] / "shared" / "e2b"


@pytest.fixture
def xsd() -> Path:
    if not SHARED.is_dir():
        pytest.skip("reference material ../shared/e2b is not beside the repository")
    return SHARED / "xsd"


@pytest.fixture
def sample() -> bytes:
    if not SHARED.is_dir():
        pytest.skip("reference material ../shared/e2b is not beside the repository")
    return (SHARED / "samples" / "FAERS2022Scenario3.xml").read_bytes()


def test_without_schemas_the_step_did_not_run(tmp_path: Path) -> None:
    schemas = Schemas(tmp_path)
    assert schemas.check(b"<a/>").outcome is SchemaResult.NOT_RUN
    assert not schemas.loaded()


def test_from_a_folder(tmp_path: Path, xsd: Path, sample: bytes) -> None:
    schemas = Schemas(tmp_path)
    assert schemas.check(sample).outcome is SchemaResult.NOT_RUN
    installed = install(xsd, tmp_path)
    assert (installed.files, installed.warning) == (55, None)
    assert schemas.check(sample).outcome is SchemaResult.VALID
    broken = schemas.check(sample.replace(b"statusCode", b"statusKode"))
    assert broken.outcome is SchemaResult.INVALID
    assert "statusKode" in broken.errors[0].message
    assert schemas.check(b"<!DOCTYPE a><a/>").outcome is SchemaResult.INVALID
    assert schemas.check(b"<a").outcome is SchemaResult.INVALID


def test_from_a_zip_with_another_hash(tmp_path: Path, xsd: Path, sample: bytes) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in xsd.rglob("*.xsd"):
            target.write(path, f"deep/er/{path.parent.name}/{path.name}")
        target.writestr("../../multicacheschemas/../evil.xsd", "<a/>")
        target.writestr("/multicacheschemas/outside.xsd", "<a/>")
    installed = install(archive, tmp_path / "into")
    assert installed.warning == "another_hash"
    assert not list(tmp_path.glob("*.xsd"))
    assert Schemas(tmp_path / "into").check(sample).outcome is SchemaResult.VALID


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    with pytest.raises(SchemasRefused) as refused:
        install(tmp_path / "x.zip", tmp_path / "into")
    assert refused.value.code == "schema_source"
    with pytest.raises(SchemasRefused) as refused:
        install(tmp_path, tmp_path / "into")
    assert (refused.value.code, refused.value.detail) == ("schema_missing", f"{ICSR}.xsd")


def test_a_set_that_another_process_installs_is_seen_at_once(
    tmp_path: Path, xsd: Path, sample: bytes
) -> None:
    into = tmp_path / "into"
    assert Schemas(into).check(sample).outcome is SchemaResult.NOT_RUN
    code = "import sys, pathlib; from pv.adapters.schemas import install; "
    code += "install(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, str(xsd), str(into)], check=True, cwd=root)
    assert Schemas(into).check(sample).outcome is SchemaResult.VALID
    shutil.rmtree(into)
    assert Schemas(into).check(sample).outcome is SchemaResult.NOT_RUN


def test_a_set_that_does_not_compile_is_no_verdict(
    tmp_path: Path, xsd: Path, sample: bytes
) -> None:
    install(xsd, tmp_path)
    assert Schemas(tmp_path).check(sample).outcome is SchemaResult.VALID
    (tmp_path / "multicacheschemas" / f"{ICSR}.xsd").write_bytes(b"<a/>")
    report = Schemas(tmp_path).check(sample)
    assert report.outcome is SchemaResult.NOT_RUN
    assert "schema_broken" in report.errors[0].message
