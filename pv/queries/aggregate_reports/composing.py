"""A whole report as blocks: each section with its text and its tables, in the active language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from pv.domain.periodic.blocks import Block, Heading, Paragraph
from pv.models import ReportSection
from pv.queries.aggregate_reports import (
    approval_tables,
    case_tables,
    commitment_tables,
    people_tables,
    register_tables,
    risk_tables,
)
from pv.queries.aggregate_reports.basis import Basis

TABLES = {
    **case_tables.TABLES,
    **people_tables.TABLES,
    **register_tables.TABLES,
    **approval_tables.TABLES,
    **commitment_tables.TABLES,
    **risk_tables.TABLES,
}
COUNTING_CASES = frozenset(case_tables.TABLES) - {"nullified"}


def blocks(basis: Basis, texts: Mapping[str, ReportSection]) -> list[Block]:
    """Every section of the kind, present even when nobody wrote in it: then it says so."""
    made: list[Block] = []
    for section in basis.kind.sections:
        made.append(Heading(section.code, section.names[basis.words], section.level))
        version = texts.get(section.code)
        if version and version.text:
            made += [Paragraph(line) for line in version.text.splitlines() if line.strip()]
        elif section.required:
            made.append(Paragraph(_("[No text yet]"), note=True))
        for code in section.tables:
            made += TABLES[code](basis)
    return made
