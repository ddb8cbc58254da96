"""Background tables: kept as versions with their citation, never changed afterwards."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.stored_words import Words
from followup.models import ReferenceItem
from pv.domain.signals import counts, rates
from pv.domain.signals.tables import RowFault, WrongTable
from pv.queries.signals.tables import COUNTS, RATES

MOST_FAULTS = 50
MOST_SHOWN = 3  # of a table without any line that can be read; the rest repeats them


@dataclass(frozen=True, slots=True)
class Imported:
    """The table as kept, how many lines it has, and the lines left out."""

    item: ReferenceItem
    rows: int
    faults: Sequence[RowFault]


@action("signal.import_rates", needs=Perm.REPORT_WRITE)
def import_rates(actor: Actor, *, name: str, version: str, citation: str, text: str) -> Imported:
    """Keep a table of background rates; lines that cannot be read are left out and named."""
    try:
        rows, faults = rates.read_rates(text)
    except WrongTable as error:
        raise _refused(error, rates.COLUMNS) from error
    return _keep(RATES, name, version, citation, rates.stored(rows), faults)


@action("signal.import_counts", needs=Perm.REPORT_WRITE)
def import_counts(actor: Actor, *, name: str, version: str, citation: str, text: str) -> Imported:
    """Keep a table of counts of drug and event pairs."""
    try:
        rows, faults = counts.read_counts(text)
    except WrongTable as error:
        raise _refused(error, counts.COLUMNS) from error
    return _keep(COUNTS, name, version, citation, [list(row) for row in rows], faults)


@action("signal.keep_counts", needs=Perm.REPORT_WRITE)
def keep_counts(
    actor: Actor, *, name: str, version: str, citation: Words, rows: Sequence[tuple[str, str, int]]
) -> ReferenceItem:
    """Keep counts we made ourselves; the same ones again are the table that is there.

    Other counts under a version that is there get the next number behind it.
    """
    stored = [list(row) for row in rows]
    _data, sha256 = _content(stored, [])
    same = Q(version=version) | Q(version__startswith=f"{version}/")
    taken = list(ReferenceItem.objects.filter(same, kind=COUNTS, code=name).defer("data"))
    for item in taken:
        if item.sha256 == sha256:
            return item
    wanted = f"{version}/{len(taken) + 1}" if taken else version
    return _keep(COUNTS, name, wanted, citation, stored, []).item


def _place(fault: RowFault) -> str:
    """Where a line cannot be read, and what stands there."""
    place = {"line": fault.line, "column": fault.column, "value": fault.value or "—"}
    return _("Line %(line)s, %(column)s: “%(value)s”.") % place


def _refused(error: WrongTable, columns: Sequence[str]) -> Refused:
    if str(error) == "no line":
        places = [_place(fault) for fault in error.faults[:MOST_SHOWN]]
        return Refused({"file": " ".join([_("No line of the file can be read."), *places])})
    text = _("The file lacks columns: %(missing)s. It needs: %(all)s.")
    return Refused({"file": text % {"missing": str(error), "all": ", ".join(columns)}})


def _content(rows: list[Any], faults: Sequence[RowFault]) -> tuple[dict[str, Any], str]:
    """What is kept of a table, and its hash."""
    data = {"rows": rows, "left_out": [[f.line, f.column, f.value] for f in faults[:MOST_FAULTS]]}
    content = json.dumps(data, ensure_ascii=False, sort_keys=True).encode()
    return data, hashlib.sha256(content).hexdigest()


def _keep(
    kind: str,
    name: str,
    version: str,
    citation: str | Words,
    rows: list[Any],
    faults: Sequence[RowFault],
) -> Imported:
    problems = {}
    for field, value in (("name", name), ("version", version), ("citation", citation)):
        if not str(value).strip():
            problems[field] = _("Fill this in: what is not cited is not used.")
    if (
        not problems
        and ReferenceItem.objects.filter(kind=kind, code=name, version=version).exists()
    ):
        problems["version"] = _("This version is kept already; give the table another version.")
    if problems:
        raise Refused(problems)
    data, sha256 = _content(rows, faults)
    if isinstance(citation, Words):
        data["citation_words"] = citation.stored()
    item = ReferenceItem.objects.create(
        kind=kind,
        code=name,
        version=version,
        data=data,
        sha256=sha256,
        citation=str(citation),
        confidence="imported",
        loaded_at=clock.now(),
    )
    return Imported(item, len(rows), faults)
