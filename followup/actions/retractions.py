"""An event entered by mistake: withdrawn, restored, or moved to the patient it belongs to."""

from django.utils.translation import gettext as _

from followup.actions import events, practice, samples
from followup.core import clock, confirmations, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.events import EventCategory
from followup.domain.facts import (
    AdverseEventMoved,
    AdverseEventRestored,
    AdverseEventWithdrawn,
)
from followup.models import AdverseEvent, DataQuery, HospitalReport, Infusion, Sample
from followup.queries import files


def _locked(event: AdverseEvent, version: int, reason: str) -> AdverseEvent:
    row = AdverseEvent.objects.select_for_update(of=("self",)).get(id=event.id)
    versions.must_be(row, version)
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    return row


@action("event.withdraw", needs=Perm.EVENT_WRITE)
def withdraw(actor: Actor, event: AdverseEvent, *, version: int, reason: str) -> AdverseEvent:
    """Say that this was no event: it leaves lists and counts, stays readable, and safety is told.

    Conflict when somebody changed it since `version`: what was said then may be another reason.
    """
    row = _locked(event, version, reason)
    if row.withdrawn_at:
        raise Refused(_("This event is withdrawn already."))
    row.withdrawn_at, row.withdrawn_by_id = clock.now(), actor.id
    row.withdrawn_because = reason.strip()
    row.version += 1
    row.save()
    note = _("The event was withdrawn: %(reason)s") % {"reason": row.withdrawn_because}
    samples.cancel_planned(actor, row, at=row.withdrawn_at, note=note)
    fact = events.fact_of(row, actor) | {"aware_on": clock.today()}
    publish(actor, AdverseEventWithdrawn(**fact, reason=reason.strip()))
    return row


@action("event.restore", needs=Perm.EVENT_WRITE)
def restore(actor: Actor, event: AdverseEvent, *, version: int, reason: str) -> AdverseEvent:
    """Retract the withdrawal: the event counts again as it stood, and safety is told."""
    row = _locked(event, version, reason)
    if not row.withdrawn_at:
        raise Refused(_("This event is not withdrawn."))
    at = row.withdrawn_at
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = None, None, ""
    row.version += 1
    row.save()
    samples.plan_again(actor, row, at=at)
    fact = events.fact_of(row, actor) | {"aware_on": clock.today()}
    publish(actor, AdverseEventRestored(**fact, reason=reason.strip()))
    return row


@action("event.move", needs=Perm.EVENT_WRITE)
def move(
    actor: Actor,
    event: AdverseEvent,
    *,
    to: Infusion,
    version: int,
    reason: str,
    confirmed: frozenset[str] = frozenset(),
) -> AdverseEvent:
    """Bring an event to the infusion, and so to the patient, it belongs to; its case follows.

    Refused to another hospital or product, whose reports are others' duty, and while samples taken
    for the event exist: those tubes say whose they are. The answers must fit the new patient.
    """
    if not actor.may(Perm.EVENT_WRITE, site=to.site_id, product=to.product_id):
        raise NotFound()
    row = _locked(event, version, reason)
    if problem := _immovable(row, to):
        raise Refused({"to": problem})
    asked = events.checked_at(row, to)
    confirmations.settle(asked, confirmed)
    former = row.patient_id
    _leave_samples(actor, row, reason)
    row.patient_id, row.infusion, row.visit = to.patient_id, to, None
    row.version += 1
    row.save()
    DataQuery.objects.filter(event=row).update(patient_id=to.patient_id)
    HospitalReport.objects.filter(event=row).update(patient_id=to.patient_id)
    if row.is_new_malignancy:
        samples.plan_work_up(actor, row)
    fact = events.fact_of(row, actor) | {"aware_on": clock.today()}
    publish(actor, AdverseEventMoved(**fact, former_patient_id=former, reason=reason.strip()))
    return row


def _immovable(row: AdverseEvent, to: Infusion) -> str:
    """Why the event cannot go there; empty when it can."""
    if row.withdrawn_at:
        return _("This event was withdrawn. Restore it before you move it.")
    if row.kind == EventCategory.DEATH and to.patient_id != row.patient_id:
        return _(
            "This event stands for a death that a contact with this patient told of. Correct the"
            " contact, and record the death with the right patient."
        )
    if to.id == row.infusion_id:
        return _("The event is there already. Choose another infusion.")
    if (to.site_id, to.product_id) != (row.site_id, row.product_id):
        return _(
            "The event can be moved within one hospital and product only. Withdraw it here and"
            " report it there."
        )
    if mixed := practice.mixing(row.patient, to.patient):
        return mixed
    titles = files.standing_titles(row.id) if to.patient_id != row.patient_id else []
    if titles:
        return _(
            "Files of this event name the patient: %(titles)s. Remove them first, and add them"
            " there."
        ) % {"titles": listed(titles)}
    taken = Sample.objects.filter(event=row).exclude(state__in=("PLANNED", "UNOBTAINABLE"))
    numbers = listed(taken.order_by("number").values_list("number", flat=True)[:5])
    if numbers:
        return _(
            "Samples were taken for this event: %(numbers)s. Clear up whose they are first."
        ) % {"numbers": numbers}
    return ""


def _leave_samples(actor: Actor, row: AdverseEvent, reason: str) -> None:
    """Tubes planned for the former patient are cancelled and stay that patient's.

    A printed label is never reused.
    """
    note = _("The event was moved to another infusion: %(reason)s") % {"reason": reason.strip()}
    samples.cancel_planned(actor, row, at=clock.now(), note=note)
    Sample.objects.filter(event=row).update(event=None)
