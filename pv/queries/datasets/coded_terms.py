"""MedDRA terms of the events of some subjects, of the cases the actor may read."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.languages import is_chinese
from pv.domain.datasets import Facts
from pv.domain.datasets.coded_terms import EventCode, TermPath, coded_facts, event_code
from pv.domain.e2b import storage
from pv.models import Case, CaseVersion
from pv.queries import dictionaries
from pv.queries.counted_content import CountedContent
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.rows import Row, Rows


def coded_terms(actor: Actor, choice: DatasetChoice, events: Rows) -> Mapping[UUID, Facts]:
    """The terms by event. Call inside `DatasetChoice.reading`; nullified cases code nothing.

    Who reports on the product reads the codes of its cases, as in every report; a hospital's
    package has none.
    """
    known = {row["id"]: row for rows in events.values() for row in rows}
    cases = scope.visible(actor, Case.objects.all(), needs=Perm.REPORT_WRITE)
    rows = cases.filter(product_id=choice.product, sources__event_id__in=list(known))
    of_case: dict[UUID, set[UUID]] = defaultdict(set)
    for case, event in rows.values_list("id", "sources__event_id"):
        of_case[case].add(event)
    codes = _codes(of_case, known)
    paths = _paths(choice.language, set(codes.values()))
    return {event: coded_facts(code, paths.get(code)) for event, code in codes.items()}


def _codes(of_case: Mapping[UUID, set[UUID]], known: Mapping[UUID, Row]) -> dict[UUID, EventCode]:
    """The code of each event that has one in the last version of its case."""
    versions = CaseVersion.objects.filter(case_id__in=list(of_case)).order_by("case_id", "number")
    last = {
        case: (kind, part)
        for case, kind, part in versions.values_list("case_id", "kind", CountedContent("message"))
    }
    found = {}
    for case, (kind, part) in last.items():
        if kind == CaseVersion.Kind.NULLIFICATION:
            continue
        reactions = storage.from_data(part).each("E.i")
        alone = len(of_case[case]) == 1
        for event in sorted(of_case[case]):
            code = event_code(reactions, known[event]["verbatim"], alone=alone)
            if code is not None:
                found[event] = code
    return found


def _paths(language: str, codes: set[EventCode]) -> dict[EventCode, TermPath]:
    """The way of each code to its primary class, in releases loaded by the moment of the data."""
    by_version: dict[str, list[int]] = defaultdict(list)
    for code in codes:
        by_version[code.version].append(code.code)
    found = {}
    for version, numbers in by_version.items():
        told = dictionaries.terms(version, "zh" if is_chinese(language) else "en", numbers)
        for number, term in told.items():
            found[EventCode(version, number)] = _path(term)
    return found


def _path(known: dictionaries.TermSuggestion) -> TermPath:
    term, place = known.term, known.placement
    if place is None:
        nowhere = (None, None, None)
        return TermPath((term.name, known.pt_name, "", "", ""), (term.code, term.pt_code, *nowhere))
    return TermPath(
        (term.name, known.pt_name, place.hlt_name, place.hlgt_name, place.soc_name),
        (term.code, term.pt_code, place.hlt_code, place.hlgt_code, place.soc_code),
    )
