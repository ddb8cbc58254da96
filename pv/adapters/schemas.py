"""ICH's XML schemas, which the product may not carry: loaded once from a folder, used per process.

`install` copies ICH's zip (or a folder that holds it unpacked) into a directory; `Schemas` compiles
them on first use and validates bytes. Without them every answer is a plain ``not run``.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from followup.domain import archives
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = lazy("lxml.etree")

# ICH_ICSR_XML_Schema_Set_v2.5.zip as ICH published it.
EXPECTED_SHA256 = "5856ec10978d430bf98a989606c13b0fe2ae437b37296baa1deb2b988cbce0a5"
FOLDERS = ("coreschemas", "multicacheschemas")
ICSR, ACKNOWLEDGEMENT = "MCCI_IN200100UV01", "MCCI_IN200101UV01"
ROOTS = frozenset({ICSR, ACKNOWLEDGEMENT})
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FILES = 400
MAX_ERRORS = 50


class SchemaResult(StrEnum):
    """The answer of the schema step; the third one is not a pass."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_RUN = "not run"


class SchemasRefused(Exception):
    """A source that does not hold ICH's schemas; ``code`` is for the doors to translate."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed. ``warning`` is set when the zip is not the one ICH published."""

    files: int
    sha256: str | None
    warning: str | None


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One complaint of the schema: line in the document, message, element path."""

    line: int
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """The result of the schema step: outcome and at most `MAX_ERRORS` complaints."""

    outcome: SchemaResult
    errors: tuple[SchemaError, ...] = ()


def install(source: Path, directory: Path) -> Installed:
    """Copy the schema files from ICH's zip or an unpacked folder into ``directory``.

    Another hash than ICH's is accepted with a warning. Raises SchemasRefused when the ICSR schema
    is not in the source or a file in the zip is unreasonable.
    """
    if source.is_dir():
        files, digest = _from_folder(source), None
    else:
        files, digest = _from_zip(source), hashlib.sha256(source.read_bytes()).hexdigest()
    if f"multicacheschemas/{ICSR}.xsd" not in files:
        raise SchemasRefused("schema_missing", f"{ICSR}.xsd")
    # The two schemas that are asked for come last, so nobody compiles a set that is half there.
    for name, data in sorted(files.items(), key=lambda item: PurePosixPath(item[0]).stem in ROOTS):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.write_bytes(data)
        part.replace(target)
    warning = None if digest in (None, EXPECTED_SHA256) else "another_hash"
    return Installed(len(files), digest, warning)


def _from_folder(source: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(source.rglob("*.xsd")):
        if path.parent.name in FOLDERS:
            found[f"{path.parent.name}/{path.name}"] = path.read_bytes()
    return found


def _from_zip(source: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(source) as archive:
            archives.check(archive, archives.SCHEMAS)
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename.replace("\\", "/"))
                if path.suffix.lower() != ".xsd" or path.parent.name not in FOLDERS:
                    continue
                if entry.file_size > MAX_FILE_BYTES or len(found) >= MAX_FILES:
                    raise SchemasRefused("schema_too_large", entry.filename)
                # Only the two last parts of the name are used, so nothing leaves the directory.
                found[f"{path.parent.name}/{path.name}"] = archive.read(entry)
    except archives.ArchiveTooLarge as error:
        raise SchemasRefused("schema_too_large", source.name) from error
    except (zipfile.BadZipFile, OSError) as error:
        raise SchemasRefused("schema_source", str(error)) from error
    return found


Stamp = tuple[tuple[int, int, int], ...]


def _stamp(directory: Path, path: Path) -> Stamp:
    """What changes when a set is installed: both folders and the root's file.

    Each file is put in place by a rename, which a folder's time tells; to ask for every file at
    every message cost as much as to validate it.
    """
    found = []
    for place in (*(directory / folder for folder in FOLDERS), path):
        try:
            facts = place.stat()
        except OSError:
            continue
        found.append((facts.st_mtime_ns, facts.st_ino, facts.st_size))
    return tuple(found)


def _schema(directory: Path, name: str) -> etree.XMLSchema | None:
    """The schema as it is installed now: absence is asked again each time, never remembered."""
    path = directory / "multicacheschemas" / f"{name}.xsd"
    return _compiled(path, _stamp(directory, path)) if path.is_file() else None


@lru_cache(maxsize=4)
def _compiled(path: Path, stamp: Stamp) -> etree.XMLSchema:
    """Compiled once per process and installed set."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError) as error:
        raise SchemasRefused("schema_broken", str(error)) from error


class Schemas:
    """The schema step on a directory; what another process installs there is seen at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def loaded(self, name: str = ICSR) -> bool:
        """True when the schema of this root element is installed."""
        return _schema(self.directory, name) is not None

    def check(self, data: bytes) -> SchemaReport:
        """Validate a document against the schema its root element names.

        A document that is not well-formed, or has a DTD, is invalid; nothing is fetched.
        """
        parser = etree.XMLParser(
            no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            return SchemaReport(SchemaResult.INVALID, (SchemaError(0, str(error), ""),))
        if root.getroottree().docinfo.internalDTD is not None:
            return SchemaReport(SchemaResult.INVALID, (SchemaError(0, "DOCTYPE", ""),))
        return self.check_element(root)

    def check_element(self, root: etree._Element) -> SchemaReport:
        """As `check`, for a root element that was parsed already.

        A set that does not compile is no verdict on the document: not run, and the reason.
        """
        name = etree.QName(root).localname
        try:
            schema = _schema(self.directory, name if name == ACKNOWLEDGEMENT else ICSR)
        except SchemasRefused as refused:
            return SchemaReport(SchemaResult.NOT_RUN, (SchemaError(0, str(refused), ""),))
        if schema is None:
            return SchemaReport(SchemaResult.NOT_RUN)
        if schema.validate(root):
            return SchemaReport(SchemaResult.VALID)
        errors = [
            SchemaError(entry.line, entry.message, entry.path or "")
            for entry in islice(cast(Iterable[Any], schema.error_log), MAX_ERRORS)
        ]
        return SchemaReport(SchemaResult.INVALID, tuple(errors))
