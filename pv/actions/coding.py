"""Coding: a dictionary release is loaded whole, and a person codes the words of a case."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases.editing import edit
from pv.actions.dictionary_files import (
    ReleaseRefused,
    copy_rows,
    digest_of,
    loaded_before,
    next_number,
    reading,
    search_vector,
)
from pv.domain.coding import (
    Placement,
    Queries,
    Release,
    Term,
    folded_term,
    initials_of,
    lexemes,
    read_queries,
    read_release,
    takes_code,
    verbatim_of,
    version_path,
)
from pv.domain.e2b import storage
from pv.models import Case, CodingDecision, DictionaryRelease, StandardisedQuery
from pv.queries import dictionaries

_TERM = "(release_id, code, name, folded, pt_code, current, keys)"
_PLACE = (
    '(release_id, pt_code, hlt_code, hlt_name, hlgt_code, hlgt_name, soc_code, soc_name, "primary")'
)


@action("dictionary.load", needs=Perm.REFERENCE_WRITE)
def load_release(
    actor: Actor, files: Mapping[str, bytes], *, version: str = "", language: str = ""
) -> tuple[DictionaryRelease, bool]:
    """Load a release from its files by name; the row, and whether it is new.

    ReleaseRefused where the files do not hold together. A version that was loaded is never
    rewritten: the same files again change nothing, others of the same version are Refused.
    """
    queries = read_queries(files)
    terms = {name: content for name, content in files.items() if not name.startswith("smq_")}
    release = read_release(terms, version=version, language=language)
    faults = (*release.faults, *(queries.faults if queries else ()))
    if faults:
        raise ReleaseRefused(faults)
    digest = digest_of(terms)
    same = {"version": release.version, "language": release.language}
    before = loaded_before(DictionaryRelease, digest, **same)
    if before is not None:
        return before, _load_queries(before, queries)
    row = DictionaryRelease.objects.create(
        **same,
        number=next_number(DictionaryRelease),
        terms=len(release.terms),
        sha256=digest,
        loaded_at=clock.now(),
        loaded_by_id=actor.id,
    )
    copy_rows(f"pv_dictionaryterm {_TERM}", _term_rows(row, release.terms))
    copy_rows(f"pv_dictionaryplacement {_PLACE}", _place_rows(row, release))
    _load_queries(row, queries)
    return row, True


@part
def _load_queries(row: DictionaryRelease, queries: Queries | None) -> bool:
    """Load the SMQs of a release that has none yet; whether any were loaded."""
    known = StandardisedQuery.objects.filter(release=row).exists()
    if queries is None or known:
        return False
    copy_rows(
        "pv_standardisedquery (release_id, code, name, level)",
        ((row.id, one.code, one.name, one.level) for one in queries.queries),
    )
    copy_rows(
        "pv_standardisedqueryterm (release_id, query_code, term_code, narrow)",
        ((row.id, one.query, one.term, one.narrow) for one in queries.terms),
    )
    return True


def _term_rows(row: DictionaryRelease, terms: Iterable[Term]) -> Iterable[tuple[Any, ...]]:
    for term in terms:
        initials = initials_of(term.name, reading) if row.language == "zh" else ""
        keys = search_vector(lexemes(row.number, term.name, initials))
        folded = folded_term(term.name)[:250]
        yield row.id, term.code, term.name, folded, term.pt_code, term.current, keys


def _place_rows(row: DictionaryRelease, release: Release) -> Iterable[tuple[Any, ...]]:
    return ((row.id, *_values(place)) for place in release.placements)


def _values(place: Placement) -> tuple[Any, ...]:
    return (
        place.pt_code,
        place.hlt_code,
        place.hlt_name,
        place.hlgt_code,
        place.hlgt_name,
        place.soc_code,
        place.soc_name,
        place.primary,
    )


@action("case.code", needs=Perm.CASE_WRITE)
def code(
    actor: Actor, case: Case, *, path: str, term: int, version: str, lock_version: int
) -> CodingDecision:
    """Give a place of the current version its code and dictionary version.

    Refused for a code that the version does not hold, and for a place that takes none; everything
    else as for any edit of a case.
    """
    version_now = case.versions.get(number=case.current_version)
    if not takes_code(storage.from_data(version_now.message), path):
        raise Refused({"path": _("There is no such element.")})
    if term not in dictionaries.known_codes(version, [term]):
        raise Refused(
            {
                "term": _("MedDRA %(version)s has no code %(code)s.")
                % {"version": version, "code": term}
            }
        )
    changes = {path: str(term), version_path(path): version}
    row = edit(actor, case, changes=changes, lock_version=lock_version)
    content = row.versions.get(number=row.current_version)
    words = verbatim_of(storage.from_data(content.message), path)[:250]
    return CodingDecision.objects.create(
        case=row,
        site_id=row.site_id,
        product_id=row.product_id,
        case_version=row.current_version,
        path=path,
        verbatim=words,
        folded=folded_term(words)[:250],
        code=term,
        version=version,
        decided_by_id=actor.id,
        decided_at=clock.now(),
    )
