"""Rows that are never changed: the one that follows, or says that the one before was none."""

from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.actor import Actor
from followup.core.problems import Refused

M = TypeVar("M", bound=Model)


def retraction(actor: Actor, before: M, *, reason: str, **more: Any) -> M:
    """An unsaved row like the one before that retracts it; Refused without a reason."""
    return successor(actor, before, reason=reason, taken_back=True, **more)


def successor(actor: Actor, before: M, *, reason: str, **more: Any) -> M:
    """An unsaved row like the one before that takes its place; Refused without a reason."""
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    names = [f.attname for f in before._meta.concrete_fields]
    kept = {n: getattr(before, n) for n in names if n not in ("id", "replaces_id")}
    changed = {
        "reason": reason.strip(),
        "replaces_id": before.pk,
        "recorded_by_id": actor.id,
        "recorded_at": clock.now(),
    }
    return type(before)(**kept | changed | more)
