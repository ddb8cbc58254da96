"""Authorisations in other markets as a table, of a file and of the pack for an inspection."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followup.core.actor import Actor
from followup.core.naming import localized_name
from pv.models import Authorisation
from pv.queries import authorisations

Row = tuple[str, ...]


def facts_heading() -> Row:
    """Heads of `facts`."""
    return (
        pgettext("authorisation", "Market"),
        pgettext("authorisation", "What it is"),
        pgettext("certificate", "Number"),
        pgettext("authorisation", "Stands since"),
        pgettext("authorisation", "Ended on"),
        _("International birth date"),
        pgettext("authorisation", "First placed on this market"),
        pgettext("authorisation", "Cycle the authority set"),
        pgettext("duty", "Owner"),
        _("Document this was taken from"),
    )


def facts(row: Authorisation, *, none: str = "") -> Row:
    """What an authorisation says, in words; `none` stands for what it does not state."""
    days = (row.authorised_on, row.ended_on, row.born_on, row.launched_on)
    return (
        str(dict(authorisations.REGIMES).get(row.market, row.market)),
        str(row.get_setting_display()),
        row.number,
        *(day.isoformat() if day else none for day in days),
        _cycle(row) or none,
        row.owner_name or none,
        row.source,
    )


def _cycle(row: Authorisation) -> str:
    """Months, one data lock point and the first day of a cycle the authority set."""
    if not row.set_months:
        return ""
    words = ngettext("%(n)s month", "%(n)s months", row.set_months) % {"n": row.set_months}
    days = [day.isoformat() for day in (row.set_lock, row.set_from) if day]
    return " · ".join([words, *days])


def heading() -> Row:
    """Heads of `rows`."""
    return pgettext("column", "Product"), *facts_heading(), _("Entered"), _("Confirmed")


def rows(actor: Actor) -> Iterator[Row]:
    """What holds: of each number of a market the entry confirmed last."""
    for row in authorisations.held(actor):
        confirmed = row.confirmed_by.display_name if row.confirmed_by else ""
        name = localized_name(row.product)
        yield name, *facts(row), row.entered_by.display_name, confirmed
