"""What a person decides of two cases that look alike; nothing is merged automatically."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import locked_cases
from pv.actions.cases import offers, versions
from pv.domain.cases import nullification_reasons
from pv.models import Case, DuplicateDecision
from pv.queries import duplicates

Outcome = DuplicateDecision.Outcome


@action("duplicate.decide", needs=Perm.CASE_WRITE)
def decide(
    actor: Actor, case: Case, other: Case, *, outcome: str, reason: str, lock_version: int
) -> DuplicateDecision:
    """Decide of a case whether another one is the same; both must be in the actor's scope.

    The same case: this one is nullified as a duplicate where it was sent, else set aside, and the
    other goes on, from the day either was learned of first. Refused without a reason, and for a
    case that does not look like the other. Conflict when the case was saved since `lock_version`.
    """
    problems = {}
    if outcome not in Outcome.values:
        problems["outcome"] = _("Choose one of the four answers.")
    if not reason.strip():
        problems["reason"] = _("Say how it is known.")
    if problems:
        raise Refused(problems)
    case, other = locked_cases.both(case, other)
    looks = {c.case.id: c.score for c in duplicates.search(actor, case).candidates}
    if other.id not in looks:
        raise Refused(_("These two cases do not look alike any more."))
    if outcome == Outcome.SAME and other.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The other case is nullified: it cannot go on instead of this one."))
    last = DuplicateDecision.objects.filter(case=case, other=other).order_by("-decided_at").first()
    said = (outcome, within(reason, 500))
    if last and outcome != Outcome.SAME and (last.outcome, last.reason) == said:
        return last  # sent twice: nothing is new
    made = DuplicateDecision.objects.create(
        case=case,
        other=other,
        product_id=case.product_id,
        site_id=case.site_id,
        outcome=outcome,
        reason=within(reason, 500),
        bits=looks[other.id].bits,
        decided_by_id=actor.id,
        decided_at=clock.now(),
    )
    if outcome == Outcome.SAME:
        offers.repeat(actor, case, other)
        text = nullification_reasons.of_duplicate(other.worldwide_id or other.number, reason)
        versions.nullify(actor, case, reason=text, lock_version=lock_version)
    return made
