"""Archives that would grow too large are refused before anything of them is unpacked."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from followup.domain import archives
from followup.domain.archives import ArchiveBounds, ArchiveTooLarge
from followup.domain.laboratory.spreadsheets import SheetProblem, read_sheet
from pv.adapters.faers import archives as faers
from pv.adapters.faers.store import Store
from pv.adapters.schemas import SchemasRefused, install


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(**more: bytes) -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["patient", "day"])
    book.active.append(["P-1", "2026-01-01"])
    book.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.requirement("ASVS-5.2.3")
@pytest.mark.parametrize("bounds", [ArchiveBounds(3, 10_000), ArchiveBounds(100, 2_000)])
def test_members_and_bytes_are_counted_before_unpacking(bounds: ArchiveBounds) -> None:
    content = packed({f"{number}.txt": bytes(1_000) for number in range(4)})
    assert len(content) < 1_000
    with zipfile.ZipFile(io.BytesIO(content)) as archive, pytest.raises(ArchiveTooLarge):
        archives.check(archive, bounds)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archives.check(archive, ArchiveBounds(4, 4_000))


@pytest.mark.requirement("ASVS-5.2.3")
def test_a_workbook_that_would_fill_the_memory_is_not_unpacked(monkeypatch) -> None:
    assert read_sheet(workbook()).headings == ["patient", "day"]
    monkeypatch.setattr(archives, "WORKBOOK", ArchiveBounds(100, 1_000_000))
    with pytest.raises(ValueError, match=SheetProblem.TOO_LARGE):
        read_sheet(workbook(bomb=bytes(2_000_000)))
    monkeypatch.setattr(archives, "WORKBOOK", ArchiveBounds(20, 1_000_000))
    with pytest.raises(ValueError, match=SheetProblem.TOO_LARGE):
        read_sheet(workbook(**{f"member{number}": b"1" for number in range(20)}))


@pytest.mark.requirement("ASVS-5.2.3")
def test_a_size_that_is_understated_unpacks_no_more_than_it_says() -> None:
    content = bytearray(packed({"a.txt": bytes(100_000)}))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (10).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        archives.check(archive, ArchiveBounds(1, 10))
        with pytest.raises(zipfile.BadZipFile):
            archive.read("a.txt")


@pytest.mark.requirement("ASVS-5.2.3")
def test_schemas_and_quarters_of_faers_are_bounded_too(tmp_path: Path, monkeypatch) -> None:
    small = ArchiveBounds(1, 1_000)
    monkeypatch.setattr(archives, "SCHEMAS", small)
    monkeypatch.setattr(archives, "FAERS_QUARTER", small)
    source = tmp_path / "schemas.zip"
    source.write_bytes(packed({"coreschemas/a.xsd": bytes(2_000)}))
    with pytest.raises(SchemasRefused, match="schema_too_large"):
        install(source, tmp_path / "installed")
    quarter = tmp_path / "faers_ascii_2026q2.zip"
    quarter.write_bytes(packed({"ASCII/DEMO26Q2.txt": bytes(2_000)}))
    with (
        Store.open(tmp_path / "faers.duckdb") as store,
        pytest.raises(faers.WrongArchive, match="bytes unpacked"),
    ):
        faers.load(store, quarter, tmp_path)
