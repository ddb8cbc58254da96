"""The dossier of a work-up as a printed document: evidence, custody, results, readings, steps."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from followup.core import clock
from followup.core.actor import Actor
from followup.core.naming import localized_name, who
from followup.core.pdf.report import Column, Report
from followup.core.permissions import Perm
from followup.core.security import access
from followup.core.trail import signables
from followup.models import CustodyEvent
from followup.queries import accounts, samples, signatures
from pv.adapters import pdf
from pv.domain.malignancies import TaskState
from pv.models import Case, WorkUp
from pv.queries import adjudications, cases, work_up_tasks, workups
from pv.queries.work_up_questions import answered, derivation

STATES = {
    TaskState.OPEN: pgettext_lazy("work-up task", "Open"),
    TaskState.LATE: pgettext_lazy("work-up task", "Overdue"),
    TaskState.DONE: pgettext_lazy("work-up task", "Done"),
    TaskState.WAIVED: pgettext_lazy("work-up task", "Not needed"),
    TaskState.LEFT: pgettext_lazy("work-up task", "Left open when it was closed"),
}


def _table(
    report: Report, title: str, heads: Sequence[tuple[str, float]], rows: Iterable[Sequence[str]]
) -> None:
    report.heading(title)
    if not report.table([Column(head, share) for head, share in heads], rows):
        report.paragraph(_("None."))


def _moment(value: datetime | None) -> str:
    return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if value else "—"


def _head(report: Report, actor: Actor, case: Case, work_up: WorkUp) -> None:
    now = adjudications.shown(actor, work_up)
    known = workups.classes().get(work_up.attribution)
    conclusion = adjudications.conclusion(now.agreed)
    undecided = _("Not decided: results are missing.")
    report.facts(
        [
            (_("Case"), case.number),
            (_("Product"), localized_name(work_up.product)),
            (pgettext("work-up", "State"), str(work_up.get_state_display())),
            (pgettext("work-up", "Level"), str(work_up.get_level_display())),
            (
                pgettext("work-up", "Attribution"),
                f"{work_up.attribution} {localized_name(known)}" if known else undecided,
            ),
            (pgettext("work-up", "Conclusion"), localized_name(conclusion) if conclusion else "—"),
        ]
    )
    rows = [
        (
            str(row.attribution),
            str(row.get_expertise_display()),
            row.evidence,
            row.reason,
            str(row.reader),
            _moment(row.read_at),
        )
        for row in now.readings
    ]
    heads = ((_("Class"), 0.6), (_("Reader"), 1.5), (_("Evidence"), 3.0))
    more = ((_("Reason"), 3.0), (_("Person"), 1.5), (_("Date"), 1.4))
    _table(report, pgettext("work-up", "Readings"), (*heads, *more), rows)


def _when(row: CustodyEvent) -> str:
    return _moment(row.happened_at) if row.happened_at else str(row.happened_on or "—")


def _step(line: samples.StepLine) -> str:
    name = str(line.row.get_step_display())
    undone = line.superseded or line.row.taken_back
    return _("%(step)s (undone)") % {"step": name} if undone else name


def _custody(report: Report, actor: Actor, work_up: WorkUp) -> None:
    rows = [
        (
            sample.number,
            sample.code,
            _when(line.row),
            _step(line),
            " ".join(part for part in (line.row.place, line.row.carrier) if part),
            " ".join(
                part
                for part in (
                    localized_name(line.condition) if line.condition else "",
                    localized_name(line.reason) if line.reason else "",
                    line.row.note,
                )
                if part
            ),
        )
        for sample in samples.of_event(actor, work_up.event, Perm.CASE_READ)
        for line in samples.custody(actor, sample)
    ]
    heads = ((_("Sample"), 2.0), (_("Specimen"), 1.0), (_("Date"), 1.5), (_("Step"), 2.0))
    more = ((_("Place and carrier"), 3.0), (_("Remarks"), 3.0))
    _table(report, _("Chain of custody"), (*heads, *more), rows)


def _results(report: Report, actor: Actor, work_up: WorkUp) -> None:
    lines = samples.results_about(actor, work_up.event, Perm.CASE_READ)
    rows = [
        (
            str(line.result.resulted_on),
            localized_name(line.assay) if line.assay else line.result.assay,
            line.sample.number,
            localized_name(line.finding) if line.finding else line.result.finding,
            samples.measured(line.result) or "—",
            line.result.laboratory,
        )
        for line in lines
    ]
    heads = ((_("Date"), 1.2), (_("Assay"), 2.0), (_("Sample"), 1.6), (_("Finding"), 2.0))
    more = ((_("Value"), 1.6), (_("Laboratory"), 2.0))
    _table(report, _("Molecular results"), (*heads, *more), rows)
    for line in lines:
        assay = localized_name(line.assay) if line.assay else line.result.assay
        final = "" if line.result.final else " · " + pgettext("report", "Preliminary")
        report.heading(f"{assay} · {line.sample.number} · {line.result.resulted_on}{final}")
        report.facts(samples.facts(line))


def _evidence(report: Report, work_up: WorkUp) -> None:
    """What persons answered, and how the class follows from all of it."""
    if answers := answered(work_up):
        report.heading(_("Reviewer assessment"))
        report.facts(answers)
    missing = pgettext("work-up", "missing:")
    if steps := derivation(work_up):
        report.heading(_("How the class was derived"))
        report.facts(
            (
                str(step["text"]),
                step["answer"]
                + (
                    f" · {missing} {pgettext('list', ', ').join(step['missing'])}"
                    if step["missing"]
                    else ""
                ),
            )
            for step in steps
        )
        said = {True: pgettext("is it so", "Yes"), False: pgettext("is it so", "No")}
        unknown, named = pgettext("is it so", "Not known"), workups.flags()
        report.facts(
            (localized_name(named[name]) if name in named else name, said.get(value, unknown))
            for name, value in work_up.reasoning.get("flags", {}).items()
        )
        report.paragraph(
            _("The class is no causality assessment; a negative test alone makes nothing unlikely.")
        )


def _timeline(report: Report, actor: Actor, work_up: WorkUp) -> None:
    tasks = work_up_tasks.of(actor, work_up, today=clock.today())
    rows = [
        (
            work_up_tasks.title(task),
            str(task.due or "—"),
            str(task.done_on or "—"),
            str(STATES[task.state]),
            (task.row.owner.display_name if task.row and task.row.owner else "—"),
            task.said,
        )
        for task in tasks
    ]
    heads = ((_("Step"), 3.0), (_("Due"), 1.2), (_("Done on"), 1.2), (_("State"), 1.2))
    more = ((pgettext("work-up task", "Owner"), 1.5), (_("Evidence"), 3.0))
    _table(report, _("Notifications, orders and reports"), (*heads, *more), rows)


def _history(report: Report, actor: Actor, work_up: WorkUp) -> None:
    rows = [
        (
            _moment(step.recorded_at),
            str(step.get_state_before_display()),
            str(step.get_state_after_display()),
            step.reason,
            who(step),
        )
        for step in workups.steps(actor, work_up)
    ]
    heads = ((_("Date"), 1.4), (_("From"), 2.0), (_("To"), 2.0), (_("Reason"), 4.0))
    _table(report, _("Steps"), (*heads, (_("Person"), 1.6)), rows)


def _signatures(report: Report, actor: Actor, work_up: WorkUp) -> None:
    """Who signed what, the latest first, and whether it is what is printed here."""
    rows = []
    for one in signatures.of(actor, signables.of("work_up"), work_up):
        told = _("Signed as it stands")
        if not one.current:
            told = _("Changed since: this version is not signed")
        state, at = " ".join(one.problems) or told, clock.printed(one.row.signed_at)
        rows.append((one.row.printed_name, one.meaning, at, one.row.reason or "—", state))
    heads = ((_("Person"), 1.4), (pgettext("column", "Meaning"), 2.4), (_("Date"), 1.8))
    _table(report, _("Signatures"), (*heads, (_("Reason"), 2.8), (_("State"), 1.6)), rows)


def printed(actor: Actor, case_id: UUID | str, *, language: str) -> pdf.Document:
    """The PDF in `language`; the print is in the log of reads. Readings stay blinded in it."""
    case = cases.one(actor, case_id)
    work_up = workups.one(actor, case)
    with translation.override(language):
        title = _("Dossier of the malignancy work-up %(case)s") % {"case": case.number}
        at = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        foot = _("Printed %(at)s by %(who)s") % {"at": at, "who": accounts.display_name(actor)}
        report = Report(title=title, language=language, running=title, foot=foot)
        _head(report, actor, case, work_up)
        _evidence(report, work_up)
        _timeline(report, actor, work_up)
        _custody(report, actor, work_up)
        _results(report, actor, work_up)
        _history(report, actor, work_up)
        _signatures(report, actor, work_up)
    access.record(
        actor,
        "print.dossier",
        case.id,
        reason=case.number,
        site=case.site_id,
        product=case.product_id,
    )
    return pdf.Document(f"{case.number}-dossier-{language[:2]}.pdf", report.pdf())
