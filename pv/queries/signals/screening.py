"""Disproportionality of a product's terms: inside the register, and against published counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.domain.dates import add_months
from followup.lazy_modules import lazy
from followup.models import Product
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message, Node
from pv.domain.periodic.events import verbatim_of
from pv.domain.signals.counts import Cells, Report, cells_against, cells_of, masking
from pv.domain.statistics.disproportionality import Cells as Table
from pv.domain.statistics.disproportionality import Theta, ebgm, signals
from pv.models import Case, CaseVersion
from pv.queries import rules
from pv.queries.cohorts import Filters
from pv.queries.signals.preferred_terms import PreferredTerms, preferred_terms
from pv.queries.standardised_queries import QueryGroup

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

SEX = {"1": "MALE", "2": "FEMALE"}


class Against(StrEnum):
    """What the group of reports is held against."""

    PRODUCTS = "products"  # the other products of the register
    EARLIER = "earlier"  # the last twelve months against the time before, inside the product
    SEX = "sex"  # women against men, inside the product
    BACKGROUND = "background"  # pairs of drug and event somebody published


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """A case: its product, when it was learned of, the sex of the patient, its terms."""

    product: object
    received_on: date
    sex: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term with its cells, measures by name (nan: not defined) and the rules it meets."""

    cells: Cells
    measures: Mapping[str, float]
    stratified: tuple[float, float]
    """EBGM and EB05 with the expected count summed over the sexes."""
    met: Sequence[str]


@dataclass(frozen=True, slots=True)
class Screened:
    """The table of a screening, most signals first."""

    rows: Sequence[TermRow]
    reports: int
    outside: int
    masking: Sequence[tuple[str, float]]
    fitted: bool
    refusal: str
    by_pairs: bool
    words: Mapping[str, str] = field(default_factory=dict)


def case_terms(
    actor: Actor, filters: Filters, *, every_product: bool
) -> tuple[list[CaseTerms], dict[str, str]]:
    """Cases known by the day of the data, nullified ones apart, by their latest version; and the
    words of each term, which is its MedDRA code, or the reporter's words where it is not coded."""
    cases = scope.visible(actor, Case.objects.filter(received_on__lte=filters.last_day))
    cases = cases.exclude(nullified_on__lte=filters.last_day)
    if not every_product:
        cases = cases.filter(product=filters.product)
    rows = CaseVersion.objects.filter(case__in=cases).exclude(kind=CaseVersion.Kind.NULLIFICATION)
    rows = rows.order_by("case_id", "-number").distinct("case_id")
    found = []
    words: dict[str, str] = {}
    for product, received, data in rows.values_list(
        "case__product_id", "case__received_on", "message"
    ).iterator(chunk_size=500):
        message = Message(storage.from_data(data))
        terms = frozenset(filter(None, (_term(node, words) for node in message.each("E.i"))))
        sex = SEX.get(message.root.text("D.5") or "", "UNKNOWN")
        found.append(CaseTerms(product, received, sex, terms))
    return found, words


def _term(node: Node, words: dict[str, str]) -> str:
    said = verbatim_of(node).strip()
    term = node.text("E.i.2.1b") or said.casefold()
    words.setdefault(term, said or term)
    return term


def screen(
    actor: Actor,
    filters: Filters,
    against: Against,
    background: Sequence[tuple[str, str, int]] = (),
    group: QueryGroup | None = None,
) -> Screened:
    """The terms of a product with every measure and rule. Call inside `cohorts.reading`.

    With a standardised query its terms alone are shown, under a line that pools them: a case with
    any of them counts once. The prior and the masking still come from every term.
    """
    actor.require(Perm.CASE_READ, product=filters.product.id)
    data = rules.data("signals")
    cases, words = case_terms(actor, filters, every_product=against is Against.PRODUCTS)
    if group is not None and against is not Against.BACKGROUND:
        cases = [pooled(case, group) for case in cases]
        words[group.name] = group.name
    known = preferred_terms(words)
    cases = [_counted(case, known) for case in cases]
    language = reader_language()
    words |= {term: known.name(term, language) for term in known.names}
    if against is Against.BACKGROUND:
        events = {event.casefold() for _drug, event, _count in background}
        own: dict[str, int] = {}
        for case in cases:
            for term in case.terms:
                name = _published(term, known, words, events)
                own[name] = own.get(name, 0) + 1
        cells = cells_against(own, background, _names(filters.product))
        outside = sum(count for _drug, _event, count in background)
    else:
        reports = list(_reports(cases, filters, against))
        cells = cells_of(reports)
        outside = sum(not report.inside for report in reports)
    found = _screened(cells, data, outside, by_pairs=against is Against.BACKGROUND)
    if group is not None:
        shown = [r for r in found.rows if r.cells.term in group.codes or r.cells.term == group.name]
        found = replace(found, rows=sorted(shown, key=lambda row: row.cells.term != group.name))
    return replace(found, words=words)


def _counted(case: CaseTerms, known: PreferredTerms) -> CaseTerms:
    """A case with its terms as preferred terms."""
    return replace(case, terms=frozenset(map(known.of, case.terms)))


def _published(term: str, known: PreferredTerms, words: Mapping[str, str], events: set[str]) -> str:
    """The name of a term in a table of counts: in the language the table uses, else our own."""
    names = [words[term], *known.names.get(term, {}).values()]
    return next((name for name in names if name.casefold() in events), words[term])


def pooled(case: CaseTerms, group: QueryGroup) -> CaseTerms:
    """A case with the name of a standardised query among its terms, where it has one of them."""
    return replace(case, terms=case.terms | {group.name}) if case.terms & group.codes else case


def _names(product: Product) -> list[str]:
    return [product.inn, product.generic_zh, product.brand_en, product.brand_zh, product.code]


def _reports(cases: Sequence[CaseTerms], filters: Filters, against: Against) -> list[Report]:
    recent = add_months(filters.last_day, -12)
    made = []
    for case in cases:
        if against is Against.PRODUCTS:
            made.append(Report(case.product == filters.product.id, case.terms, case.sex))
        elif against is Against.EARLIER:
            made.append(Report(case.received_on > recent, case.terms, case.sex))
        elif case.sex != "UNKNOWN":
            made.append(Report(case.sex == "FEMALE", case.terms))
    return made


def _screened(
    cells: Sequence[Cells], data: Mapping[str, Any], outside: int, *, by_pairs: bool
) -> Screened:
    if not cells:
        return Screened([], 0, outside, [], False, "", by_pairs)
    table = Table(
        *(np.array(column, dtype=float) for column in zip(*map(_four, cells), strict=True))
    )
    least = int(data["prior_pairs"])
    prior = Theta(**data["prior"])
    theta = None if len(cells) >= least else prior
    found = signals(table, data["rules"], theta=theta)
    used = found.theta or prior
    strata = np.array([cell.stratified for cell in cells])
    shrunk = [np.asarray(v) for v in ebgm(table.a, np.where(strata > 0, strata, np.nan), used)]
    rows = [
        TermRow(
            cell,
            {str(name): float(values[place]) for name, values in found.measures.items()},
            (float(shrunk[0][place]), float(shrunk[1][place])),
            [name for name, flags in found.signals.items() if flags[place]],
        )
        for place, cell in enumerate(cells)
    ]
    rows.sort(key=lambda row: (-len(row.met), -row.cells.a, row.cells.term))
    share = float(str(data["masking_share"]))
    size = cells[0].a + cells[0].b
    hiding = masking(cells, share)
    return Screened(rows, size, outside, hiding, theta is None, found.refusal, by_pairs)


def _four(cell: Cells) -> tuple[int, int, int, int]:
    return cell.a, cell.b, cell.c, cell.d


def figures(found: Screened, key: str) -> dict[str, object]:
    """The figures of a term as a signal keeps them; empty for a term that is not there.

    What is not defined is null.
    """
    row = next((each for each in found.rows if each.cells.term == key), None)
    if row is None:
        return {}
    cells = dict(zip("abcd", _four(row.cells), strict=True))
    measures = {
        name: None if math.isnan(value) else round(value, 4)
        for name, value in sorted(row.measures.items())
        if name not in cells
    }
    return {**cells, **measures, "rules_met": list(row.met)}


def by_year(
    actor: Actor, filters: Filters, term: str, against: Against, group: QueryGroup | None = None
) -> list[tuple[int, Cells, Mapping[str, float]]]:
    """One term as it stood at the end of each year: cumulative cells and measures."""
    data = rules.data("signals")
    cases, words = case_terms(actor, filters, every_product=against is Against.PRODUCTS)
    if group is not None:
        cases = [pooled(case, group) for case in cases]
    preferred = preferred_terms(words)
    cases = [_counted(case, preferred) for case in cases]
    years = sorted({case.received_on.year for case in cases})
    found = []
    for year in years:
        known = [case for case in cases if case.received_on.year <= year]
        cells = [c for c in cells_of(_reports(known, filters, against)) if c.term == term]
        for row in _screened(cells, data, 0, by_pairs=False).rows:
            found.append((year, row.cells, row.measures))
    return found
