"""Reviews of access: opened by the calendar, decided right by right, closed by a signature."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from followup.actions import grants
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import AccessReview, AccessReviewLine, Grant, GrantRequest
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from followup.queries import access_reviews as queries
from followup.queries import access_rules

KIND = "access_review"
Decision = AccessReviewLine.Decision


@action("access_review.open", needs=Perm.SYSTEM)
def open_of_period(actor: Actor, *, today: date) -> int:
    """Open the review of the running period with every right in force; 1 when it was opened now.

    It is due `review_within` after the period began, or after today where that is past already.
    """
    rules = access_rules.rules()
    begins = rules.period_begins(today)
    held = list(Grant.objects.in_force().order_by("user_id", "role", "id"))
    if not held or AccessReview.objects.filter(period_from=begins).exists():
        return 0
    due = begins + rules.review_within
    review = AccessReview.objects.create(
        period_from=begins,
        opened_on=today,
        due_on=due if due >= today else today + rules.review_within,
    )
    used = queries.last_uses(actor, {row.user_id for row in held})
    AccessReviewLine.objects.bulk_create(
        AccessReviewLine(review=review, held=row, last_used_at=used.get(row.user_id))
        for row in held
    )
    return 1


@action("access_review.decide", needs=Perm.USER_WRITE)
def decide(
    actor: Actor,
    review: AccessReview,
    *,
    lines: Iterable[AccessReviewLine],
    decision: str,
    reason: str,
) -> int:
    """Keep or end rights of a review, each with the reason; how many.

    Nobody decides about rights of one's own. An end is asked for here and agreed to by another
    administrator.
    What was kept may still be ended until the review is signed, not the other way round.
    """
    locked = AccessReview.objects.select_for_update().get(id=review.id)
    if locked.signed_at is not None:
        raise Refused(_("This review is signed; nothing in it changes any more."))
    problems = {}
    if decision not in Decision.values:
        problems["decision"] = _("Choose whether the rights are kept or ended.")
    if not reason.strip():
        problems["reason"] = _("Say why.")
    wanted = {line.id for line in lines}
    if not wanted:
        problems["lines"] = _("Choose at least one right.")
    if problems:
        raise Refused(problems)
    rows = AccessReviewLine.objects.select_for_update(of=("self",)).select_related("held")
    for row in rows.filter(review=locked, id__in=wanted).order_by("id"):
        _decide(actor, row, decision=decision, reason=within(reason, 500))
    return len(wanted)


def _decide(actor: Actor, row: AccessReviewLine, *, decision: str, reason: str) -> None:
    if actor.id is None or row.held.user_id == actor.id:
        raise Refused(_("Another administrator decides about your own rights."))
    if not grants.may_administer(actor, site=row.held.site_id, product=row.held.product_id):
        raise Refused(_("Your own rights do not reach as far as one of these."))
    if row.decision == Decision.END:
        raise Refused(
            _("The end of a right was asked for already; turn that request down instead.")
        )
    if decision == Decision.END and row.held.revoked_at is None and not row.held.over:
        row.request = _waiting(row.held) or grants.ask_revocation(actor, row.held, reason=reason)
    row.decision, row.reason = decision, reason
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.save()


def _waiting(held: Grant) -> GrantRequest | None:
    """The request for the end of this right that somebody made already."""
    rows = GrantRequest.objects.filter(grant=held, decided_at__isnull=True)
    return rows.filter(kind=GrantRequest.Kind.REVOCATION, expires_at__gt=clock.now()).first()


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """The signature closes the review; refused while a right is undecided."""
    if fact.kind == KIND:
        close(actor, AccessReview.objects.get(id=fact.record))


@action("access_review.close", needs=Perm.SYSTEM)
def close(actor: Actor, review: AccessReview) -> None:
    """Close a review under its first signature; Refused while a right is undecided."""
    row = AccessReview.objects.select_for_update().get(id=review.id)
    if AccessReviewLine.objects.filter(review=row, decision="").exists():
        raise Refused(_("Decide about every right first, then sign."))
    if row.signed_at is None:
        row.signed_at = clock.now()
        row.save(update_fields=["signed_at"])
