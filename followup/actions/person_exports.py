"""Everything held about one person, for that person: machine-readable and readable, in a job.

PIPL article 45: access and copy. Rows of the holder's safety cases are part of it, since they are
about the person; who of the staff did something is not.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from followup.actions import second_factors
from followup.actions.second_factors import Proof
from followup.core import clock, jobs, naming
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job, User
from followup.core.pdf import Report
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.security import access, named_files
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.core.stored_words import Words
from followup.models import Patient
from followup.queries import patients, person_copies, retention, seals
from followup.queries.person_copies import CopiedTable

KIND = "personal-data"
LANGUAGES = {"zh": "zh-hans", "en": "en"}


@action("person.export", needs=Perm.PRIVACY_WRITE)
def request(
    actor: Actor,
    patient: Patient,
    *,
    user: User,
    password: str,
    proof: Proof,
    reason: str,
) -> Job:
    """Ask for the copy of everything held about a person.

    The password and the second factor are asked each time; the reason is kept in the log of reads
    and in the file. Refused without either.
    """
    text = named_files.reason(reason, wanted=_("Say in a sentence who asks for the copy."))
    second_factors.check_person(actor, user, password=password, proof=proof)
    access.record(actor, "person.export", patient.id, reason=text, site=patient.site_id)
    title = Words(gettext_noop("Everything held about %(code)s"), {"code": patient.study_code})
    moment = clock.now().replace(second=0, microsecond=0).isoformat()
    parameters = {"patient": str(patient.id), "reason": text, "asked_at": moment}
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.PRIVACY_WRITE, names_people=True)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Write the archive: JSON for machines, a workbook and a PDF in both languages."""
    patient = patients.one(actor, parameters["patient"])
    actor.require(Perm.PRIVACY_WRITE, site=patient.site_id)
    named_files.require_fresh(parameters["asked_at"])
    with contexts.using(contexts.SYSTEM):  # all of it, whichever role keeps it
        people = person_copies.people_of(patient)
        identities = person_copies.identities(people)
        tables = list(person_copies.tables(people))
        head = seals.head()
    about = {
        "study_code": patient.study_code,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "reason": parameters["reason"],
        "seal": head.text,
        "rules": retention.rules().version,
    }
    contents = {"about": about, "identity": identities}
    files = [_json(progress.folder, contents, tables)]
    for short, language in LANGUAGES.items():
        progress.report(len(files), 5)
        with translation.override(language):
            files.append(_workbook(progress.folder, short, about, identities, tables))
            files.append(_document(progress.folder, short, about, identities, tables))
    path = progress.folder / "personal-data.zip"
    with contexts.using(contexts.SYSTEM):  # one document at a time: together they fill a worker
        hashes = _packed(path, files, person_copies.documents(people))
    name = f"personal-data-{patient.study_code}.zip"
    return Result(path, name, {**about, "sha256": hashes, "rows": _counts(tables)})


def _counts(tables: Sequence[CopiedTable]) -> dict[str, int]:
    return {table.name: len(table.rows) for table in tables}


def _packed(
    path: Path, files: Sequence[Path], documents: Iterable[tuple[str, bytes]]
) -> dict[str, str]:
    hashes = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            hashes[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
            archive.write(file, file.name)
            file.unlink()
        for name, content in documents:
            hashes[f"documents/{name}"] = hashlib.sha256(content).hexdigest()
            archive.writestr(f"documents/{name}", content)
        text = json.dumps({"sha256": hashes}, ensure_ascii=False, indent=1)
        archive.writestr("manifest.json", text)
    return hashes


def _json(folder: Path, contents: dict[str, Any], tables: Sequence[CopiedTable]) -> Path:
    path = folder / "personal-data.json"
    data = contents | {"tables": {table.name: table.records() for table in tables}}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def _facts(about: dict[str, str]) -> list[tuple[str, str]]:
    words = {
        "study_code": _("Study code"),
        "made_at": _("Made at"),
        "reason": _("Reason"),
        "seal": _("Seal of the trail"),
        "rules": _("Rules of retention"),
    }
    return [(words[name], text) for name, text in about.items()]


def _who(identities: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The identity as label and text, number by number."""
    for person in identities:
        for name, value in person.items():
            if name == "contacts":
                for contact in value:
                    text = " · ".join(str(v) for v in contact.values() if v)
                    yield _("Telephone numbers"), text
            elif value:
                yield naming.column(name, "followup_identity"), str(value)


def _readable(table: CopiedTable) -> tuple[list[int], list[str]]:
    """The columns a person reads, without numbers that only link rows, and their headings."""
    kept = [
        place
        for place, name in enumerate(table.columns)
        if name != "id" and not name.endswith("_id")
    ]
    return kept, [naming.column(table.columns[place], table.name) for place in kept]


def _text(table: CopiedTable, place: int, value: Any) -> str:
    """A value in words where its code has some."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return pgettext("answer", "yes") if value else pgettext("answer", "no")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    words, _list = naming.value(str(value), table.columns[place], table.name)
    return words or str(value)


def _workbook(
    folder: Path,
    short: str,
    about: dict[str, str],
    identities: Sequence[dict[str, Any]],
    tables: Sequence[CopiedTable],
) -> Path:
    path = folder / f"personal-data.{short}.xlsx"
    title = _("Everything held about %(code)s") % {"code": about["study_code"]}
    taken: set[str] = set()
    with Book(path, title=title, made_at=clock.now()) as book:
        heads = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        rows: list[list[Cell]] = [list(pair) for pair in (*_facts(about), *_who(identities))]
        book.sheet(naming.table("followup_identity"), heads, rows, widths=(30, 80))
        taken.add(naming.table("followup_identity"))
        for number, table in enumerate(tables, 1):
            name = naming.table(table.name)[:26]
            name = f"{name} {number}" if name in taken else name
            taken.add(name)
            kept, headings = _readable(table)
            book.sheet(
                name,
                headings,
                ([_text(table, place, row[place]) for place in kept] for row in table.rows),
            )
    return path


def _document(
    folder: Path,
    short: str,
    about: dict[str, str],
    identities: Sequence[dict[str, Any]],
    tables: Sequence[CopiedTable],
) -> Path:
    path = folder / f"personal-data.{short}.pdf"
    title = _("Everything held about %(code)s") % {"code": about["study_code"]}
    report = Report(title=title, language=LANGUAGES[short], running=title, foot=about["made_at"])
    report.facts(_facts(about))
    report.heading(naming.table("followup_identity"))
    report.facts(list(_who(identities)))
    for table in tables:
        report.heading(f"{naming.table(table.name)} ({len(table.rows)})")
        kept, headings = _readable(table)
        for row in table.rows:
            texts = [_text(table, place, row[place]) for place in kept]
            report.facts([(h, t) for h, t in zip(headings, texts, strict=True) if t])
            report.paragraph("")
    path.write_bytes(report.pdf())
    return path
