"""A further infusion; one recorded wrongly: corrected with all that hangs on it, or retracted."""

from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followup.actions import anchors, infusion_details, plausibility, schedules
from followup.actions.follow_up_status import states
from followup.actions.laboratory import findings, recounts
from followup.actions.patients import InfusionInput, infusion_problems, insert_infusion, known
from followup.actions.registrations.moving import references
from followup.core import clock, confirmations, naming, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.dates import PartialDate
from followup.domain.facts import InfusionCorrected
from followup.domain.follow_up_status import FurtherInfusion, further_infusion
from followup.models import (
    AdverseEvent,
    ContactAttempt,
    CustodyEvent,
    Infusion,
    Patient,
    PlannedVisit,
    Sample,
    Schedule,
    Visit,
)
from followup.queries import clinical_assessments


def _columns(given: InfusionInput) -> dict[str, Any]:
    """What would be stored, by column."""
    values = {each.name: getattr(given, each.name) for each in fields(given)}
    del values["bag_label"]
    texts = ("lot", "chain_of_identity", "lymphodepletion", "off_label_reason")
    return values | {name: values[name].strip() for name in texts}


def _stranded(row: Infusion, day: date) -> list[str]:
    """What the records say that does not fit the new day, in words."""
    said = []
    visits = Visit.objects.filter(
        planned__schedule__infusion=row, undone_at__isnull=True, replaced_by__isnull=True
    )
    early = visits.filter(contact_on__lt=day, planned__target__gte=row.infused_on).count()
    if early:
        text = ngettext("%(n)s contact lies before it.", "%(n)s contacts lie before it.", early)
        said.append(text % {"n": early})
    assessed = clinical_assessments.standing().filter(infusion=row)
    days = assessed.values_list("assessed_on_text", flat=True)
    if n := sum(PartialDate.from_iso(text).latest < day for text in days):
        text = ngettext("%(n)s assessment lies before it.", "%(n)s assessments lie before it.", n)
        said.append(text % {"n": n})
    collected = CustodyEvent.objects.filter(
        sample__infusion=row, step="COLLECT", taken_back=False, replaced_by__isnull=True
    )
    wrong = collected.filter(sample__phase="PRE", happened_on__gt=day).count()
    wrong += collected.filter(sample__phase__in=("POST", "BETWEEN"), happened_on__lt=day).count()
    if wrong:
        text = ngettext(
            "%(n)s sample would be on the wrong side of it.",
            "%(n)s samples would be on the wrong side of it.",
            wrong,
        )
        said.append(text % {"n": wrong})
    return said


def _second_look(row: Infusion, day: date) -> list[Question]:
    """A wrong date is asked about twice: every date of a life hangs on this one."""
    if day == row.infused_on:
        return []
    open_visits = PlannedVisit.objects.filter(schedule__infusion=row).exclude(
        state__startswith="DONE"
    )
    number = open_visits.count()
    moved = ngettext(
        "%(n)s visit of the plan moves with it.",
        "%(n)s visits of the plan move with it.",
        number,
    ) % {"n": number}
    changed = _("The infusion date changes from %(before)s to %(after)s.") % {
        "before": row.infused_on,
        "after": day,
    }
    text = " ".join([changed, moved, *_stranded(row, day)])
    return [Question("infusion_date", text, "infused_on", about=day)]


def _born(patient: Patient) -> date | None:
    return date(patient.birth_year, 1, 1) if patient.birth_year else None


_REFUSED = {
    FurtherInfusion.DEAD: gettext_lazy("The patient has died; follow-up has ended."),
    FurtherInfusion.WITHDRAWN: gettext_lazy(
        "Consent to follow-up was withdrawn: nothing new may be collected."
    ),
}
_ASKED = {
    FurtherInfusion.RETURNS: gettext_lazy(
        "The patient has been followed elsewhere since %(since)s. An infusion on %(day)s means "
        "that follow-up here goes on again."
    ),
    FurtherInfusion.STAYS_ELSEWHERE: gettext_lazy(
        "The patient has been followed elsewhere since %(since)s. The infusion of %(day)s is not "
        "later: follow-up stays there, and nobody here is reminded of its plan."
    ),
    FurtherInfusion.SEEN_AGAIN: gettext_lazy(
        "The patient has been lost to follow-up since %(since)s. An infusion on %(day)s means "
        "that the patient was seen and follow-up goes on."
    ),
    FurtherInfusion.STAYS_LOST: gettext_lazy(
        "The patient has been lost to follow-up since %(since)s. The infusion of %(day)s does "
        "not end the loss."
    ),
}


@action("infusion.record", needs=Perm.PATIENT_WRITE)
def reinfuse(
    actor: Actor, patient: Patient, *, given: InfusionInput, confirmed: Collection[str] = ()
) -> Infusion:
    """Record a further infusion: a second schedule opens, the first one stays open.

    Refused for the dead and for whoever withdrew the consent to follow-up. Of a patient who is
    followed elsewhere or lost it is asked what the day does to the follow-up (`confirmed`).
    """
    row = states.locked(patient)
    what = further_infusion(states.history(row.id, clock.today()), given.infused_on)
    if what in _REFUSED:
        raise Refused(str(_REFUSED[what]))
    problems = infusion_problems(known(given), _born(row), clock.today(), training=patient.practice)
    if problems:
        raise Refused(problems)
    questions = plausibility.questions({}, known(given))
    if what in _ASKED:
        text = _ASKED[what] % {"since": row.state_since, "day": given.infused_on}
        questions.append(Question(what.value, text, "infused_on", about=given.infused_on))
    confirmations.settle(questions, confirmed)
    infusion = insert_infusion(row, given)
    schedules.open_for(actor, infusion)
    findings.recount(actor, row.id)
    infusion.patient = states.settle(row)
    return infusion


@action("infusion.correct", needs=Perm.PATIENT_WRITE)
def correct(
    actor: Actor,
    infusion: Infusion,
    *,
    given: InfusionInput,
    version: int,
    reason: str,
    confirmed: Collection[str] = (),
) -> Infusion:
    """Put a recorded infusion right, with a reason; the former values stay in the trail.

    A new date moves the open visits of its schedules and is asked about first (`confirmed`);
    safety is told, and offers what changed to the cases of this infusion. Conflict when somebody
    else was faster. The product cannot be changed: every row of the infusion names it.
    """
    row = Infusion.objects.select_for_update().get(id=infusion.id)
    values = _columns(given)
    different = {k: v for k, v in values.items() if getattr(row, k) != v}
    versions.must_be(row, version, mine=different)
    born = _born(row.patient)
    problems = infusion_problems(
        values, born, clock.today(), besides=row, training=row.patient.practice
    )
    if given.product.id != row.product_id:
        problems["product"] = _(
            "The product cannot be corrected: retract this infusion and record the right one."
        )
    moved = given.infused_on != row.infused_on
    if moved and (said := infusion_details.contradicted(row, given.infused_on)):
        problems.setdefault("infused_on", said)
    if not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if problems:
        raise Refused(problems)
    if not different:
        raise Refused(_("Nothing is different from what is recorded."))
    confirmations.settle(_second_look(row, given.infused_on), confirmed)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    if moved:
        anchors.reanchor(actor, row, day_zero=row.infused_on)
        findings.recount(actor, row.patient_id)
        states.settle(states.locked(row.patient))
    publish(actor, _fact(actor, row, frozenset(different)))
    return row


def _fact(actor: Actor, row: Infusion, changed: frozenset[str]) -> InfusionCorrected:
    return InfusionCorrected(
        patient_id=row.patient_id,
        site_id=row.site_id,
        infusion_id=row.id,
        product_code=row.product.code,
        aware_on=clock.today(),
        recorded_at=clock.now(),
        recorded_by=actor.id,
        source_id=row.id,
        version=row.version,
        changed=changed,
    )


_CALLED = {
    AdverseEvent: gettext_lazy("adverse events"),
    Sample: gettext_lazy("samples"),
    Visit: gettext_lazy("contacts"),
    ContactAttempt: gettext_lazy("contact attempts"),
}


def _dependants(row: Infusion) -> list[str]:
    """What hangs on an infusion or its plan, of whatever application, in words."""
    visits = PlannedVisit.objects.filter(schedule__infusion=row)
    of_infusion = [(m, Q((f.attname, row.id))) for m, f in references(Infusion, but=(Schedule,))]
    of_plan = [(m, Q((f"{f.attname}__in", visits))) for m, f in references(PlannedVisit)]
    held = dict.fromkeys(
        model
        for model, by in (*of_infusion, *of_plan)
        if model._default_manager.filter(by).exists()
    )
    return [str(_CALLED.get(model) or naming.table(model._meta.db_table)) for model in held]


@action("infusion.withdraw", needs=Perm.PATIENT_WRITE)
def withdraw(actor: Actor, infusion: Infusion, *, reason: str) -> None:
    """Retract an infusion recorded by mistake, with its plan; the trail keeps every row.

    Refused for the only infusion of a patient, whose registration it is, and while anything
    hangs on it.
    """
    row = Infusion.objects.select_for_update().get(id=infusion.id)
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    if not Infusion.objects.filter(patient_id=row.patient_id).exclude(id=row.id).exists():
        raise Refused(
            _("This is the patient's only infusion, the reason of the registration: correct it.")
        )
    recounts.leave(row)
    if hanging := _dependants(row):
        raise Refused(
            _(
                "This infusion cannot be retracted, because these depend on it: %(what)s. "
                "Correct it."
            )
            % {"what": listed(hanging)}
        )
    PlannedVisit.objects.filter(schedule__infusion=row).delete()
    Schedule.objects.filter(infusion=row).delete()
    row.delete()
    findings.recount(actor, infusion.patient_id)
    states.settle(states.locked(infusion.patient))
