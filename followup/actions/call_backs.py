"""Call-backs and care: what is to be done for a patient, by whom, and who is the deputy."""

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import advisory_locks, clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.undo import too_late
from followup.models import CallBack, Carer, Cover, Patient, Site
from followup.queries import call_backs as queries

FURTHEST = timedelta(days=800)


def _problems(site: UUID, about: str, due_on: date, owner: User | None) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if not about.strip():
        problems["about"] = _("Say what is to be done.")
    if due_on < clock.today():
        problems["due_on"] = _("The day cannot be before today.")
    elif due_on > clock.today() + FURTHEST:
        problems["due_on"] = _("The day is too far away: please check the year.")
    if owner is not None and owner.id not in queries.colleague_ids(site):
        problems["owner"] = _("Choose a colleague of this hospital.")
    return problems


@action("call_back.ask", needs=Perm.VISIT_WRITE)
def ask(
    actor: Actor,
    patient: Patient,
    *,
    about: str,
    due_on: date,
    due_at: time | None = None,
    owner: User | None = None,
) -> CallBack:
    """Put something on the list of a colleague, or of whoever sees it first."""
    if problems := _problems(patient.site_id, about, due_on, owner):
        raise Refused(problems)
    return CallBack.objects.create(
        patient=patient,
        site_id=patient.site_id,
        about=about.strip(),
        due_on=due_on,
        due_at=due_at,
        owner=owner,
        asked_by_id=actor.id,
        asked_at=clock.now(),
    )


def _locked(call_back: CallBack, version: int) -> CallBack:
    row = CallBack.objects.select_for_update(of=("self",)).get(id=call_back.id)
    versions.must_be(row, version)
    if row.done_at:
        raise Refused(_("This is done already."))
    return row


@action("call_back.change", needs=Perm.VISIT_WRITE)
def change(
    actor: Actor,
    call_back: CallBack,
    *,
    about: str,
    due_on: date,
    due_at: time | None,
    owner: User | None,
    version: int,
) -> CallBack:
    """Another day, hour or owner."""
    row = _locked(call_back, version)
    if problems := _problems(row.site_id, about, due_on, owner):
        raise Refused(problems)
    if about.strip() != row.text:
        row.about, row.about_words = about.strip(), {}
    row.due_on, row.due_at, row.owner = due_on, due_at, owner
    row.version += 1
    row.save(update_fields=["about", "about_words", "due_on", "due_at", "owner", "version"])
    return row


@action("call_back.finish", needs=Perm.VISIT_WRITE)
def finish(actor: Actor, call_back: CallBack, *, outcome: str, version: int) -> CallBack:
    """Say what came of it."""
    row = _locked(call_back, version)
    if not outcome.strip():
        raise Refused({"outcome": _("Say what came of it.")})
    row.done_at, row.done_by_id, row.outcome = clock.now(), actor.id, outcome.strip()
    row.version += 1
    row.save(update_fields=["done_at", "done_by", "outcome", "version"])
    return row


@action("call_back.reopen", needs=Perm.VISIT_WRITE)
def reopen(actor: Actor, call_back: CallBack) -> CallBack:
    """Undo that it is done, right after it was said."""
    row = CallBack.objects.select_for_update(of=("self",)).get(id=call_back.id)
    if row.done_at is None or too_late(row.done_at):
        raise Refused(_("This can no longer be undone; ask for a new call-back instead."))
    row.done_at, row.done_by, row.outcome = None, None, ""
    row.version += 1
    row.save(update_fields=["done_at", "done_by", "outcome", "version"])
    return row


@action("carer.set", needs=Perm.VISIT_WRITE)
def care(actor: Actor, patient: Patient, *, carer: User | None) -> None:
    """Say who looks after a patient, or that nobody in particular does."""
    if carer is not None and carer.id not in queries.colleague_ids(patient.site_id):
        raise Refused({"carer": _("Choose a colleague of this hospital.")})
    Carer.objects.filter(patient=patient).delete()
    if carer is not None:
        Carer.objects.create(
            patient=patient, site_id=patient.site_id, user=carer, since=clock.today()
        )


@action("cover.begin", needs=Perm.VISIT_WRITE)
def cover(
    actor: Actor, site: Site, *, absent: User, deputy: User, first: date, last: date
) -> Cover:
    """A deputy sees a colleague's patients among one's own, from the first to the last day."""
    problems: dict[str, Any] = {}
    colleagues = queries.colleague_ids(site.id)
    for name, user in (("absent", absent), ("deputy", deputy)):
        if user.id not in colleagues:
            problems[name] = _("Choose a colleague of this hospital.")
    if absent.id == deputy.id:
        problems["deputy"] = _("Choose somebody else as the deputy.")
    if last < first:
        problems["last"] = _("The last day cannot be before the first.")
    elif last < clock.today():
        problems["last"] = _("The last day cannot be before today.")
    if problems:
        raise Refused(problems)
    advisory_locks.wait_for("cover", str(absent.id))
    standing = Cover.objects.filter(site=site, absent=absent, ended_at__isnull=True)
    known = standing.filter(first__lte=last, last__gte=first).select_related("deputy").first()
    if known is not None:
        text = _("%(deputy)s is the deputy from %(first)s to %(last)s already: end that first.")
        words = {"deputy": known.deputy, "first": known.first, "last": known.last}
        raise Refused({"first": text % words})
    return Cover.objects.create(site=site, absent=absent, deputy=deputy, first=first, last=last)


@action("cover.end", needs=Perm.VISIT_WRITE)
def end_cover(actor: Actor, row: Cover) -> Cover:
    """The colleague is back."""
    known = Cover.objects.select_for_update(of=("self",)).get(id=row.id)
    known.ended_at = known.ended_at or clock.now()
    known.save(update_fields=["ended_at"])
    return known
