"""What the holder and the safety officer see in their calendar: milestones, ends, clocks."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reminders
from followup.queries.calendars import Entry
from followup.queries.reminders import NoticeFacts
from pv.models import Commitment, Milestone, ReportClock
from pv.queries import due_days, duties, rules

BACK = timedelta(days=60)
_ALARMS = (90, 30, 7)
_CLOCK_ALARMS = (3, 1)


def _label(commitment: Commitment) -> str:
    product = commitment.product
    brand = " ".join(filter(None, (product.brand_zh, product.brand_en))) or product.inn
    return " ".join(filter(None, (brand, commitment.trial_number)))


def _entry(facts: NoticeFacts, *, note: str, page: str, alarms: tuple[int, ...]) -> Entry:
    return Entry(
        uid=f"{facts.kind}-{facts.key}",
        title=reminders.title(facts),
        on=facts.due,
        sequence=facts.due_version - 1,
        note=note,
        page=page,
        target=facts.target,
        alarms=alarms,
    )


def _open(actor: Actor, rows: QuerySet[Any], prefix: str = "") -> QuerySet[Any]:
    states = reminders.ladder("legal_end").subject_states
    visible = scope.visible(actor, rows, Perm.COMMITMENT_WRITE)
    return visible.filter(Q(**{f"{prefix}state__in": states}))


def _commitments(actor: Actor, since: date) -> Iterable[Entry]:
    milestones = Milestone.objects.filter(actual__isnull=True, due__gte=since)
    for row in _open(actor, milestones, "commitment__").select_related("commitment__product"):
        facts = NoticeFacts(
            "milestone",
            str(row.id),
            str(row.commitment_id),
            row.due_version,
            row.commitment.approved_on,
            row.due,
            _label(row.commitment),
            row.code,
        )
        yield _entry(facts, note=row.commitment.title, page="commitment", alarms=_ALARMS)
    ends = Commitment.objects.filter(legal_end__gte=since).select_related("product")
    for row in _open(actor, ends):
        facts = NoticeFacts(
            "legal_end",
            str(row.id),
            str(row.id),
            row.legal_end_version,
            row.approved_on,
            row.legal_end,
            _label(row),
            row.kind,
        )
        yield _entry(facts, note=row.title, page="commitment", alarms=_ALARMS)


def _clocks(actor: Actor, since: date) -> Iterable[Entry]:
    rows = ReportClock.objects.filter(
        met_on__isnull=True,
        stopped_at__isnull=True,
        due__gte=since,
        case__stage__in=reminders.ladder("clock").subject_states,
    )
    for row in scope.visible(actor, rows, Perm.CASE_WRITE).select_related("case"):
        mark = "fatal" if row.case.fatal else "serious" if row.case.serious else ""
        facts = NoticeFacts(
            "clock",
            str(row.id),
            str(row.case_id),
            row.due_version,
            row.day_zero,
            row.due,
            row.case.number,
            mark,
        )
        note = _("Day zero %(day)s, rule %(rule)s") % {
            "day": row.day_zero,
            "rule": rules.words(row.rule),
        }
        yield _entry(facts, note=note, page="case", alarms=_CLOCK_ALARMS)


def _duties(actor: Actor, today: date) -> Iterable[Entry]:
    """What certificates and authorisations abroad owe and is not recorded as done."""
    words = duties.words()
    for each in duties.owed(actor, today=today):
        if each.done is None and each.duty.due >= today - BACK:
            row, duty = each.entry, each.duty
            period = f" {duty.start} – {duty.data_lock}" if duty.start else ""
            yield Entry(
                uid=f"duty-{row.product_id}-{row.number}-{duty.code}-{duty.due}",
                title=f"{words[duty.code]} {localized_name(row.product)} {row.number}",
                on=duty.due,
                sequence=0,
                note=f"{words[duty.code]}{period} · {duty.citation}",
                page="duties",
                target="",
                alarms=_ALARMS,
            )


def _due_days(rows: Iterable[due_days.DueDay], today: date) -> Iterable[Entry]:
    """What is owed by a day and is not done."""
    for row in rows:
        if row.done_on is None and row.due >= today - BACK:
            names = {"product": row.product, "milestone": row.title}
            yield Entry(
                uid=row.uid,
                title=_("%(product)s: %(milestone)s") % names,
                on=row.due,
                sequence=row.sequence,
                note=" · ".join(filter(None, (row.kind, row.note, row.owner))),
                page=row.page,
                target=row.target,
                alarms=_ALARMS,
            )


def entries(actor: Actor, *, today: date) -> Iterable[Entry]:
    """Milestones, statutory deadlines and duties for keepers of commitments, registers' due days
    for those who write reports, clocks for those who report cases."""
    if actor.may(Perm.COMMITMENT_WRITE):
        yield from _commitments(actor, today - BACK)
        yield from _duties(actor, today)
    if actor.may(Perm.REPORT_WRITE):
        yield from _due_days(due_days.measures(actor, today=today), today)
        yield from _due_days(due_days.answers(actor, today=today), today)
        yield from _due_days(due_days.study_limits(actor, today=today), today)
    if actor.may(Perm.CASE_WRITE):
        yield from _clocks(actor, today - BACK)
