"""Adverse events as the hospital observed them; a new malignancy is serious from the start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import samples
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.reactions import tell
from followup.domain.dates import PartialDate
from followup.domain.events import Kept, Kind, Pathology, TransgeneTest
from followup.domain.facts import AdverseEventChanged, AdverseEventObserved, MalignancySuspected
from followup.models import AdverseEvent, Infusion, Visit

OTHER_IMPORTANT = "OTHER_IMPORTANT"
CONGENITAL = "CONGENITAL_ANOMALY"
LOST_PREGNANCY = frozenset({"STILLBIRTH", "SPONT_ABORTION", "ECTOPIC"})
PREGNANCY_OUTCOMES = LOST_PREGNANCY | {"LIVE_BIRTH", "INDUCED_ABORTION", "ONGOING", "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class EventInput:
    """What the hospital knows of an event. None and empty mean: not known or not asked."""

    verbatim: str
    aware_on: date
    reporter_name: str
    reporter_qualification: str = ""
    onset: PartialDate | None = None
    serious: bool | None = None
    seriousness: Sequence[str] = ()
    grade: int | None = None
    grade_scale: str = ""
    outcome: str = ""
    causality: str = ""
    is_new_malignancy: bool = False
    t_cell_suspected: bool | None = None
    pathology: str = ""
    pathology_note: str = ""
    immunophenotype: str = ""
    transgene: str = ""
    specimen_kept: str = ""
    pregnancy_of: str = ""
    last_period: PartialDate | None = None
    pregnancy_outcome: str = ""
    congenital_anomaly: str = ""
    kind: str = ""
    note: str = ""


def _problems(given: EventInput, infusion: Infusion, today: date) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if not given.verbatim.strip():
        problems["verbatim"] = _("What happened, in the reporter's words?")
    if not given.reporter_name.strip():
        problems["reporter_name"] = _("Who reports the event?")
    if given.aware_on > today:
        problems["aware_on"] = _("The day you learned of it cannot be later than today.")
    if given.onset:
        if given.onset.earliest > min(given.aware_on, today):
            problems["onset"] = _("The event cannot begin after the day you learned of it.")
        elif given.onset.latest.year < infusion.infused_on.year - 100:
            problems["onset"] = _("The onset is too far back: please check the year.")
    if given.serious is False and given.seriousness:
        problems["seriousness"] = _("A ticked criterion makes the event serious.")
    if given.serious and not given.seriousness and not given.is_new_malignancy:
        problems["seriousness"] = _("Which criterion makes the event serious?")
    if given.grade is not None and not given.grade_scale:
        problems["grade_scale"] = _("Name the scale of the grade.")
    return problems | _code_problems(given) | _pregnancy_problems(given)


def _code_problems(given: EventInput) -> dict[str, Any]:
    """Codes no form offers; an answer that was not given stays empty."""
    asked = (("pathology", Pathology), ("transgene", TransgeneTest), ("specimen_kept", Kept))
    return {
        name: _("Choose from the list.")
        for name, codes in asked
        if getattr(given, name) not in ("", *codes)
    }


def _pregnancy_problems(given: EventInput) -> dict[str, Any]:
    if given.kind != Kind.PREGNANCY:
        asked = (given.pregnancy_of, given.pregnancy_outcome, given.congenital_anomaly)
        if any(asked) or given.last_period:
            return {"pregnancy_of": _("These answers need a pregnancy.")}
        return {}
    problems: dict[str, Any] = {}
    if given.is_new_malignancy:
        problems["kind"] = _("Report the pregnancy and the malignancy as two events.")
    if given.pregnancy_of not in ("PATIENT", "PARTNER"):
        problems["pregnancy_of"] = _("Whose pregnancy is it: the patient's or a partner's?")
    if given.pregnancy_outcome not in ("", *PREGNANCY_OUTCOMES):
        problems["pregnancy_outcome"] = _("Choose from the list.")
    if given.congenital_anomaly not in ("", "YES", "NO", "UNKNOWN"):
        problems["congenital_anomaly"] = _("Answer yes, no or not known.")
    if given.last_period and given.last_period.earliest > given.aware_on:
        problems["last_period"] = _("The last period cannot be after the day you learned of it.")
    return problems


def _criteria(given: EventInput) -> list[str]:
    """What was ticked, and what a malignancy or the end of a pregnancy makes serious by itself.

    A new malignancy, a lost or ectopic pregnancy are important medical events (project default,
    domain 4.2); an anomaly of the child is a criterion of its own (GVP art. 44).
    """
    criteria = list(dict.fromkeys(given.seriousness))
    if given.congenital_anomaly == "YES" and CONGENITAL not in criteria:
        criteria.append(CONGENITAL)
    lost = given.pregnancy_outcome in LOST_PREGNANCY
    if (given.is_new_malignancy or lost) and not criteria:
        criteria.append(OTHER_IMPORTANT)
    return criteria


def _values(given: EventInput) -> dict[str, Any]:
    criteria = _criteria(given)
    serious = True if criteria else given.serious
    return {
        "verbatim": given.verbatim.strip(),
        "kind": given.kind,
        "onset_text": given.onset.isoformat() if given.onset else "",
        "aware_on": given.aware_on,
        "reporter_name": given.reporter_name.strip(),
        "reporter_qualification": given.reporter_qualification,
        "seriousness": criteria,
        "serious": serious,
        "grade": given.grade,
        "grade_scale": given.grade_scale if given.grade is not None else "",
        "outcome": given.outcome,
        "causality": given.causality,
        "is_new_malignancy": given.is_new_malignancy,
        "pathology": given.pathology,
        "pathology_note": given.pathology_note.strip(),
        "immunophenotype": given.immunophenotype.strip(),
        "transgene": given.transgene,
        "specimen_kept": given.specimen_kept,
        "pregnancy_of": given.pregnancy_of,
        "last_period_text": given.last_period.isoformat() if given.last_period else "",
        "pregnancy_outcome": given.pregnancy_outcome,
        "congenital_anomaly": given.congenital_anomaly,
        "note": given.note.strip(),
    }


def _fact(event: AdverseEvent, actor: Actor) -> dict[str, Any]:
    return {
        "patient_id": event.patient_id,
        "site_id": event.site_id,
        "infusion_id": event.infusion_id,
        "product_code": event.product.code,
        "aware_on": event.aware_on,
        "recorded_at": event.recorded_at,
        "recorded_by": actor.id,
        "source_id": event.id,
        "adverse_event_id": event.id,
    }


def _observed(event: AdverseEvent) -> dict[str, Any]:
    return {
        "term": event.verbatim,
        "onset": PartialDate.from_iso(event.onset_text) if event.onset_text else None,
        "seriousness": frozenset(event.seriousness),
        "scale": event.grade_scale or None,
        "grade": event.grade,
        "outcome": event.outcome or None,
        "causality": event.causality or None,
        "new_malignancy": event.is_new_malignancy,
    }


@action("event.report", needs=Perm.EVENT_WRITE)
def report(
    actor: Actor, infusion: Infusion, *, given: EventInput, visit: Visit | None = None
) -> AdverseEvent:
    """Record an event after an infusion; safety's reactions run in the same transaction."""
    problems = _problems(given, infusion, clock.today())
    if problems:
        raise Refused(problems)
    event = AdverseEvent.objects.create(
        patient_id=infusion.patient_id,
        infusion=infusion,
        site_id=infusion.site_id,
        product_id=infusion.product_id,
        visit=visit,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **_values(given),
    )
    tell(actor, AdverseEventObserved(**_fact(event, actor), **_observed(event)))
    if event.is_new_malignancy:
        samples.plan_work_up(actor, event)
        tell(
            actor,
            MalignancySuspected(
                **_fact(event, actor),
                t_cell_suspected=given.t_cell_suspected,
                suspected_on=PartialDate.of(event.aware_on),
                tumour_site=None,
                pathology_reported=event.pathology == "AVAILABLE" or None,
            ),
        )
    return event


@action("event.correct", needs=Perm.EVENT_WRITE)
def correct(
    actor: Actor, event: AdverseEvent, *, given: EventInput, version: int, reason: str
) -> AdverseEvent:
    """Change an event already reported; needs a reason, tells safety what changed.

    Conflict carries both sides when somebody else saved since `version`.
    """
    row = AdverseEvent.objects.select_for_update().get(id=event.id)
    # What kind of event it is no form of correction asks again; a pregnancy may turn out to be one.
    given = replace(given, kind=given.kind or row.kind)
    values = _values(given)
    if row.version != version:
        raise Conflict({k: (v, getattr(row, k)) for k, v in values.items() if getattr(row, k) != v})
    problems = _problems(given, row.infusion, clock.today())
    if not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if problems:
        raise Refused(problems)
    changed = frozenset(k for k, v in values.items() if getattr(row, k) != v)
    if not changed:
        return row
    suspected_before = row.is_new_malignancy
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    facts = _fact(row, actor) | {"aware_on": clock.today()}
    tell(actor, AdverseEventChanged(**facts, **_observed(row), changed=changed))
    if row.is_new_malignancy and not suspected_before:
        samples.plan_work_up(actor, row)
        tell(
            actor,
            MalignancySuspected(
                **facts,
                t_cell_suspected=given.t_cell_suspected,
                suspected_on=PartialDate.of(clock.today()),
                tumour_site=None,
                pathology_reported=row.pathology == "AVAILABLE" or None,
            ),
        )
    return row
