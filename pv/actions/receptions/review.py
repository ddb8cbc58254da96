"""A person accepts a received report as the current version of its case, or rejects it."""

from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.models import Product
from pv.actions import clocks as case_clocks
from pv.actions.cases.drafting import MARKET, complete
from pv.actions.receptions.intake import add_version
from pv.domain import clocks
from pv.domain.cases import receptions
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case, CaseSource, CaseVersion, ReceivedReport
from pv.queries import received, rules

State = ReceivedReport.State


def _undecided(row: ReceivedReport) -> tuple[Case, ReceivedReport]:
    case = Case.objects.select_for_update().get(id=row.case_id)
    mine = ReceivedReport.objects.select_for_update().get(id=row.id)
    if mine.state != State.TO_REVIEW:
        raise Refused(_("This report has been decided already, or is only kept as history."))
    return case, mine


@action("icsr.accept", needs=Perm.CASE_WRITE)
def accept(
    actor: Actor,
    row: ReceivedReport,
    *,
    aware_on: date,
    lock_version: int,
    product: Product | None = None,
) -> Case:
    """Make a received report the current version of its case and start its clock.

    `aware_on` is the day the holder, or who acts for it, became aware. The first acceptance of a
    case needs its product. A nullification ends the case and its clocks. Conflict when somebody
    saved the case since `lock_version`.
    """
    case, mine = _undecided(row)
    if case.lock_version != lock_version:
        raise Conflict({"lock_version": (lock_version, case.lock_version)})
    first = not case.received.filter(state=State.ACCEPTED).exists()
    initial = first and case.origin == Case.Origin.IMPORT
    _acceptable(case, mine, aware_on)
    product = case.product or product
    if product is None:
        raise Refused({"product": _("Choose the product of this case.")})
    if not actor.may(Perm.CASE_WRITE, site=case.site_id, product=product.id):
        raise Refused({"product": _("You do not work on this product.")})
    before = Message(storage.from_data(case.versions.get(number=case.current_version).message))
    _belongs(case, product)
    message = received.prepared(case, mine, product, aware_on)
    if initial and mine.kind == ReceivedReport.Kind.INITIAL:
        version = case.versions.get(number=1)
        version.message, version.information_on = storage.to_data(message.root), aware_on
        version.save(update_fields=["message", "information_on"])
    else:
        number = case.current_version + 1
        version = add_version(actor, case, message, number, _version_kind(mine), aware_on)
    _told(case, mine, version, aware_on)
    mine.state, mine.aware_on, mine.accepted_version = State.ACCEPTED, aware_on, version.number
    mine.decided_at, mine.decided_by_id = time.now(), actor.id
    mine.save()
    _enter(actor, case, mine, message, version)
    _overtake(case, storage.message_from_data(mine.message))
    _clock(actor, case, before if not initial else None, message, aware_on, version.number)
    return case


def _overtake(case: Case, accepted: Message) -> None:
    """What still waits and is older than what was accepted is history now."""
    for row in case.received.filter(state=State.TO_REVIEW):
        if receptions.standing(accepted, storage.message_from_data(row.message)).older:
            row.state = State.HISTORY
            row.save(update_fields=["state"])


def _acceptable(case: Case, row: ReceivedReport, aware_on: date) -> None:
    if case.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified; a nullified case is not taken up again."))
    if aware_on > time.today():
        raise Refused({"aware_on": _("Not in the future.")})
    latest = receptions.day(row.information)
    if latest is not None and aware_on < latest <= time.today():
        problem = _("Not before the day of the information (C.1.5), %(day)s.") % {"day": latest}
        raise Refused({"aware_on": problem})


def _version_kind(row: ReceivedReport) -> str:
    known = set(CaseVersion.Kind.values)
    return row.kind if row.kind in known else CaseVersion.Kind.AMENDMENT.value


def _belongs(case: Case, product: Product) -> None:
    """The product of a case is that of everything in it."""
    if case.product_id == product.id:
        return
    case.product = product
    case.save(update_fields=["product"])
    for rows in (case.versions, case.sources, case.received, case.clocks, case.submissions):
        rows.update(product=product)


def _told(case: Case, row: ReceivedReport, version: CaseVersion, aware_on: date) -> None:
    unplaced = row.message.get("unplaced", [])
    CaseSource.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        kind="import",
        reference=str(row.id),
        values={"file": row.file_name, "unplaced": unplaced},
        received_on=aware_on,
        taken_at=time.now(),
        adopted_at=time.now(),
        adopted_version=version.number,
    )


def _enter(
    actor: Actor, case: Case, row: ReceivedReport, message: Message, version: CaseVersion
) -> None:
    case.title = receptions.title(message) or case.title
    case.serious, case.fatal = receptions.serious(message), receptions.fatal(message)
    case.current_version = version.number
    case.stage = Case.Stage.ENTRY
    if row.kind == ReceivedReport.Kind.NULLIFICATION:
        case.stage = Case.Stage.NULLIFIED
    case.assigned_to_id = case.assigned_to_id or actor.id
    case.lock_version += 1
    case.save()


def _clock(
    actor: Actor, case: Case, before: Message | None, after: Message, on: date, version: int
) -> None:
    """Day zero and the clocks the message asks for, as far as it brings the four elements."""
    if case.stage == Case.Stage.NULLIFIED:
        why = after.text("C.1.11.2") or _("Nullified by its sender.")
        case_clocks.stop_all(actor, case, reason=why)
        return
    rule_set = rules.rule_set()
    domestic = frozenset().union(*(rule_set.domestic[market] for market in MARKET))
    now = complete(receptions.facts(after, markets=MARKET, domestic=domestic))
    if case.day_zero is None:
        known = clocks.Awareness(clocks.Party.HOLDER, on, receptions.elements(after))
        zero = clocks.day_zero([known], rule_set.awareness)
        if zero.on is None:
            return
        case.day_zero = case.received_on = zero.on
        case.save(update_fields=["day_zero", "received_on"])
        case_clocks.start(actor, case, started=clocks.running(rule_set, now, on), version=version)
        return
    was = complete(receptions.facts(before or after, markets=MARKET, domestic=domestic))
    sent = case.submissions.filter(sent_on__isnull=False).exists()
    change = clocks.reclock(rule_set, was, now, on, (), first_report_sent=sent)
    case_clocks.start(actor, case, started=change.started, version=version)


@action("icsr.reject", needs=Perm.CASE_WRITE)
def reject(actor: Actor, row: ReceivedReport, *, reason: str) -> Case:
    """Refuse a received report with a reason; it stays readable beside the case.

    A case that only this report made is none: it is nullified with the same reason.
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why it is rejected.")})
    case, mine = _undecided(row)
    mine.state, mine.reason = State.REJECTED, reason.strip()[:500]
    mine.decided_at, mine.decided_by_id = time.now(), actor.id
    mine.save()
    others = case.received.exclude(state=State.REJECTED).exists()
    if case.origin == Case.Origin.IMPORT and not others and case.stage == Case.Stage.DRAFTED:
        case.stage, case.lock_version = Case.Stage.NULLIFIED, case.lock_version + 1
        case.save(update_fields=["stage", "lock_version"])
    return case
