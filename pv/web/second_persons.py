"""Who else may take the step of a case or a report that whoever took the one before may not."""

from typing import Any

from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown
from pv.queries import adjudications, triage, version_unlocks
from pv.queries.aggregate_reports import register

Shown = dict[str, Any] | None


def _of(actor: Actor, row: Any, perm: Perm, *, besides: Any = ()) -> Shown:
    keys = {"site": getattr(row, "site_id", None), "product": row.product_id}
    return shown(entitled(actor, perm, asks=Perm.CASE_READ, **keys, besides=besides))


def of_review(actor: Actor, case: Any, steps: Any) -> Shown:
    """Who may review a case that waits in the medical review, but who passed its quality check."""
    if case.stage != "medical" or actor.may(
        Perm.CASE_ASSESS, site=case.site_id, product=case.product_id
    ):
        return None
    passed = [
        one.actor_id
        for one in steps
        if one.stage_before == "quality" and one.version == case.current_version
    ]
    return _of(actor, case, Perm.CASE_ASSESS, besides=passed)


def of_proposal(actor: Actor, case: Any) -> Shown:
    """Who may sign that a case is not reportable, but who proposed it."""
    made = triage.proposal(actor, case)
    if made is None or made.effective_at is not None:
        return None
    return _of(actor, case, Perm.CASE_ASSESS, besides=[made.decided_by_id])


def of_unlocking(actor: Actor, case: Any) -> Shown:
    """Who may unlock a version the reader signed; nothing for whoever did not sign it."""
    signers = [one.row.signer_id for one in version_unlocks.signed(actor, case)]
    if actor.id not in signers:
        return None
    return _of(actor, case, Perm.CASE_WRITE, besides=signers)


def of_readings(actor: Actor, work_up: Any) -> Shown:
    """Who may read a work-up beside those who did."""
    keys = {"site": work_up.site_id, "product": work_up.product_id}
    read = [row.reader_id for row in adjudications.progress(work_up).readings]
    return shown(entitled(actor, Perm.CASE_ASSESS, Perm.CASE_WRITE, **keys, besides=read))


def of_report(actor: Actor, report: Any) -> Shown:
    """Who may review or approve an aggregate report its author may not."""
    authors = register.authors(actor, report)
    if actor.id not in authors or report.state not in ("draft", "reviewed"):
        return None
    return _of(actor, report, Perm.REPORT_WRITE, besides=authors)
