"""The files of a package: the data sets in one format, define.xml and the reviewer's guide."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pv.actions import reports
from pv.actions.datasets import guides
from pv.actions.datasets.contents import Contents, Part
from pv.adapters.datasets import Spool, dataset_json, define, transport
from pv.adapters.datasets.define import Described, Package
from pv.adapters.datasets.transport import Column
from pv.domain.datasets import SdtmMapping, Type
from pv.domain.datasets.continuations import shortened, shortened_qualifier
from pv.queries.datasets import DatasetChoice

FORMATS = ("dataset-json", "xpt")
_SUPPLEMENTAL = "SUPP"


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files by their names in the package, and the records of each data set as written."""

    files: dict[str, Path]
    records: Mapping[str, int]


def write(folder: Path, contents: Contents) -> PackageFiles:
    """Write every file: each standard with its define.xml, then the guide to all."""
    files: dict[str, Path] = {}
    records: dict[str, int] = {}
    for part in contents.parts:
        records |= _write_part(folder, part, contents, files)
    content = hashlib.sha256("".join(map(reports.file_sha256, files.values())).encode())
    files["reviewers-guide.pdf"] = folder / "reviewers-guide.pdf"
    guide = guides.write(contents, records, content.hexdigest())
    files["reviewers-guide.pdf"].write_bytes(guide)
    return PackageFiles(files, records)


def _write_part(
    folder: Path, part: Part, contents: Contents, files: dict[str, Path]
) -> dict[str, int]:
    """Write the data sets of one standard and their define.xml; the records of each."""
    choice = contents.choice
    spools = list(part.spools.values())
    mapping = part.tabulation.mapping
    if choice.format == "xpt" and isinstance(mapping, SdtmMapping):
        spools = _short(folder, spools, choice.language)
    shown = [s for s in spools if s.count or not s.dataset.code.startswith(_SUPPLEMENTAL)]
    (folder / part.folder).mkdir(exist_ok=True)
    described = []
    for spool in shown:
        name = f"{spool.dataset.code.lower()}.{_ending(choice)}" if spool.count else ""
        if name:
            files[part.folder + name] = folder / part.folder / name
            _write_one(files[part.folder + name], spool, contents)
        described.append(Described(spool.dataset, spool.octets, spool.count, name))
    package = Package(
        study=choice.study,
        title=f"{choice.study} {mapping.standard}",
        made_at=contents.made_at,
        language=choice.language,
        mapping=mapping,
        datasets=described,
    )
    files[part.folder + "define.xml"] = folder / part.folder / "define.xml"
    files[part.folder + "define.xml"].write_bytes(define.write(package))
    return {spool.dataset.code: spool.count for spool in shown}


def _ending(choice: DatasetChoice) -> str:
    return "xpt" if choice.format == "xpt" else "json"


def _write_one(path: Path, spool: Spool, contents: Contents) -> None:
    choice = contents.choice
    if choice.format == "xpt":
        _write_transport(path, spool, contents)
        return
    dataset_json.write(
        path,
        spool,
        study=choice.study,
        made_at=contents.made_at,
        version=contents.program,
        language=choice.language,
    )


def _write_transport(path: Path, spool: Spool, contents: Contents) -> None:
    """Write a transport file and read it back: every value must come back as it was."""
    dataset, language = spool.dataset, contents.choice.language
    columns = [
        Column(
            variable.name,
            transport.cut(variable.label(language), transport.LONGEST_LABEL),
            octets if variable.type in (Type.TEXT, Type.DATE) else 0,
            transport.DATE if variable.type is Type.NUMERIC_DATE else "",
        )
        for variable, octets in zip(dataset.variables, spool.octets, strict=True)
    ]
    label = transport.cut(dataset.label(language), transport.LONGEST_LABEL)
    transport.write(path, dataset.code, label, columns, _values(spool), contents.made_at)
    found_name, found_label, found_columns, rows = transport.read(path)
    same = (found_name, found_label, found_columns) == (dataset.code, label, columns)
    for row, wanted in zip(rows, _values(spool), strict=True):
        same = same and row == wanted
    if not same:
        raise transport.WrongTransport(f"{path.name} does not read as it was written")


def _values(spool: Spool) -> Any:
    """Rows with numbers and whole dates as the format holds them."""
    convert = [_CONVERT.get(variable.type) for variable in spool.dataset.variables]
    for row in spool.rows():
        yield [
            value if value is None or to is None else to(value)
            for value, to in zip(row, convert, strict=True)
        ]


_CONVERT: Mapping[Type, Callable[[Any], float]] = {
    Type.FLOAT: float,
    Type.NUMERIC_DATE: transport.days_of,
}


def _short(folder: Path, spools: Sequence[Spool], language: str) -> list[Spool]:
    """The spools with texts a transport file holds, the rest in the supplemental data sets."""
    place = folder / "short"
    place.mkdir()
    made: dict[str, Spool] = {spool.dataset.code: Spool(place, spool.dataset) for spool in spools}
    for spool in spools:
        dataset = spool.dataset
        for record in spool.records():
            if dataset.code.startswith(_SUPPLEMENTAL):
                for part in shortened_qualifier(record, transport.pieces):
                    made[dataset.code].add(part)
                continue
            short, extra = shortened(dataset, record, transport.pieces, language)
            made[dataset.code].add(short)
            for part in extra:
                made[_SUPPLEMENTAL + dataset.code].add(part)
    for spool in made.values():
        spool.close()
    return list(made.values())


def manifest(contents: Contents, written: PackageFiles) -> dict[str, Any]:
    """What the package holds, on which data it rests, and the hash of each file."""
    choice, lock = contents.choice, contents.lock
    return {
        **choice.stored(),
        "mapping": _named(contents, "version"),
        "guide": _named(contents, "guide"),
        "program": contents.program,
        "data_as_of": contents.made_at.isoformat(),
        "lock_name": lock.name if lock else "",
        "chain": lock.chain if lock else "",
        "subjects": contents.subjects,
        "left_out": len(contents.left_out),
        "purpose": contents.purpose.value,
        "records": {name: count for name, count in written.records.items() if count},
        "files": {
            name: {"sha256": reports.file_sha256(path), "size": path.stat().st_size}
            for name, path in written.files.items()
        },
    }


def _named(contents: Contents, name: str) -> dict[str, str]:
    """A version of each standard's mapping or guide, by the standard."""
    mappings = [part.tabulation.mapping for part in contents.parts]
    return {mapping.standard: getattr(mapping, name) for mapping in mappings}
