"""Tables of cases: header counts, tabulation by class and term, listings, special topics."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from pv.adapters import periodic
from pv.domain.coding import code_number, version_key
from pv.domain.periodic import Line
from pv.domain.periodic.blocks import Block, FactList, Grid, Paragraph
from pv.domain.periodic.classes import Term, by_class
from pv.domain.periodic.sections import TableCode
from pv.queries import aggregates, dictionaries
from pv.queries.aggregate_reports.basis import Basis, CaseCount


def counted(basis: Basis) -> CaseCount:
    """The one count of the report's cases."""
    if basis.cases is None:
        raise LookupError("the report was asked for a table of cases and has counted none")
    return basis.cases


def product_cases(basis: Basis) -> list[Block]:
    """How many cases: period / cumulative."""
    gathered = counted(basis).gathered
    pairs = [
        (_("Cases: period / cumulative"), gathered.pair("cases")),
        (_("Serious cases: period / cumulative"), gathered.pair("serious")),
        (
            _("Cases whose seriousness is not assessed: period / cumulative"),
            gathered.pair("unjudged"),
        ),
        (_("Fatal cases: period / cumulative"), gathered.pair("fatal")),
        (_("Cases learned of in the period and entered after it"), gathered.pair("late")),
    ]
    return [FactList(pairs)]


def nullified(basis: Basis) -> list[Block]:
    """Nullified cases, counted apart."""
    found = aggregates.nullified(basis.actor, basis.product, basis.end)
    pairs = [
        (_("Nullified cases left out"), str(found.by_the_lock)),
        (_("Cases counted here and nullified since"), str(found.since)),
    ]
    return [FactList(pairs)]


def dictionary_of(basis: Basis) -> str:
    """The newest MedDRA version loaded by the lock; empty without one."""
    made_at = basis.lock.made_at if basis.lock else None
    rows = [row for row in dictionaries.releases() if not made_at or row.loaded_at <= made_at]
    return max((row.version for row in rows), key=version_key, default="")


def places(basis: Basis, codes: Iterable[str], version: str) -> Mapping[str, Term]:
    """Preferred term and primary class of the codes the dictionary holds."""
    numbers = {number: code for code in codes if (number := code_number(code))}
    if not version or not numbers:
        return {}
    found = dictionaries.terms(version, basis.words, numbers)
    return {
        numbers[number]: Term(each.pt_name or each.term.name, each.placement.soc_name)
        for number, each in found.items()
        if each.placement is not None
    }


def tabulation(basis: Basis) -> list[Block]:
    """Reactions by class and term; a class in brackets sums its terms."""
    table = counted(basis).gathered.tabulation
    rows, total = table.rows(), table.total()
    version = dictionary_of(basis)
    columns = periodic.counted_columns(total)
    headings = [pgettext("report", "System organ class / preferred term")]
    headings += [when for _pair in (*columns, 0) for when in periodic.period_words()]
    cells: list[Sequence[str]] = []
    for each in by_class(rows, places(basis, (row.code for row in rows), version)):
        name = each.row.term if not each.heading else each.organ_class or _("Not in a dictionary")
        label = f"[{name}]" if each.heading else name or "—"
        cells.append([label, *map(str, periodic.figures(each.row, columns))])
    cells.append([pgettext("report", "Total"), *map(str, periodic.figures(total, columns))])
    note = periodic.terms_note(get_language() or "en", dictionary=version)
    note += " " + _("A class in brackets sums its terms. Each reaction of a case counts once.")
    return [
        Grid(
            _("Cumulative and interval tabulation of reactions"),
            headings,
            cells,
            note=note,
            shares=(45, *(16 for _heading in headings[1:])),
            groups=periodic.column_groups(columns),
            numeric=1,
        )
    ]


def _listing(basis: Basis, title: str, lines: Sequence[Line], none: str) -> list[Block]:
    if not lines:
        return [Paragraph(none)]
    note = _("A case appears once, with all its reactions. Persons are not identified.")
    rows = [periodic.line_cells(entry, basis.end) for entry in lines]
    return [Grid(title, periodic.line_headings(), rows, note=note, shares=periodic.SHARES)]


def serious(basis: Basis) -> list[Block]:
    """The listing of serious cases of the period."""
    none = _("No serious case was received in the period.")
    title = _("Listing of serious cases received in the period")
    return _listing(basis, title, counted(basis).gathered.lines, none)


def fatal(basis: Basis) -> list[Block]:
    """Every fatal case up to the lock."""
    return _listing(
        basis,
        _("Fatal cases, cumulative"),
        counted(basis).fatal,
        _("No fatal case is known up to the end of the period."),
    )


def topics(basis: Basis) -> list[Block]:
    """Cases of each special topic; a case may belong to several."""
    count = counted(basis)
    rows = []
    for topic in count.topics:
        figures = count.by_topic.get(topic.code, [0, 0, 0, 0])
        rows.append([topic.names[basis.words], *map(str, figures)])
    headings = [
        pgettext("report", "Special topic"),
        pgettext("report", "Cases, period"),
        pgettext("report", "Cases, cumulative"),
        pgettext("report", "Serious, period"),
        pgettext("report", "Serious, cumulative"),
    ]
    note = _(
        "By the mark of the register, the grading scale of the hospital and the words listed in"
        " the reference data; a case may belong to several topics."
    )
    return [
        Grid(_("Special topics"), headings, rows, note=note, shares=(40, 15, 15, 15, 15), numeric=1)
    ]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.CASES: product_cases,
    TableCode.NULLIFIED: nullified,
    TableCode.TABULATION: tabulation,
    TableCode.SERIOUS: serious,
    TableCode.FATAL: fatal,
    TableCode.TOPICS: topics,
}
