"""The submission plan of a case: who gets it, when and why, who does not, and what is not done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from followup.core import scope
from followup.core.actor import Actor
from pv.domain import clocks
from pv.domain.clocks import PlanRow, Verdict
from pv.domain.e2b.submissions import Delivery
from pv.models import Authorisation, Case, CaseVersion, Certificate, Submission, TriageDecision
from pv.queries import authorisations, cases, duties, obligations, rules


class Finding(StrEnum):
    """What stands between the plan and what was done."""

    UNDECIDED = "undecided"  # a fact is missing that decides whether it is owed
    NO_RECEIVER = "no_receiver"  # nothing but a test gateway leads to the authority
    NOT_RELEASED = "not_released"  # owed, and no file was released
    NOT_SENT = "not_sent"  # a file was released and nobody sent it
    REJECTED = "rejected"  # sent, and not loaded by the receiver
    LATE = "late"  # owed, and its day is past
    NOT_NULLIFIED = "not_nullified"  # it has the report and not the nullification


@dataclass(frozen=True, slots=True)
class Line:
    """One authority of the plan with what stands for it here and what was sent."""

    row: PlanRow
    certificates: Sequence[Certificate]
    authorisations: Sequence[Authorisation]
    receivers: Sequence[str]
    files: Sequence[Submission]
    findings: Sequence[Finding]

    @property
    def due(self) -> date | None:
        """The day of the report that is due first; None when none is open."""
        return self.row.open[0].due if self.row.open else None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a case. `closed` is the signed decision not to report it."""

    lines: Sequence[Line]
    closed: TriageDecision | None
    nullified: bool
    running: bool  # the four elements are complete
    unplanned: Sequence[Submission]

    @property
    def findings(self) -> int:
        """How many things are to be settled."""
        return sum(len(line.findings) for line in self.lines)


def of_case(actor: Actor, case: Case, *, today: date) -> Plan:
    """The plan of a case the actor has found, as its facts stand; the first row is China's."""
    scope.one(actor, Case.objects.all(), id=case.id)
    files = cases.submissions(actor, case)
    closed = obligations.not_reportable(case)
    sources = obligations.sources(case)
    nullified, running = case.nullified_on is not None, case.day_zero is not None
    ends = closed is not None or nullified
    rows = _rows(case, running=running and not ends, cluster_on=obligations.cluster_day(sources))
    certificates = [c for c in duties.certificates(actor) if c.product_id == case.product_id]
    held = authorisations.held(actor, case.product_id) if case.product_id else []
    known = rules.data("receivers")["receivers"]
    lines = []
    for row in rows:
        names = [code for code, r in known.items() if r.get("authority") == row.authority]
        mine = [file for file in files if file.profile in names]
        found = _nullifying(mine) if nullified else _findings(row, names, mine, today)
        of_market = certificates if row.market == authorisations.HOME else []
        authorised = [a for a in held if a.market == row.market]
        lines.append(Line(row, of_market, authorised, names, mine, [] if closed else found))
    unplanned = [file for file in files if file.unplanned_because]
    return Plan(lines, closed, nullified, running, unplanned)


def _rows(case: Case, *, running: bool, cluster_on: date | None) -> tuple[PlanRow, ...]:
    """The rows by the facts; a case that owes nothing any more is shown with its rules alone."""
    known = obligations.by_market(case, obligations.learned(case))
    sent = obligations.sendings(case)
    rows = clocks.plan(rules.rule_set(), known, sent, cluster_on=cluster_on)
    if running:
        return rows
    owed = obligations.of_case(case)
    return tuple(
        PlanRow(
            row.market,
            row.authority,
            Verdict.REPORT if mine else Verdict.NOT_OWED,
            row.authorised,
            mine,
            row.applies,
            row.undecided,
            row.excluded,
        )
        for row in rows
        for mine in [tuple(d for d in owed if d.clock.authority == row.authority)]
    )


def _findings(
    row: PlanRow, names: Sequence[str], files: Sequence[Submission], today: date
) -> list[Finding]:
    if row.verdict is Verdict.UNDECIDED:
        return [Finding.UNDECIDED]
    if not row.open:
        return []
    found = [Finding.LATE] if row.open[0].due < today else []
    if not any(rules.authority(name) for name in names):
        return [*found, Finding.NO_RECEIVER]
    wanted = max(duty.version for duty in row.open)
    answering = [f for f in files if f.version.number >= wanted and rules.authority(f.profile)]
    if cases.rejected(answering):
        return [*found, Finding.REJECTED]
    if any(f.sent_on is None for f in answering):
        return [*found, Finding.NOT_SENT]
    return [*found, Finding.NOT_RELEASED]


def _nullifying(files: Sequence[Submission]) -> list[Finding]:
    """Whoever loaded a report of a nullified case gets its nullification."""
    loaded = [f for f in files if f.sent_on and f.state != Delivery.REJECTED and f.authority]
    retracts = CaseVersion.Kind.NULLIFICATION
    told = any(f.version.kind == retracts for f in loaded)
    return [Finding.NOT_NULLIFIED] if loaded and not told else []


def asks_for(case: Case, profile: str) -> bool:
    """Whether the plan asks for a report to a receiver, or one it had before is taken further.

    A receiver that is no authority, or a test gateway, is in no plan and needs no reason. What
    was sent of a case before it was nullified is compared with what it owed then.
    """
    authority = rules.authority(profile)
    if not authority:
        return True
    if any(one.authority == authority for one in obligations.sendings(case)):
        return True
    if case.nullified_on is None:
        owed = obligations.of_case(case)
    else:
        known = obligations.by_market(case, obligations.learned(case))
        owed = clocks.owed(rules.rule_set(), known, ())
    return any(duty.clock.authority == authority for duty in owed)
