"""Everything the holder owes by a day beside the certificates' own duties: one list for the
calendar of duties, the calendar feed and the page of the plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import localized_name, reader_language
from followup.domain.dates import add_months
from followup.queries import reminders
from pv.models import Milestone
from pv.queries import interactions, risk_plans, rules, studies
from pv.queries.commitments import rulebook

BACK_MONTHS = 12


@dataclass(frozen=True, slots=True)
class DueDay:
    """One day something is owed by; `page` and `target` name the page where it is done.

    `uid` never changes; `sequence` grows when the day moves.
    """

    uid: str
    kind: str
    title: str
    product_id: UUID
    product: str
    due: date
    owner: str
    done_on: date | None
    evidence: str
    page: str
    target: str
    sequence: int = 0
    note: str = ""

    def days(self, today: date) -> int | None:
        """Days left; None when it is done."""
        return None if self.done_on else (self.due - today).days


def span(today: date) -> tuple[date, date]:
    """From when what is done is still listed, and how far ahead what is open."""
    ahead = int(rules.data("duties")["ahead_months"])
    return add_months(today, -BACK_MONTHS), add_months(today, ahead)


def measures(actor: Actor, *, today: date) -> list[DueDay]:
    """Measures of risk management plans in force."""
    since, until = span(today)
    kind = pgettext("due day", "Risk management measure")
    return [
        DueDay(
            uid=f"risk-measure-{each.measure.lineage}-{each.measure.due}",
            kind=kind,
            title=each.measure.description,
            product_id=each.measure.product.id,
            product=localized_name(each.measure.product),
            due=each.measure.due,
            owner=each.measure.owner_name,
            done_on=each.done.done_on if each.done else None,
            evidence=each.done.evidence if each.done else "",
            page="plan-measure",
            target=str(each.measure.pk),
            note=each.measure.risk.name,
        )
        for each in risk_plans.owed(actor, since=since, until=until)
        if each.measure.due is not None
    ]


def milestones(actor: Actor, *, today: date) -> list[DueDay]:
    """Milestones of commitments, yearly reports among them."""
    since, until = span(today)
    states = reminders.ladder("milestone").subject_states
    rows = Milestone.objects.filter(due__lte=until, commitment__state__in=states)
    rows = rows.select_related("commitment__owner", "commitment__product")
    book, language = rulebook(), reader_language()
    kind = pgettext("due day", "Milestone of a commitment")
    return [
        DueDay(
            uid=f"milestone-{row.id}",
            kind=kind,
            title=book.milestone_name(row.code, language, row.period),
            product_id=row.commitment.product_id,
            product=localized_name(row.commitment.product),
            due=row.due,
            owner=str(row.commitment.owner or ""),
            done_on=row.actual,
            evidence=row.evidence,
            page="commitment",
            target=str(row.commitment_id),
            sequence=row.due_version - 1,
            note=row.commitment.title,
        )
        for row in scope.visible(actor, rows)
        if row.due is not None and (row.actual is None or row.due >= since)
    ]


def answers(actor: Actor, *, today: date) -> list[DueDay]:
    """Answers in exchanges with the authority, of the holder and of the authority alike."""
    since, until = span(today)
    kind = pgettext("due day", "Answer to or from the authority")
    return [
        DueDay(
            uid=f"interaction-{line.row.pk}",
            kind=kind,
            title=f"{line.kind} {line.row.subject}",
            product_id=line.row.product_id,
            product=localized_name(line.row.product),
            due=line.row.due,
            owner=line.row.owner_name,
            done_on=line.answer.answered_on if line.answer else None,
            evidence=line.answer.evidence if line.answer else "",
            page="interaction",
            target=str(line.row.pk),
            sequence=line.row.due_version - 1,
            note=" · ".join(filter(None, (line.debtor, line.row.reference_number))),
        )
        for line in interactions.owed(actor, since=since, until=until)
        if line.row.due is not None
    ]


def study_limits(actor: Actor, *, today: date) -> list[DueDay]:
    """Implied permissions to come, and filings of investigator-initiated trials, however late."""
    until = span(today)[1]
    kind, words = pgettext("due day", "Trial of a product"), studies.owed_words()
    return [
        DueDay(
            uid=f"study-{line.row.pk}-{each.status}-{each.since}",
            kind=kind,
            title=words[each.status],
            product_id=line.row.product_id,
            product=localized_name(line.row.product),
            due=each.limit.due,
            owner="",
            done_on=None,
            evidence="",
            page="study",
            target=str(line.row.pk),
            note=f"{line.row.number} {line.row.title}",
        )
        for line in studies.listing(actor)
        for each in line.dues
        if each.limit.due <= until
    ]


SOURCES: Sequence[Callable[..., list[DueDay]]] = (
    measures,
    milestones,
    answers,
    study_limits,
)


def listing(actor: Actor, *, today: date) -> list[DueDay]:
    """All of them by their day."""
    rows = [row for source in SOURCES for row in source(actor, today=today)]
    return sorted(rows, key=lambda row: (row.due, row.uid))
