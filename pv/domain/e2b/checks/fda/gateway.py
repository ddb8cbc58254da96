"""FDA's one gateway has two routes, and the message's address decides which rules it meets.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda.numbered import PREMARKET
from pv.domain.e2b.checks.profiles import Profile
from pv.domain.e2b.message import Batch, Message

_PREMARKET_BATCH = "ZZFDA_PREMKT"


def route(subject: Batch | Message, profile: Profile) -> Profile:
    """The profile that FDA applies to a message checked for FDA: by its address.

    FDA routes by N.1.4 and N.2.r.3. A message that both address to the premarket route meets the
    IND rules even when it is checked as ``fda``; any mixed address stays post-market and breaks
    R0004 or R0006 there. Other profiles are returned as they are.
    """
    if profile is not Profile.FDA:
        return profile
    if isinstance(subject, Message):
        return Profile.FDA_IND if subject.text("N.2.r.3") in PREMARKET else profile
    premarket = subject.values.get("N.1.4") == _PREMARKET_BATCH and all(
        message.text("N.2.r.3") in PREMARKET for message in subject.messages
    )
    return Profile.FDA_IND if premarket else profile
