"""Quality of a centre's follow-up: completeness, gaps and their age, loss, late events."""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from string import Template
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import ROLES, Basis, Perm
from followup.core.row_security import contexts
from followup.domain.completeness import Share, ages, by_month
from followup.domain.visits import SEARCHED
from followup.models import AdverseEvent, Patient, Site, Visit

MONTHS = 24
LATE_DAYS = (1, 7, 15)
# Visits that were due: done, missed, or open past their window for somebody who is to be called.
# What was before the register or cancelled was nobody's duty. A gap is of the site that followed
# the patient on the last day of its window, wherever the row is now.
_DUE = Template("""
SELECT visit.code, date_trunc('month', visit.due)::date AS month,
    count(*) FILTER (WHERE visit.state LIKE 'DONE%%') AS done, count(*) AS due,
    min(visit.target - schedule.day_zero) AS place
FROM followup_plannedvisit AS visit
JOIN followup_schedule AS schedule ON schedule.id = visit.schedule_id
JOIN followup_patient AS patient ON patient.id = visit.patient_id
WHERE $where AND visit.due >= %(since)s
    AND visit.patient_id <> ALL (ARRAY(SELECT patient_id FROM followup_retiredpatient))
    AND visit.patient_id <> ALL (ARRAY(SELECT patient_id FROM followup_practicepatient))
    AND (visit.state LIKE 'DONE%%' OR visit.state = 'MISSED'
        OR (visit.state = 'PLANNED' AND visit.due < %(today)s
            AND patient.follow_up_state = ANY(%(searched)s)))
    AND (visit.due < %(today)s OR visit.state LIKE 'DONE%%')
GROUP BY 1, 2
""")
# The site that followed on a day is the one that gave the patient away next.
_FOLLOWED = """(SELECT moved.from_site_id FROM followup_patienttransfer AS moved
    WHERE moved.patient_id = visit.patient_id AND moved.state = 'IN_FORCE'
        AND moved.effective_on > visit.due
    ORDER BY moved.effective_on, moved.id LIMIT 1)"""
_CAME = """visit.patient_id = ANY (
    ARRAY(SELECT patient_id FROM followup_patientsite WHERE site_id = %(site)s))"""
_HERE = Template("""visit.site_id = %(site)s AND (visit.state LIKE 'DONE%%'
    OR NOT ($came AND coalesce($followed, %(site)s) <> %(site)s))""")
_ELSEWHERE = Template("""$came AND visit.site_id <> %(site)s
    AND visit.state NOT LIKE 'DONE%%' AND $followed = %(site)s""")
_DUE_HERE, _DUE_ELSEWHERE = (
    _DUE.substitute(where=where.substitute(came=_CAME, followed=_FOLLOWED))
    for where in (_HERE, _ELSEWHERE)
)
# What is open is the work of the site that follows: since the patient came, where that is later.
_OVERDUE = Template("""
SELECT %(today)s - greatest(visit.due, CASE WHEN $came THEN (
    SELECT came.since FROM followup_patientsite AS came
    WHERE came.patient_id = visit.patient_id AND came.follows) END)
FROM followup_plannedvisit AS visit
JOIN followup_patient AS patient ON patient.id = visit.patient_id
WHERE visit.site_id = %(site)s AND visit.state = 'PLANNED' AND visit.due < %(today)s
    AND patient.follow_up_state = ANY(%(searched)s)
    AND visit.patient_id <> ALL (ARRAY(SELECT patient_id FROM followup_retiredpatient))
    AND visit.patient_id <> ALL (ARRAY(SELECT patient_id FROM followup_practicepatient))
""").substitute(came=_CAME)
# The questions of a contact, as columns of a visit.
ITEMS = ("disease_status", "new_malignancy", "other_event", "new_therapy")


@dataclass(frozen=True, slots=True)
class QualityBoard:
    """The numbers of one centre on a day."""

    by_visit: list[Share]
    by_month: list[Share]
    by_item: list[Share]
    overdue: list[tuple[int, int | None, int]]
    states: dict[str, int]
    late: list[tuple[int, int | None, int]]
    events: int

    @property
    def patients(self) -> int:
        """All patients of the centre."""
        return sum(self.states.values())


def sites(actor: Actor) -> list[Site]:
    """Centres whose quality the actor answers for or watches."""
    grants = list(actor.granting(Perm.VISIT_READ))
    rows = scope.visible(actor, Site.objects.filter(is_active=True))
    if not any(grant.all_sites for grant in grants):
        rows = rows.filter(id__in=[grant.site for grant in grants])
    return list(rows.order_by("code"))


def board(actor: Actor, site: Site, *, today: date) -> QualityBoard:
    """The numbers of a centre, in a handful of statements."""
    actor.require(Perm.VISIT_READ, site=site.id)
    values: dict[str, Any] = {
        "site": site.id,
        "today": today,
        "since": _first_month(today),
        "searched": [state.value for state in SEARCHED],
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE_HERE, values)
        rows = cursor.fetchall()
        cursor.execute(_OVERDUE, values)
        overdue = [days for (days,) in cursor.fetchall()]
    rows += _elsewhere(actor, values)
    events = _events(actor, site.id, today)
    return QualityBoard(
        by_visit=_by_visit(rows),
        by_month=by_month(_sums(rows), today, MONTHS),
        by_item=_by_item(actor, site.id, today),
        overdue=ages(overdue),
        states=_states(actor, site.id),
        late=_late(events),
        events=len(events),
    )


def _elsewhere(actor: Actor, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Numbers of gaps the centre left when it gave patients away; the rows are of others now.

    The hospital counts what it may not read any more; whoever reads on consent, those who agreed.
    """
    grants = actor.granting(Perm.VISIT_READ)
    cares = any(ROLES[grant.role].basis is Basis.CARE for grant in grants)
    with contexts.whole() if cares else nullcontext(), connection.cursor() as cursor:
        cursor.execute(_DUE_ELSEWHERE, values)
        return list(cursor.fetchall())


def _first_month(today: date) -> date:
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _by_visit(rows: Sequence[tuple[Any, ...]]) -> list[Share]:
    done, due, place = Counter[str](), Counter[str](), dict[str, int]()
    for code, _month, was_done, was_due, days in rows:
        done[code] += was_done
        due[code] += was_due
        place[code] = min(days, place.get(code, days))
    return [Share(code, done[code], due[code]) for code in sorted(due, key=lambda c: place[c])]


def _sums(rows: Sequence[tuple[Any, ...]]) -> dict[date, tuple[int, int]]:
    found: dict[date, tuple[int, int]] = {}
    for _code, month, done, due, _place in rows:
        before = found.get(month, (0, 0))
        found[month] = (before[0] + done, before[1] + due)
    return found


def _contacts(actor: Actor, site: UUID, today: date) -> QuerySet[Visit]:
    year = today - timedelta(days=365)
    rows = scope.counting(actor, Visit.objects.filter(site_id=site, contact_on__gte=year))
    return rows.filter(undone_at__isnull=True, replaced_by__isnull=True)


def _by_item(actor: Actor, site: UUID, today: date) -> list[Share]:
    """Of the contacts of a year with a living patient, how many answered each question.

    An assessment counts where a contact says whether it was done; "not done" is a gap.
    """
    rows = _contacts(actor, site, today).filter(vital_status="ALIVE").order_by()
    done, due = Counter[str](), Counter[str]()
    for *answers, assessments in rows.values_list(*ITEMS, "assessments"):
        for name, answer in zip(ITEMS, answers, strict=True):
            due[name] += 1
            done[name] += answer not in ("", "UNKNOWN", "NOT_ASSESSED")
        for code, what in assessments.items():
            due[code] += 1
            done[code] += what == "DONE"
    return [Share(name, done[name], due[name]) for name in due]


def _states(actor: Actor, site: UUID) -> dict[str, int]:
    rows = scope.counting(actor, Patient.objects.filter(site_id=site), Perm.VISIT_READ)
    counts = rows.order_by().values_list("follow_up_state").annotate(n=Count("id", distinct=True))
    return dict(counts)


def _events(actor: Actor, site: UUID, today: date) -> list[int]:
    """Days from awareness to the record of each event of a year."""
    if not actor.may(Perm.EVENT_READ, site=site):
        return []
    year = today - timedelta(days=365)
    rows = AdverseEvent.objects.filter(site_id=site, aware_on__gte=year)
    rows = scope.counting(actor, rows).filter(withdrawn_at__isnull=True)
    found = rows.values_list("aware_on", "recorded_at")
    return [(recorded.astimezone(clock.SHANGHAI).date() - aware).days for aware, recorded in found]


def _late(days: Sequence[int]) -> list[tuple[int, int | None, int]]:
    """Bands of days between awareness and record: within a day, a week, fifteen days, later."""
    lows = (0, *(limit + 1 for limit in LATE_DAYS))
    bands = zip(lows, (*LATE_DAYS, None), strict=True)
    return [
        (low, high, sum(low <= n and (high is None or n <= high) for n in days))
        for low, high in bands
    ]
