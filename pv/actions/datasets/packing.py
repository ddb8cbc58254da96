"""The files of a package: the data sets in one format, define.xml and the reviewer's guide."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pv.actions import reports
from pv.actions.datasets import guides
from pv.actions.datasets.contents import Contents
from pv.adapters.datasets import Spool, dataset_json, define, transport
from pv.adapters.datasets.define import Described, Package
from pv.adapters.datasets.transport import Column
from pv.domain.datasets import Type
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
    """Write every file."""
    spools = list(contents.spools)
    if contents.choice.format == "xpt":
        spools = _short(folder, spools, contents.choice.language)
    shown = [s for s in spools if s.count or not s.dataset.code.startswith(_SUPPLEMENTAL)]
    files: dict[str, Path] = {}
    described = []
    for spool in shown:
        name = f"{spool.dataset.code.lower()}.{_ending(contents.choice)}" if spool.count else ""
        if name:
            files[name] = folder / name
            _write_one(files[name], spool, contents)
        described.append(Described(spool.dataset, spool.octets, spool.count, name))
    package = Package(
        study=contents.choice.study,
        title=f"{contents.choice.study} SDTM",
        made_at=contents.made_at,
        language=contents.choice.language,
        mapping=contents.tabulation.mapping,
        datasets=described,
    )
    files["define.xml"] = folder / "define.xml"
    files["define.xml"].write_bytes(define.write(package))
    content = hashlib.sha256("".join(map(reports.file_sha256, files.values())).encode())
    files["reviewers-guide.pdf"] = folder / "reviewers-guide.pdf"
    records = {spool.dataset.code: spool.count for spool in shown}
    guide = guides.write(contents, records, content.hexdigest())
    files["reviewers-guide.pdf"].write_bytes(guide)
    return PackageFiles(files, records)


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
    """Rows with numbers as the format holds them."""
    floats = [variable.type is Type.FLOAT for variable in spool.dataset.variables]
    for row in spool.rows():
        yield [
            float(value) if is_float and value is not None else value
            for value, is_float in zip(row, floats, strict=True)
        ]


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
        "mapping": contents.tabulation.mapping.version,
        "guide": f"SDTMIG {contents.tabulation.mapping.guide}",
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
