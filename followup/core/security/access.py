"""The log of reads that matter: identity shown, export, print, sign-in, refusal."""

from typing import Any
from uuid import UUID

from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Access


def record(
    actor: Actor,
    kind: str,
    subject: Any = "",
    *,
    reason: str = "",
    site: UUID | None = None,
    product: UUID | None = None,
) -> None:
    """Append one line; the table takes inserts only."""
    Access.objects.create(
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
        kind=kind,
        subject=str(subject),
        reason=reason,
        request_id=actor.request_id,
        site_id=site,
        product_id=product,
    )
