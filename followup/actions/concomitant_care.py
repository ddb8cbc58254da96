"""Treatments and stays beside the product: recorded, corrected and retracted with a reason."""

from dataclasses import fields

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions import collection_days, replacements
from followup.actions.laboratory import findings
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.concomitant_care import Care, CareItem, CareKind, CareProblem, problems
from followup.domain.dates import PartialDate
from followup.domain.laboratory import MEASURES
from followup.models import ConcomitantCare, Infusion, Patient
from followup.queries import concomitant_care as queries
from followup.queries import laboratory
from followup.queries.replacements import replaced_by

_TEXTS = {
    CareProblem.NEEDED: gettext_lazy("This is needed."),
    CareProblem.NOT_ASKED: gettext_lazy("This is not asked here. Leave it out."),
    CareProblem.NAME_NEEDED: gettext_lazy("Say what it was."),
    CareProblem.FUTURE: gettext_lazy("The date cannot be later than today."),
    CareProblem.BEFORE_BIRTH: gettext_lazy("The patient was not born yet. Check the date."),
    CareProblem.ENDS_BEFORE_START: gettext_lazy("The end lies before the beginning."),
    CareProblem.ENDED_AND_ONGOING: gettext_lazy(
        "It cannot go on and have ended: leave out the day or answer the question otherwise."
    ),
    CareProblem.NOT_POSITIVE: gettext_lazy(
        "The dose must be more than zero; leave it empty if unknown."
    ),
    CareProblem.UNIT_NEEDED: gettext_lazy("A dose needs its unit."),
    CareProblem.DOSE_NEEDED: gettext_lazy("Enter the dose, or leave out its unit."),
    CareProblem.UNKNOWN_CODE: gettext_lazy("This is not among the answers offered."),
}


def problems_of(patient: Patient, given: Care) -> dict[str, str]:
    """What is wrong, in words, at its item; a form asks before it saves."""
    wrong = problems(
        given,
        codes=queries.code_lists(given.kind),
        today=clock.today(),
        birth_year=patient.birth_year,
    )
    return {item.value: str(_TEXTS[why]) for item, why in wrong.items()}


def _infusion(patient: Patient, given: Care) -> Infusion:
    """The infusion a treatment follows; Refused with everything that is wrong, at its item."""
    said = problems_of(patient, given)
    if said or given.started is None:
        raise Refused(said)
    infusion = laboratory.infusion_at(patient.id, given.started.latest)
    if infusion is None:
        raise Refused(_("No infusion is recorded for this patient."))
    for item, day in ((CareItem.STARTED, given.started), (CareItem.ENDED, given.ended)):
        if day is not None:
            collection_days.check_consent(patient, day.earliest, field=item.value)
            collection_days.check_alive(patient, day.earliest, field=item.value)
    return infusion


def _columns(given: Care, infusion: Infusion) -> dict[str, object]:
    values = {each.name: getattr(given, each.name) for each in fields(given)}
    days = {f"{name}_on_text": values.pop(name) for name in ("started", "ended")}
    return values | {
        "kind": given.kind.value,
        **{name: day.isoformat() if day else "" for name, day in days.items()},
        "infusion_id": infusion.id,
        "product_id": infusion.product_id,
    }


@action("concomitant_care.record", needs=Perm.VISIT_WRITE)
def record(actor: Actor, patient: Patient, *, given: Care) -> ConcomitantCare:
    """Keep a treatment or stay; Refused names what is wrong at each item.

    A later therapy ends the counting of days with a low count.
    """
    infusion = _infusion(patient, given)
    row = ConcomitantCare(
        patient=patient,
        site_id=patient.site_id,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **_columns(given, infusion),
    )
    row.save(force_insert=True)
    _recount(actor, row)
    return row


@action("concomitant_care.correct", needs=Perm.VISIT_WRITE)
def correct(actor: Actor, row: ConcomitantCare, *, given: Care, reason: str) -> ConcomitantCare:
    """Put a row right with a reason, for example with the day it ended; the former one stays.

    Conflict when it was corrected or retracted meanwhile; Refused when nothing is different, and
    for another kind: retract it then, and record the right one.
    """
    before = _current(row)
    if given.kind.value != before.kind:
        text = _("The kind cannot be corrected: retract it and record the right one.")
        raise Refused({"kind": text})
    values = _columns(given, _infusion(before.patient, given))
    if all(getattr(before, name) == value for name, value in values.items()):
        raise Refused(_("Nothing is different from what is recorded."))
    after = replacements.successor(actor, before, reason=reason, **values)
    after.save(force_insert=True)
    _recount(actor, before)
    return after


@action("concomitant_care.take_back", needs=Perm.VISIT_WRITE)
def take_back(actor: Actor, row: ConcomitantCare, *, reason: str) -> ConcomitantCare:
    """Say that there was no such treatment or stay: it stays in the trail."""
    before = _current(row)
    after = replacements.retraction(actor, before, reason=reason)
    after.save(force_insert=True)
    _recount(actor, before)
    return after


def _current(row: ConcomitantCare) -> ConcomitantCare:
    """The row under the lock of its patient; Conflict unless it is the one that stands."""
    Patient.objects.select_for_update(of=("self",)).get(id=row.patient_id)
    before = ConcomitantCare.objects.select_related("patient").get(id=row.id)
    if before.taken_back or replaced_by(before) is not None:
        raise Conflict({"started": (before.started_on_text, _("corrected meanwhile"))})
    return before


def _recount(actor: Actor, row: ConcomitantCare) -> None:
    if row.kind == CareKind.SUBSEQUENT_THERAPY:
        findings.recount(actor, row.patient_id, measures=MEASURES)


def known(row: ConcomitantCare) -> Care:
    """A recorded row as it was told."""
    return Care(
        kind=CareKind(row.kind),
        started=PartialDate.from_iso(row.started_on_text),
        ended=PartialDate.from_iso(row.ended_on_text) if row.ended_on_text else None,
        **{item.value: getattr(row, item.value) for item in CareItem if item not in _DAYS},
    )


_DAYS = (CareItem.STARTED, CareItem.ENDED)
