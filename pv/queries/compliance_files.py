"""The compliance of reporting as a spreadsheet and as a PDF, each noted in the log of reads."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import translation
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.actor import Actor
from followup.core.pdf.report import Column, Report
from followup.core.security import access
from followup.core.spreadsheets.workbooks import Book
from followup.queries import accounts
from pv.adapters import pdf
from pv.domain.compliance import Tally
from pv.models import ReportClock
from pv.queries import compliance, rules
from pv.queries.compliance import Compliance, Period


def _share(tally: Tally) -> str:
    return "—" if tally.percent is None else f"{tally.percent} %"


def tables(result: Compliance) -> Iterator[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
    """Title, headings and rows of each table, the late reports last."""
    for title, heading, rows in (
        (_("By receiver"), _("Receiver"), result.by_receiver),
        (_("By month of the due day"), _("Month"), result.by_month),
        (_("By hospital or partner"), _("Hospital or partner"), result.by_partner),
        (_("Owed to partners by agreement"), _("Partner"), result.to_partners),
        (_("Owed by partners by agreement"), _("Partner"), result.from_partners),
    ):
        head = (heading, _("Were due"), _("On time"), _("Late"), _("Share on time"))
        yield (
            title,
            head,
            [
                (key, str(tally.due), str(tally.on_time), str(tally.late), _share(tally))
                for key, tally in rows.items()
            ],
        )
    case = (_("Case"), _("Rule"), _("Due"), _("Sent"), _("Cause"), _("How it came about"))
    more = (_("Corrective and preventive action"), _("Action due"), _("Action done on"))
    yield _("Late reports"), (*case, *more), [_late(row) for row in result.late]


def _late(row: ReportClock) -> tuple[str, ...]:
    kept = getattr(row, "lateness", None)
    said = ("", "", "", "", "")
    if kept is not None:
        said = (
            str(kept.get_cause_display()),
            kept.explanation,
            kept.corrective_action,
            str(kept.action_due or ""),
            str(kept.action_done or ""),
        )
    return (row.case.number, rules.words(row.rule), str(row.due), str(row.met_on or "—"), *said)


def _title(period: Period) -> str:
    days = {"first": period.first, "last": period.last}
    return _("Compliance of reporting, due from %(first)s to %(last)s") % days


def _name(period: Period, ending: str) -> str:
    return f"compliance-{period.first}-{period.last}.{ending}"


def _log(actor: Actor, period: Period, ending: str) -> None:
    access.record(actor, "export.compliance", None, reason=_name(period, ending))


def workbook(actor: Actor, period: Period, *, today: date, language: str) -> pdf.Document:
    """A sheet for each table."""
    result = compliance.of(actor, period, today=today)
    with translation.override(language), TemporaryDirectory(prefix="compliance-") as folder:
        path = Path(folder) / "table.xlsx"
        with Book(path, title=_title(period), made_at=clock.now()) as book:
            for title, head, rows in tables(result):
                book.sheet(title, head, rows)
        content = path.read_bytes()
    _log(actor, period, "xlsx")
    return pdf.Document(_name(period, "xlsx"), content)


def printed(actor: Actor, period: Period, *, today: date, language: str) -> pdf.Document:
    """The tables on paper."""
    result = compliance.of(actor, period, today=today)
    with translation.override(language):
        title = _title(period)
        at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        foot = _("Printed %(at)s by %(who)s") % {"at": at, "who": accounts.display_name(actor)}
        report = Report(title=title, language=language, running=title, foot=foot)
        total = result.total
        report.facts(
            [
                (_("Were due"), str(total.due)),
                (_("On time"), str(total.on_time)),
                (_("Share on time"), _share(total)),
            ]
        )
        for name, head, rows in tables(result):
            report.heading(name)
            if not report.table([Column(text, 1.0) for text in head], rows):
                report.paragraph(_("None."))
        if result.cut:
            most = {"n": compliance.MOST_LATE}
            report.paragraph(_("Only the first %(n)s late reports are shown.") % most)
        content = report.pdf()
    _log(actor, period, "pdf")
    return pdf.Document(_name(period, "pdf"), content)
