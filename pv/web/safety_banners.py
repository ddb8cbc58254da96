"""What safety says on the hospital's pages: the case of an event, what a result calls for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.permissions import Perm
from pv.domain.clocks import Obligation
from pv.queries import cases, hospital_duties, integration_sites, monitoring_items, rules


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence on a page of the hospital; the link only for those who may open the case."""

    text: str
    tone: str
    href: str = ""
    label: str = ""


def of_event(actor: Actor, event: Any) -> list[Note]:
    """The case of an event with its clock, for whoever may open the case or reports the event.

    The hospital that reported it is told that the duty runs; nobody else learns of the case.
    """
    where = {"site": event.site_id, "product": event.product_id}
    if not (actor.may(Perm.CASE_READ, **where) or actor.may(Perm.EVENT_WRITE, **where)):
        return []
    items = cases.of_event(event.id, today=clock.today())
    own = [
        note
        for item in items
        if (note := _own(actor, event, hospital_duties.of_case(item.case))) is not None
    ]
    return [_note(actor, item) for item in items] + own


def _own(actor: Actor, event: Any, duties: Sequence[Obligation]) -> Note | None:
    """What the hospital owes itself, whatever the holder does: what is open, else what was met."""
    if not duties:
        return None
    duty = next((each for each in duties if each.met_on is None), duties[-1])
    values = {"rule": rules.words(duty.rule), "citation": naming.citation(duty.deadline.citation)}
    if duty.met_on is not None:
        text = _("The hospital's own report to the ADR system: made %(day)s, rule %(rule)s.")
        return Note(text % {**values, "day": duty.met_on}, "info")
    text = _(
        "The hospital's own report to the ADR system: due %(due)s, rule %(rule)s, %(citation)s."
    )
    words = text % {**values, "due": duty.due}
    if not actor.may(Perm.EVENT_WRITE, site=event.site_id, product=event.product_id):
        return Note(words, "info")
    href = reverse("hospital-report", args=[event.id])
    return Note(words, "info", href, pgettext("button", "Note a report"))


def of_sample(actor: Actor, sample: Any) -> list[Note]:
    """What is to be done after a result of this infusion, for everyone who may read the sample."""
    said = [_watched(item) for item in monitoring_items.of_sample(actor, sample)]
    analyses = integration_sites.count(actor, sample)
    if not analyses:
        return said
    href = reverse("sample-integration-sites", args=[sample.id])
    text = ngettext(
        "%(n)s analysis of integration sites after this infusion.",
        "%(n)s analyses of integration sites after this infusion.",
        analyses,
    )
    words = text % {"n": analyses}
    return [*said, Note(words, "info", href, _("Integration sites and clonality"))]


def _watched(item: Any) -> Note:
    if monitoring_items.is_repeat(item):
        text = _(
            "A site of sample %(sample)s is to be monitored: repeat the analysis by %(due)s, "
            "%(citation)s."
        )
        return _monitored(item, text)
    text = _("At least one cell in a hundred carries the vector (sample %(sample)s): ")
    if item.open_share:
        text = _("One cell in a hundred may carry the vector (sample %(sample)s): ")
    text += _("integration-site analysis by %(due)s, %(citation)s.")
    return _monitored(item, text)


def _monitored(item: Any, text: str) -> Note:
    number = item.result.sample.number
    cited = naming.citation(item.citation)
    return Note(text % {"sample": number, "due": item.due, "citation": cited}, "due")


def _note(actor: Actor, item: cases.Item) -> Note:
    may_open = actor.may(Perm.CASE_READ, site=item.case.site_id, product=item.case.product_id)
    href = reverse("case", args=[item.case.id]) if may_open else ""
    label = _("Open the case") if may_open else ""
    if item.clock is None or item.days_left is None:
        text = _("Case %(number)s: no report clock is open.") % {"number": item.case.number}
        return Note(text, "info", href, label)
    values = {
        "number": item.case.number,
        "zero": item.clock.day_zero,
        "due": item.clock.due,
        "rule": rules.words(item.clock.rule),
        "n": abs(item.days_left),
    }
    count = abs(item.days_left)
    if item.days_left < 0:
        text = ngettext(
            "Case %(number)s: known %(zero)s, rule %(rule)s, due %(due)s, %(n)s day overdue.",
            "Case %(number)s: known %(zero)s, rule %(rule)s, due %(due)s, %(n)s days overdue.",
            count,
        )
        return Note(text % values, "overdue", href, label)
    text = ngettext(
        "Case %(number)s: known %(zero)s, rule %(rule)s, due %(due)s, %(n)s day left.",
        "Case %(number)s: known %(zero)s, rule %(rule)s, due %(due)s, %(n)s days left.",
        count,
    )
    return Note(text % values, "due", href, label)
