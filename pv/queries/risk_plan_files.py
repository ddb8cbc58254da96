"""A version of a risk management plan as a spreadsheet, noted in the log of reads."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.security import access
from followup.core.spreadsheets.workbooks import Book
from pv.models import RiskPlan
from pv.queries import duties, register_documents, risk_plans
from pv.queries.risk_plans import RiskLine

Row = tuple[str, ...]


def workbook(actor: Actor, plan: RiskPlan) -> tuple[bytes, str]:
    """Risks, measures, effectiveness checks and documents, a sheet each; and the file's name."""
    lines = risk_plans.lines(actor, plan)
    name = f"risk-plan-{plan.product.code}-{plan.pk.hex[:8]}.xlsx"
    title = f"{localized_name(plan.product)} {plan.number}"
    with TemporaryDirectory(prefix="risk-plan-") as folder:
        path = Path(folder) / "table.xlsx"
        with Book(path, title=title, made_at=clock.now()) as book:
            for heading, head, rows in _sheets(lines):
                book.sheet(heading, head, rows)
            documents = [
                (row.title, row.name, row.sha256, row.removed_because)
                for row in register_documents.of(actor, plan)
            ]
            head = (_("Document"), _("File"), "SHA-256", _("Why it is removed"))
            book.sheet(_("Documents"), head, documents)
        content = path.read_bytes()
    access.record(actor, "export.risk_plan", plan.id, reason=name, product=plan.product_id)
    return content, name


def _sheets(lines: list[RiskLine]) -> Iterator[tuple[str, Row, list[Row]]]:
    risk, measure = pgettext("risk plan", "Risk"), pgettext("risk plan", "What is done")
    category, signal = (
        pgettext("risk plan", "Category"),
        pgettext("risk plan", "Signal it came from"),
    )
    yield (
        pgettext("risk plan", "Risks"),
        (category, risk, pgettext("risk plan", "What is known of it"), signal),
        [
            (
                line.category,
                line.risk.name,
                line.risk.note,
                line.risk.signal.number if line.risk.signal else "",
            )
            for line in lines
        ],
    )
    kind, owner = pgettext("risk plan", "Kind of measure"), pgettext("duty", "Owner")
    due, done = pgettext("risk plan", "Due day"), pgettext("duty", "Done on")
    head = (risk, kind, measure, owner, due, done, pgettext("duty", "Proof"))
    words = duties.words()
    yield (
        pgettext("risk plan", "Measures"),
        (*head, pgettext("risk plan", "Reported with the duty")),
        [
            (
                line.risk.name,
                str(each.measure.get_kind_display()),
                each.measure.description,
                each.measure.owner_name,
                str(each.measure.due or ""),
                str(each.done.done_on) if each.done else "",
                each.done.evidence if each.done else "",
                words.get(each.measure.duty, ""),
            )
            for line in lines
            for each in line.measures
        ],
    )
    yield _checks(lines, risk, measure)


def _checks(lines: list[RiskLine], risk: str, measure: str) -> tuple[str, Row, list[Row]]:
    """The sheet of the effectiveness checks."""
    indicator = pgettext("effectiveness", "What was measured")
    target, result = pgettext("effectiveness", "Target"), pgettext("effectiveness", "Result")
    return (
        pgettext("risk plan", "Effectiveness checks"),
        (
            risk,
            measure,
            indicator,
            target,
            result,
            pgettext("effectiveness", "What the result says"),
            _("Checked on"),
        ),
        [
            (
                line.risk.name,
                each.measure.description,
                check.indicator,
                check.target,
                check.result,
                str(check.get_outcome_display()),
                str(check.checked_on),
            )
            for line in lines
            for each in line.measures
            for check in each.checks
        ],
    )
