"""Who was reached when: visits kept or not, unsuccessful calls, patients lost, deaths told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from followup.domain import contents
from followup.domain.dates import PartialDate
from followup.domain.schedules import PlannedVisit
from pv.demo.diseases import UNDERLYING
from pv.demo.facts import AttemptFact, Course, EventFact, VisitFact

# Share of visits kept: near all in the first month, fewer as the years pass (82 % together).
KEPT = ((35, 0.95), (400, 0.77), (10_000, 0.66))
LATE = 0.07
LOST = 0.03
BASELINE = "BL"
REMISSIONS = frozenset({"CR", "sCR", "CRi", "CRh", "VGPR", "PR"})
PROGRESSIONS = frozenset({"PD", "RELAPSE"})
THERAPIES = ("来那度胺维持", "放疗", "BTK抑制剂", "化疗", "双特异性抗体", "异基因造血干细胞移植")

AUTOPSIES = ("NO", "NO", "", "NO", "UNKNOWN", "NO", "YES")  # seldom done


@dataclass(frozen=True, slots=True)
class Told:
    """What the hospital has recorded of one patient's follow-up."""

    visits: tuple[VisitFact, ...]
    attempts: tuple[AttemptFact, ...]
    lost_on: date | None


def tell(
    rng: Random,
    planned: Sequence[PlannedVisit],
    fate: Course,
    events: Sequence[EventFact],
    *,
    infused_on: date,
    today: date,
) -> Told:
    """Contacts and unsuccessful attempts up to today; nothing is known after a patient was lost."""
    last = fate.died_on or today
    lost_on = _lost(rng, infused_on, last, alive=fate.died_on is None)
    end = min(last, lost_on or last)
    visits: list[VisitFact] = []
    seen = infused_on - timedelta(days=1)
    worse: date | None = None
    for index, visit in enumerate(planned):
        if visit.code == BASELINE or visit.window_start > end:
            continue
        following = planned[index + 1].window_start if index + 1 < len(planned) else today
        on = _kept(rng, visit, following, infused_on, end)
        if on is not None and on > seen:
            contact = _visit(rng, visit, on, seen, fate, events)
            if contact.disease_status == "PROGRESSION":
                worse = worse or min(on, fate.progressed_on or on)
                contact = replace(contact, progressed_on=PartialDate.of(worse))
            visits.append(contact)
            seen = on
    death = _death(rng, fate, seen, today) if lost_on is None else None
    if death is not None:
        visits.append(death)
    done = {visit.code for visit in visits}
    attempts = (
        _tries(rng, planned, done, lost_on, today) if death is None and fate.died_on is None else []
    )
    return Told(tuple(visits), tuple(attempts), _proven(lost_on, attempts, today))


def _lost(rng: Random, infused_on: date, last: date, *, alive: bool) -> date | None:
    """The day of the last contact of somebody who will be lost."""
    days = (last - infused_on).days
    if not alive or days < 420 or rng.random() >= LOST:
        return None
    return infused_on + timedelta(days=rng.randint(200, days - 200))


def _kept(
    rng: Random, visit: PlannedVisit, following: date, infused_on: date, end: date
) -> date | None:
    """The day of the contact, or None: not made, or not yet."""
    days = (visit.target - infused_on).days
    share = next(share for until, share in KEPT if days <= until)
    if rng.random() >= share:
        return None
    if rng.random() < LATE and visit.window_end + timedelta(days=1) < following:
        span = min(21, (following - visit.window_end).days - 1)
        on = visit.window_end + timedelta(days=rng.randint(1, max(1, span)))
    else:
        first, last = visit.window_start.toordinal(), visit.window_end.toordinal()
        on = date.fromordinal(round(rng.triangular(first, last, visit.target.toordinal())))
    return on if on <= end else None


def _visit(
    rng: Random,
    visit: PlannedVisit,
    on: date,
    seen: date,
    fate: Course,
    events: Sequence[EventFact],
) -> VisitFact:
    since = [event for event in events if seen < event.aware_on <= on]
    progressed = fate.progressed_on is not None and fate.progressed_on <= on
    fresh = progressed and fate.progressed_on is not None and fate.progressed_on > seen
    assessed = visit.assessments
    allowed = [c.value for c in visit.contact_types]
    way = allowed[0]
    if visit.point.preferred_contact is None and len(allowed) > 1 and rng.random() < 0.5:
        way = rng.choice(allowed)
    response = ""
    if "R" in assessed or "R_CDE" in assessed:
        response = fate.relapse if progressed else fate.response
    status, reason = answered(response)
    asks = any(code in contents.QUESTIONS for code in assessed)
    malignancy = any(event.is_new_malignancy for event in since)
    return VisitFact(
        on=on,
        code=visit.code,
        contact_type=way,
        informant=rng.choices(("PATIENT", "FAMILY", "PHYSICIAN"), (0.72, 0.18, 0.10))[0],
        disease_status=status,
        response=response,
        unanswered_reason=reason,
        new_malignancy=("YES" if malignancy else "NO") if asks else "",
        other_event=("YES" if any(not e.is_new_malignancy for e in since) else "NO")
        if asks
        else "",
        new_therapy=("YES" if fresh else "NO") if asks else "",
        therapy_note=rng.choice(THERAPIES) if fresh and asks else "",
        done=contents.ticked(visit.point),
        outside=not visit.window_start <= on <= visit.window_end,
    )


def answered(response: str) -> tuple[str, str]:
    """What the form of a contact takes for a response by the criteria, and the reason beside it.

    It asks for remission or progression alone; a disease that is neither has its reason.
    """
    if response in REMISSIONS:
        return "REMISSION", ""
    if response in PROGRESSIONS:
        return "PROGRESSION", ""
    return ("NOT_ASSESSED", f"疗效为{response}：未缓解，亦无进展") if response else ("", "")


def _death(rng: Random, fate: Course, seen: date, today: date) -> VisitFact | None:
    """The call in which a relative tells of the death; a share has not been told yet."""
    if fate.died_on is None:
        return None
    on = max(fate.died_on, seen) + timedelta(days=rng.choice((0, 1, 1, 3, 8, 15, 30, 60)))
    if on > today:
        return None
    exact = rng.random() < 0.85
    died = fate.died_on
    return VisitFact(
        on=on,
        code="",
        contact_type="PHONE",
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(died) if exact else PartialDate(died.year, died.month),
        death_cause=fate.cause,
        death_cause_code=UNDERLYING.get(fate.cause, ""),
        autopsy=AUTOPSIES[died.day % len(AUTOPSIES)],
        new_malignancy="NO",
    )


def _tries(
    rng: Random,
    planned: Sequence[PlannedVisit],
    done: set[str],
    lost_on: date | None,
    today: date,
) -> list[AttemptFact]:
    """Unsuccessful calls: for the lost over some months, for an open visit now and then."""
    open_now = [
        visit
        for visit in planned
        if visit.code not in done and visit.code != BASELINE and visit.window_start <= today
    ]
    if lost_on is not None:
        first = next((v for v in open_now if v.window_start > lost_on), None)
        return _search(rng, first, today) if first else []
    if not open_now or rng.random() >= 0.25:
        return []
    visit = open_now[-1]
    on = max(visit.window_start, today - timedelta(days=rng.randint(1, 9)))
    if on > today:
        return []
    later = today + timedelta(days=rng.randint(-2, 9))
    return [AttemptFact(on, visit.code, "PHONE", max(later, on + timedelta(days=1)))]


def _search(rng: Random, visit: PlannedVisit, today: date) -> list[AttemptFact]:
    """Four attempts in three ways over more than ninety days, then the register, up to today."""
    tries = []
    on = visit.window_start + timedelta(days=rng.randint(1, 20))
    for method in ("PHONE", "FAMILY", "PHONE", "LETTER", "REGISTRY_LINKAGE"):
        if on > today:
            break
        following = on + timedelta(days=rng.randint(32, 41))
        tries.append(AttemptFact(on, visit.code, method, following))
        on = following
    return tries


def _proven(lost_on: date | None, tries: Sequence[AttemptFact], today: date) -> date | None:
    """The day the loss may be recorded: after four attempts and the register, else not yet."""
    if lost_on is None or len(tries) < 5:
        return None
    return min(today, tries[-1].on + timedelta(days=2))
