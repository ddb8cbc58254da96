"""Coding: a dictionary release is loaded whole, and a person codes the words of a case."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.lazy_modules import lazy
from pv.actions.cases.editing import edit
from pv.domain.coding import (
    Placement,
    Queries,
    Release,
    ReleaseFault,
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

if TYPE_CHECKING:
    import pypinyin
else:
    pypinyin = lazy("pypinyin")  # its tables take 50 MB

_ROWS = 10_000  # per statement, each of which is one entry of the trail
_TERM = "(release_id, code, name, folded, pt_code, current, keys)"
_PLACE = (
    '(release_id, pt_code, hlt_code, hlt_name, hlgt_code, hlgt_name, soc_code, soc_name, "primary")'
)


class ReleaseRefused(Refused):
    """A release that does not hold together: `faults` name the file, the line and the reason."""

    def __init__(self, faults: Iterable[ReleaseFault]) -> None:
        super().__init__(
            _("The release is not loaded: its files do not hold together."), code="release"
        )
        self.faults = tuple(faults)


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
    before = DictionaryRelease.objects.filter(**same).first()
    if before is not None:
        if before.sha256 == digest:
            return before, _load_queries(before, queries)
        raise Refused(
            _("%(release)s was loaded from other files. A loaded version is never rewritten.")
            % {"release": before}
        )
    last = DictionaryRelease.objects.aggregate(last=Max("number"))["last"] or 0
    row = DictionaryRelease.objects.create(
        **same,
        number=last + 1,
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


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the files in order of name, each with its name and length in front."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name} {len(files[name])}\n".encode())
        total.update(files[name])
    return total.hexdigest()


@cache
def reading(sign: str) -> str:
    """The pinyin of one character."""
    return str(pypinyin.pinyin(sign, style=pypinyin.Style.NORMAL)[0][0])


def search_vector(keys: Iterable[str]) -> str:
    """Search keys as PostgreSQL reads a tsvector."""
    return " ".join("'" + key.replace("\\", "\\\\").replace("'", "''") + "'" for key in keys)


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


def copy_rows(target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY in portions: the trigger that writes the trail sees each portion as one set."""
    held = list(rows)
    with connection.cursor() as cursor:
        for start in range(0, len(held), _ROWS):
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in held[start : start + _ROWS]:
                    copy.write_row(row)


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
