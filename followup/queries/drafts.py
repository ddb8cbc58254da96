"""Reading one's own drafts."""

import json
from datetime import timedelta

from django.db.models import QuerySet

from followup.core import clock, scope, secrets
from followup.core.actor import Actor
from followup.core.models import Draft

KEPT = timedelta(days=7)


def place(draft: Draft) -> bytes:
    """Where the sealed text of this draft belongs."""
    return secrets.place("core_draft", "fields", draft.pk, draft.user_id)


def mine(actor: Actor) -> QuerySet[Draft]:
    """The actor's drafts of the last seven days, newest first."""
    since = clock.now() - KEPT
    return scope.visible(actor, Draft.objects.filter(saved_at__gte=since)).order_by("-saved_at")


def expired() -> QuerySet[Draft]:
    """Everybody's drafts that are no longer kept; for the clean-up alone."""
    return Draft.objects.filter(saved_at__lt=clock.now() - KEPT)


def of(actor: Actor, form: str, subject: str) -> Draft | None:
    """The actor's draft of one form about one subject."""
    return mine(actor).filter(form=form, subject=subject).first()


def typed(draft: Draft) -> dict[str, list[str]]:
    """The texts of a draft by field name; Unreadable when its key is gone."""
    read: dict[str, list[str]] = json.loads(secrets.unseal(draft.fields, place(draft)))
    return read
