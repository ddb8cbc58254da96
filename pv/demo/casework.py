"""What the safety officer did with each case: taken up, coded, released, sent, closed."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from random import Random

from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.domain.events import EventCategory
from followup.models import AdverseEvent, Infusion
from pv.actions import cases, clocks, follow_up_requests, icsr
from pv.demo import gateways
from pv.demo.facts import EventFact, Life
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.submissions import Delivery
from pv.models import Case, CaseVersion, ReportClock, Submission
from pv.queries import cases as queries
from pv.queries import causality

OVERDUE, AGES = 16, 90  # days since awareness of a report that was left
INVESTIGATED = 11  # days from the report of a death to the end of its investigation
DEATH = "10011906"  # MedDRA's "Death", where the cause is no event of its own
LEFT = 21  # days in which some cases are still being worked on
SENT = Case.Stage.SUBMISSION
STAGES = (Case.Stage.QUALITY, Case.Stage.MEDICAL)


def overlooked(lives: Iterable[Life], today: date) -> EventFact | None:
    """The youngest serious event whose report would be due by now: it was taken up and left."""
    late = [
        event
        for life in lives
        for event in life.events
        if event.serious and not life.story and OVERDUE < (today - event.aware_on).days < AGES
    ]
    return max(late, key=lambda event: event.aware_on, default=None)


def steps(
    stage: Stage, life: Life, fact: EventFact, today: date, *, left: bool = False
) -> Iterable[DatedStep]:
    """The work on the case of one event, as far as its days have come; stories are told apart.

    With `left` it was taken up and never released.
    """
    if life.story and fact is life.events[-1]:
        return
    rng = Random(f"casework/{life.number}/{fact.aware_on}/{fact.verbatim}")
    begun = max(life.registered_on, fact.aware_on)
    age = (today - begun).days
    taken, sent = _pace(rng, fact)
    if age > LEFT and rng.random() < 0.01:
        sent += 12  # now and then a report was late
    officer = stage.of(Role.SAFETY_OFFICER)
    key = (stage, life, fact)
    if taken <= age:
        yield DatedStep(
            begun + timedelta(days=taken), 5, life.number, lambda: take_up(officer, *key)
        )
        if left or age <= LEFT:
            yield DatedStep(
                begun + timedelta(days=taken), 6, life.number, lambda: ask(officer, *key)
            )
    if not left and sent <= age and not (age <= LEFT and rng.random() < 0.3):
        yield DatedStep(begun + timedelta(days=sent), 6, life.number, lambda: finish(officer, *key))
        if "DEATH" in fact.seriousness and sent + INVESTIGATED <= age:
            done = begun + timedelta(days=sent + INVESTIGATED)
            yield DatedStep(done, 6, life.number, lambda: investigate(officer, *key))


def death(stage: Stage, life: Life, today: date) -> Iterable[DatedStep]:
    """The work on a case that a death alone brought: sent at once, then investigated."""
    told = next((visit for visit in life.visits if visit.died_on), None)
    if told is None:
        return
    begun = max(life.registered_on, told.on)
    officer = stage.of(Role.SAFETY_OFFICER)
    for days, do in ((0, _report_death), (INVESTIGATED, _investigate_death)):
        on = begun + timedelta(days=days)
        if on <= today:
            yield DatedStep(on, 6, life.number, partial(do, officer, stage, life))


def _pace(rng: Random, fact: EventFact) -> tuple[int, int]:
    """Days from awareness to taking up and to sending: a death at once, then by seriousness."""
    if "DEATH" in fact.seriousness:
        return 0, 0
    return (
        (rng.randint(0, 2), rng.randint(4, 13))
        if fact.serious
        else (
            rng.randint(1, 8),
            rng.randint(9, 27),
        )
    )


def case_of(stage: Stage, life: Life, fact: EventFact) -> Case:
    """The case that was drafted for an event of the demo."""
    event = AdverseEvent.objects.get(
        infusion__chain_of_identity=life.infusion.chain_of_identity,
        aware_on=fact.aware_on,
        verbatim=fact.verbatim,
    )
    return Case.objects.get(sources__event=event, sources__kind="event")


def meddra_version(on: date) -> str:
    """The version in use: a new one each March, a smaller one each September."""
    year, minor = on.year, 1 if on.month >= 9 else 0
    if on.month < 3:
        year, minor = year - 1, 1
    return f"{year - 1997}.{minor}"


def take_up(officer: Actor, stage: Stage, life: Life, fact: EventFact) -> Case:
    """Accept the case and code its reaction."""
    return _code(officer, case_of(stage, life, fact), fact.aware_on, fact.coded)


def ask(officer: Actor, stage: Stage, life: Life, fact: EventFact) -> None:
    """Ask the hospital how the event ended and whether there is a report of pathology."""
    case = case_of(stage, life, fact)
    follow_up_requests.ask_hospital(
        officer, case, elements=["E.i[1].7", "D.9.3"], text="病理报告和转归是否已有？"
    )


def _code(officer: Actor, case: Case, on: date, coded: str) -> Case:
    case = cases.accept(officer, case, lock_version=case.lock_version)
    coding = {"E.i[1].2.1a": meddra_version(on), "E.i[1].2.1b": coded}
    return cases.edit(officer, case, changes=coding, lock_version=case.lock_version)


def release(officer: Actor, reviewer: Actor, case: Case, *, on: date) -> Case:
    """Check and review the case, release the file for China and note that it was sent."""
    for to in STAGES:
        case = cases.advance(officer, case, to=to, lock_version=case.lock_version)
    # An invented person signs nothing: the review is a step even where it asks for a signature.
    case = cases.review(reviewer, case, approve=True, lock_version=case.lock_version, signed=True)
    submission = icsr.export(officer, case, profile=Profile.NMPA, signed=True)
    icsr.mark_sent(officer, submission, on=on)
    return Case.objects.get(id=case.id)


def finish(officer: Actor, stage: Stage, life: Life, fact: EventFact) -> Case:
    """Release and send; close unless a duty beside the report is still open."""
    return _send(officer, stage, case_of(stage, life, fact))


def _send(officer: Actor, stage: Stage, case: Case) -> Case:
    reviewer = stage.of(Role.MEDICAL_REVIEWER)
    case = release(officer, reviewer, case, on=clock.today())
    if not Submission.objects.filter(state=Delivery.REJECTED).exists():
        case = _mend(officer, reviewer, case)
    gateways.answer(officer, _file(case))
    return case if _duties(case) else close(officer, case)


def _file(case: Case) -> Submission:
    """The file of its latest version; the replayed clock stands still between two of one day."""
    return case.submissions.latest("version__number")


def _mend(officer: Actor, reviewer: Actor, case: Case) -> Case:
    """The authority does not load the first report of the demo: it is corrected and sent again."""
    gateways.reject(officer, _file(case))
    case.refresh_from_db()
    kind = CaseVersion.Kind.AMENDMENT
    case = cases.new_version(officer, case, kind=kind, lock_version=case.lock_version)
    case = _assess(reviewer, case)
    said = {"H.4": "发生时间与输注相符，无其他明确原因，判断为可能有关。"}
    case = cases.edit(officer, case, changes=said, lock_version=case.lock_version)
    return release(officer, reviewer, case, on=clock.today())


def _assess(reviewer: Actor, case: Case) -> Case:
    """The holder's own assessment of the first drug and event, by China's six grades."""
    version = queries.version(reviewer, case)
    root = queries.message(version).root
    line = causality.lines(reviewer, case, root, version=version.number)[0]
    answers = dict.fromkeys(("time_plausible", "known_reaction"), "YES")
    answers |= dict.fromkeys(("improved_on_stopping", "recurred", "explained_otherwise"), "UNKNOWN")
    given = cases.CausalityInput(line.pair.key, "holder", "china", answers)
    cases.assess_causality(reviewer, case, given=given, lock_version=case.lock_version)
    return Case.objects.get(id=case.id)


def close(officer: Actor, case: Case) -> Case:
    """Close a case whose report was sent."""
    return cases.advance(officer, case, to=Case.Stage.CLOSED, lock_version=case.lock_version)


def _duties(case: Case) -> list[ReportClock]:
    rows = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True, rule__contains=":")
    return list(rows)


def investigate(officer: Actor, stage: Stage, life: Life, fact: EventFact) -> Case:
    """Note the investigation of a death as done, then close."""
    return _investigated(officer, case_of(stage, life, fact))


def _investigated(officer: Actor, case: Case) -> Case:
    for duty in _duties(case):
        clocks.complete(officer, case, clock_id=duty.id, on=clock.today())
    case.refresh_from_db()
    return close(officer, case) if case.stage == Case.Stage.SUBMISSION else case


def _death_case(life: Life) -> Case | None:
    """The case a death alone brought; None where it was offered to an open one."""
    event = AdverseEvent.objects.filter(
        infusion__chain_of_identity=life.infusion.chain_of_identity,
        kind=EventCategory.DEATH,
        withdrawn_at__isnull=True,
    ).first()
    if event is None:
        return None
    return Case.objects.get(sources__event=event, sources__kind="event")


def _report_death(officer: Actor, stage: Stage, life: Life) -> None:
    case = _death_case(life)
    if case is not None:
        _send(officer, stage, _code(officer, case, clock.today(), DEATH))
        return
    given = Infusion.objects.get(chain_of_identity=life.infusion.chain_of_identity)
    closed = Case.objects.filter(stage=Case.Stage.ENTRY, submissions__sent_on__isnull=False)
    for case in closed.filter(patient_id=given.patient_id).distinct():
        _send(officer, stage, _with_death(officer, case))


def _with_death(officer: Actor, case: Case) -> Case:
    """A follow-up of a case that was closed when the patient died: the death alone is new."""
    follow_up, today = CaseVersion.Kind.FOLLOW_UP, clock.today()
    case = cases.new_version(
        officer, case, kind=follow_up, information_on=today, lock_version=case.lock_version
    )
    source = case.sources.filter(kind="death").latest("taken_at")
    told = [path for path in source.values if path.startswith("D.9.")]
    return cases.adopt(officer, case, source=source, paths=told, lock_version=case.lock_version)


def _investigate_death(officer: Actor, stage: Stage, life: Life) -> None:
    given = Infusion.objects.get(chain_of_identity=life.infusion.chain_of_identity)
    sent = Case.objects.filter(patient_id=given.patient_id, fatal=True, stage=SENT)
    for case in sent:
        _investigated(officer, case)
