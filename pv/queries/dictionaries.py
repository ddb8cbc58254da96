"""Looking up a loaded dictionary: terms as one types, a code with its place, what a code became."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count

from followup.core import scope
from followup.core.actor import Actor
from pv.domain.coding import (
    code_number,
    coded_places,
    dictionary_findings,
    folded_term,
    version_key,
)
from pv.domain.e2b.checks import Finding
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Node
from pv.models import (
    CodingDecision,
    DictionaryPlacement,
    DictionaryRelease,
    DictionaryTerm,
)
from pv.queries import type_ahead

SHOWN = 20
# Names that begin with the text come straight from their index, in order; words inside a name
# from the keys. The first is enough for a short text, whose second answer would be half a release.
_BEGINS = """SELECT id FROM pv_dictionaryterm
WHERE release_id = %s AND folded LIKE %s ORDER BY folded LIMIT %s"""
_CONTAINS = """SELECT id FROM pv_dictionaryterm
WHERE keys @@ %s::tsquery ORDER BY current DESC, length(folded), folded LIMIT %s"""


@dataclass(frozen=True, slots=True)
class TermSuggestion:
    """A term a person may mean, with its preferred term and primary path; `found_as` is its name
    in another language, by which it was found."""

    term: DictionaryTerm
    pt_name: str
    placement: DictionaryPlacement | None
    found_as: str = ""

    @property
    def preferred(self) -> bool:
        """Whether the term is its own preferred term."""
        return self.term.code == self.term.pt_code


def releases() -> list[DictionaryRelease]:
    """What is loaded, the newest version first."""
    rows = DictionaryRelease.objects.select_related("loaded_by")
    return sorted(rows, key=lambda row: (version_key(row.version), row.language), reverse=True)


def loaded() -> list[str]:
    """Each release by its name, as a data lock keeps it: MedDRA 28.1 en."""
    return [str(row) for row in releases()]


def versions() -> list[str]:
    """Versions with at least one language, the newest first."""
    return list(dict.fromkeys(row.version for row in releases()))


def release(version: str, language: str) -> DictionaryRelease | None:
    """The release of a version in a language, or in the other one; None when none is loaded."""
    rows = {row.language: row for row in DictionaryRelease.objects.filter(version=version)}
    return rows.get(language) or next(iter(rows.values()), None)


def languages(version: str) -> list[str]:
    """The languages a version is loaded in."""
    return list(
        DictionaryRelease.objects.filter(version=version).values_list("language", flat=True)
    )


def suggest(version: str, language: str, text: str, limit: int = SHOWN) -> list[TermSuggestion]:
    """Terms for what was typed: characters, pinyin initials or English; best first.

    The words of a report are seldom in the language of its reader: what the reader's own release
    leaves room for is looked up in the other languages of the version, and named in the reader's.
    Empty for less than two characters and for a version nobody loaded.
    """
    chosen = release(version, language)
    if chosen is None:
        return []
    terms, found_as = _matching(chosen, text, limit), dict[int, str]()
    if len(terms) < limit:
        for other in DictionaryRelease.objects.filter(version=version).exclude(id=chosen.id):
            known = {term.code for term in terms}
            new = [t for t in _matching(other, text, limit) if t.code not in known]
            own = DictionaryTerm.objects.filter(release=chosen, code__in=[t.code for t in new])
            named = {term.code: term for term in own}
            terms += [named.get(term.code, term) for term in new]
            found_as |= {term.code: term.name for term in new if term.code in named}
    rows = placed(chosen, terms[:limit])
    return [replace(row, found_as=found_as.get(row.term.code, "")) for row in rows]


def _matching(chosen: DictionaryRelease, text: str, limit: int) -> list[DictionaryTerm]:
    """Terms of one release for what was typed, best first."""
    key = folded_term(text)
    ids = type_ahead.matches(
        _BEGINS,
        _CONTAINS,
        release_id=chosen.id,
        number=chosen.number,
        text=text,
        limit=limit,
    )
    rows = DictionaryTerm.objects.in_bulk(ids)
    return sorted(
        (rows[number] for number in ids),
        key=lambda t: (t.folded != key, not t.current, t.code != t.pt_code, len(t.folded)),
    )


def placed(chosen: DictionaryRelease, terms: Iterable[DictionaryTerm]) -> list[TermSuggestion]:
    """Terms with the name of their preferred term and its primary path, in two statements."""
    terms = list(terms)
    codes = {term.pt_code for term in terms}
    names = dict(
        DictionaryTerm.objects.filter(release=chosen, code__in=codes).values_list("code", "name")
    )
    places = DictionaryPlacement.objects.filter(release=chosen, pt_code__in=codes, primary=True)
    paths = {row.pt_code: row for row in places}
    return [TermSuggestion(t, names.get(t.pt_code, ""), paths.get(t.pt_code)) for t in terms]


def terms(version: str, language: str, codes: Iterable[int]) -> dict[int, TermSuggestion]:
    """What codes mean in a version; a code it does not hold is not among them."""
    chosen = release(version, language)
    if chosen is None:
        return {}
    rows = DictionaryTerm.objects.filter(release=chosen, code__in=set(codes))
    return {row.term.code: row for row in placed(chosen, rows)}


def known_codes(version: str, codes: Iterable[int]) -> dict[int, bool]:
    """Those of some codes that a version holds in any language, and whether each is current."""
    rows = DictionaryTerm.objects.filter(release__version=version, code__in=set(codes))
    return dict(rows.values_list("code", "current"))


def findings(root: Node, regions: frozenset[Profile]) -> list[Finding]:
    """What the loaded releases say of the codes of a message; none while nothing is loaded."""
    loaded = frozenset(versions())
    if not loaded:
        return []
    places = list(coded_places(root, regions))
    current: dict[tuple[str, str], bool] = {}
    for version in loaded & {place.version for place in places}:
        numbers = (code_number(place.code) for place in places if place.version == version)
        found = known_codes(version, filter(None, numbers))
        current |= {(version, str(code)): now for code, now in found.items()}
    return dictionary_findings(places, loaded, current)


def coded_before(actor: Actor, verbatim: str, limit: int = 5) -> list[tuple[int, int]]:
    """Codes chosen for the same words in cases the actor may read, with how often."""
    key = folded_term(verbatim)[:250]
    if not key:
        return []
    rows = scope.visible(actor, CodingDecision.objects.all()).filter(folded=key)
    counted = rows.values("code").annotate(times=Count("id")).order_by("-times", "code")
    return [(row["code"], row["times"]) for row in counted[:limit]]


def decisions(actor: Actor, case: Any) -> dict[str, CodingDecision]:
    """The last decision of each place of a case."""
    rows = (
        scope.visible(actor, CodingDecision.objects.all())
        .filter(case=case)
        .select_related("decided_by")
    )
    return {row.path: row for row in rows.order_by("decided_at", "id")}
