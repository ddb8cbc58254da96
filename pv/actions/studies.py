"""Studies of a product: entered, their status by the day, what was seen; mistakes withdrawn."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations, withdrawals
from pv.domain.approvals.studies import StatusLimit
from pv.models import Study, StudySafety, StudyStatus
from pv.queries import approval_evidence, studies, study_limits


@action("study.enter", needs=Perm.REPORT_WRITE)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> Study:
    """Enter an investigator-initiated trial or a trial application of a product."""
    person = confirmations.person(actor)
    problems = {name: _("Enter it.") for name in ("number", "title") if not values[name].strip()}
    if values["kind"] not in Study.Kind.values:
        problems["kind"] = _("Choose what it is.")
    same = Study.objects.filter(product=product, number=values["number"].strip(), withdrawn_at=None)
    if same.exists():
        problems["number"] = _("A study with this number is entered already.")
    follows = values["follows"]
    if follows is not None and (follows.product_id != product.id or follows.withdrawn_at):
        problems["follows"] = _("It follows on an earlier study of the same product.")
    if problems:
        raise Refused(problems)
    return Study.objects.create(
        product=product,
        recorded_by_id=person,
        recorded_at=clock.now(),
        **{**values, "number": values["number"].strip()},
    )


@action("study.record_status", needs=Perm.REPORT_WRITE)
def record_status(
    actor: Actor,
    study: Study,
    *,
    status: str,
    happened_on: date,
    reasons: Iterable[str],
    note: str,
    evidence: str,
) -> StudyStatus:
    """Record what happened on a day, with the proof; a refusal says which of the five reasons."""
    person = confirmations.person(actor)
    row, counting = withdrawals.locked(study), study_limits.status_rules(actor, on=happened_on)
    rules, problems = counting.known, {}
    rule = rules.statuses.get(status)
    if rule is None or row.kind not in rule.kinds:
        problems["status"] = _("Choose a status of this kind of study.")
    if happened_on > clock.today():
        problems["happened_on"] = _("The day lies in the future.")
    coded = studies.known_reasons(reasons)
    if status in rules.needs_reasons and not coded:
        problems["reasons"] = _("Choose at least one reason of the non-approval.")
    if coded and status not in rules.needs_reasons:
        problems["reasons"] = _("Only a non-approval has these reasons.")
    if not evidence.strip():
        problems["evidence"] = _("Name the proof: an acceptance number, a file.")
    same = StudyStatus.objects.filter(
        study=row, status=status, happened_on=happened_on, withdrawn_at=None
    )
    if same.exists():
        problems["status"] = _("This is recorded already.")
    if problems:
        raise Refused(problems)
    return StudyStatus.objects.create(
        product_id=row.product_id,
        study=row,
        status=status,
        happened_on=happened_on,
        reasons=coded,
        note=note,
        evidence=evidence.strip(),
        recorded_by_id=person,
        recorded_at=clock.now(),
        rule_version=counting.version,
        **_owed(counting.limit(status, happened_on)),
    )


def _owed(limit: StatusLimit | None) -> dict[str, Any]:
    """The columns of a limit."""
    if limit is None:
        return {"due": None, "due_until": [], "due_predicted": False}
    until = sorted(limit.until)
    return {"due": limit.due, "due_until": until, "due_predicted": limit.predicted}


@action("study.recount", needs=Perm.REPORT_WRITE)
def recount(actor: Actor, *, today: date) -> int:
    """Count limits that no rule has counted yet, and again those an official holiday notice may
    still move, by the rules they were counted by; the system does, daily. How many days moved."""
    rows = StudyStatus.objects.filter(Q(rule_version="") | Q(due_predicted=True))
    rows = rows.filter(withdrawn_at=None, study__withdrawn_at=None, happened_on__lte=today)
    known: dict[tuple[str, date], study_limits.StatusRules] = {}
    moved = 0
    for row in rows.select_for_update(of=("self",)).order_by("id"):
        day, version = row.happened_on, row.rule_version
        if (version, day) not in known:
            known[version, day] = study_limits.status_rules(actor, on=day, version=version)
        counting = known[version, day]
        owed = _owed(counting.limit(row.status, day))
        shifted = bool(row.rule_version) and owed["due"] != row.due
        if row.rule_version and not shifted and owed["due_predicted"] == row.due_predicted:
            continue
        for name, value in owed.items():
            setattr(row, name, value)
        row.rule_version = counting.version
        row.due_version += shifted
        row.save()
        moved += shifted
    return moved


@action("study.record_safety", needs=Perm.REPORT_WRITE)
def record_safety(actor: Actor, study: Study, *, values: Mapping[str, Any]) -> StudySafety:
    """Record how many of those treated had an event; what is not stated stays empty."""
    person = confirmations.person(actor)
    row = withdrawals.locked(study)
    problems = {name: _("Enter it.") for name in ("term", "source") if not values[name].strip()}
    treated, affected = values["participants"], values["affected"]
    if treated < 1:
        problems["participants"] = _("At least one participant was treated.")
    if affected > treated:
        problems["affected"] = _("More participants have the event than were treated.")
    for name in ("serious", "fatal"):
        if values[name] is not None and values[name] > affected:
            problems[name] = _("This is more than those who have the event.")
    if values["cutoff_on"] > clock.today():
        problems["cutoff_on"] = _("The day lies in the future.")
    if problems:
        raise Refused(problems)
    return StudySafety.objects.create(
        product_id=row.product_id,
        study=row,
        recorded_by_id=person,
        recorded_at=clock.now(),
        **values,
    )


@action("study.withdraw", needs=Perm.REPORT_WRITE)
def withdraw(actor: Actor, study: Study, *, reason: str) -> Study:
    """Say that a study was entered by mistake; refused while others follow on it."""
    row = withdrawals.locked(study)
    if Study.objects.filter(follows=row, withdrawn_at=None).exists():
        raise Refused(_("Another study follows on this one. Withdraw that first."))
    if approval_evidence.rests_on(row):
        raise Refused(_("Evidence of an approval rests on this study. Withdraw that first."))
    withdrawals.withdraw(actor, row, reason)
    return row


@action("study.withdraw_status", needs=Perm.REPORT_WRITE)
def withdraw_status(actor: Actor, status: StudyStatus, *, reason: str) -> StudyStatus:
    """Say that a status was recorded by mistake; the one before stands again."""
    row = StudyStatus.objects.select_for_update(of=("self",)).get(id=status.id)
    withdrawals.withdraw(actor, row, reason)
    return row


@action("study.withdraw_safety", needs=Perm.REPORT_WRITE)
def withdraw_safety(actor: Actor, safety: StudySafety, *, reason: str) -> StudySafety:
    """Say that a count was recorded by mistake; it is shown as evidence no more."""
    row = StudySafety.objects.select_for_update(of=("self",)).get(id=safety.id)
    withdrawals.withdraw(actor, row, reason)
    return row
