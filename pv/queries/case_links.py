"""The reports a case is read together with, and those a file or a decision says it should be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from pv.domain.cases import case_links as rules
from pv.domain.cases.case_links import CaseLinkKind, LinkParty
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from pv.models import Case, CaseLink, CaseSource, CaseVersion, DuplicateDecision
from pv.queries import duplicates, version_unlocks

PARENT_SOURCE = "parent_child"  # kind of the source of a child's case: the parent's number


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link with the case it leads to, None where there is none the reader may see.

    `in_message`: the current version names it; what is locked names it from its next version on.
    """

    link: CaseLink
    other: Case | None
    in_message: bool


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """A report that a message or a decision says is to be read with the case, not linked yet.

    `kind` is what the other side says of it; empty where nobody has said.
    """

    number: str
    other: Case | None
    kind: str
    source: str  # "message", "other" or "duplicate"


def present(case: Case) -> list[str]:
    """The numbers of the links of a case that stand, in the order they were made."""
    rows = CaseLink.objects.filter(case=case, undone_at__isnull=True)
    return list(rows.order_by("linked_at", "id").values_list("number", flat=True))


def undone_since(case: Case, moment: Any) -> frozenset[str]:
    """The numbers whose links were undone after a moment and do not stand again."""
    rows = CaseLink.objects.filter(case=case, undone_at__gte=moment)
    return frozenset(rows.values_list("number", flat=True)) - set(present(case))


def of_children(case: Case) -> QuerySet[Case]:
    """The cases of a child or foetus made from this one."""
    opened = CaseSource.objects.filter(kind=PARENT_SOURCE, reference=case.number)
    return Case.objects.filter(id__in=opened.values("case_id"))


def children(actor: Actor, case: Case) -> list[Case]:
    """The cases of a child or foetus made from this one, in the order they were made."""
    return list(scope.visible(actor, of_children(case)).order_by("created_at"))


def names(case: Case) -> frozenset[str]:
    """Every name others may call a case by: worldwide, and as its senders called it."""
    received = case.received.values_list("names", flat=True)
    return frozenset(filter(None, [case.worldwide_id, *(name for row in received for name in row)]))


def party(case: Case) -> LinkParty:
    """A case as a side of a link."""
    patient = str(case.patient_id) if case.patient_id else None
    return LinkParty(
        names(case) | {case.number}, patient, nullified=case.stage == Case.Stage.NULLIFIED
    )


def target(actor: Actor, number: str) -> Case | None:
    """The case in the reader's scope that a number or worldwide identifier names."""
    rows = Case.objects.filter(
        Q(number__iexact=number) | Q(worldwide_id=number) | Q(received__names__contains=[number])
    )
    return scope.visible(actor, rows.distinct()).order_by("created_at").first()


def by_name(actor: Actor, wanted: Iterable[str]) -> dict[str, Case]:
    """The visible cases by the name they are linked under."""
    asked = set(wanted)
    if not asked:
        return {}
    rows = Case.objects.filter(
        Q(worldwide_id__in=asked) | Q(received__names__overlap=sorted(asked))
    )
    result: dict[str, Case] = {}
    for case in scope.visible(actor, rows.distinct()).order_by("created_at"):
        for name in names(case) & asked:
            result.setdefault(name, case)
    return result


def _version(actor: Actor, case: Case) -> CaseVersion:
    return scope.one(actor, CaseVersion.objects.filter(case=case), number=case.current_version)


def _numbers(version: CaseVersion) -> tuple[str, ...]:
    return rules.numbers(storage.from_data(version.message))


def one(actor: Actor, link_id: UUID | str) -> CaseLink:
    """One link; NotFound otherwise."""
    return scope.one(actor, CaseLink.objects.select_related("case"), id=link_id)


def of_case(actor: Actor, case: Case) -> list[LinkLine]:
    """The links of a case, those that stand first, then what was undone."""
    rows = scope.visible(actor, CaseLink.objects.filter(case=case))
    links = list(rows.select_related("linked_by", "undone_by").order_by("linked_at", "id"))
    if not links:
        return []
    known = by_name(actor, (row.number for row in links))
    others = scope.visible(actor, Case.objects.filter(id__in=[row.other_id for row in links]))
    by_id: dict[UUID | None, Case] = {row.id: row for row in others}
    named = set(_numbers(_version(actor, case)))
    lines = [
        LinkLine(row, by_id.get(row.other_id) or known.get(row.number), row.number in named)
        for row in links
    ]
    return sorted(lines, key=lambda line: line.link.undone_at is not None)


def offers(actor: Actor, case: Case) -> list[LinkOffer]:
    """What the message, another case or a decision about a look-alike says is to be linked.

    What was undone is not offered again by what stood before, and nothing nullified is.
    """
    if case.stage == Case.Stage.NULLIFIED:
        return []
    standing_links = CaseLink.objects.filter(case=case, undone_at__isnull=True)
    rows = list(standing_links.values_list("number", "other_id"))
    linked, taken = {number for number, _id in rows}, {other for _number, other in rows}
    mine = names(case)
    version = _version(actor, case)
    left_out = linked | mine | undone_since(case, version.created_at)
    named = [name for name in _numbers(version) if name not in left_out]
    known = by_name(actor, named)
    result = [
        LinkOffer(name, known.get(name), "", "message")
        for name in named
        if name not in known or known[name].id not in taken
    ]
    result += [row for row in _of_others(actor, case, mine) if row.number not in linked]
    result += _related(actor, case, taken)
    first: dict[str, LinkOffer] = {}
    for row in result:
        if row.other is None or row.other.stage != Case.Stage.NULLIFIED:
            first.setdefault(row.number, row)
    return list(first.values())


def _of_others(actor: Actor, case: Case, mine: Iterable[str]) -> list[LinkOffer]:
    """Cases whose link was made to a number of this case before it was here."""
    rows = CaseLink.objects.filter(
        number__in=sorted(mine), other__isnull=True, undone_at__isnull=True
    ).exclude(Q(case=case) | Q(case__worldwide_id=""))
    return [
        LinkOffer(
            row.case.worldwide_id,
            row.case,
            rules.mirrored(CaseLinkKind(row.kind)).value,
            "other",
        )
        for row in scope.visible(actor, rows.select_related("case"))
    ]


def _related(actor: Actor, case: Case, taken: set[Any]) -> list[LinkOffer]:
    """Cases decided to be of the same patient and another event, but for links undone since."""
    related = DuplicateDecision.Outcome.RELATED
    decided = {
        key: made.decided_at
        for key, made in duplicates.decisions(case).items()
        if made.outcome == related and key not in taken
    }
    if not decided:
        return []
    ended = CaseLink.objects.filter(case=case, other__in=list(decided), undone_at__isnull=False)
    for other_id, undone_at in ended.values_list("other_id", "undone_at"):
        if undone_at and other_id in decided and undone_at > decided[other_id]:
            del decided[other_id]
    return [
        LinkOffer(other.worldwide_id, other, CaseLinkKind.SAME_PATIENT.value, "duplicate")
        for other in scope.visible(actor, Case.objects.filter(id__in=list(decided)))
        if other.worldwide_id
    ]


def write_into(case: Case, version: CaseVersion | None, root: Node) -> bool:
    """Let the tree of a case's next or unlocked version name its links; True if it changed.

    `version` is the one the tree follows: what was undone since it was made is left out, for a
    signed or locked version went on naming it.
    """
    undone = undone_since(case, version.created_at) if version else frozenset()
    return rules.write(root, present(case), undone)


def open_version(actor: Actor, case: Case, version: CaseVersion) -> bool:
    """Whether the current version can still take up a link."""
    return version.locked_at is None and not version_unlocks.holds(actor, case, version)


def standing(lines: Sequence[LinkLine]) -> list[LinkLine]:
    """The links that stand."""
    return [line for line in lines if line.link.undone_at is None]
