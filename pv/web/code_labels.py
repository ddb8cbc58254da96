"""Words of codes that several pages of the holder show."""

from collections.abc import Mapping

from django.utils.translation import pgettext


def event_words() -> Mapping[str, str]:
    """Kinds of special-interest events, in the active language."""
    return {
        "MALIGNANCY": pgettext("event kind", "New malignancy"),
        "CRS": pgettext("event kind", "Cytokine release syndrome"),
        "ICANS": pgettext("event kind", "Neurotoxicity (ICANS)"),
        "IEC_HS": pgettext("event kind", "Haemophagocytic syndrome (IEC-HS)"),
        "IEC_EC": pgettext("event kind", "Enterocolitis (IEC-EC)"),
        "INFECTION": pgettext("event kind", "Infection"),
        "NEUROLOGIC": pgettext("event kind", "Neurologic disorder"),
        "AUTOIMMUNE": pgettext("event kind", "Autoimmune disorder"),
        "HAEMATOLOGIC": pgettext("event kind", "Haematologic disorder"),
        "RCL_POSITIVE": pgettext("event kind", "Replication-competent virus"),
        "PREGNANCY": pgettext("event kind", "Pregnancy"),
        "DEATH": pgettext("event kind", "Death without another event"),
    }
