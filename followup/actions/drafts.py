"""Drafts: what was typed and not yet saved, sealed on the server, one a user, form and subject."""

import json
from collections.abc import Mapping, Sequence

from followup.core import clock, secrets
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Draft
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.queries import drafts as queries


@action("draft.keep", needs=Perm.OWN_ACCOUNT)
def keep(
    actor: Actor,
    *,
    form: str,
    subject: str,
    fields: Mapping[str, Sequence[str]],
    address: str,
    label: str,
    base_version: str = "",
) -> Draft:
    """Keep the latest text of one form; whoever holds any role may, and only sees the own."""
    if actor.id is None:
        raise Denied(Perm.OWN_ACCOUNT)  # a process of the system types nothing
    found = queries.mine(actor).filter(form=form, subject=subject).first()
    draft = found or Draft(user_id=actor.id, form=form, subject=subject)
    draft.address, draft.base_version = address[:300], base_version[:40]
    draft.label, draft.saved_at = label[:120], clock.now()
    draft.fields = secrets.seal(json.dumps(fields, ensure_ascii=False), queries.place(draft))
    draft.save()
    return draft


@action("draft.discard", needs=Perm.OWN_ACCOUNT)
def discard(actor: Actor, *, form: str, subject: str) -> None:
    """Forget a draft: its form was saved, or its author threw it away."""
    queries.mine(actor).filter(form=form, subject=subject).delete()


@action("draft.expire", needs=Perm.SYSTEM)
def expire(actor: Actor) -> int:
    """Delete drafts nobody has touched for seven days; how many."""
    return queries.expired().delete()[0]
