"""Tables of the ground floor."""

from followup.core.models.access_reviews import AccessReview, AccessReviewLine
from followup.core.models.audit import Access, Change
from followup.core.models.drafts import Draft
from followup.core.models.grant_requests import GrantRequest
from followup.core.models.identity_providers import (
    GroupRule,
    IdentityProvider,
    IdentityProviderRequest,
    LinkedAccount,
)
from followup.core.models.identity_reveals import IdentityReveal
from followup.core.models.jobs import Job, JobProgress
from followup.core.models.message_channels import (
    MessageChannel,
    MessageCredential,
    MessageDelivery,
)
from followup.core.models.notices import Heartbeat, Notice, Outbox, Watermark
from followup.core.models.password_requests import PasswordRequest
from followup.core.models.seals import (
    Anchor,
    DataLock,
    Seal,
    SystemEvent,
    TrailReview,
    Verification,
)
from followup.core.models.second_factors import FactorReset, RecoveryCode, SecondFactor
from followup.core.models.sessions import Session
from followup.core.models.signatures import Signature
from followup.core.models.users import ApiToken, Grant, TokenUse, User

__all__ = [
    "Access",
    "AccessReview",
    "AccessReviewLine",
    "Anchor",
    "ApiToken",
    "Change",
    "DataLock",
    "Draft",
    "FactorReset",
    "Grant",
    "GrantRequest",
    "GroupRule",
    "Heartbeat",
    "IdentityProvider",
    "IdentityProviderRequest",
    "IdentityReveal",
    "Job",
    "JobProgress",
    "LinkedAccount",
    "MessageChannel",
    "MessageCredential",
    "MessageDelivery",
    "Notice",
    "Outbox",
    "PasswordRequest",
    "RecoveryCode",
    "SecondFactor",
    "Session",
    "Signature",
    "TokenUse",
    "Seal",
    "SystemEvent",
    "TrailReview",
    "User",
    "Verification",
    "Watermark",
]
