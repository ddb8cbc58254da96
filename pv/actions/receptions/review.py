"""A person accepts a received report as the current version of its case, or rejects it."""

from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions.cases import default_seriousness, information
from pv.actions.receptions.intake import add_version
from pv.domain import clocks
from pv.domain.cases import receptions
from pv.domain.cases.flags import Flags
from pv.domain.cases.stages import CaseEvent, ReceivedEvent
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case, CaseVersion, ReceivedReport
from pv.models.states import CASE_STAGE, RECEIVED_REPORT
from pv.queries import received, rules

State = ReceivedReport.State


def _undecided(row: ReceivedReport, event: ReceivedEvent) -> tuple[Case, ReceivedReport]:
    case = Case.objects.select_for_update().get(id=row.case_id)
    mine = ReceivedReport.objects.select_for_update().get(id=row.id)
    text = _("This report has been decided already, or is only kept as history.")
    RECEIVED_REPORT.require(mine, event, text)
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
    case needs its product. A nullification ends the case and its clocks. A case that was none
    because its reports were rejected is one with the report that makes it valid. Conflict when
    somebody saved the case since `lock_version`.
    """
    case, mine = _undecided(row, ReceivedEvent.ACCEPT)
    versions.must_be(case, lock_version, column="lock_version")
    first = not case.received.filter(state=State.ACCEPTED).exists()
    initial = first and received.only_received(case)
    _acceptable(case, mine, aware_on)
    if case.stage == Case.Stage.NULLIFIED:
        CASE_STAGE.move(case, CaseEvent.RESTORE)
        case.nullified_on = None
    product = case.product or product
    if product is None:
        raise Refused({"product": _("Choose the product of this case.")})
    if not actor.may(Perm.CASE_WRITE, site=case.site_id, product=product.id):
        raise Refused({"product": _("You do not work on this product.")})
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
    RECEIVED_REPORT.move(mine, ReceivedEvent.ACCEPT)
    mine.aware_on, mine.accepted_version = aware_on, version.number
    mine.decided_at, mine.decided_by_id = time.now(), actor.id
    mine.save()
    _enter(actor, case, mine, message, version)
    _overtake(case, storage.message_from_data(mine.message))
    _clock(actor, case, message, aware_on)
    return case


def _overtake(case: Case, accepted: Message) -> None:
    """What still waits and is older than what was accepted is history now."""
    for row in case.received.filter(state=State.TO_REVIEW):
        if receptions.compare(accepted, storage.message_from_data(row.message)).older:
            RECEIVED_REPORT.move(row, ReceivedEvent.OVERTAKE)
            row.save(update_fields=["state"])


def _acceptable(case: Case, row: ReceivedReport, aware_on: date) -> None:
    if case.stage == Case.Stage.NULLIFIED and (
        row.kind == ReceivedReport.Kind.NULLIFICATION or not received.only_rejected(case)
    ):
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
    """What the report says and since when it is known; a correction alone starts no clock.

    Its own words are kept apart from what the default rules of seriousness add to them.
    """
    message = received.content(row)
    flags = Flags(
        receptions.serious(message),
        receptions.fatal(message),
        receptions.life_threatening(message),
    )
    first = not case.sources.exists()
    together = flags | default_seriousness.state_received(case, row, version.number, aware_on)
    new = row.kind in (ReceivedReport.Kind.INITIAL, ReceivedReport.Kind.FOLLOW_UP)
    information.save_source(
        case,
        None,
        "import",
        str(row.id),
        received_on=aware_on,
        flags=flags,
        starts_clock=new or first or together.risen(Flags(case.serious, case.fatal)),
        case_version=version.number,
        values={"file": row.file_name, "unplaced": row.message.get("unplaced", [])},
        adopted_at=time.now(),
        adopted_version=version.number,
    )


def _enter(
    actor: Actor, case: Case, row: ReceivedReport, message: Message, version: CaseVersion
) -> None:
    case.title = receptions.title(message) or case.title
    case.current_version = version.number
    if row.kind == ReceivedReport.Kind.NULLIFICATION:
        CASE_STAGE.move(case, CaseEvent.NULLIFY)
        case.nullified_on = time.today()
    else:
        CASE_STAGE.move(case, CaseEvent.ACCEPT_REPORT)
    case.assigned_to_id = case.assigned_to_id or actor.id
    case.lock_version += 1
    case.save()


def _clock(actor: Actor, case: Case, message: Message, on: date) -> None:
    """Day zero, as far as the message brings the four elements, and the clocks of the facts."""
    why = ""
    if case.stage == Case.Stage.NULLIFIED:
        why = message.text("C.1.11.2") or ""
    elif case.day_zero is None:
        known = clocks.Awareness(clocks.Party.HOLDER, on, receptions.elements(message))
        zero = clocks.day_zero([known], rules.rule_set().awareness)
        case.day_zero, case.received_on = zero.on, zero.on or case.received_on
        case.save(update_fields=["day_zero", "received_on"])
    information.settle(actor, case, reason=why)


@action("icsr.reject", needs=Perm.CASE_WRITE)
def reject(actor: Actor, row: ReceivedReport, *, code: str, reason: str = "") -> Case:
    """Refuse a received report for a reason of the list; it stays readable beside the case.

    `reason` is told in words where the list asks for it. A case that only this report made is none:
    it is nullified.
    """
    data = rules.data("casework")
    if code not in [known["code"] for known in data["rejections"]]:
        raise Refused({"code": _("Choose why it is rejected.")})
    if code in data["told_in_words"] and not reason.strip():
        raise Refused({"reason": _("Explain this reason in words.")})
    case, mine = _undecided(row, ReceivedEvent.REJECT)
    RECEIVED_REPORT.move(mine, ReceivedEvent.REJECT)
    mine.reason_code, mine.reason = code, within(reason, 500)
    mine.decided_at, mine.decided_by_id = time.now(), actor.id
    mine.save()
    others = case.received.exclude(state=State.REJECTED).exists()
    if received.only_received(case) and not others and case.stage == Case.Stage.DRAFTED:
        CASE_STAGE.move(case, CaseEvent.NULLIFY)
        case.nullified_on = time.today()
        case.lock_version += 1
        case.save(update_fields=["stage", "nullified_on", "lock_version"])
    return case
