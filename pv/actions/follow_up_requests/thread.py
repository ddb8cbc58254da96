"""What every step of a request does: the locked row, one more entry, one more version."""

from datetime import date
from typing import Any

from followup.core import clock, versions
from followup.core.action import part
from followup.core.actor import Actor
from pv.models import FollowUpRequest, FollowUpRequestEntry


@part
def enter(
    actor: Actor, row: FollowUpRequest, kind: str, text: str = "", *, on: date, **more: Any
) -> FollowUpRequestEntry:
    """One more entry of the thread."""
    return FollowUpRequestEntry.objects.create(
        request=row,
        product_id=row.product_id,
        site_id=row.site_id,
        kind=kind,
        happened_on=on,
        text=text.strip(),
        written_by_id=actor.id,
        written_at=clock.now(),
        **more,
    )


def locked(given: FollowUpRequest, version: int) -> FollowUpRequest:
    """The request, locked; Conflict when somebody saved it since `version`."""
    row = FollowUpRequest.objects.select_for_update(of=("self",)).get(id=given.id)
    versions.must_be(row, version)
    return row


@part
def save(row: FollowUpRequest) -> FollowUpRequest:
    """Keep a locked request one version on."""
    row.moved_at = clock.now()
    row.version += 1
    row.save()
    return row
