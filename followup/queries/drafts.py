"""Reading one's own drafts."""

import json
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import Draft
from followup.core.security import secrets

KEPT = timedelta(days=7)


def place(draft: Draft) -> bytes:
    """Where the sealed text of this draft belongs."""
    return secrets.associated_data("core_draft", "fields", draft.pk, draft.user_id)


def own(actor: Actor) -> QuerySet[Draft]:
    """The actor's drafts, newest first, those past their time too."""
    return scope.visible(actor, Draft.objects.all()).order_by("-saved_at")


def mine(actor: Actor) -> QuerySet[Draft]:
    """The actor's drafts of the last seven days, newest first."""
    return own(actor).filter(saved_at__gte=clock.now() - KEPT)


def expired() -> QuerySet[Draft]:
    """Everybody's drafts that are no longer kept; for the clean-up alone."""
    return Draft.objects.filter(saved_at__lt=clock.now() - KEPT)


def of(actor: Actor, form: str, subject: str) -> QuerySet[Draft]:
    """The actor's drafts of one form about one subject."""
    return mine(actor).filter(form=form, subject=subject)


def one(actor: Actor, form: str, subject: str, draft: UUID) -> Draft | None:
    """One draft of this form about this subject; None when it is another's or of another form."""
    return of(actor, form, subject).filter(id=draft).first()


def state(draft: Draft) -> str:
    """What a page must have seen to go on with a draft that another page wrote."""
    return draft.saved_at.isoformat()


def typed(draft: Draft) -> dict[str, list[str]]:
    """The texts of a draft by field name; Unreadable when its key is gone."""
    read: dict[str, list[str]] = json.loads(secrets.decrypt(draft.fields, place(draft)))
    return read
