"""Writing the next version of a follow-up protocol: one writes, another one releases."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.protocols import Protocol, ProtocolFault, next_version, point_changes
from followup.domain.references import fingerprint
from followup.models import ProtocolDraft, ReferenceItem

KIND = "protocol"
TAIL = -1  # place of the lifelong tail, which is one point of its own


def _texts() -> Mapping[str, str]:
    return {
        "repeated": _("Two points are called %(one)s: each needs a code of its own."),
        "same_day": _("%(one)s and %(two)s are on one day and cannot be one visit."),
        "vanishes": _(
            "The window of %(one)s can vanish behind that of %(two)s: make one of them shorter."
        ),
    }


def fault(data: Mapping[str, Any]) -> str:
    """Why no schedule can be planned from an entry, in words; empty when one can."""
    try:
        Protocol.from_dict(data)
    except ProtocolFault as error:
        one, two = (*error.points, "", "")[:2]
        return _texts()[error.kind] % {"one": one, "two": two}
    except (KeyError, ValueError) as error:
        return _("This version cannot be planned from: %(why)s") % {"why": error}
    return ""


@action("protocol.draft", needs=Perm.PROTOCOL_WRITE)
def draft(actor: Actor, base: ReferenceItem, *, purpose: str) -> ProtocolDraft:
    """Begin the next version from any recorded version, also an older one to go back to it."""
    if base.kind != KIND:
        raise Refused(_("This is no protocol."))
    if actor.id is None:
        raise Refused(_("A version needs a person who writes it."))
    if not purpose.strip():
        raise Refused({"purpose": _("Say what changes and why.")})
    used = set(ReferenceItem.objects.filter(kind=KIND, code=base.code).values_list("version"))
    open_ones = ProtocolDraft.objects.filter(code=base.code, discarded_at__isnull=True)
    used |= set(open_ones.values_list("number"))
    number = next_version(base.version)
    while (number,) in used:
        number = next_version(number)
    return ProtocolDraft.objects.create(
        base=base,
        code=base.code,
        number=number,
        data={**base.data, "version": number, "valid_from": None, "valid_to": None},
        purpose=purpose.strip(),
        editors=[actor.id],
        made_by_id=actor.id,
        made_at=clock.now(),
    )


@part
def _change(
    actor: Actor, given: ProtocolDraft, version: int, edit: Callable[[dict[str, Any]], None]
) -> ProtocolDraft:
    """Change the entry of an open draft; a draft with a fault is kept, but never released."""
    row = ProtocolDraft.objects.select_for_update().get(id=given.id)
    _open(row)
    versions.must_be(row, version)
    data = {**row.data, "points": [dict(point) for point in row.data["points"]]}
    edit(data)
    if data == row.data:
        raise Refused(_("Nothing is different from what is recorded."))
    row.data = data
    row.version += 1
    if actor.id is not None and actor.id not in row.editors:
        row.editors = [*row.editors, actor.id]
    row.save()
    return row


def _open(row: ProtocolDraft) -> None:
    if row.released_at or row.discarded_at:
        raise Refused(_("This version is no draft any more: begin a new one."))


@action("protocol.put_point", needs=Perm.PROTOCOL_WRITE)
def put_point(
    actor: Actor, row: ProtocolDraft, *, place: int | None, point: Mapping[str, Any], version: int
) -> ProtocolDraft:
    """Write the point at a place, a new one without a place, or the lifelong tail (`TAIL`).

    Conflict when somebody else was faster; Refused for a point no schedule can be planned with.
    """

    def edit(data: dict[str, Any]) -> None:
        if place == TAIL:
            data["tail"] = dict(point)
        elif place is None:
            data["points"].append(dict(point))
        else:
            data["points"][place] = dict(point)
        if why := fault(data):
            raise Refused(why)

    return _change(actor, row, version, edit)


@action("protocol.drop_point", needs=Perm.PROTOCOL_WRITE)
def drop_point(actor: Actor, row: ProtocolDraft, *, place: int, version: int) -> ProtocolDraft:
    """Take a point out. The tail stays: follow-up is for life and ends only with death."""

    def edit(data: dict[str, Any]) -> None:
        if place == TAIL:
            raise Refused(_("The yearly contact for life cannot be taken out."))
        del data["points"][place]
        if not data["points"]:
            raise Refused(_("A protocol needs a point at least."))

    return _change(actor, row, version, edit)


@action("protocol.name", needs=Perm.PROTOCOL_WRITE)
def name(
    actor: Actor,
    row: ProtocolDraft,
    *,
    zh: str,
    en: str,
    citation: str,
    valid_from: date | None,
    version: int,
) -> ProtocolDraft:
    """Name, source and first day of the version."""
    problems = {}
    if not zh.strip() or not en.strip():
        problems["zh" if not zh.strip() else "en"] = _("Enter the name in both languages.")
    if not citation.strip():
        problems["citation"] = _("Enter where this version is written down.")
    if valid_from is not None and valid_from < clock.today():
        problems["valid_from"] = _("A version comes into force today or later.")
    if problems:
        raise Refused(problems)

    def edit(data: dict[str, Any]) -> None:
        data["name"] = {"zh": zh.strip(), "en": en.strip()}
        data["citation"] = citation.strip()
        data["valid_from"] = valid_from.isoformat() if valid_from else None

    return _change(actor, row, version, edit)


@action("protocol.discard", needs=Perm.PROTOCOL_WRITE)
def discard(actor: Actor, given: ProtocolDraft, *, reason: str) -> ProtocolDraft:
    """Give a draft up, with the reason; the trail keeps it."""
    row = ProtocolDraft.objects.select_for_update().get(id=given.id)
    _open(row)
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    row.discarded_at = clock.now()
    row.save(update_fields=["discarded_at"])
    return row


@action("protocol.release", needs=Perm.PROTOCOL_WRITE)
def release(actor: Actor, given: ProtocolDraft, *, version: int) -> ReferenceItem:
    """Release a draft as a version infusions are planned with from now on.

    By somebody who has not written on it; patients on an earlier version stay there until an
    amendment moves them. What was read is what is released: Conflict otherwise.
    """
    row = ProtocolDraft.objects.select_for_update().get(id=given.id)
    _open(row)
    versions.must_be(row, version)
    if not may_release(actor.id, row):
        raise Refused(_("You wrote on this version: somebody else has to release it."))
    if why := fault(row.data):
        raise Refused(why)
    before, after = Protocol.from_dict(row.base.data), Protocol.from_dict(row.data)
    if not point_changes(before, after) and before.valid_from == after.valid_from:
        raise Refused(_("No point differs from version %(version)s.") % {"version": before.version})
    start = row.data.get("valid_from")
    if start and date.fromisoformat(start) < clock.today():
        raise Refused(_("A version comes into force today or later."))
    item = ReferenceItem.objects.create(
        kind=KIND,
        code=row.code,
        version=row.number,
        data=row.data,
        sha256=fingerprint(row.data),
        valid_from=date.fromisoformat(start) if start else None,
        citation=row.data["citation"],
        confidence=row.data["confidence"],
        loaded_at=clock.now(),
    )
    row.released, row.released_by_id, row.released_at = item, actor.id, clock.now()
    row.save(update_fields=["released", "released_by", "released_at"])
    return item


def may_release(user_id: UUID | None, row: ProtocolDraft) -> bool:
    """Whether somebody has not written on a draft; a process releases nothing."""
    return user_id is not None and user_id not in row.editors
