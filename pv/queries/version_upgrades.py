"""Moves of cases to another release of the dictionary: what would become of each code."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.coding import TAKEN_OVER, TermFacts, UpgradeOutcome, coded_places, upgrade_outcome
from pv.domain.e2b import storage
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.trail import instance_name
from pv.models import Case, CaseVersion, DictionaryTerm, VersionUpgrade, VersionUpgradeLine

EVERY = frozenset(Profile)
ENDED = (Case.Stage.CLOSED, Case.Stage.NULLIFIED)


@dataclass(frozen=True, slots=True)
class Planned:
    """One code of an open case, with what becomes of it and how the new release calls it."""

    case: Case
    path: str
    code: int
    outcome: UpgradeOutcome
    name: str

    @property
    def place(self) -> str:
        """The place in the reader's language."""
        return instance_name(self.path, reader_language())

    @property
    def taken_over(self) -> bool:
        """Whether the case can go to the new release with this code."""
        return self.outcome in TAKEN_OVER


def outcomes() -> dict[str, str]:
    """What may become of a code, code and word."""
    return {code: str(word) for code, word in VersionUpgradeLine.Outcome.choices}


def products(actor: Actor) -> list[Product]:
    """Products whose cases the actor may move."""
    return list(reference.products_for(actor, Perm.CASE_WRITE))


def open_cases(actor: Actor, product: Product) -> Iterator[CaseVersion]:
    """Current versions of a product that are neither exported nor of an ended case."""
    cases = scope.visible(actor, Case.objects.filter(product=product), needs=Perm.CASE_WRITE)
    rows = CaseVersion.objects.filter(
        case__in=cases.exclude(stage__in=ENDED),
        number=F("case__current_version"),
        locked_at__isnull=True,
    )
    yield from rows.select_related("case").order_by("case__number").iterator(chunk_size=200)


def _facts(version: str, codes: set[int]) -> dict[int, TermFacts]:
    """What a version says of codes, named in the reader's language where it is loaded in it."""
    rows = DictionaryTerm.objects.filter(release__version=version, code__in=codes)
    rows = rows.select_related("release")
    ordered = sorted(rows, key=lambda row: row.release.language == reader_language())
    return {row.code: TermFacts(row.name, row.pt_code, row.current) for row in ordered}


def names(upgrade: VersionUpgrade, codes: Iterable[int]) -> dict[int, str]:
    """The codes of a move in words: by the later release, else by the earlier one."""
    wanted = set(codes)
    found = _facts(upgrade.version_before, wanted) | _facts(upgrade.version_after, wanted)
    return {code: fact.name for code, fact in found.items()}


def plan(actor: Actor, product: Product, before: str, after: str) -> list[Planned]:
    """What becomes of every code of the open cases of a product, in the order of the cases."""
    found: list[tuple[Case, str, int]] = []
    for version in open_cases(actor, product):
        root = storage.from_data(version.message)
        for place in coded_places(root, EVERY):
            if place.version == before and place.code.isascii() and place.code.isdigit():
                found.append((version.case, place.path, int(place.code)))
    codes = {code for _case, _path, code in found}
    old, new = _facts(before, codes), _facts(after, codes)
    return [
        Planned(
            case,
            path,
            code,
            upgrade_outcome(old.get(code), new.get(code)),
            (new.get(code) or old.get(code) or TermFacts("", 0, False)).name,
        )
        for case, path, code in found
    ]


def made(actor: Actor) -> list[VersionUpgrade]:
    """The moves that were made, the newest first."""
    rows = VersionUpgrade.objects.select_related("product", "made_by", "undone_by")
    return list(scope.visible(actor, rows).order_by("-made_at")[:100])


def one(actor: Actor, upgrade_id: UUID | str) -> VersionUpgrade:
    """One move; NotFound otherwise."""
    rows = VersionUpgrade.objects.select_related("product", "made_by", "undone_by")
    return scope.one(actor, rows, id=upgrade_id)


def lines(actor: Actor, upgrade: VersionUpgrade) -> Sequence[VersionUpgradeLine]:
    """The report of a move: every code with what became of it."""
    rows = VersionUpgradeLine.objects.filter(upgrade=upgrade).select_related("case")
    return list(scope.visible(actor, rows).order_by("case__number", "path"))
