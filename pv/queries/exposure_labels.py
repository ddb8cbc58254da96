"""What the tiers of person-time are called, on pages and in reports."""

from collections.abc import Mapping

from django.utils.translation import pgettext

from followup.domain.exposure import Tier


def tier_words() -> Mapping[Tier, str]:
    """What is known of a patient on a day, in the active language."""
    return {
        Tier.ACTIVE: pgettext("person-time", "In follow-up"),
        Tier.OVERDUE: pgettext("person-time", "Overdue"),
        Tier.REGAINED: pgettext("person-time", "Regained after a gap"),
        Tier.LOST: pgettext("person-time", "After the last contact"),
        Tier.TRANSFERRED: pgettext("person-time", "Followed elsewhere"),
        Tier.WITHDRAWN: pgettext("person-time", "Consent withdrawn"),
        Tier.EVENT: pgettext("person-time", "After the event"),
        Tier.DEAD: pgettext("person-time", "After death"),
    }
