"""Versions of a case: opened on what was exported, nullified where it was sent, else voided."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import clocks as case_clocks
from pv.actions import locked_cases
from pv.actions.cases import default_seriousness, information
from pv.actions.cases.information import FIRST_RECEIVED, LATEST_RECEIVED, e2b_day
from pv.domain.cases.stages import CaseEvent
from pv.domain.e2b import storage
from pv.domain.e2b.message import Value
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import meets_clock
from pv.models import Case, CaseSource, CaseVersion, Submission
from pv.models.states import CASE_STAGE
from pv.queries import case_links
from pv.queries.obligations import OVERSEAS_ACTION

_KIND, _REASON = "C.1.11.1", "C.1.11.2"
LONGEST_REASON = 2000  # C.1.11.2


def _copy(
    actor: Actor, case: Case, kind: str, information_on: date, changes: dict[str, Value | None]
) -> CaseVersion:
    """The next version: the content of the last one with these values set or taken away."""
    last = case.versions.get(number=case.current_version)
    root = storage.from_data(last.message)
    for element, value in changes.items():
        if value is None:
            root.values.pop(element, None)
        else:
            root.values[element] = value
    case_links.write_into(case, last, root)
    if kind != CaseVersion.Kind.NULLIFICATION:
        default_seriousness.write_into(case, last.number + 1, root)
    return CaseVersion.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        number=last.number + 1,
        kind=kind,
        message=storage.to_data(root),
        narrative_zh=last.narrative_zh,
        narrative_en=last.narrative_en,
        narrative_generated=last.narrative_generated,
        narrative_basis=last.narrative_basis,
        information_on=information_on,
        serious=case.serious,
        fatal=case.fatal,
        author_id=actor.id,
        created_at=time.now(),
    )


def _nothing_loaded(case: Case) -> bool:
    """Whether every receiver that got the case rejected it: what they never had is not amended."""
    sent = case.submissions.filter(sent_on__isnull=False).values_list("state", flat=True)
    return bool(sent) and not any(meets_clock(Delivery(state)) for state in sent)


@action("case.new_version", needs=Perm.CASE_WRITE)
def new_version(
    actor: Actor,
    case: Case,
    *,
    kind: str,
    information_on: date | None = None,
    lock_version: int,
) -> Case:
    """Open a follow-up or amendment version on an exported one.

    A follow-up is new information: C.1.5 takes the day it came, and its clock runs from that day.
    An amendment corrects what was said and brings nothing new, so C.1.5 stays (ICH E2B(R3)
    C.1.5, C.1.11.1).
    """
    row = locked_cases.at_version(case, lock_version)
    current = row.versions.get(number=row.current_version)
    CASE_STAGE.require(row, CaseEvent.NEW_VERSION, _("The case is nullified already."))
    if current.locked_at is None:
        raise Refused(_("The current version is still open: edit it."))
    first = {FIRST_RECEIVED: e2b_day(row.received_on)} if row.day_zero else {}
    if kind == CaseVersion.Kind.AMENDMENT:
        loaded = None if _nothing_loaded(row) else "2"
        version = _copy(actor, row, kind, current.information_on, {**first, _KIND: loaded})
    elif kind == CaseVersion.Kind.FOLLOW_UP:
        version = _follow_up(actor, row, information_on, first)
    else:
        raise Refused({"kind": _("Choose follow-up or amendment.")})
    CASE_STAGE.move(row, CaseEvent.NEW_VERSION)
    row.current_version = version.number
    row.lock_version += 1
    row.save()
    return information.settle(actor, row)


def _follow_up(
    actor: Actor, case: Case, information_on: date | None, first: dict[str, str]
) -> CaseVersion:
    if information_on is None:
        raise Refused({"information_on": _("On which day did the new information come?")})
    if information_on > time.today() or information_on < case.received_on:
        raise Refused({"information_on": _("Between the first receipt and today.")})
    changes: dict[str, Value | None] = {LATEST_RECEIVED: e2b_day(information_on), _KIND: None}
    kind = CaseVersion.Kind.FOLLOW_UP
    version = _copy(actor, case, kind, information_on, {**first, **changes, _REASON: None})
    information.save_source(
        case,
        None,
        "follow_up",
        f"v{version.number}",
        received_on=information_on,
        case_version=version.number,
        adopted_at=time.now(),
        adopted_version=version.number,
    )
    return version


def _told(case: Case) -> bool:
    """Whether a nullification is there that no receiver has refused."""
    kind = CaseVersion.Kind.NULLIFICATION
    last = case.versions.filter(kind=kind).order_by("-number").first()
    refused = Submission.objects.filter(version=last, state=Delivery.REJECTED)
    return last is not None and not refused.exists()


@action("case.nullify", needs=Perm.CASE_WRITE)
def nullify(actor: Actor, case: Case, *, reason: str, lock_version: int) -> Case:
    """Nullify a case that turned out not to be one; it keeps its number and its history.

    Whoever got the report gets its nullification as a version of its own, and once more when the
    receiver refused it. Where nothing was sent there is nothing to nullify: the case is set aside
    without a message. Its clocks stop.
    """
    row = locked_cases.at_version(case, lock_version)
    if not reason.strip():
        raise Refused({"reason": _("Say why the case is nullified.")})
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused({"reason": _("Not more than %(n)s characters.") % {"n": LONGEST_REASON}})
    sent = row.submissions.filter(sent_on__isnull=False).exists()
    told = _told(row)
    if row.stage == Case.Stage.NULLIFIED and (told or not sent):
        raise Refused(_("The case is nullified already."))
    if sent:
        last = row.versions.get(number=row.current_version)
        changes: dict[str, Value | None] = {_KIND: "1", _REASON: reason.strip()}
        kind = CaseVersion.Kind.NULLIFICATION
        row.current_version = _copy(actor, row, kind, last.information_on, changes).number
    CASE_STAGE.move(row, CaseEvent.NULLIFY)
    row.nullified_on = row.nullified_on or time.today()
    row.lock_version += 1
    row.save()
    case_clocks.reconcile(actor, row, reason=reason.strip())
    return row


@action("case.correct_awareness", needs=Perm.CASE_WRITE)
def correct_awareness(
    actor: Actor,
    case: Case,
    *,
    source: CaseSource,
    on: date,
    reason: str,
    lock_version: int,
    at: datetime | None = None,
) -> Case:
    """Correct the day something about the case was learned of, earlier or later, with a reason.

    The clocks of that information move with it: the old one is stopped and stays readable beside
    the new one. `at` is the moment on that day, for limits in hours.
    """
    row = locked_cases.at_version(case, lock_version)
    if source.case_id != row.id:
        raise Refused(_("This source belongs to another case."))
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Say why the day is corrected.")
    if on > time.today():
        problems["on"] = _("The day you learned of it cannot be later than today.")
    in_hours = source.kind == OVERSEAS_ACTION
    if problem := case_clocks.moment_problem(on, at, in_hours=in_hours):
        problems["at"] = problem
    if problems:
        raise Refused(problems)
    if (on, at) == (source.received_on, source.aware_at):
        raise Refused(_("Nothing is different from what is recorded."))
    kept = CaseSource.objects.select_for_update().get(id=source.id)
    kept.received_on, kept.aware_at = on, at
    kept.save(update_fields=["received_on", "aware_at"])
    if kept.kind in ("event", "import"):
        default_seriousness.redate(row, kept)
    if kept.kind == "follow_up" and kept.adopted_version:
        _redate(row, kept.adopted_version, on)
    row.lock_version += 1
    return information.settle(actor, row, reason=reason.strip())


def _redate(case: Case, number: int, on: date) -> None:
    """A follow-up version that is still open says the corrected day."""
    version = case.versions.select_for_update().get(number=number)
    if version.locked_at is not None:
        return
    root = storage.from_data(version.message)
    root.values[LATEST_RECEIVED] = e2b_day(on)
    version.message, version.information_on = storage.to_data(root), on
    version.save(update_fields=["message", "information_on"])
