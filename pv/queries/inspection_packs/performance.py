"""Annexes of what was done: duties, commitments, reports, signals, compliance, the system."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.naming import reader_language
from followup.queries import recovery, signatures
from followup.queries.versions import code_version
from pv.domain.approvals import CommitmentState
from pv.models import Commitment
from pv.queries import commitments as promises
from pv.queries import compliance as reporting
from pv.queries import compliance_files
from pv.queries import duties as calendar
from pv.queries.aggregate_reports import register as report_register
from pv.queries.cohorts import day_of
from pv.queries.inspection_packs.annexes import (
    PackChoice,
    Tables,
    day,
    local_day,
    of_product,
)
from pv.queries.signals import register as signal_register


def duties(actor: Actor, choice: PackChoice) -> Tables:
    """What its certificates owe and what was done."""
    words = calendar.words()
    head = (_("Certificate"), _("Duty"), _("Due"), _("Done on"), _("Evidence"))
    rows = [
        (
            owed.entry.number,
            words[owed.duty.code],
            day(owed.duty.due),
            day(owed.done.done_on if owed.done else None),
            owed.done.evidence if owed.done else "—",
        )
        for owed in calendar.owed(actor, today=day_of(choice.lock))
        if owed.entry.product_id == choice.product.id
    ]
    yield _("Duties of the certificates"), head, rows


def commitments(actor: Actor, choice: PackChoice) -> Tables:
    """What its conditional approvals ask for."""
    book = promises.rulebook()
    head = (
        _("Commitment"),
        _("State"),
        _("Approved on"),
        _("Statutory deadline"),
        _("Forecast P50"),
        _("Forecast P80"),
        _("Data of"),
        _("Document"),
    )
    rows = [
        (
            line.commitment.title,
            promises.text(book.states[CommitmentState(line.commitment.state)], reader_language()),
            promises.approval_text(line.commitment),
            promises.deadline_text(line.commitment),
            _expected(line.commitment, line.commitment.forecast_p50),
            _expected(line.commitment, line.commitment.forecast_p80),
            day(line.commitment.forecast_on),
            line.commitment.condition_source or "—",
        )
        for line in promises.overview(actor, today=day_of(choice.lock)).lines
        if line.commitment.product_id == choice.product.id
    ]
    yield pgettext("inspection pack", "Commitments"), head, rows


def comments(actor: Actor, choice: PackChoice) -> Tables:
    """What was said of them, withdrawn comments among it."""
    said = promises.all_comments(actor, choice.product.id)
    rows = [tuple(cell or "—" for cell in promises.comment_cells(row)[1:]) for row in said]
    yield pgettext("register", "Comments on commitments"), promises.comment_heading()[1:], rows


def _expected(row: Commitment, on: date | None) -> str:
    """A day of the forecast; what it never reaches is not the same as no forecast."""
    return day(on) if on or row.forecast_on is None else pgettext("forecast", "not reached")


def reports(actor: Actor, choice: PackChoice) -> Tables:
    """Its aggregate reports and who signed them."""
    head = (
        _("Report"),
        _("Period"),
        _("Edition"),
        _("Data lock"),
        _("State"),
        _("Reviewed by"),
        _("Approved on"),
        _("Signed by"),
    )
    held = of_product(choice, report_register.every(actor))
    signed = signatures.signers("aggregate_report", held)
    rows = [
        (
            report_register.kind(row).names[reader_language()],
            f"{row.period_start} – {row.period_end}",
            str(row.edition),
            row.lock.name if row.lock else "—",
            str(row.get_state_display()),
            str(row.reviewed_by or "—"),
            local_day(row.approved_at) if row.approved_at else "—",
            ", ".join(one.printed_name for one in signed.get(str(row.pk), [])) or "—",
        )
        for row in held
    ]
    yield _("Aggregate reports"), head, rows


def signals(actor: Actor, choice: PackChoice) -> Tables:
    """Its signals."""
    head = (
        pgettext("column", "Number"),
        pgettext("signal", "Term"),
        pgettext("signal", "Source"),
        _("Detected on"),
        _("State"),
        _("Due"),
        _("Decision"),
    )
    rows = [
        (
            row.number,
            row.term,
            str(row.get_source_display()),
            day(row.detected_on),
            str(row.get_state_display()),
            day(row.due),
            str(row.get_decision_display()) if row.decision else "—",
        )
        for row in of_product(choice, signal_register.every(actor))
    ]
    yield _("Signals"), head, rows


def compliance(actor: Actor, choice: PackChoice) -> Tables:
    """Whether its reports were sent in time."""
    period = reporting.Period(choice.start, choice.end, choice.product.id)
    result = reporting.of(actor, period, today=day_of(choice.lock), most=None)
    for title, head, rows in compliance_files.tables(result):
        name = _("Compliance of reporting: %(table)s") % {"table": title}
        yield name, head, rows


def system(actor: Actor, choice: PackChoice) -> Tables:
    """The system these tables come from."""
    yield (
        _("Computerised system"),
        (pgettext("sheet", "Item"), pgettext("sheet", "Value")),
        [
            (_("Code of the product, SHA-256"), code_version()),
            (_("Data lock"), choice.lock.name),
            (_("Seal number of the lock"), str(choice.lock.seq)),
            (_("Chain hash of the lock"), choice.lock.chain),
            *sorted(
                (naming.document(name), version)
                for name, version in choice.lock.versions.get("reference", {}).items()
            ),
        ],
    )


def operation(actor: Actor, choice: PackChoice) -> Tables:
    """How it was kept alive, the latest first."""
    kinds = recovery.kinds()
    yield (
        _("Restores, drills and upgrades"),
        (_("When"), _("What"), _("Details")),
        [
            (
                f"{event.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
                kinds[event.kind],
                "; ".join(f"{name}: {value}" for name, value in sorted(event.details.items())),
            )
            for event in recovery.events(actor)
        ],
    )
