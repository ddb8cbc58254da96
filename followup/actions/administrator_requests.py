"""What one administrator asks for and a second one decides: rights, providers, lost devices."""

from collections.abc import Iterable
from uuid import UUID

from followup.core import clock
from followup.core.action import part
from followup.core.models import FactorReset, GrantRequest, IdentityProviderRequest
from followup.core.problems import Refused

AdministratorRequest = GrantRequest | IdentityProviderRequest | FactorReset


@part
def turn_down(row: AdministratorRequest, by: UUID) -> None:
    """Decide it without agreeing; not for a request that is decided."""
    row.decided_by_id, row.decided_at, row.agreed = by, clock.now(), False
    row.save(update_fields=["decided_by", "decided_at", "agreed"])


@part
def close_late(waiting: Iterable[AdministratorRequest], refusal: str) -> None:
    """Close requests nobody decided in time, so that a new one can be made.

    Refused with the text `refusal` while one of them can still be decided.
    """
    for row in waiting:
        if row.expires_at > clock.now():
            raise Refused(refusal)
        turn_down(row, row.asked_by_id)
