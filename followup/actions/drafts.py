"""Drafts: what was typed and not yet saved, sealed on the server, one for each form opened."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Draft
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.core.security import secrets
from followup.queries import drafts as queries


@dataclass(frozen=True, slots=True)
class Page:
    """The opened page a draft is written from: its draft, its own mark, the state it has seen."""

    draft: UUID | None = None
    tab: str = ""
    base: str = ""


@action("draft.keep", needs=Perm.OWN_ACCOUNT)
def save(
    actor: Actor,
    *,
    form: str,
    subject: str,
    fields: Mapping[str, Sequence[str]],
    address: str,
    label: str,
    base_version: str = "",
    page: Page | None = None,
) -> Draft:
    """Keep the latest text of one form; whoever holds any role may, and sees only one's own.

    A page that would overwrite what another page wrote meanwhile gets a draft of its own.
    """
    if actor.id is None:
        raise Denied(Perm.OWN_ACCOUNT)  # a process of the system types nothing
    draft = _going_on(actor, actor.id, form, subject, page or Page())
    draft.address, draft.base_version = address[:300], base_version[:40]
    draft.label, draft.saved_at = label[:120], clock.now()
    draft.fields = secrets.encrypt(json.dumps(fields, ensure_ascii=False), queries.place(draft))
    draft.save()
    return draft


def _going_on(actor: Actor, owner: UUID, form: str, subject: str, page: Page) -> Draft:
    """The draft this page goes on with, or a new one."""
    rows = queries.own(actor).select_for_update().filter(form=form, subject=subject)
    known = rows.filter(id=page.draft).first() if page.draft else rows.first()
    if known is not None and (known.tab == page.tab or page.base == queries.state(known)):
        known.tab = page.tab
        return known
    fresh = Draft(user_id=owner, form=form, subject=subject, tab=page.tab)
    if page.draft and not Draft.objects.filter(id=page.draft).exists():
        fresh.id = page.draft
    return fresh


@action("draft.discard", needs=Perm.OWN_ACCOUNT)
def discard(actor: Actor, *, form: str, subject: str, draft: UUID | None = None) -> None:
    """Forget a draft, or every one of the form: it was saved, or its author threw it away."""
    rows = queries.own(actor).filter(form=form, subject=subject)
    (rows.filter(id=draft) if draft else rows).delete()


@action("draft.expire", needs=Perm.SYSTEM)
def expire(actor: Actor) -> int:
    """Delete drafts nobody has touched for seven days; how many."""
    return queries.expired().delete()[0]
