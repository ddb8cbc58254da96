"""Cases and outside reports linked to be read together, and the link undone with a reason."""

from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import locked_cases
from pv.domain.cases import case_links as rules
from pv.domain.cases.case_links import CaseLinkKind, LinkParty, LinkProblem
from pv.domain.e2b import storage
from pv.models import Case, CaseLink
from pv.queries import case_links as queries

Kind = CaseLink.Kind
LONGEST_NUMBER = 100  # C.1.10.r
_PROBLEMS: dict[LinkProblem, str | Promise] = {
    LinkProblem.ITSELF: gettext_lazy("A report is not linked to itself."),
    LinkProblem.TWICE: gettext_lazy("These reports are linked already: undo that link first."),
    LinkProblem.NULLIFIED: gettext_lazy("One of the two is nullified: it is no longer linked."),
    LinkProblem.ONE_PATIENT: gettext_lazy(
        "Both cases are of one patient of the register: parent, child and sibling are others."
    ),
    LinkProblem.TWO_PATIENTS: gettext_lazy("The register has two different patients for them."),
}


@action("case_link.make", needs=Perm.CASE_WRITE)
def link(
    actor: Actor, case: Case, *, number: str, kind: str, reason: str, lock_version: int
) -> CaseLink:
    """Link a case to another of ours, or to an outside report by its worldwide identifier.

    Both cases name each other from their open version on, else from their next one. Refused
    without kind and reason and where the two cannot be linked; Conflict when somebody saved the
    case since `lock_version`.
    """
    name = number.strip()
    _complete(name, kind, reason)
    other = queries.target(actor, name)
    if other is None and _ours(name):
        raise Refused({"number": _("Not found, or you may not see it.")})
    row, partner = _locked(case.id, other.id if other else None)
    versions.must_be(row, lock_version, column="lock_version")
    _allowed(actor, row, partner, name, CaseLinkKind(kind))
    made = _make(actor, row, partner, name, kind, reason)
    if partner is not None:
        _mirror(actor, partner, row, rules.mirrored(CaseLinkKind(kind)).value, reason)
    return made


@part
def _mirror(actor: Actor, case: Case, other: Case, kind: str, reason: str) -> None:
    """The link as the other case has it, also where that was linked to a number before.

    A link of the same kind made before `other` was here leads to it from now on; one of another
    kind is undone for the reason that is given now.
    """
    rows = CaseLink.objects.filter(case=case, other__isnull=True, undone_at__isnull=True)
    rows = rows.filter(number__in=queries.names(other))
    if rows.filter(kind=kind).update(other=other):
        _follow(actor, case)
        return
    _end(actor, case, rows, reason)
    _make(actor, case, other, other.worldwide_id, kind, reason)


def _ours(number: str) -> bool:
    head, _dash, tail = number.upper().partition("-")
    return head[:1] == "C" and head[1:].isdecimal() and tail.isdecimal()


def _complete(number: str, kind: str, reason: str) -> None:
    problems: dict[str, Any] = {}
    if not number:
        problems["number"] = _("Give the number of the other report.")
    elif len(number) > LONGEST_NUMBER:
        problems["number"] = _("Not more than %(n)s characters.") % {"n": LONGEST_NUMBER}
    if kind not in Kind.values:
        problems["kind"] = _("Choose what links the two reports.")
    if not reason.strip():
        problems["reason"] = _("Say how it is known.")
    if problems:
        raise Refused(problems)


def _locked(case: UUID, other: UUID | None) -> tuple[Case, Case | None]:
    """Both rows locked."""
    rows = locked_cases.in_order([case, other or case])
    if other is not None and other not in rows:
        raise Refused(_("You do not work on the other case."))
    return rows[case], rows[other] if other else None


def _allowed(actor: Actor, case: Case, other: Case | None, number: str, kind: CaseLinkKind) -> None:
    if other is not None:
        if not actor.may(Perm.CASE_WRITE, site=other.site_id, product=other.product_id):
            raise Refused({"number": _("You do not work on the other case.")})
        if not other.worldwide_id or not case.worldwide_id:
            raise Refused({"number": _("A case without a worldwide identifier is not linked.")})
    party = LinkParty(frozenset({number})) if other is None else queries.party(other)
    found = rules.problem(queries.party(case), party, kind, queries.present(case))
    if found is not None:
        raise Refused({"number": _PROBLEMS[found]})


@part
def _make(
    actor: Actor, case: Case, other: Case | None, number: str, kind: str, reason: str
) -> CaseLink:
    made = CaseLink.objects.create(
        case=case,
        other=other,
        product_id=case.product_id,
        site_id=case.site_id,
        number=other.worldwide_id if other else number,
        kind=kind,
        reason=within(reason, 500),
        linked_by_id=actor.id,
        linked_at=time.now(),
    )
    _follow(actor, case)
    return made


@part
def _follow(actor: Actor, case: Case, undone: frozenset[str] = frozenset()) -> None:
    """The open version names what the case is linked to; a locked one stays as it is."""
    version = case.versions.select_for_update().get(number=case.current_version)
    if queries.open_version(actor, case, version):
        root = storage.from_data(version.message)
        if rules.write(root, queries.present(case), undone):
            version.message = storage.to_data(root)
            version.save(update_fields=["message"])
    case.lock_version += 1
    case.save(update_fields=["lock_version"])


@action("case_link.undo", needs=Perm.CASE_WRITE)
def undo(actor: Actor, made: CaseLink, *, reason: str, lock_version: int) -> Case:
    """Undo a link with a reason, on both sides; what was released goes on naming it.

    Conflict when somebody saved the case since `lock_version`.
    """
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    row, partner = _locked(made.case_id, made.other_id)
    versions.must_be(row, lock_version, column="lock_version")
    if partner is not None and not actor.may(
        Perm.CASE_WRITE, site=partner.site_id, product=partner.product_id
    ):
        raise Refused(_("You do not work on the other case."))
    if not _end(actor, row, CaseLink.objects.filter(id=made.id), reason):
        raise Refused(_("This link is undone already."))
    if partner is not None:
        _end(actor, partner, CaseLink.objects.filter(case=partner, other=row), reason)
    return row


@part
def _end(actor: Actor, case: Case, rows: Any, reason: str) -> bool:
    ended = list(rows.select_for_update().filter(undone_at__isnull=True))
    for row in ended:
        row.undone_at, row.undone_by_id = time.now(), actor.id
        row.undone_because = within(reason, 500)
        row.save(update_fields=["undone_at", "undone_by", "undone_because"])
    if ended:
        _follow(actor, case, frozenset(row.number for row in ended))
    return bool(ended)
