"""A death no open case explains becomes a fatal event with its own case, to be assessed."""

from django.utils.translation import gettext as _

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import NOBODY_TO_ASK
from followup.core.permissions import Perm
from followup.domain.deaths import cause
from followup.domain.events import FATAL, EventCategory
from followup.domain.facts import DeathRetracted, PatientDied
from followup.models import AdverseEvent
from followup.queries import accounts, patients
from pv.domain.events import EventKind
from pv.models import Case
from pv.queries import seriousness_rules

# A case is written in Chinese; what the hospital reports today would say the same.
RELATION = {"RELATED": "报告者认为与治疗有关", "NOT_RELATED": "报告者认为与治疗无关"}

AUTOPSY = {"YES": "已行尸检", "NO": "未行尸检"}


def _words(fact: PatientDied) -> str:
    code = cause("", fact.cause_code or "")
    parts = [
        f"原因：{fact.cause}" if fact.cause else "" if code else "原因不明",
        code,
        AUTOPSY.get(fact.autopsy or ""),
        RELATION.get(fact.related or ""),
    ]
    return "死亡（" + "，".join(part for part in parts if part) + "）"


def _reporter(actor: Actor, fact: PatientDied) -> str:
    if fact.recorded_by is None:
        return "医院"
    return accounts.user(actor, fact.recorded_by).display_name or "医院"


@action("case.report_death", needs=Perm.CASE_WRITE)
def report_death(actor: Actor, fact: PatientDied) -> AdverseEvent | None:
    """Report a death as a fatal event, which drafts its case and starts the clock of a death.

    A death of unknown relation within the follow-up of a CAR-T has to be assessed (domain 3, 4;
    CN-D). Nothing is made where a case is open that has just been offered the death, or where the
    death has its case already.
    """
    cases = Case.objects.filter(patient_id=fact.patient_id)
    if cases.exclude(stage__in=(Case.Stage.NULLIFIED, Case.Stage.CLOSED)).exists():
        return None
    if fact.infusion_id is None:
        return None
    given = EventInput(
        verbatim=_words(fact),
        aware_on=fact.aware_on,
        reporter_name=_reporter(actor, fact)[:60],
        reporter_qualification="OTHER",
        onset=fact.died_on,
        serious=True,
        seriousness=seriousness_rules.criteria(EventKind.OTHER, FATAL),
        outcome=FATAL,
        kind=EventCategory.DEATH,
        confirmed=NOBODY_TO_ASK,
    )
    return events.report(actor, patients.infusion(actor, fact.infusion_id), given=given)


@action("case.retract_death", needs=Perm.CASE_WRITE)
def retract_death(actor: Actor, fact: DeathRetracted) -> int:
    """Withdraw the events that stood for a death which was none; a person nullifies the case."""
    rows = AdverseEvent.objects.filter(
        patient_id=fact.patient_id, kind=EventCategory.DEATH, withdrawn_at__isnull=True
    )
    for event in rows:
        event.withdrawn_at, event.withdrawn_by_id = clock.now(), fact.recorded_by
        event.withdrawn_because = _("The death was retracted.")
        event.version += 1
        event.save()
    return len(rows)
