"""Stages of a case: who may pass it on, the medical review, and every step with who and when."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.trail import signables
from followup.domain.facts import RecordSigned
from followup.queries import second_factors, signatures
from pv.domain.cases.stages import STAGES, CaseEvent, CaseStage
from pv.models import Case, CaseStep, CaseVersion
from pv.models.states import CASE_STAGE
from pv.queries import reviewed_versions, rules


@part
def record(actor: Actor, case: Case, before: str, comment: str = "") -> None:
    """Keep the step a case has just taken."""
    CaseStep.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        version=case.current_version,
        stage_before=before,
        stage_after=case.stage,
        comment=within(comment, 500, "comment"),
        actor_id=actor.id,
        actor_name=actor.name,
        recorded_at=time.now(),
    )


def check(actor: Actor, case: Case) -> None:
    """Refused when this person may not pass the case on from the stage it is in.

    Two stages that the reference data pair are passed by two persons in each version.
    """
    data = rules.data("reviews")
    needed = data["passed_by"].get(case.stage)
    if needed and not actor.may(Perm(needed), site=case.site_id, product=case.product_id):
        raise Refused(_("The medical reviewer passes this stage: it waits in “Medical review”."))
    for first, second in data["four_eyes"]:
        if case.stage == second and actor.id is not None and _passed(case, first) == actor.id:
            raise Refused(
                _("You passed the quality check of this version: another person reviews it.")
            )


def _passed(case: Case, stage: str) -> Any:
    """Who last passed a stage in the current version."""
    steps = case.steps.filter(
        version=case.current_version,
        stage_before=stage,
        stage_after__in=STAGES[STAGES.index(CaseStage(stage)) + 1 :],
    )
    last = steps.order_by("-recorded_at", "-id").first()
    return last.actor_id if last else None


def releasable(case: Case) -> None:
    """Refused when a file may not be released from the stage the case is in."""
    if case.stage not in rules.data("reviews")["released_from"]:
        raise Refused(
            _("A file is released after quality check and medical review, in “Submission”.")
        )


def require_reviewed(version: CaseVersion) -> None:
    """Refused where the reference data ask for it and nobody reviewed the last change."""
    changed = reviewed_versions.refused_for(version)
    if changed is not None:
        text = _(
            "Changed on %(day)s, after the medical review passed it: send the case back to it."
        )
        day = changed.at.astimezone(time.SHANGHAI)
        raise Refused(text % {"day": f"{day:%Y-%m-%d %H:%M}"})


def require_signature(actor: Actor, case: Case, version: CaseVersion) -> None:
    """Refused while the version lacks the signature that the reference data ask for.

    Only a signature that verifies and of just this content counts. As at the medical review, none
    is asked for where no second factor is.
    """
    meaning = reviewed_versions.file_of(version)
    asked = meaning in rules.data("reviews").get("signed", ())
    if not asked or not second_factors.is_asked():
        return
    given = signatures.of(actor, signables.of("case"), case)
    if any(one.row.meaning == meaning and one.current and not one.problems for one in given):
        return
    if meaning == "nullification":
        raise Refused(_("A medical reviewer signs the nullification before its file is released."))
    raise Refused(_("Sign the release of this version on the page of the case, then release it."))


@action("case.review", needs=Perm.CASE_ASSESS)
def review(
    actor: Actor,
    case: Case,
    *,
    approve: bool,
    lock_version: int,
    comment: str = "",
    signed: bool = False,
) -> Case:
    """The medical review: approve a case for submission, or send it back to entry with a comment.

    Conflict when the case was saved since `lock_version`. Where second factors are asked for, an
    approval is a signature (`on_signature`).
    """
    if approve and not signed and second_factors.is_asked():
        raise Refused(_("The medical review is approved by a signature: use “Sign and approve”."))
    row = Case.objects.select_for_update().get(id=case.id)
    if row.stage != Case.Stage.MEDICAL:
        raise Refused(_("The case is not in medical review."))
    versions.must_be(row, lock_version, column="lock_version")
    if not approve and not comment.strip():
        raise Refused({"comment": _("Say why the case goes back.")})
    if approve:
        check(actor, row)
    before = row.stage
    if approve:
        CASE_STAGE.move(row, CaseEvent.ADVANCE)
    else:
        CASE_STAGE.move(row, CaseEvent.SEND_BACK, CaseStage.ENTRY)
    row.lock_version += 1
    row.save(update_fields=["stage", "lock_version"])
    record(actor, row, before, comment)
    return row


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """What the signature of a case brings about: the approved medical review moves it on.

    A signature out of turn is refused, and with it the signing (21 CFR 11.10(f)).
    """
    if fact.kind != "case":
        return
    case = Case.objects.get(id=UUID(fact.record))
    if fact.meaning == "medical_review":
        review(
            actor,
            case,
            approve=True,
            lock_version=case.lock_version,
            comment=fact.reason,
            signed=True,
        )
    elif fact.meaning == "release":
        releasable(case)
    elif fact.meaning == "nullification" and case.stage != Case.Stage.NULLIFIED:
        raise Refused(_("The case is not nullified."))
