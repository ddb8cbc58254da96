"""A register of the holder as a table in a file, noted in the log of reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.security import access
from followup.core.spreadsheets import csv_export, workbooks
from followup.core.spreadsheets.workbooks import Cell
from pv.queries import approval_evidence, interactions, studies

ENDINGS = ("xlsx", "csv")


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """A register as a table: its name, heads and rows."""

    title: str
    heading: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def _interactions(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Interactions with the authority"),
        interactions.heading(),
        [interactions.cells(line) for line in interactions.every(actor)],
    )


def _evidence(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Evidence behind an approval"),
        approval_evidence.heading(),
        [approval_evidence.cells(row) for row in approval_evidence.held(actor)],
    )


def _studies(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Investigator-initiated trials and INDs"),
        studies.heading(),
        [studies.cells(line) for line in studies.listing(actor)],
    )


def _study_safety(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Safety seen in studies"),
        studies.safety_heading(),
        [studies.safety_cells(line) for line in studies.every_count(actor)],
    )


TABLES: Mapping[str, Callable[[Actor], RegisterTable]] = {
    "interactions": _interactions,
    "evidence": _evidence,
    "studies": _studies,
    "study-safety": _study_safety,
}


def file(actor: Actor, register: str, ending: str) -> tuple[bytes, str]:
    """The register as a spreadsheet or as comma-separated text, and the file's name."""
    actor.require(Perm.REPORT_READ)
    if register not in TABLES or ending not in ENDINGS:
        raise NotFound()
    table = TABLES[register](actor)
    name = f"{register}-{clock.today()}.{ending}"
    access.record(actor, "export.register", None, reason=name)
    if ending == "xlsx":
        made = workbooks.single(table.title, table.heading, table.rows, made_at=clock.now())
        return made, name
    return "".join(csv_export.lines([table.heading, *table.rows])).encode(), name
