"""People discuss a commitment; whoever wrote a comment may withdraw it with a reason."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import confirmations, withdrawals
from pv.models import Commitment, CommitmentComment
from pv.models.commitment_comments import LONGEST_COMMENT


@action("commitment.comment", needs=Perm.COMMITMENT_WRITE)
def comment(actor: Actor, row: Commitment, *, text: str) -> CommitmentComment:
    """Say something of a commitment, closed or not; its owner is told when somebody else does.

    Refused when it says nothing, or more than 4,000 characters.
    """
    text = text.strip()
    if not text:
        raise Refused({"text": _("Write the comment.")})
    if len(text) > LONGEST_COMMENT:
        raise Refused({"text": _("At most %(n)d characters.") % {"n": LONGEST_COMMENT}})
    return CommitmentComment.objects.create(
        product_id=row.product_id,
        commitment=row,
        text=text,
        written_by_id=confirmations.person(actor),
        written_at=clock.now(),
    )


@action("commitment.withdraw_comment", needs=Perm.COMMITMENT_WRITE)
def withdraw_comment(actor: Actor, row: CommitmentComment, *, reason: str) -> CommitmentComment:
    """Withdraw one's own comment; it stays listed with the reason. Refused to everybody else."""
    held = withdrawals.locked(row)
    if confirmations.person(actor) != held.written_by_id:
        raise Refused(_("Only the person who wrote a comment withdraws it."))
    withdrawals.withdraw(actor, held, reason)
    return held
