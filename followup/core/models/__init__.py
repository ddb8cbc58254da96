"""Tables of the ground floor."""

from followup.core.models.audit import Access, Change
from followup.core.models.drafts import Draft
from followup.core.models.jobs import Job, JobProgress
from followup.core.models.notices import Heartbeat, Notice, Outbox, Watermark
from followup.core.models.users import ApiToken, Grant, User

__all__ = [
    "Access",
    "ApiToken",
    "Change",
    "Draft",
    "Grant",
    "Heartbeat",
    "Job",
    "JobProgress",
    "Notice",
    "Outbox",
    "User",
    "Watermark",
]
