"""Label versions, the terms typed for one, and the cases to look at again after a change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.coding import folded_term
from pv.domain.labels import LabelKind, LabelText, LineProblem, ListedTerm, TypedTerm, typed_terms
from pv.models import DictionaryTerm, LabelReview, LabelTerm, LabelVersion
from pv.models.labels import KINDS
from pv.queries import dictionaries

PAGE = 100
KEEPERS = (Perm.CASE_WRITE, Perm.CASE_ASSESS, Perm.COMMITMENT_WRITE)


@dataclass(frozen=True, slots=True)
class ReadTerms:
    """The dictionary terms of what was typed, and each line that gives none, with why."""

    terms: Sequence[tuple[DictionaryTerm, TypedTerm]]
    problems: Sequence[tuple[TypedTerm, LineProblem]]


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """What a version adds to the one before it, takes away, or says differently of a death."""

    before: LabelVersion | None
    added: Sequence[LabelTerm]
    removed: Sequence[LabelTerm]
    fatality: Sequence[LabelTerm]


def keepers(actor: Actor) -> list[Product]:
    """Products whose labels the actor keeps: safety and regulatory affairs alike."""
    rows = {row.id: row for perm in KEEPERS for row in reference.products_for(actor, perm)}
    return sorted(rows.values(), key=lambda row: row.code)


def kinds() -> list[tuple[str, str]]:
    """What a label version may be, code and word."""
    return [(code, str(word)) for code, word in KINDS]


def _entries(actor: Actor) -> "QuerySet[LabelVersion]":
    rows = LabelVersion.objects.select_related("product", "entered_by", "confirmed_by")
    return scope.visible(actor, rows)


def held(actor: Actor) -> list[LabelVersion]:
    """Confirmed versions by product, kind and country, the newest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=False)
    return list(rows.order_by("product__code", "kind", "country", "-valid_from", "-confirmed_at"))


def waiting(actor: Actor) -> list[LabelVersion]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, label_id: UUID | str) -> LabelVersion:
    """One version; NotFound otherwise."""
    rows = LabelVersion.objects.select_related("product", "entered_by", "confirmed_by")
    return scope.one(actor, rows, id=label_id)


def terms(actor: Actor, label: LabelVersion, language: str = "") -> list[LabelTerm]:
    """The terms of a version by code, named in a language where the dictionary has it."""
    rows = list(scope.visible(actor, LabelTerm.objects.filter(label=label)))
    if language:
        known = dictionaries.terms(label.dictionary, language, [row.code for row in rows])
        for row in rows:
            row.name = known[row.code].term.name if row.code in known else row.name
    return rows


def before(label: LabelVersion) -> LabelVersion | None:
    """The confirmed version that was in force when this one begins."""
    rows = LabelVersion.objects.filter(
        product_id=label.product_id,
        kind=label.kind,
        country=label.country,
        confirmed_at__isnull=False,
        valid_from__lte=label.valid_from,
    )
    return rows.exclude(id=label.id).order_by("-valid_from", "-confirmed_at").first()


def difference(actor: Actor, label: LabelVersion, language: str = "") -> LabelDifference:
    """A version beside the one before it, term by term."""
    old = before(label)
    mine = {row.code: row for row in terms(actor, label, language)}
    theirs = {row.code: row for row in terms(actor, old, language)} if old else {}
    return LabelDifference(
        old,
        [row for code, row in mine.items() if code not in theirs],
        [row for code, row in theirs.items() if code not in mine],
        [row for code, row in mine.items() if code in theirs and theirs[code].fatal != row.fatal],
    )


def texts_of(product_id: UUID) -> list[LabelText]:
    """Every confirmed version of a product with its terms; of one day the one confirmed last."""
    rows = LabelVersion.objects.filter(product_id=product_id, confirmed_at__isnull=False)
    latest = {(r.kind, r.country, r.valid_from): r for r in rows.order_by("confirmed_at")}
    listed: dict[UUID, list[ListedTerm]] = {row.id: [] for row in latest.values()}
    for term in LabelTerm.objects.filter(label__in=listed):
        codes = frozenset({term.code, term.pt_code})
        listed[term.label_id].append(ListedTerm(codes, term.words or term.name, term.fatal))
    return [text_of(row, listed[row.id]) for row in latest.values()]


def text_of(row: LabelVersion, listed: Iterable[ListedTerm]) -> LabelText:
    """A version as the rule of expectedness reads it."""
    return LabelText(
        str(row.id), LabelKind(row.kind), row.country, row.number, row.valid_from, tuple(listed)
    )


def read_terms(version: str, text: str) -> ReadTerms:
    """Look up typed lines in a dictionary version: by code, or by the whole name."""
    lines = list(typed_terms(text))
    codes = {line.code for line in lines if line.code}
    names = {folded_term(line.text) for line in lines if not line.code}
    rows = DictionaryTerm.objects.filter(release__version=version)
    by_code = {row.code: row for row in rows.filter(code__in=codes).order_by("release__language")}
    by_name = {row.folded: row for row in rows.filter(folded__in=names).order_by("current")}
    known: dict[int, tuple[DictionaryTerm, TypedTerm]] = {}
    problems: list[tuple[TypedTerm, LineProblem]] = []
    for line in lines:
        row = by_code.get(line.code) if line.code else by_name.get(folded_term(line.text))
        if row is None:
            problems.append((line, LineProblem.UNKNOWN))
        elif row.code in known:
            problems.append((line, LineProblem.TWICE))
        else:
            known[row.code] = (row, line)
    return ReadTerms(list(known.values()), problems)


def open_reviews(actor: Actor) -> list[LabelReview]:
    """Cases to look at again, the earliest day first."""
    rows = LabelReview.objects.filter(done_on__isnull=True)
    rows = rows.select_related("case", "label__product")
    return list(scope.visible(actor, rows).order_by("due", "id")[:PAGE])


def reviews_of(actor: Actor, label: LabelVersion) -> list[LabelReview]:
    """The cases a version made to be looked at again."""
    rows = LabelReview.objects.filter(label=label).select_related("case", "done_by")
    return list(scope.visible(actor, rows).order_by("case__number"))


def review(actor: Actor, review_id: UUID | str) -> LabelReview:
    """One case to look at again; NotFound otherwise."""
    return scope.one(actor, LabelReview.objects.select_related("case", "label"), id=review_id)


def preferred(pairs: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    """Of each pair of dictionary version and code its preferred term, where it is loaded."""
    wanted: dict[str, set[int]] = {}
    for version, code in pairs:
        wanted.setdefault(version, set()).add(code)
    return {
        (version, code): pt
        for version, codes in wanted.items()
        for code, pt in DictionaryTerm.objects.filter(
            release__version=version, code__in=codes
        ).values_list("code", "pt_code")
    }
