"""The weekly proof of the screening of a product as PDF: searches, hits, decisions."""

from collections.abc import Sequence
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.pdf import Column, Report
from followup.core.security import access
from followup.models import Product
from followup.queries import accounts
from pv.adapters import pdf
from pv.models import LiteratureHit, LiteratureSearch
from pv.queries import literature


def printed(
    actor: Actor, product: Product, first: date, last: date, *, language: str
) -> pdf.Document:
    """What was searched for a product in the periods that end in a span of days.

    The print is in the log of reads.
    """
    rows = literature.week(actor, product, first, last)
    with translation.override(language):
        title = _("Proof of literature and media screening")
        at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        foot = _("Printed %(at)s by %(who)s") % {"at": at, "who": accounts.display_name(actor)}
        report = Report(title=title, language=language, running=title, foot=foot)
        hits = literature.hits(actor, rows)
        decided = [hit for hit in hits if hit.decision]
        undecided = len(hits) - len(decided)
        report.facts(
            [
                (_("Product"), localized_name(product)),
                (_("Period (both days included)"), f"{first} – {last}"),
                (_("Searches"), str(len(rows))),
                (_("Hits"), str(len(hits))),
                (_("Hits not decided"), str(undecided)),
                *((name, str(number)) for name, number in literature.counts(decided)),
            ]
        )
        _searches(report, rows)
        _hits(report, hits)
    access.record(
        actor, "print.screening", str(product.id), reason=f"{first} {last}", product=product.id
    )
    name = f"{product.code}-screening-{first}-{last}-{language[:2]}.pdf"
    return pdf.Document(name, report.pdf())


def _searches(report: Report, rows: Sequence[LiteratureSearch]) -> None:
    report.heading(_("Searches"))
    heads = (
        (pgettext("screening", "Source"), 1.5),
        (pgettext("column", "Period"), 1.5),
        (pgettext("screening", "Searched on"), 1.0),
        (pgettext("screening", "Search string"), 3.5),
        (_("Hits"), 0.6),
        (_("Person"), 1.2),
    )
    report.table(
        [Column(head, share) for head, share in heads],
        (
            [
                row.source.name,
                f"{row.start} – {row.end}",
                str(row.searched_on),
                row.search,
                str(row.hits),
                row.searched_by.display_name if row.searched_by else "—",
            ]
            for row in rows
        ),
    )


def _hits(report: Report, hits: Sequence[LiteratureHit]) -> None:
    report.heading(_("Hits"))
    columns = (
        (pgettext("screening", "Citation"), 4.0),
        (pgettext("screening", "Decision"), 1.2),
        (_("Reason"), 2.5),
        (pgettext("column", "Case"), 1.0),
        (_("Person"), 1.2),
    )
    report.table(
        [Column(head, share) for head, share in columns],
        (
            [
                hit.citation,
                str(hit.get_decision_display()) or _("not decided"),
                literature.reason_words(hit),
                hit.case.number if hit.case else "—",
                hit.decided_by.display_name if hit.decided_by else "—",
            ]
            for hit in hits
        ),
    )
