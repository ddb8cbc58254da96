"""Lines in review: taken as values, refused, or retracting what was accepted before."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions.laboratory import values
from followup.actions.laboratory.line_validation import given_of, specimen_of
from followup.actions.laboratory.value_parsing import check_day, measures, question, read
from followup.core import clock, confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.laboratory import LineEvent, ReferenceRange, read_range
from followup.domain.laboratory.messages import Standing
from followup.models import LaboratoryLine, LaboratoryResult
from followup.models.laboratory_states import LABORATORY_LINE
from followup.queries.laboratory import messages


def _locked(line_id: UUID) -> LaboratoryLine:
    rows = LaboratoryLine.objects.select_for_update(of=("self",))
    return rows.select_related("patient", "source").get(id=line_id)


@action("laboratory.accept_line", needs=Perm.VISIT_WRITE)
def accept(
    actor: Actor,
    line: LaboratoryLine,
    *,
    confirmed: Sequence[str] = (),
    on: date | None = None,
) -> LaboratoryLine:
    """Take a line as a value of the patient. It never overwrites: another value is refused.

    A result the laboratory sent before is corrected by its new form, or retracted where the
    laboratory withdrew it. `on` is the day of the specimen where only its month or year was sent.
    """
    row = _locked(line.id)
    LABORATORY_LINE.move(row, LineEvent.ACCEPT)
    if messages.later([row]).get(row.id):
        text = _("The laboratory sent a later form of this result, which was accepted: refuse it.")
        raise Refused(text)
    _give_day(row, on)
    before = messages.accepted_before(row)
    if row.standing == Standing.WITHDRAWN:
        if before is None:
            raise Refused(_("Nothing of this result was accepted: refuse the line."))
        row.specimen_on, row.specimen_at = before.specimen_on, before.specimen_at
        row.result = values.take_back(actor, before, reason=_told(row))
    else:
        row.result = _value(actor, row, before, confirmed)
    row.answered_by_id, row.answered_at = actor.id, clock.now()
    row.save(
        update_fields=[
            "state",
            "result",
            "answered_by",
            "answered_at",
            "specimen_on",
            "specimen_at",
        ]
    )
    return row


def _give_day(row: LaboratoryLine, on: date | None) -> None:
    """The day a person gives where it was not sent, within what is known of it."""
    if row.specimen_on is not None or row.standing == Standing.WITHDRAWN:
        return
    if on is None:
        raise Refused({"on": _("Give the day of the specimen: it was not sent.")})
    if row.specimen_known:
        known = PartialDate.from_iso(row.specimen_known)
        if not known.earliest <= on <= known.latest:
            text = _("The laboratory sent %(known)s: the day must lie in it.")
            raise Refused({"on": text % {"known": row.specimen_known}})
    row.specimen_on = on


def _told(row: LaboratoryLine) -> str:
    return _("The laboratory %(source)s said so.") % {"source": row.source.name}


def _value(
    actor: Actor, row: LaboratoryLine, before: LaboratoryResult | None, confirmed: Sequence[str]
) -> LaboratoryResult:
    specimen = specimen_of(row)
    check_day(row.patient, specimen)
    given = given_of(row, row.measure, measures(actor))
    if before is not None and before.measure == row.measure:
        if before.written == row.written and before.specimen_on == row.specimen_on:
            if row.standing == Standing.PRELIMINARY:
                return before
            status = _status(row, before)
            return values.finalise(actor, before, reason=_told(row), status=status)
        return values.correct(
            actor,
            before,
            specimen=specimen,
            given=given,
            reason=_told(row),
            confirmed=confirmed,
            status=_status(row, before),
        )
    one = read(actor, given)
    asked = (question(one, "line"), _range_changed(row))
    confirmations.settle([each for each in asked if each], confirmed)
    done = values.add(actor, row.patient, specimen, [one], source="FILE")
    return done.made[0] if done.made else values.on_file(row.patient, one, specimen)


def _status(row: LaboratoryLine, before: LaboratoryResult) -> str:
    """A preliminary value that became final is no correction; a final one that changed is one."""
    if row.standing == Standing.PRELIMINARY:
        return "PRELIMINARY"
    went_on = before.status == "PRELIMINARY" and row.standing != Standing.CORRECTED
    return "FINAL" if went_on else "CORRECTED"


def _range_changed(row: LaboratoryLine) -> Question | None:
    """Another range for the same patient: the analyser may be another one, and its unit too."""
    before = messages.range_before(row) if row.range_text else ""
    if not before or _same_limits(read_range(before), read_range(row.range_text)):
        return None
    text = _("The laboratory printed the range %(before)s before and %(now)s now.")
    words = {"before": before, "now": row.range_text}
    return Question("range-changed", text % words, "line", about=row.range_text)


def _same_limits(before: ReferenceRange, now: ReferenceRange) -> bool:
    """Whether two ranges say the same: in numbers where there are any, else in words."""
    limits = (before.low, before.high), (now.low, now.high)
    return limits[0] == limits[1] if any(limits[0] + limits[1]) else before.text == now.text


@action("laboratory.refuse_line", needs=Perm.VISIT_WRITE)
def refuse(actor: Actor, line: LaboratoryLine, *, reason: str) -> LaboratoryLine:
    """Refuse a line, with the reason; it stays on record."""
    row = _locked(line.id)
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    LABORATORY_LINE.move(row, LineEvent.REFUSE)
    row.problem, row.problem_words = within(reason, 500), {}
    row.answered_by_id, row.answered_at = actor.id, clock.now()
    row.save(update_fields=["state", "problem", "problem_words", "answered_by", "answered_at"])
    return row
