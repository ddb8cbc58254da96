"""What the signature of a commitment needs: it confirms what has been decided, not what is open."""

from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from pv.models import Commitment
from pv.queries.commitments import rulebook


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """Refuse, and so undo, the closing signature of a commitment that is still owed."""
    if fact.kind != "commitment":
        return
    row = Commitment.objects.get(id=UUID(fact.record))
    if row.state not in {str(state) for state in rulebook().machine.terminal}:
        raise Refused(_("This commitment is still open: it is signed once it is closed."))
