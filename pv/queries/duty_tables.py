"""Certificates, and everything that is owed by a day, as tables of a file."""

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import citation, localized_name
from pv.queries import duties, duty_calendar
from pv.queries.due_days import DueDay
from pv.queries.duties import Owed

Row = tuple[str, ...]


def heading() -> Row:
    """Heads of the calendar of duties."""
    return (
        pgettext("status", "Due"),
        pgettext("column", "What is owed"),
        pgettext("due day", "Kind"),
        pgettext("column", "Product"),
        _("Certificate"),
        pgettext("column", "Period"),
        pgettext("duty", "Owner"),
        pgettext("duty", "Done on"),
        pgettext("duty", "Proof"),
        pgettext("column", "Rule"),
    )


def calendar(actor: Actor, *, today: date) -> Iterator[Row]:
    """Duties of certificates and authorisations and what registers owe beside them, by day."""
    words = duties.words()
    for each in duty_calendar.entries(actor, today=today):
        if each.owed:
            yield _duty(each.owed, words, duty_calendar.kind(each))
        elif each.other:
            yield _other(each.other)


def _duty(each: Owed, words: Mapping[str, str], kind: str) -> Row:
    duty, row = each.duty, each.entry
    return (
        duty.due.isoformat(),
        words[duty.code],
        kind,
        localized_name(row.product),
        row.number,
        f"{duty.start} – {duty.data_lock}" if duty.start else "",
        row.owner_name,
        each.done.done_on.isoformat() if each.done else "",
        each.done.evidence if each.done else "",
        citation(duty.citation),
    )


def _other(each: DueDay) -> Row:
    return (
        each.due.isoformat(),
        f"{each.title} · {each.note}" if each.note else each.title,
        each.kind,
        each.product,
        "",
        "",
        each.owner,
        each.done_on.isoformat() if each.done_on else "",
        each.evidence,
        "",
    )


def certificate_heading() -> Row:
    """Heads of the certificates."""
    return (
        pgettext("column", "Product"),
        pgettext("certificate", "Number"),
        pgettext("certificate", "Approved on"),
        pgettext("certificate", "Valid to"),
        _("International birth date"),
        _("First re-registration"),
        _("Approval of the running trial (DSUR)"),
        _("Version of the label"),
        _("Version of the risk management plan"),
        pgettext("duty", "Owner"),
        _("Document this was taken from"),
        _("Entered"),
        _("Confirmed"),
    )


def certificates(actor: Actor) -> Iterator[Row]:
    """What holds: of each number the entry that was confirmed last."""
    for row in duties.certificates(actor):
        days = (
            row.approved_on,
            row.valid_to,
            row.born_on,
            row.reregistered_on,
            row.trial_approved_on,
        )
        yield (
            localized_name(row.product),
            row.number,
            *(day.isoformat() if day else "" for day in days),
            row.label_version,
            row.plan_version,
            row.owner_name,
            row.source,
            row.entered_by.display_name,
            row.confirmed_by.display_name if row.confirmed_by else "",
        )
