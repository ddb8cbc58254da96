"""Correcting what describes a commitment: owner, numbers, the text of the condition."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.commitments import records
from pv.actions.commitments.opening import owner_of
from pv.models import Commitment

AMENDED = "AMENDED"


@dataclass(frozen=True, slots=True)
class Description:
    """What describes a commitment; its statutory deadline and state change by steps only."""

    title: str
    trial_number: str = ""
    dossier_number: str = ""
    condition_text: str = ""
    condition_source: str = ""
    owner: UUID | None = None


@action("commitment.amend", needs=Perm.COMMITMENT_WRITE)
def amend(
    actor: Actor, row: Commitment, *, given: Description, lock_version: int, reason: str
) -> Commitment:
    """Change the description of a commitment with one reason for the whole; keeps the old in the
    trail. Conflict when the commitment moved on."""
    words = asdict(given)
    owner: UUID | None = words.pop("owner")
    values: dict[str, str] = {name: text.strip() for name, text in words.items()}
    held = records.locked(row, lock_version, values)
    problems = {}
    if not values["title"]:
        problems["title"] = _("Enter a title.")
    twin = Commitment.objects.filter(
        indication_id=held.indication_id, kind=held.kind, title=values["title"]
    )
    if twin.exclude(id=held.id).exists():
        problems["title"] = _("This commitment is already recorded.")
    if not reason.strip():
        problems["reason"] = _("Enter the reason.")
    if problems:
        raise Refused(problems)
    owner_id = owner_of(actor, held.product_id, owner)
    if owner_id == held.owner_id and all(getattr(held, k) == v for k, v in values.items()):
        raise Refused(_("Nothing is different from what is recorded."))
    for name, value in values.items():
        setattr(held, name, value)
    held.owner_id = owner_id
    records.note(
        actor, held, AMENDED, at=clock.now(), happened_on=clock.today(), reason=reason.strip()
    )
    return records.save(held, *values, "owner")
