"""From a fact of follow-up to a case: drafted, clocked and sourced in the same transaction."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import scope
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.numbering import last_number
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import AdverseEventObserved, AdverseEventRestored
from followup.models import AdverseEvent
from pv.actions.cases import default_seriousness
from pv.actions.cases.information import event_flags, save_source, settle
from pv.domain import cases as icsr_builder
from pv.domain import clocks
from pv.domain.cases import ReportedCase, flags
from pv.domain.e2b import storage
from pv.models import Case, CaseVersion
from pv.queries import default_seriousness as rule_queries
from pv.queries import obligations, rules, seriousness_rules
from pv.queries import reported as gathered


@part
def next_number(today: date) -> str:
    """C26-0041: two digits of the year and a running number, without gaps in one year."""
    prefix = f"C{today:%y}-"
    wait_for("case number", prefix)
    rows = Case.objects.filter(number__startswith=prefix)
    return f"{prefix}{last_number(rows, 'number', prefix) + 1:04d}"


def _day_zero(event: AdverseEvent) -> clocks.DayZero:
    """Day zero from the awareness of the reporting hospital, which works for the holder here.

    A hospital that logs into the holder's follow-up is a contracted party: its awareness is the
    earliest that can count, so no clock starts later than it legally may.
    """
    known = clocks.Awareness(
        party=clocks.Party.CONTRACTED_PARTY,
        on=event.aware_on,
        elements=frozenset(clocks.Element),
        source=str(event.id),
    )
    return clocks.day_zero([known], rules.rule_set().awareness)


def _expedited(event: AdverseEvent, zero: clocks.DayZero) -> bool | None:
    """Whether any rule asks for this report (C.1.7); not known is not no."""
    if zero.on is None:
        return None
    added = seriousness_rules.of_event(event).criteria
    known = event_flags(event) | flags.of_rules(added)
    facts = obligations.facts(known, causality=event.causality)
    first = clocks.Information(zero.on, 1, facts)
    return bool(clocks.obligations(rules.rule_set(), [first], ())) or None


def offered(content: ReportedCase) -> dict[str, Any]:
    """The values a source offers, by instance path, in the stored form of the tree."""
    return {
        path: storage.value_to_data(value)
        for path, _node, _element, value in icsr_builder.compose(content).walk()
    }


def _version(case: Case, content: ReportedCase, *, kind: str, number: int) -> CaseVersion:
    root = icsr_builder.compose(content).root
    return CaseVersion.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        number=number,
        kind=kind,
        message=storage.to_data(root),
        narrative_zh=icsr_builder.narrative(content, "zh"),
        narrative_en=icsr_builder.narrative(content, "en"),
        narrative_generated=True,
        narrative_basis=icsr_builder.basis(root),
        information_on=content.latest_on,
        created_at=time.now(),
    )


@action("case.draft", needs=Perm.CASE_WRITE)
def draft(actor: Actor, fact: AdverseEventObserved | AdverseEventRestored) -> Case:
    """Draft a case for an event the hospital reported and start its legal clocks."""
    event = gathered.event(actor, fact.adverse_event_id)
    if scope.is_practice(event.patient_id):
        raise Refused(_("This is an event of a practice patient: nobody is told of it."))
    zero = _day_zero(event)
    number = next_number(time.today())
    worldwide = f"CN-{event.product.holder.code}-{number}"
    content = gathered.reported(
        actor,
        event,
        worldwide_id=worldwide,
        created_at=time.now(),
        latest_on=event.aware_on,
        expedited=_expedited(event, zero),
        reaction_id=str(uuid4()),
        drug_id=str(uuid4()),
    )
    case = Case.objects.create(
        number=number,
        product_id=event.product_id,
        site_id=event.site_id,
        patient_id=event.patient_id,
        origin=Case.Origin.HOSPITAL,
        title=event.verbatim[:200],
        is_new_malignancy=event.is_new_malignancy,
        received_on=event.aware_on,
        day_zero=zero.on,
        day_zero_fallback=clocks.Flag.DAY0_FALLBACK in zero.flags,
        worldwide_id=worldwide,
        created_at=time.now(),
    )
    _version(case, content, kind=CaseVersion.Kind.INITIAL, number=1)
    reference = f"{event.id}:1"
    said = rule_queries.answered(case, event=event)
    default_seriousness.state(case, said, reference, event.aware_on)
    save_source(
        case,
        event,
        "event",
        reference,
        values=default_seriousness.offerable(case, offered(content)),
        received_on=event.aware_on,
        flags=event_flags(event),
        adopted_at=time.now(),
        adopted_version=1,
    )
    default_seriousness.write(actor, case, event.aware_on)
    return settle(actor, case)
