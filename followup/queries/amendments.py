"""Protocol versions being written and patients being moved between them, to read."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Product, ProtocolAmendment, ProtocolDraft, ReferenceItem, Schedule, Site

MOST = 50


def reading(actor: Actor) -> None:
    """Denied for who neither writes protocols nor inspects; an auditor reads what was released."""
    if not actor.may(Perm.PROTOCOL_WRITE):
        actor.require(Perm.AUDIT_READ)


def drafts(actor: Actor) -> QuerySet[ProtocolDraft]:
    """Drafts nobody has given up, the latest first."""
    reading(actor)
    rows = ProtocolDraft.objects.select_related("base", "made_by", "released", "released_by")
    rows = scope.visible(actor, rows.filter(discarded_at__isnull=True))
    return rows.order_by("-made_at", "-id")


def draft(actor: Actor, draft_id: UUID | str) -> ProtocolDraft:
    """One draft; NotFound when there is none."""
    actor.require(Perm.PROTOCOL_WRITE)
    rows = ProtocolDraft.objects.select_related("base", "made_by", "released", "released_by")
    return scope.one(actor, rows, id=draft_id)


def versions(actor: Actor) -> list[ReferenceItem]:
    """Every version of every protocol, the latest of each first."""
    rows = scope.visible(actor, ReferenceItem.objects.filter(kind="protocol"))
    return list(rows.order_by("code", "-loaded_at", "-version"))


def version(actor: Actor, item_id: UUID | str) -> ReferenceItem:
    """One version of a protocol; NotFound when there is none."""
    return scope.one(actor, ReferenceItem.objects.filter(kind="protocol"), id=item_id)


def amendments(actor: Actor) -> QuerySet[ProtocolAmendment]:
    """Moves of one's own patients, the latest first."""
    reading(actor)
    return scope.visible(actor, _amendments()).order_by("-made_at", "-id")


def amendment(actor: Actor, amendment_id: UUID | str) -> ProtocolAmendment:
    """One move; NotFound outside the actor's scope."""
    reading(actor)
    return scope.one(actor, _amendments(), id=amendment_id)


def _amendments() -> QuerySet[ProtocolAmendment]:
    related = ("product", "site", "source", "target", "undoes", "made_by")
    return ProtocolAmendment.objects.select_related(*related)


def use(actor: Actor) -> dict[UUID, int]:
    """Open schedules of one's own patients by protocol version."""
    needs = Perm.PROTOCOL_WRITE if actor.may(Perm.PROTOCOL_WRITE) else Perm.VISIT_READ
    rows = scope.counting(actor, _open_schedules(), needs).order_by()
    return dict(rows.values_list("protocol_id").annotate(n=Count("id")))


def _open_schedules() -> QuerySet[Schedule]:
    return Schedule.objects.filter(ended_on__isnull=True)


def waiting(actor: Actor, row: ProtocolAmendment) -> QuerySet[Schedule]:
    """Open schedules an amendment has still to move, of patients who count.

    An undo moves what its amendment moved. An infusion that is followed under the target version
    already stays as it is.
    """
    return _waiting(scope.counting(actor, _open_schedules(), Perm.PROTOCOL_WRITE), row)


def practising(row: ProtocolAmendment) -> QuerySet[Schedule]:
    """The open schedules of practice patients that go along: they are counted and listed nowhere.

    Of whoever moves, also of a holder, who may not see them: none stays on the old version.
    """
    rows = scope.standing(_open_schedules())
    return _waiting(rows.exclude(scope.real_condition("patient_id")), row)


def _waiting(rows: QuerySet[Schedule], row: ProtocolAmendment) -> QuerySet[Schedule]:
    rows = rows.filter(product_id=row.product_id, protocol_id=row.source_id)
    if row.site_id:
        rows = rows.filter(site_id=row.site_id)
    if row.undoes_id:
        rows = rows.filter(amendment_id=row.undoes_id)
    there = _open_schedules().filter(protocol_id=row.target_id).values("infusion_id")
    return rows.exclude(infusion_id__in=there).order_by("id")


def undoable(row: ProtocolAmendment) -> bool:
    """Whether a move was made and is not retracted yet."""
    return bool(row.applied_at) and not ProtocolAmendment.objects.filter(undoes=row).exists()


# What is recorded of each schedule, boiled down to what the planner is told: the visits that keep
# their dates, the open ones, the horizon. Schedules that say the same are planned once.
_SITUATIONS = """
SELECT s.day_zero, s.planned_to, v.fixed, v.open, v.shelved, array_agg(s.id ORDER BY s.id)
FROM followup_schedule AS s
LEFT JOIN LATERAL (
    SELECT
        string_agg(concat_ws('|', code, window_start, target, due), ';' ORDER BY id)
            FILTER (WHERE state <> 'CANCELLED' AND NOT (state = 'PLANNED' AND due >= %(on)s))
            AS fixed,
        string_agg(concat_ws('|', code, window_start, target, due), ';' ORDER BY id)
            FILTER (WHERE state = 'PLANNED' AND due >= %(on)s) AS open,
        string_agg(code, ';' ORDER BY code) FILTER (WHERE state = 'CANCELLED') AS shelved
    FROM followup_plannedvisit WHERE schedule_id = s.id) AS v ON true
WHERE s.id = ANY(%(ids)s)
GROUP BY 1, 2, 3, 4, 5
"""


def situations(ids: Sequence[UUID], on: date) -> tuple[str, dict[str, Any]]:
    """The statement that groups schedules by what the planner has to know of them."""
    return _SITUATIONS, {"ids": list(ids), "on": on}


def study_codes(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Study code of the patient of each schedule."""
    rows = Schedule.objects.filter(Q(id__in=list(ids)))
    return dict(rows.values_list("id", "patient__study_code"))


def sites(actor: Actor) -> list[Site]:
    """Hospitals whose patients the actor may move."""
    grants = list(actor.granting(Perm.PROTOCOL_WRITE))
    rows = scope.visible(actor, Site.objects.filter(is_active=True))
    if any(grant.all_sites for grant in grants):
        return list(rows)
    return list(rows.filter(id__in=[grant.site for grant in grants]))


def products(actor: Actor) -> list[Product]:
    """Products one's own patients were given, and are followed for."""
    rows = scope.visible(actor, _open_schedules(), Perm.PROTOCOL_WRITE)
    known = rows.order_by().values("product_id").distinct()
    return list(Product.objects.filter(id__in=known).order_by("code"))
