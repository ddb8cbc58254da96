"""Tables of conditional approval: the condition, milestones, enrolment, forecast, slips."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.naming import citation, localized_name
from pv.domain import approvals
from pv.domain.approvals.commitments import CommitmentState
from pv.domain.periodic.blocks import Block, FactList, Grid, Paragraph
from pv.domain.periodic.sections import TableCode
from pv.models import Commitment, CommitmentEvent, EnrolmentCount, Milestone
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.aggregate_reports.register_tables import readable
from pv.queries.commitments import (
    approval_text,
    deadline_text,
    rulebook,
    sale_suspended,
    text,
)

NONE_KEPT = "—"


def _mine(basis: Basis) -> list[Commitment]:
    """The commitment the report is about, or all of the product."""
    rows = readable(basis, Commitment.objects.select_related("indication", "product"))
    if basis.report.commitment_id:
        rows = rows.filter(id=basis.report.commitment_id)
    return list(rows.order_by("legal_end", "title"))


def commitments(basis: Basis) -> list[Block]:
    """Commitments with their state and deadline."""
    book = rulebook()
    rows = [
        [
            row.title,
            text(book.kinds[row.kind].name, basis.words),
            row.trial_number or NONE_KEPT,
            localized_name(row.indication),
            text(book.states[CommitmentState(row.state)], basis.words),
            deadline_text(row),
        ]
        for row in _mine(basis)
    ]
    if not rows:
        return [Paragraph(_("No commitment of this product is in the register."))]
    headings = [
        pgettext("column", "Commitment"),
        pgettext("column", "Kind"),
        _("Trial number"),
        pgettext("column", "Indication"),
        pgettext("column", "State"),
        pgettext("column", "Statutory deadline"),
    ]
    return [Grid(_("Commitments"), headings, rows, shares=(24, 18, 12, 20, 12, 12))]


def condition(basis: Basis) -> list[Block]:
    """The wording of the certificate and where it stands."""
    found: list[Block] = []
    for row in _mine(basis):
        pairs = [
            (pgettext("column", "Commitment"), row.title),
            (_("Condition of the certificate"), row.condition_text or NONE_KEPT),
            (_("Where it is written"), row.condition_source or NONE_KEPT),
            (pgettext("column", "Approved"), approval_text(row)),
            (pgettext("column", "Statutory deadline"), deadline_text(row)),
            (_("Dossier number"), row.dossier_number or NONE_KEPT),
            (_("Sale suspended"), _sale(basis, row)),
        ]
        found.append(FactList(pairs))
    return found or [Paragraph(_("No commitment of this product is in the register."))]


def _sale(basis: Basis, row: Commitment) -> str:
    """Whether the product is not sold while an extension is asked for or runs, and by what."""
    book = rulebook()
    granted = readable(basis, CommitmentEvent.objects.filter(commitment=row))
    granted = granted.filter(event=approvals.CommitmentEvent.EXTENSION_GRANTED)
    rule = sale_suspended(row, book, extended=granted.filter(undone_at__isnull=True).exists())
    if rule is None:
        return pgettext("answer", "No")
    source = pgettext("punctuation", " (%(text)s)") % {"text": citation(rule.citation)}
    said = f"{text(rule.name, basis.words)}{source}"
    draft = _("A draft; whether it binds is to be confirmed.")
    return said if rule.binding else f"{said}{pgettext('punctuation', '. ')}{draft}"


def milestones(basis: Basis) -> list[Block]:
    """What was planned, what is expected, what happened."""
    book = rulebook()
    rows = []
    for commitment in _mine(basis):
        kept = readable(basis, Milestone.objects.filter(commitment=commitment))
        for row in kept.order_by("order", "period"):
            rows.append(
                [
                    commitment.title,
                    book.milestone_name(row.code, basis.words, row.period),
                    *(str(day or NONE_KEPT) for day in (row.baseline, row.due)),
                    *(str(day or NONE_KEPT) for day in (row.forecast, row.actual)),
                    row.evidence or NONE_KEPT,
                ]
            )
    if not rows:
        return [Paragraph(_("No milestone is recorded."))]
    headings = [
        pgettext("column", "Commitment"),
        pgettext("column", "Milestone"),
        pgettext("column", "Baseline"),
        pgettext("status", "Due"),
        pgettext("column", "Forecast"),
        pgettext("column", "Actual"),
        pgettext("column", "Evidence"),
    ]
    return [Grid(_("Milestones"), headings, rows, shares=(22, 24, 10, 10, 10, 10, 18))]


def enrolment(basis: Basis) -> list[Block]:
    """The counts up to the end of the period; of one day the last recorded."""
    rows = []
    for commitment in _mine(basis):
        kept = readable(basis, EnrolmentCount.objects.filter(commitment=commitment))
        kept = kept.filter(counted_on__lte=basis.end).order_by("counted_on", "recorded_at")
        by_day = {row.counted_on: row for row in kept}
        target = str(commitment.target_enrolment or NONE_KEPT)
        for row in by_day.values():
            lost, matured = (NONE_KEPT if n is None else str(n) for n in (row.lost, row.matured))
            counted = [str(row.counted_on), str(row.enrolled), lost, matured, target]
            rows.append([commitment.title, *counted])
    if not rows:
        return [Paragraph(_("No enrolment count is recorded up to the end of the period."))]
    headings = [
        pgettext("column", "Commitment"),
        pgettext("column", "Counted on"),
        pgettext("column", "Enrolled"),
        pgettext("column", "Lost before the endpoint"),
        pgettext("column", "Reached the endpoint"),
        pgettext("column", "Target"),
    ]
    return [Grid(_("Enrolment"), headings, rows, shares=(40, 14, 12, 14, 14, 12), numeric=2)]


def forecast(basis: Basis) -> list[Block]:
    """The forecast as stored: data of which day, both dates, the chance to be in time."""
    found: list[Block] = []
    for row in _mine(basis):
        if row.forecast_on is None:
            text_ = _("%(title)s: there is no forecast from enrolment.")
            found.append(Paragraph(text_ % {"title": row.title}))
            continue
        never = pgettext("forecast", "not reached")
        chance = NONE_KEPT if row.forecast_chance is None else f"{100 * row.forecast_chance:.0f} %"
        pairs = [
            (pgettext("column", "Commitment"), row.title),
            (_("Data of"), str(row.forecast_on)),
            ("P50", str(row.forecast_p50 or never)),
            ("P80", str(row.forecast_p80 or never)),
            (pgettext("column", "Statutory deadline"), deadline_text(row)),
            (_("Chance of being in time"), chance),
        ]
        found.append(FactList(pairs))
    return found or [Paragraph(_("No commitment of this product is in the register."))]


def slips(basis: Basis) -> list[Block]:
    """Every milestone that was moved, with the reason given at the time."""
    book, rows = rulebook(), []
    for commitment in _mine(basis):
        kept = readable(basis, CommitmentEvent.objects.filter(commitment=commitment))
        kept = kept.filter(undone_at__isnull=True, new_date__isnull=False)
        for row in kept.select_related("milestone").order_by("recorded_at", "id"):
            before = row.old_date
            if before is None and row.milestone and row.reason:
                before = row.milestone.baseline  # a first day that is late, with its reason
            if row.milestone_code and before and row.new_date != before:
                period = row.milestone.period if row.milestone else 0
                name = book.milestone_name(row.milestone_code, basis.words, period)
                days = [str(before), str(row.new_date)]
                rows.append([commitment.title, name, *days, row.reason or NONE_KEPT])
    if not rows:
        return [Paragraph(_("No milestone was moved."))]
    headings = [
        pgettext("column", "Commitment"),
        pgettext("column", "Milestone"),
        pgettext("column", "From"),
        pgettext("column", "To"),
        pgettext("column", "Reason"),
    ]
    return [Grid(_("Milestones that were moved"), headings, rows, shares=(24, 24, 10, 10, 32))]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.COMMITMENTS: commitments,
    TableCode.CONDITION: condition,
    TableCode.MILESTONES: milestones,
    TableCode.ENROLMENT: enrolment,
    TableCode.FORECAST: forecast,
    TableCode.SLIPS: slips,
}
