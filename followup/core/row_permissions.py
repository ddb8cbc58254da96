"""Whether an actor has a permission on a row that was found, and what is said where not."""

from django.db.models import Model

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused


def may_read(actor: Actor, subject: Model, perm: Perm) -> bool:
    """Whether a reader has the permission at a site of a row: its own, or one of its patient's.

    For a row that the actor has found already: what is listed beside it is narrowed row by row.
    """
    site, product = scope.keys(subject)
    if actor.may(perm, site=site, product=product):
        return True
    return any(actor.may(perm, site=each, product=product) for each in scope.sites_of(subject))


def require_read(actor: Actor, subject: Model, perm: Perm) -> None:
    """Raise Denied unless `may_read`."""
    if not may_read(actor, subject, perm):
        raise Denied(perm)


def _kept_by_transfer(actor: Actor, subject: Model, needs: Perm) -> str:
    """Why a transfer alone keeps the actor from a row the actor may read; empty otherwise."""
    known, patient = scope.sites_of_patients(), scope.patient_of(subject)
    site, product = scope.keys(subject)
    if known is None or patient is None or site is None:
        return ""
    there = any(actor.may(needs, site=each, product=product) for each in known.among(patient))
    return known.refusal(patient, site) if there else ""


def refuse_former(actor: Actor, subject: Model, needs: Perm) -> None:
    """Refused, in words, where a transfer alone keeps the actor from a row the actor may read."""
    if said := _kept_by_transfer(actor, subject, needs):
        raise Refused(said)


def require(actor: Actor, subject: Model, needs: Perm) -> None:
    """Raise Denied without the permission at the site and product of a row that was found.

    Where only a transfer of its patient is in the way, it says where the patient is followed.
    """
    site, product = scope.keys(subject)
    if not actor.may(needs, site=site, product=product):
        raise Denied(needs, reason=_kept_by_transfer(actor, subject, needs))
