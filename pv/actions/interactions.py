"""Exchanges with the authority: recorded, corrected, answered; mistakes withdrawn with a reason."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations, withdrawals
from pv.domain.approvals.interactions import Debtor
from pv.models import Interaction, InteractionAnswer
from pv.queries import interactions
from pv.queries.interactions import AnswerRules

FIELDS = (
    "certificate_number",
    "kind",
    "subject",
    "content",
    "reference_number",
    "happened_on",
    "owner_name",
    "follows",
)


def _problems(
    known: AnswerRules, product: Product, values: Mapping[str, Any], row: Interaction | None
) -> dict[str, str]:
    problems = {}
    rule = known.kinds.get(values["kind"])
    named, happened_on = values["named_due"], values["happened_on"]
    if rule is None:
        problems["kind"] = _("Choose what it is.")
    if not values["subject"].strip():
        problems["subject"] = _("Say what it is about.")
    if happened_on > clock.today():
        problems["happened_on"] = _("The day lies in the future.")
    if named and named < happened_on:
        problems["named_due"] = _("The answer cannot be due before the letter came.")
    if named and rule is not None and rule.owed_by is Debtor.NOBODY:
        problems["named_due"] = _("Nobody owes an answer to this kind.")
    number = values["certificate_number"]
    held = {*interactions.certificate_numbers(product), row.certificate_number if row else ""}
    if number and number not in held:
        problems["certificate_number"] = _("This product has no confirmed certificate like this.")
    follows = values["follows"]
    if follows is not None and (
        follows.product_id != product.id
        or follows.happened_on > happened_on
        or (row and follows.pk == row.pk)
    ):
        problems["follows"] = _("It follows on an earlier exchange of the same product.")
    return problems


def _owed(known: AnswerRules, values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the kind; the day the letter names goes before that of the rule."""
    rule = known.kinds[values["kind"]]
    fixed = {
        "owed_by": rule.owed_by.value,
        "stops_review": rule.stops_review,
        "rule_version": known.version,
    }
    if named := values["named_due"]:
        return fixed | {"due": named, "due_named": True, "due_predicted": False}
    limit = known.due(values["kind"], values["happened_on"])
    return fixed | {
        "due": limit.day if limit else None,
        "due_named": False,
        "due_predicted": bool(limit and limit.predicted),
    }


@action("interaction.record", needs=Perm.REPORT_WRITE)
def record(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> Interaction:
    """Record a letter, meeting or inspection; its answer is due by the day it names, or by the rule
    in force on its day."""
    person = confirmations.person(actor)
    known = interactions.answer_rules(actor, on=values["happened_on"])
    if problems := _problems(known, product, values, None):
        raise Refused(problems)
    return Interaction.objects.create(
        product=product,
        recorded_by_id=person,
        recorded_at=clock.now(),
        **{name: values[name] for name in FIELDS},
        **_owed(known, values),
    )


@action("interaction.correct", needs=Perm.REPORT_WRITE)
def correct(
    actor: Actor, interaction: Interaction, *, values: Mapping[str, Any], version: int, reason: str
) -> Interaction:
    """Correct an entry with the reason; its day is counted again and reminders follow.

    While kind and day stay, the rules stay those it was recorded by.
    """
    confirmations.person(actor)
    row = withdrawals.locked(interaction)
    versions.must_be(row, version, mine={name: values[name] for name in FIELDS})
    same = (row.kind, row.happened_on) == (values["kind"], values["happened_on"])
    known = interactions.answer_rules(
        actor, on=values["happened_on"], version=row.rule_version if same else ""
    )
    problems = _problems(known, row.product, values, row)
    if not reason.strip():
        problems["reason"] = _("Say why it is corrected.")
    made = InteractionAnswer.objects.filter(interaction=row, withdrawn_at=None)
    if made.filter(answered_on__lt=values["happened_on"]).exists():
        problems["happened_on"] = _("It was answered before this day.")
    if problems:
        raise Refused(problems)
    for name in FIELDS:
        setattr(row, name, values[name])
    _move(row, _owed(known, values))
    row.version += 1
    row.save()
    return row


@part
def _move(row: Interaction, due: Mapping[str, Any]) -> bool:
    """Put the day on a held row; whether it moved."""
    moved = bool(row.due != due["due"])
    for name, value in due.items():
        setattr(row, name, value)
    row.due_version += moved
    return moved


@action("interaction.withdraw", needs=Perm.REPORT_WRITE)
def withdraw(actor: Actor, interaction: Interaction, *, reason: str) -> Interaction:
    """Say that an entry was made by mistake; it stays listed and owes nothing."""
    row = withdrawals.locked(interaction)
    row.version += 1
    withdrawals.withdraw(actor, row, reason, "version")
    return row


@action("interaction.answer", needs=Perm.REPORT_WRITE)
def answer(
    actor: Actor, interaction: Interaction, *, answered_on: date, content: str, evidence: str
) -> InteractionAnswer:
    """Record the answer with its proof; nothing is owed any more."""
    person = confirmations.person(actor)
    row = withdrawals.locked(interaction)
    if row.owed_by == Debtor.NOBODY:
        raise Refused(_("Nobody owes an answer to this kind."))
    if InteractionAnswer.objects.filter(interaction=row, withdrawn_at=None).exists():
        raise Refused(_("The answer is recorded already."))
    problems = {}
    if answered_on > clock.today():
        problems["answered_on"] = _("The day lies in the future.")
    if answered_on < row.happened_on:
        problems["answered_on"] = _("It was answered before the letter came.")
    if not evidence.strip():
        problems["evidence"] = _("Name the proof: an acceptance number, a file.")
    if problems:
        raise Refused(problems)
    return InteractionAnswer.objects.create(
        product_id=row.product_id,
        interaction=row,
        answered_on=answered_on,
        content=content,
        evidence=evidence.strip(),
        recorded_by_id=person,
        recorded_at=clock.now(),
    )


@action("interaction.withdraw_answer", needs=Perm.REPORT_WRITE)
def withdraw_answer(actor: Actor, answer: InteractionAnswer, *, reason: str) -> InteractionAnswer:
    """Say that an answer was recorded by mistake; it is owed again."""
    row = InteractionAnswer.objects.select_for_update(of=("self",)).get(id=answer.id)
    withdrawals.withdraw(actor, row, reason)
    return row


@action("interaction.recount", needs=Perm.REPORT_WRITE)
def recount(actor: Actor, *, today: date) -> int:
    """Count open days again once an official holiday notice is loaded; the system does, daily.

    The limit is that of the rules an entry was recorded by: the notice alone moves the day.
    """
    rows = Interaction.objects.filter(
        due_predicted=True, due_named=False, withdrawn_at=None, happened_on__lte=today
    )
    rows = rows.exclude(answers__in=InteractionAnswer.objects.filter(withdrawn_at=None))
    known: dict[str, AnswerRules] = {}
    moved = 0
    for row in rows.select_for_update(of=("self",)).order_by("id"):
        version = row.rule_version
        if version not in known:
            known[version] = interactions.answer_rules(actor, version=version)
        if row.kind not in known[version].kinds:
            continue
        limit = known[version].due(row.kind, row.happened_on)
        if limit is None or (limit.day, limit.predicted) == (row.due, row.due_predicted):
            continue
        moved += _move(row, {"due": limit.day, "due_predicted": limit.predicted})
        row.version += 1
        row.save()
    return moved
