"""The records of safety that are signed: a case version, a periodic report, a commitment."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from followup.core import clock, naming, scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.trail.signables import Meaning, Signable
from followup.languages import is_chinese
from followup.queries.signables import Row, rows_of
from pv.domain.cases.causality_opinions import assessed_pairs
from pv.domain.malignancies import WorkUpEvent
from pv.domain.periodic.events import written
from pv.domain.periodic.stages import ReportState
from pv.domain.signals.steps import SignalEvent, SignalState
from pv.models import (
    AggregateReport,
    Case,
    Commitment,
    PartnerReconciliation,
    PeriodicReport,
    Signal,
    WorkUp,
)
from pv.queries import (
    adjudications,
    cases,
    causality,
    commitments,
    reconciliations,
    rules,
    triage,
    version_unlocks,
    work_up_tasks,
    workups,
)
from pv.queries.aggregate_reports import register as report_register
from pv.queries.signals import register


def _case(actor: Actor, row: Case) -> Iterable[Row]:
    """Every value of the current version; not the stage, which a signature may move."""
    version = cases.version(actor, row)
    yield from rows_of(row, "number", "title", "received_on", "day_zero", "serious", "fatal")
    yield from rows_of(row, "unexpected", "related", "nullified_on")
    if unlocks := len(
        version_unlocks.of_version(actor, version)
    ):  # an older signature holds no more
        yield "unlocks", str(_("Times this version was unlocked")), str(unlocks), str(unlocks)
    if proposal := triage.proposal(actor, row):
        words = {code: text for code, text, _fits in triage.reasons()}
        for name, label, shown, raw in rows_of(proposal, "kind", "reason", "note"):
            yield name, label, words.get(str(raw), shown) if name == "reason" else shown, raw
    root = cases.message(version).root
    pairs = {pair.key: causality.pair_words(pair) for pair in assessed_pairs(root)}
    for made in causality.latest(row, version=version.number).values():
        whose = made.get_assessor_display(), made.get_method_display()
        head = " · ".join(filter(None, (pairs.get(made.pair), *whose)))
        for name, label, shown, raw in rows_of(made, "method_answers", "final_result", "reason"):
            yield f"causality.{made.pk}.{name}", f"{head} · {label}", shown, raw
    events = root.groups.get("E.i", [])
    reactions = {node.id: written(node) for node in events if node.id}
    for name, label, shown, raw in rows_of(
        version, "number", "kind", "information_on", "narrative_zh", "narrative_en", "message"
    ):
        # The ids and codes of the groups of a report are how it is stored, not what it says.
        inside = name.startswith("message.") and ".values." not in name
        if not (inside and name.rsplit(".", 1)[1] in ("id", "code")):
            yield f"version.{name}", label, reactions.get(raw, shown), raw


def _find_report(actor: Actor, record: str) -> PeriodicReport:
    return scope.one(actor, PeriodicReport.objects.all(), id=record)


def _report(actor: Actor, row: PeriodicReport) -> Iterable[Row]:
    """The file by its hash, with the manifest that says what is in it."""
    yield from rows_of(row, "file_name", "sha256", "period_start", "period_end", "language")
    yield from rows_of(row, "case_count", "manifest")


def _aggregate_report(actor: Actor, row: AggregateReport) -> Iterable[Row]:
    """What is asked of which lock, and every text of every section in both languages.

    The sections come in the order of the report, not in that of their numbers as text.
    """
    yield from rows_of(row, "kind", "period_start", "period_end", "edition", "reviewed_at")
    if row.lock:
        yield "lock", naming.column("lock_id", "pv_aggregatereport"), str(row.lock), row.lock.chain
    names = {each.code: each.names for each in report_register.kind(row).sections}
    place = {code: number for number, code in enumerate(names)}
    for language, language_name in report_register.LANGUAGES:
        half = "zh" if is_chinese(language) else "en"
        texts = report_register.texts(actor, row, language)
        for code in sorted(texts, key=lambda code: place.get(code, len(place))):
            title = names[code][half] if code in names else ""
            text = texts[code].text
            yield f"section.{code}.{language}", f"{code} {title} ({language_name})", text, text


def _report_waits(actor: Actor, row: AggregateReport) -> bool:
    """Whether it was reviewed, and the actor wrote none of it."""
    reviewed = row.state == ReportState.REVIEWED
    return reviewed and actor.id not in report_register.authors(actor, row)


def _unreported_waits(actor: Actor, row: Case) -> bool:
    """Whether another person proposed not to report the case."""
    made = triage.proposal(actor, row)
    return made is not None and made.effective_at is None and made.decided_by_id != actor.id


def _commitment(actor: Actor, row: Commitment) -> Iterable[Row]:
    yield from rows_of(row, "title", "kind", "state", "approved_on", "legal_end", "condition_text")
    for line in commitments.milestones(actor, row):
        for name, label, shown, raw in rows_of(line, "code", "period", "due", "actual", "evidence"):
            yield f"milestone.{line.pk}.{name}", label, shown, raw


def _signal(actor: Actor, row: Signal) -> Iterable[Row]:
    """What the signal is about, what it rests on, and every step to the decision."""
    yield from rows_of(row, "number", "term", "source", "detected_on", "description")
    yield from rows_of(row, "evidence", "decision")
    for line in register.steps(actor, row):
        if line.event != SignalEvent.SIGN:  # what the signature itself brings about
            for name, label, shown, raw in rows_of(line, "event", "reason", "actor_name"):
                person = naming.who(line) if name == "actor_name" else shown
                yield f"step.{line.pk}.{name}", label, person, raw


def _work_up(actor: Actor, row: WorkUp) -> Iterable[Row]:
    """What is closed: level, classes, answers, and every step that is open; not the state."""
    yield from rows_of(row, "level", "attribution", "provisional", "evidence")
    if agreed := adjudications.progress(row).agreed:
        label = naming.column("attribution", "pv_workupreading")
        yield "agreed", label, f"{agreed} {localized_name(workups.classes()[agreed])}", agreed
    for task in work_up_tasks.signed_open(actor, row, today=clock.today()):
        due = _("open, due %(day)s") % {"day": task.due} if task.due else _("open, without a day")
        yield f"task.{task.key}", work_up_tasks.title(task), due, str(task.due or "")


def _reconciliation(actor: Actor, row: PartnerReconciliation) -> Iterable[Row]:
    """Both lists as compared, and each difference with how it was resolved."""
    words = reconciliations.words()
    for name, label, shown, raw in rows_of(
        row, "month", "ours", "theirs", "faults", "file_name", "sha256"
    ):
        if name == "month":
            yield name, label, f"{row.month:%Y-%m}", raw  # kept as its first day
        else:
            yield name, label, str(words.get(shown, shown)), raw
    for line in reconciliations.differences(actor, row):
        for name, label, shown, raw in rows_of(line, "worldwide_id", "kind", "fields", "reason"):
            said = str(words.get(shown, shown)) if name.startswith("fields") else shown
            yield f"difference.{line.pk}.{name}", label, said, raw


SIGNABLES = (
    Signable(
        "reconciliation",
        pgettext_lazy("signature", "Reconciliation with a partner"),
        reconciliations.one,
        str,
        _reconciliation,
        lambda row: reverse("reconciliation", args=[row.pk]),
        {
            "closure": Meaning(
                pgettext_lazy("signature", "I confirm that every difference is explained."),
                Perm.CASE_WRITE,
            )
        },
    ),
    Signable(
        "work_up",
        pgettext_lazy("signature", "Malignancy work-up"),
        workups.by_id,
        lambda row: row.case.number,
        _work_up,
        lambda row: reverse("work-up", args=[row.case_id]),
        {
            "closure": Meaning(
                pgettext_lazy("signature", "I close this work-up, open steps included."),
                Perm.CASE_WRITE,
                lambda _actor, row: WorkUpEvent.CLOSE in dict(workups.possible(row)),
            )
        },
    ),
    Signable(
        "case",
        pgettext_lazy("signature", "Case"),
        cases.one,
        lambda row: f"{row.number} v{row.current_version}",
        _case,
        lambda row: reverse("case", args=[row.pk]),
        {
            "medical_review": Meaning(
                pgettext_lazy("signature", "I reviewed this case medically and approve it."),
                Perm.CASE_ASSESS,
                lambda _actor, row: row.stage == Case.Stage.MEDICAL,
            ),
            "release": Meaning(
                pgettext_lazy("signature", "I release this version for submission."),
                Perm.ICSR_EXPORT,
                lambda _actor, row: row.stage in rules.data("reviews")["released_from"],
            ),
            "nullification": Meaning(
                pgettext_lazy("signature", "I approve the nullification of this case."),
                Perm.CASE_ASSESS,
                lambda _actor, row: row.stage == Case.Stage.NULLIFIED,
            ),
            "not_reportable": Meaning(
                pgettext_lazy("signature", "I confirm that this case is not to be reported."),
                Perm.CASE_ASSESS,
                _unreported_waits,
            ),
        },
    ),
    Signable(
        "report",
        pgettext_lazy("signature", "Periodic report"),
        _find_report,
        lambda row: row.file_name,
        _report,
        lambda row: reverse("reports"),
        {
            "approval": Meaning(
                pgettext_lazy("signature", "I approve this report."), Perm.REPORT_WRITE
            )
        },
    ),
    Signable(
        "aggregate_report",
        pgettext_lazy("signature", "Aggregate report"),
        report_register.one,
        str,
        _aggregate_report,
        lambda row: reverse("aggregate-report", args=[row.pk]),
        {
            "approval": Meaning(
                pgettext_lazy("signature", "I approve this report for submission."),
                Perm.REPORT_WRITE,
                _report_waits,
            )
        },
    ),
    Signable(
        "signal",
        pgettext_lazy("signature", "Signal"),
        register.one,
        lambda row: f"{row.number} {row.term}",
        _signal,
        lambda row: reverse("signal", args=[row.pk]),
        {
            "decision": Meaning(
                pgettext_lazy("signature", "I approve the decision on this signal."),
                Perm.CASE_ASSESS,
                lambda _actor, row: row.state == SignalState.DECIDED,
            )
        },
    ),
    Signable(
        "commitment",
        pgettext_lazy("signature", "Commitment"),
        commitments.one,
        lambda row: row.title,
        _commitment,
        lambda row: reverse("commitment", args=[row.pk]),
        {
            "closure": Meaning(
                pgettext_lazy("signature", "I confirm that this commitment is fulfilled."),
                Perm.COMMITMENT_WRITE,
                lambda _actor, row: row.state in commitments.rulebook().machine.terminal,
            )
        },
    ),
)
