"""Commitments as tables of a file: the list as it is shown, and every milestone."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import citation, localized_name, reader_language
from followup.core.spreadsheets.workbooks import Cell
from pv.domain.approvals import CommitmentState
from pv.queries.commitments.detail import line as milestone_line
from pv.queries.commitments.overview import Line, overview
from pv.queries.commitments.rulebook import Rulebook, rulebook, text
from pv.queries.commitments.status import approval_text, deadline_text, reached


def heading() -> tuple[str, ...]:
    """Heads of the list."""
    return (
        pgettext("column", "Product"),
        _("Commitment"),
        pgettext("commitment", "Kind"),
        pgettext("column", "Indication"),
        _("State"),
        _("Sale suspended"),
        pgettext("duty", "Owner"),
        pgettext("column", "Approved"),
        pgettext("column", "Statutory deadline"),
        _("Forecast P50"),
        _("Forecast P80"),
        _("Data of"),
        pgettext("column", "Next milestone"),
        pgettext("status", "Due"),
        pgettext("commitment", "Milestones overdue"),
        _("Enrolled"),
        _("Evaluable patients needed"),
        _("Trial number"),
        _("Dossier number"),
        _("Condition of the certificate"),
        _("Where it is written"),
    )


def table(actor: Actor, *, today: date) -> Iterator[tuple[Cell, ...]]:
    """Every commitment the actor reads, in the order of the page."""
    book = rulebook()
    for item in overview(actor, today=today).lines:
        yield _cells(item, book)


def _cells(item: Line, book: Rulebook) -> tuple[Cell, ...]:
    row, following, language = item.commitment, item.following, reader_language()
    return (
        localized_name(row.product),
        row.title,
        text(book.kinds[row.kind].name, language),
        localized_name(row.indication),
        text(book.states[CommitmentState(row.state)], language),
        citation(item.sale.citation) if item.sale else "",
        row.owner.display_name if row.owner else "",
        approval_text(row),
        deadline_text(row),
        _expected(row.forecast_p50, row.forecast_on),
        _expected(row.forecast_p80, row.forecast_on),
        _day(row.forecast_on),
        book.milestone_name(following.code, language, following.period) if following else "",
        _day(following.due) if following else "",
        len(item.status.late),
        item.enrolled,
        row.target_enrolment,
        row.trial_number,
        row.dossier_number,
        row.condition_text,
        row.condition_source,
    )


def milestone_heading() -> tuple[str, ...]:
    """Heads of the milestones."""
    return (
        pgettext("column", "Product"),
        _("Commitment"),
        pgettext("column", "Milestone"),
        pgettext("column", "Baseline"),
        pgettext("status", "Due"),
        pgettext("column", "Forecast"),
        _("Actual day"),
        _("Passed by a count of"),
        _("Slip in days"),
        _("Evidence"),
    )


def milestone_table(actor: Actor, *, today: date) -> Iterator[tuple[Cell, ...]]:
    """Every milestone of those commitments; a slip that still grows is that of today."""
    book, language = rulebook(), reader_language()
    for item in overview(actor, today=today).lines:
        row = item.commitment
        counted = reached(row, book)
        for each in row.milestones.all():
            found = milestone_line(each, today, counted.get(each.code))
            yield (
                localized_name(row.product),
                row.title,
                book.milestone_name(each.code, language, each.period),
                _day(each.baseline),
                _day(each.due),
                _day(each.forecast),
                _day(each.actual),
                _day(found.reached_by),
                found.slip_days,
                each.evidence,
            )


def _expected(day: date | None, forecast_on: date | None) -> str:
    """A day of the forecast; what it never reaches is not the same as no forecast."""
    return _day(day) if day or forecast_on is None else pgettext("forecast", "not reached")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
