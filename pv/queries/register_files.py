"""A register of the holder as a table in a file, noted in the log of reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.security import access
from followup.core.spreadsheets import csv_export, workbooks
from followup.core.spreadsheets.workbooks import Cell
from pv.queries import (
    approval_evidence,
    authorisation_tables,
    commitments,
    duty_tables,
    interactions,
    product_entries,
    studies,
)

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


def _commitments(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Commitments"),
        commitments.heading(),
        commitments.table(actor, today=clock.today()),
    )


def _milestones(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("section", "Milestones"),
        commitments.milestone_heading(),
        commitments.milestone_table(actor, today=clock.today()),
    )


def _comments(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Comments on commitments"),
        commitments.comment_heading(),
        [commitments.comment_cells(row) for row in commitments.all_comments(actor)],
    )


def _documents(actor: Actor) -> RegisterTable:
    return RegisterTable(
        pgettext("register", "Documents of commitments"),
        commitments.document_heading(),
        commitments.document_table(actor),
    )


def _duties(actor: Actor) -> RegisterTable:
    actor.require(Perm.COMMITMENT_READ)
    return RegisterTable(
        _("Calendar of duties"),
        duty_tables.heading(),
        duty_tables.calendar(actor, today=clock.today()),
    )


def _certificates(actor: Actor) -> RegisterTable:
    actor.require(Perm.COMMITMENT_READ)
    return RegisterTable(
        pgettext("register", "Certificates"),
        duty_tables.certificate_heading(),
        duty_tables.certificates(actor),
    )


def _authorisations(actor: Actor) -> RegisterTable:
    actor.require(Perm.CASE_READ)
    return RegisterTable(
        _("Authorisations"), authorisation_tables.heading(), authorisation_tables.rows(actor)
    )


def _products(actor: Actor) -> RegisterTable:
    actor.require(Perm.COMMITMENT_READ)
    return RegisterTable(
        _("Products and indications"), product_entries.heading(), product_entries.table(actor)
    )


TABLES: Mapping[str, Callable[[Actor], RegisterTable]] = {
    "interactions": _interactions,
    "evidence": _evidence,
    "studies": _studies,
    "study-safety": _study_safety,
    "commitments": _commitments,
    "commitment-milestones": _milestones,
    "commitment-comments": _comments,
    "commitment-documents": _documents,
    "duties": _duties,
    "certificates": _certificates,
    "authorisations": _authorisations,
    "products": _products,
}
# A spreadsheet of one register that also holds what belongs to its entries, a sheet each.
BESIDE: Mapping[str, Sequence[str]] = {
    "commitments": ("commitment-milestones", "commitment-comments", "commitment-documents"),
}


def file(actor: Actor, register: str, ending: str) -> tuple[bytes, str]:
    """The register as a spreadsheet or as comma-separated text, and the file's name."""
    actor.require(Perm.REPORT_READ)
    if register not in TABLES or ending not in ENDINGS:
        raise NotFound()
    name = f"{register}-{clock.today()}.{ending}"
    access.record(actor, "export.register", None, reason=name)
    if ending == "xlsx":
        return _workbook(actor, (register, *BESIDE.get(register, ()))), name
    table = TABLES[register](actor)
    return "".join(csv_export.lines([table.heading, *table.rows])).encode(), name


def _workbook(actor: Actor, registers: Sequence[str]) -> bytes:
    tables = [TABLES[register](actor) for register in registers]
    sheets = [(table.title, table.heading, table.rows) for table in tables]
    return workbooks.several(tables[0].title, sheets, made_at=clock.now())
