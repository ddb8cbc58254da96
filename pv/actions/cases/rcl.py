"""A positive RCL test (replication-competent virus) becomes a serious event with its case."""

from followup.actions import events
from followup.actions.events import EventInput
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import NOBODY_TO_ASK
from followup.core.permissions import Perm
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.domain.facts import RclPositive
from followup.models import AdverseEvent, Infusion
from followup.queries import accounts, patients, samples
from pv.domain.events import EventKind
from pv.queries import seriousness_rules


def _words(actor: Actor, fact: RclPositive) -> str:
    """What is reported, in the words of the reference data; the case is written in Chinese."""
    known = samples.rules(actor)
    assay, method = known.assays.assay("RCL"), known.words.get(fact.method)
    name = assay.label_zh if assay else "RCL"
    sample = f"标本{fact.sample_number}" if fact.sample_number else ""
    day = f"{fact.resulted_on:%Y-%m-%d}报告"
    found = "，".join(part for part in (method.label_zh if method else "", sample, day) if part)
    return f"{name}检测阳性（{found}）"


def _reporter(actor: Actor, fact: RclPositive) -> str:
    if fact.recorded_by is None:
        return fact.laboratory
    return accounts.user(actor, fact.recorded_by).display_name or fact.laboratory


def _onset(infusion: Infusion, collected: PartialDate | None) -> PartialDate | None:
    """The day of the sample, unless it was taken after death: then nobody knows when it began."""
    died = infusion.patient.died_on_text
    if collected is None or not died:
        return collected
    return None if collected.earliest > PartialDate.from_iso(died).latest else collected


@action("case.report_virus", needs=Perm.CASE_WRITE)
def report_rcl_positive(actor: Actor, fact: RclPositive) -> AdverseEvent | None:
    """Report the finding as a serious event, which drafts its case and starts the clock.

    To be reported at once (FDA guidance on replication-competent virus, 2020) and serious by the
    default rules of the reference data (domain 4.2). Once for an infusion: a further result
    reaches the same case as new information with its own clock.
    """
    if fact.infusion_id is None:
        return None
    rows = AdverseEvent.objects.filter(kind=EventCategory.RCL_POSITIVE, withdrawn_at__isnull=True)
    if rows.filter(infusion_id=fact.infusion_id).exists():
        return None
    infusion = patients.infusion(actor, fact.infusion_id)
    met = seriousness_rules.criteria(EventKind.RCL_POSITIVE)
    given = EventInput(
        verbatim=_words(actor, fact),
        aware_on=fact.aware_on,
        reporter_name=_reporter(actor, fact)[:60],
        reporter_qualification="OTHER",
        onset=_onset(infusion, fact.collected_on),
        serious=True if met else None,
        seriousness=met,
        kind=EventCategory.RCL_POSITIVE,
        confirmed=NOBODY_TO_ASK,
    )
    return events.report(actor, infusion, given=given)
