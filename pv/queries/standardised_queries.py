"""SMQs as a filter: which codes of a case one gathers."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.problems import Refused
from pv.domain.coding import version_key
from pv.models import DictionaryRelease, DictionaryTerm, StandardisedQuery, StandardisedQueryTerm

NARROW, BROAD = "narrow", "broad"


@dataclass(frozen=True, slots=True)
class QueryGroup:
    """An SMQ in one of its scopes, with the lowest level codes it gathers."""

    key: str
    name: str
    version: str
    codes: frozenset[str]


def _releases(language: str) -> list[DictionaryRelease]:
    """Releases with SMQs: the newest first, of one version the language of the reader first."""
    with_queries = StandardisedQuery.objects.values("release").distinct()
    rows = DictionaryRelease.objects.filter(id__in=with_queries)
    return sorted(
        rows, key=lambda row: (version_key(row.version), row.language == language), reverse=True
    )


def offered(language: str) -> list[tuple[str, str]]:
    """The SMQs of the newest release that has some: key and name, by name."""
    release = next(iter(_releases(language)), None)
    if release is None:
        return []
    rows = StandardisedQuery.objects.filter(release=release).order_by("name")
    return [(str(row.code), row.name) for row in rows]


def choices(language: str) -> list[tuple[str, str]]:
    """What a page offers: each loaded query narrow and broad, by name."""
    scopes = ((NARROW, pgettext("SMQ", "narrow")), (BROAD, pgettext("SMQ", "broad")))
    return [
        (f"{code}:{scope}", f"{name} ({word})")
        for code, name in offered(language)
        for scope, word in scopes
    ]


def group(key: str, scope: str, language: str = "en") -> QueryGroup | None:
    """An SMQ by its code, narrow or broad; None where nobody loaded it.

    A preferred term stands for every lowest level term below it, current or not: old cases are
    found too.
    """
    release = next(iter(_releases(language)), None)
    if release is None or not key.isascii() or not key.isdigit() or len(key) != 8:
        return None
    found = StandardisedQuery.objects.filter(release=release, code=int(key)).first()
    if found is None:
        return None
    rows = StandardisedQueryTerm.objects.filter(release=release, query_code=found.code)
    if scope == NARROW:
        rows = rows.filter(narrow=True)
    listed = set(rows.values_list("term_code", flat=True))
    below = DictionaryTerm.objects.filter(release=release, pt_code__in=listed)
    codes = listed | set(below.values_list("code", flat=True))
    return QueryGroup(key, found.name, release.version, frozenset(str(code) for code in codes))


def codes_of(smq: str) -> frozenset[str] | None:
    """The codes of a standardised query as asked for; None where none was asked for.

    Refused for a query nobody loaded: it would list nothing, and read as if there were no case.
    """
    if not smq:
        return None
    code, _colon, scope = smq.partition(":")
    found = group(code, scope)
    if found is None:
        raise Refused({"smq": _("This standardised query is not loaded.")})
    return found.codes
