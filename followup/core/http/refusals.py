"""The log of refusals: who was refused what, and by which check, without a word of a patient.

Lines of the logger `everwatch.security` are for whoever watches the installation: many of one
person are somebody who tries doors (OWASP ASVS 5.0, 16.3.2 and 16.3.3).
"""

import logging
from collections.abc import Mapping
from typing import Any

from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.problems import Denied, Problem, Refused

logger = logging.getLogger("everwatch.security")
# By which check a request is refused, by the status of its answer.
CHECKS: Mapping[int, str] = {
    400: "unreadable",
    401: "not signed in",
    403: "not allowed",
    404: "absent or foreign",
    405: "method",
    413: "too large",
    422: "rule",
    429: "too often",
}
FOREIGN_FORM = "form of another site"
_REASON = "refusal"


def give_reason(request: Any, reason: Problem | str) -> None:
    """Have the line of this request say more than its status: the permission, the code."""
    if isinstance(reason, Denied):
        reason = f"permission {reason.perm}"
    elif isinstance(reason, Refused):
        reason = f"rule {reason.code}"
    elif isinstance(reason, Problem):
        return
    setattr(request, _REASON, reason.strip())


def note_refusal(request: ActingRequest, status: int, line: Mapping[str, Any]) -> None:
    """One line for an answer that refuses; the actor by the number of the account."""
    if status in CHECKS:
        actor: Actor = request.actor
        check = getattr(request, _REASON, "") or CHECKS[status]
        logger.warning("refused", extra={**line, "actor": str(actor.id or ""), "check": check})
