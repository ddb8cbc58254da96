"""The submission plan of a case: who gets it, when and why, who does not, and what is not done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from followup.core import clock, scope
from followup.core.actor import Actor
from pv.domain import clocks
from pv.domain.clocks import PlanRow, Verdict
from pv.domain.e2b.sendings import SendingState
from pv.domain.e2b.submissions import Delivery
from pv.models import (
    Authorisation,
    Case,
    CaseSource,
    CaseVersion,
    Certificate,
    PartnerAgreement,
    Submission,
    TriageDecision,
)
from pv.queries import agreements, authorisations, cases, duties, obligations, rules


class PlanFinding(StrEnum):
    """What stands between the plan and what was done."""

    UNDECIDED = "undecided"  # a fact is missing that decides whether it is owed
    NO_RECEIVER = "no_receiver"  # nothing but a test gateway leads to the authority
    NOT_RELEASED = "not_released"  # owed, and no file was released
    NOT_SENT = "not_sent"  # a file was released and nobody sent it
    ON_ITS_WAY = "on_its_way"  # handed to a channel, and no receipt or answer has come
    REJECTED = "rejected"  # sent, and not loaded by the receiver
    LATE = "late"  # owed, and its day is past
    NOT_NULLIFIED = "not_nullified"  # it has the report and not the nullification


@dataclass(frozen=True, slots=True)
class Line:
    """One authority of the plan with what stands for it here and what was sent."""

    row: PlanRow
    certificates: Sequence[Certificate]
    authorisations: Sequence[Authorisation]
    partner: PartnerAgreement | None
    receivers: Sequence[str]
    files: Sequence[Submission]
    findings: Sequence[PlanFinding]

    @property
    def due(self) -> date | None:
        """The day of the report that is due first; None when none is open."""
        return self.row.open[0].due if self.row.open else None


@dataclass(frozen=True, slots=True)
class SubmissionPlan:
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


def of_case(actor: Actor, case: Case, *, today: date) -> SubmissionPlan:
    """The plan of a case the actor has found: the authorities, China's first, then the partners."""
    scope.one(actor, Case.objects.all(), id=case.id)
    files = cases.submissions(actor, case)
    sources = obligations.sources(case)
    closed = obligations.not_reportable(case, sources)
    nullified = case.nullified_on is not None
    agreed = agreements.partnership(case.product_id)
    certificates = [c for c in duties.certificates(actor) if c.product_id == case.product_id]
    held = authorisations.held(actor, case.product_id) if case.product_id else []
    known = rules.data("receivers")["receivers"]
    # The day of what is known last: a source that brings nothing new changes no terms.
    learned_on = next((one.received_on for one in reversed(sources) if one.starts_clock), today)
    lines = []
    for row in _rows(case, sources, agreed, ends=bool(closed) or nullified):
        partner = agreed.current.get(row.authority) if agreed else None
        names = [code for code, r in known.items() if r.get("authority") == row.authority]
        real = [name for name in names if rules.authority(name)]
        if agreed and partner is not None:
            names = real = [partner.receiver]
            mine = [file for file in files if row.authority in _whose(agreed, file, today)]
        else:
            mine = [file for file in files if file.profile in names]
        had = mine if partner else [file for file in mine if file.profile in real]
        found = _nullifying(had) if nullified else _findings(row, real, mine, today)
        of_market = certificates if row.market == authorisations.HOME else []
        authorised = [a for a in held if a.market == row.market]
        left = [] if closed else found
        terms = agreed.entry(row.authority, learned_on) if agreed and partner else None
        lines.append(Line(row, of_market, authorised, terms, names, mine, left))
    unplanned = [file for file in files if file.unplanned_because]
    return SubmissionPlan(lines, closed, nullified, case.day_zero is not None, unplanned)


def _whose(agreed: agreements.Partnership, file: Submission, today: date) -> list[str]:
    """Whose a file is, on the day it went; one that did not go yet would go today."""
    return agreed.whose(file.profile, file.partner, file.sent_on or today)


def _rows(
    case: Case,
    sources: Sequence[CaseSource],
    agreed: agreements.Partnership | None,
    *,
    ends: bool,
) -> Sequence[PlanRow]:
    """The rows by the facts; a case that owes nothing any more is shown with its rules alone."""
    known = obligations.learned(case, sources)
    sent = obligations.sendings(case)
    by_market = obligations.by_market(case, known)
    seen = obligations.circumstances(sources)
    rows = list(clocks.plan(rules.rule_set(), by_market, sent, seen=seen))
    if case.day_zero is None:
        rows = [_without_day_zero(row) for row in rows]
    if agreed is not None:
        told = obligations.partner_information(case, known, agreed)
        rows += clocks.plan(agreed.rules, told, obligations.partner_sendings(case, agreed))
    if not ends:
        return rows
    owed = obligations.of_case(case)
    still = [tuple(d for d in owed if d.clock.authority == row.authority) for row in rows]
    return [
        replace(row, verdict=Verdict.REPORT if mine else Verdict.NOT_OWED, duties=mine)
        for row, mine in zip(rows, still, strict=True)
    ]


def _without_day_zero(row: PlanRow) -> PlanRow:
    """Nothing of the case is owed yet; what an authority did abroad is told all the same."""
    abroad = {one.rule.id for one in row.applies if obligations.OVERSEAS_ACTION in one.rule.when}
    duties = tuple(duty for duty in row.duties if duty.clock.rule in abroad)
    return replace(row, verdict=Verdict.REPORT if duties else Verdict.NOT_OWED, duties=duties)


def _findings(
    row: PlanRow, real: Sequence[str], files: Sequence[Submission], today: date
) -> list[PlanFinding]:
    """`real` are the receivers that are no test gateway."""
    if row.verdict is Verdict.UNDECIDED:
        return [PlanFinding.UNDECIDED]
    if not row.open:
        return []
    found = [PlanFinding.UNDECIDED] if row.provisional else []
    found += [PlanFinding.LATE] if row.open[0].due < today else []
    if not real:
        return [*found, PlanFinding.NO_RECEIVER]
    wanted = max(duty.version for duty in row.open)
    answering = [
        f for f in files if f.version.number >= wanted and f.profile in real and _counts(f)
    ]
    if cases.rejected(answering):
        return [*found, PlanFinding.REJECTED]
    if waiting := [f for f in answering if f.sent_on is None]:
        handed = any(_is_with_channel(f) for f in waiting)
        return [*found, PlanFinding.ON_ITS_WAY if handed else PlanFinding.NOT_SENT]
    return [*found, PlanFinding.NOT_RELEASED]


def _is_with_channel(file: Submission) -> bool:
    """Whether a channel has the file: sent by hand as well, the authority may get two reports."""
    sending = getattr(file, "transmission", None)
    return sending is not None and sending.state != SendingState.FAILED


def _counts(file: Any) -> bool:
    """Whether a file went out or may: what was void before it was sent is released again."""
    return file.sent_on is not None or not file.void


def _nullifying(files: Sequence[Submission]) -> list[PlanFinding]:
    """Whoever loaded a report of a nullified case gets its nullification."""
    loaded = [f for f in files if f.sent_on and f.state != Delivery.REJECTED]
    retracts = CaseVersion.Kind.NULLIFICATION
    told = any(f.version.kind == retracts for f in loaded)
    return [PlanFinding.NOT_NULLIFIED] if loaded and not told else []


def asks_for(case: Case, profile: str, partner: str = "") -> bool:
    """Whether the plan asks for a report to a receiver, or one it had before is taken further.

    `partner` is whose report it is, where several have the receiver.

    A receiver that is neither authority nor partner, or a test gateway, is in no plan and needs no
    reason. What was sent of a case before it was nullified is compared with what it owed then.
    """
    agreed = agreements.partnership(case.product_id)
    current = list(agreed.current.values()) if agreed else []
    authority = rules.authority(profile)
    if not authority and not agreements.is_partner(profile, current):
        return True
    names = set(agreed.whose(profile, partner, clock.today())) if agreed else set[str]()
    names |= {authority} if authority else set()
    told = obligations.partner_sendings(case, agreed) if agreed else []
    if any(one.authority in names for one in (*obligations.sendings(case), *told)):
        return True
    if case.nullified_on is None:
        owed = obligations.of_case(case)
    else:
        known = obligations.learned(case)
        owed = clocks.owed(rules.rule_set(), obligations.by_market(case, known), ())
        owed += obligations.to_partners(case, known)
    return any(duty.clock.authority in names for duty in owed)
