"""What a case owes, from its stored facts: what was learned when, and what went to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Min, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.models import AdverseEvent
from pv.domain import clocks
from pv.domain.cases import receptions
from pv.domain.cases.flags import Flags, Origin, over_time
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import meets_clock
from pv.models import (
    Case,
    CaseSource,
    CaseVersion,
    PartnerAgreement,
    Submission,
    TriageDecision,
)
from pv.queries import agreements, authorisations, rules
from pv.queries.assessed_versions import Assessed

MARKETS = frozenset({authorisations.HOME})
CLUSTER = "cluster"  # kind of source: the lot of the case was declared a cluster
OVERSEAS_ACTION = "overseas_action"  # kind of source: an authority abroad stopped the product
DEFAULT_RULE = "default_rule"  # kind of source: a default rule added a criterion, or no more
_ORIGINS = {
    "event": Origin.HOSPITAL,
    "import": Origin.PARTNER,
    "direct_report": Origin.PARTNER,
    "judgement": Origin.HOLDER,
    "parent_child": Origin.HOLDER,
    DEFAULT_RULE: Origin.DEFAULT_RULE,
}


def facts(flags: Flags | None = None, *, causality: str = "") -> clocks.CaseFacts:
    """What the rules may ask of an event of a hospital; what nobody answered is not known."""
    said = flags or Flags()
    return clocks.CaseFacts(
        markets=MARKETS,
        reporter=clocks.Reporter.MAH,
        setting=clocks.Setting.POST_MARKET,
        source=clocks.ReportSource.SPONTANEOUS,
        country="CN",
        serious=said.serious,
        fatal=said.fatal,
        life_threatening=said.life_threatening,
        unexpected=None,
        related=None if not causality else causality != "UNLIKELY",
    )


def stated(row: CaseSource) -> Flags:
    """What a source says itself."""
    return Flags(row.serious, row.fatal, row.life_threatening)


def statements(rows: Iterable[CaseSource]) -> list[Flags]:
    """The flags of the case after each source, in the order they were taken."""
    return list(over_time((_ORIGINS.get(row.kind), stated(row)) for row in rows))


def sources(case: Case) -> list[CaseSource]:
    """The sources of a case in the order they were taken, without what each offers."""
    return list(CaseSource.objects.filter(case=case).defer("values").order_by("taken_at", "id"))


def information(
    rows: Sequence[CaseSource], known: clocks.CaseFacts | None = None
) -> list[clocks.Information]:
    """The sources that bring something, as the clocks ask for them; `known` is what never changes.

    Without it the case is one of a hospital of ours.
    """
    return [
        clocks.Information(
            row.received_on, row.case_version, stating(known or facts(), flags), _moment(row)
        )
        for row, flags in zip(rows, statements(rows), strict=True)
        if row.starts_clock
    ]


def stating(known: clocks.CaseFacts, flags: Flags) -> clocks.CaseFacts:
    """The facts of a case with what was stated of seriousness and death."""
    return replace(
        known,
        serious=flags.serious,
        fatal=flags.fatal,
        life_threatening=flags.life_threatening,
    )


def _known(case: Case, rows: Sequence[CaseSource]) -> clocks.CaseFacts:
    """Where a case comes from: its hospital, or the message that was received."""
    if case.origin in (Case.Origin.IMPORT, Case.Origin.LITERATURE, Case.Origin.DIRECT):
        version = case.versions.get(number=case.current_version)
        domestic = rules.rule_set().domestic
        return receptions.facts(
            Message(storage.from_data(version.message)),
            markets=MARKETS,
            domestic=frozenset().union(*(domestic[market] for market in MARKETS)),
        )
    events = AdverseEvent.objects.filter(id__in={row.event_id for row in rows if row.event_id})
    return facts(causality=events.values_list("causality", flat=True).first() or "")


def _gone(case: Case) -> "QuerySet[Submission]":
    rows = Submission.objects.filter(case=case, sent_on__isnull=False)
    return rows.exclude(state__in=[state for state in Delivery if not meets_clock(state)])


def sendings(case: Case) -> list[clocks.Sending]:
    """The reports of a case that went to an authority and were not rejected there."""
    found = _gone(case).values_list("authority", "version__number", "sent_on")
    return [clocks.Sending(who, number, on) for who, number, on in found if who and on is not None]


def of_case(case: Case, rows: Sequence[CaseSource] | None = None) -> tuple[clocks.Obligation, ...]:
    """Every duty the facts of a case demand; none while its four elements are not complete.

    `rows` are its sources.
    """
    rows = sources(case) if rows is None else rows
    if not rows:
        return ()
    origin = _known(case, rows)
    known = information(rows, origin)
    if case.nullified_on is not None:
        return _nullification(case, known)
    if not_reportable(case, rows) is not None:
        return ()
    partners = to_partners(case, known)
    together = known[-1].facts if known else origin
    seen = circumstances(rows)
    if case.day_zero is None:
        # What an authority did abroad is told whatever the case lacks.
        seen = [one for one in seen if one.fact == OVERSEAS_ACTION]
    more = clocks.circumstances(rules.rule_set(), together, seen)
    if case.day_zero is None:
        return more + partners
    own = clocks.owed(rules.rule_set(), by_market(case, known), sendings(case))
    return own + more + partners


def circumstances(rows: Iterable[CaseSource]) -> list[clocks.Circumstance]:
    """The first cluster the case belongs to, and what authorities abroad did over it."""
    found = [
        clocks.Circumstance(row.kind, row.received_on, _moment(row))
        for row in sorted(rows, key=lambda row: row.received_on)
        if row.kind in (CLUSTER, OVERSEAS_ACTION)
    ]
    first = [one for one in found if one.fact == CLUSTER][:1]
    return first + [one for one in found if one.fact == OVERSEAS_ACTION]


def learned_at(case: Case, day: date) -> datetime | None:
    """The first moment of a day at which an action abroad was learned of."""
    rows = CaseSource.objects.filter(case=case, kind=OVERSEAS_ACTION, received_on=day)
    first: datetime | None = rows.aggregate(first=Min("aware_at"))["first"]
    return first


def _moment(row: CaseSource) -> datetime | None:
    return row.aware_at.astimezone(clock.SHANGHAI) if row.aware_at else None


def by_market(
    case: Case, known: Sequence[clocks.Information]
) -> dict[str, list[clocks.Information]]:
    """What was learned of a case, for each market it may be owed in.

    Causality is what the reporter or the holder says (either is enough, ICH E2A), expectedness
    the answer of the labels that count in the market; both as the version says that was of what
    was known with each item, so that what a follow-up brings counts from its own day.
    """
    held = authorisations.authorised(case.product_id)
    assessed = Assessed(case)
    found = {}
    for market in dict.fromkeys(each.market for each in held):
        items = clocks.under(held, market, known)
        numbers = clocks.assessed_in(items, case.current_version)
        found[market] = [
            replace(
                item,
                facts=replace(
                    item.facts,
                    unexpected=assessed.unexpected_by(market, item.facts.setting, number),
                    related=_either(item.facts.related, assessed.related_by(number)),
                ),
            )
            for item, number in zip(items, numbers, strict=True)
        ]
    return found


def _either(reporter: bool | None, holder: bool | None) -> bool | None:
    if reporter or holder:
        return True
    return holder if reporter is None else reporter


def partner_information(
    case: Case, known: Sequence[clocks.Information], agreed: agreements.Partnership
) -> dict[str, list[clocks.Information]]:
    """What was learned of a case for each partner, by the terms of the day it was learned on.

    Nothing while its four elements are missing and those terms ask for them.
    """
    found = {}
    for name in agreed.current:
        told = [
            item
            for item in known
            if case.day_zero is not None
            or agreed.entry(name, item.known_on).day_zero_rule != PartnerAgreement.DayZero.COMPLETE
        ]
        facts = frozenset(r.regime for r in agreed.rules.rules if r.authority == name)
        found[name] = [replace(item, facts=replace(item.facts, markets=facts)) for item in told]
    return found


def partner_sendings(case: Case, agreed: agreements.Partnership) -> list[clocks.Sending]:
    """The reports of a case that went to partners and were not rejected there."""
    sent = _gone(case).values_list("profile", "partner", "version__number", "sent_on")
    return [
        clocks.Sending(name, number, on)
        for profile, partner, number, on in sent
        if on is not None
        for name in agreed.whose(profile, partner, on)
    ]


def to_partners(case: Case, known: Sequence[clocks.Information]) -> tuple[clocks.Obligation, ...]:
    """What a case owes the partners of its product by their agreements."""
    agreed = agreements.partnership(case.product_id)
    if agreed is None:
        return ()
    found = partner_information(case, known, agreed)
    return clocks.owed(agreed.rules, found, partner_sendings(case, agreed))


def learned(case: Case, rows: Sequence[CaseSource] | None = None) -> list[clocks.Information]:
    """What was learned of a case, in the order it was taken; `rows` are its sources."""
    rows = sources(case) if rows is None else rows
    return information(rows, _known(case, rows)) if rows else []


def not_reportable(case: Case, rows: Sequence[CaseSource] | None = None) -> TriageDecision | None:
    """The signed decision not to report a case that stands; new facts since then end it."""
    decisions = TriageDecision.objects.filter(
        case=case, kind="not_reportable", effective_at__isnull=False, undone_at__isnull=True
    )
    made = decisions.order_by("-effective_at").first()
    if made is None or made.effective_at is None:
        return None
    known = sources(case) if rows is None else rows
    new = any(row.starts_clock and row.taken_at > made.effective_at for row in known)
    return None if new else made


def _nullification(
    case: Case, known: Sequence[clocks.Information]
) -> tuple[clocks.Obligation, ...]:
    """The duty to send a nullification again that a receiver refused; none before that."""
    kind = CaseVersion.Kind.NULLIFICATION
    told = Submission.objects.filter(case=case, version__kind=kind, sent_on__isnull=False)
    refused = told.filter(state=Delivery.REJECTED).order_by("version__number").first()
    if refused is None or case.nullified_on is None or not known:
        return ()
    return clocks.nullification(
        rules.rule_set(),
        known[-1].facts,
        day=case.nullified_on,
        version=refused.version.number,
        sendings=sendings(case),
    )


def flags_on(actor: Actor, case: Case, day: date) -> Flags:
    """What was known of a case at the end of a day: seriousness, death, danger to life."""
    rows = scope.visible(actor, CaseSource.objects.filter(case=case, received_on__lte=day))
    known = statements(rows.defer("values").order_by("taken_at", "id"))
    return known[-1] if known else Flags()
