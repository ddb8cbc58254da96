"""Readers decide a work-up: each reads alone first, then they agree or read in consensus."""

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from pv.actions import workups
from pv.domain.malignancies import AttributionClass, WorkUpEvent
from pv.models import WorkUp, WorkUpReading
from pv.queries import adjudications


@action("work_up.read", needs=Perm.CASE_READ)
def read(
    actor: Actor,
    work_up: WorkUp,
    *,
    expertise: str,
    attribution: str,
    evidence: str,
    version: int,
    reason: str = "",
) -> WorkUp:
    """Keep one reader's class with evidence and reason; when the readers agree, it is decided.

    For who assesses or writes cases. The first readings are made alone, one per person; where they
    differ, a consensus reading decides. Conflict when the work-up moved since `version`.
    """
    where = {"site": work_up.site_id, "product": work_up.product_id}
    if actor.id is None or not (
        actor.may(Perm.CASE_ASSESS, **where) or actor.may(Perm.CASE_WRITE, **where)
    ):
        raise Denied(Perm.CASE_ASSESS)
    row = workups.locked(work_up)
    versions.must_be(row, version)
    if row.state not in adjudications.READ_IN:
        raise Refused(_("The work-up is read when its results are in."))
    if problems := _problems(expertise, attribution, evidence, reason):
        raise Refused(problems)
    now = adjudications.progress(row)
    if now.first_needed and any(reading.reader_id == actor.id for reading in now.readings):
        raise Refused(_("You have read this work-up: another person reads it now."))
    if now.first_needed and now.expertise and expertise not in now.expertise:
        raise Refused(
            {"expertise": _("This reading is there already: the other is still missing.")}
        )
    WorkUpReading.objects.create(
        work_up=row,
        product_id=row.product_id,
        site_id=row.site_id,
        expertise=expertise,
        attribution=attribution,
        consensus=now.consensus,
        evidence=evidence.strip(),
        reason=reason.strip(),
        reader_id=actor.id,
        reader_name=actor.name,
        read_at=clock.now(),
    )
    agreed = adjudications.progress(row).agreed
    if agreed:
        workups.move(actor, row, WorkUpEvent.ADJUDICATE, f"{agreed}: {reason.strip()}"[:500])
        workups.assess(row)
    else:
        row.version += 1
        row.save(update_fields=["version"])
    return row


def _problems(expertise: str, attribution: str, evidence: str, reason: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    if expertise not in WorkUpReading.Expertise:
        problems["expertise"] = _("Say as what you read.")
    if attribution not in set(AttributionClass):
        problems["attribution"] = _("Choose a class.")
    for name, text in (("evidence", evidence), ("reason", reason)):
        if not text.strip():
            problems[name] = _("Enter it: a decision without grounds is none.")
        elif len(text.strip()) > 1000:
            problems[name] = _("At most 1000 characters.")
    return problems
