"""Receivers of an ICSR and how seriously each takes a broken rule.

The product's own rule; the rules themselves have their authority's source.
"""

from enum import StrEnum

from pv.domain.e2b.elements import Profile as Region


class Profile(StrEnum):
    """The receiver a message is checked for; each has its own rules and severities."""

    ICH = "ich"
    NMPA = "nmpa"
    CDE = "cde"
    FDA = "fda"
    FDA_IND = "fda_ind"
    EMA = "ema"
    EMA_TRIAL = "ema_trial"
    MHRA = "mhra"
    PMDA = "pmda"
    MFDS = "mfds"
    HEALTH_CANADA = "hc"
    PARTNER = "partner"


class Severity(StrEnum):
    """ERROR: the receiver rejects or the standard forbids. WARNING: look before sending."""

    ERROR = "error"
    WARNING = "warning"


EVERYONE: tuple[Profile, ...] = tuple(Profile)
CHINA: tuple[Profile, ...] = (Profile.NMPA, Profile.CDE)
AMERICA: tuple[Profile, ...] = (Profile.FDA, Profile.FDA_IND)
EUROPE: tuple[Profile, ...] = (Profile.EMA, Profile.EMA_TRIAL)
# Receivers of whom no rule of their own is known here: ICH's core holds for them.
CORE_ONLY: tuple[Profile, ...] = (
    Profile.MHRA,
    Profile.PMDA,
    Profile.MFDS,
    Profile.HEALTH_CANADA,
    Profile.PARTNER,
)
NOT_AMERICA: tuple[Profile, ...] = tuple(p for p in Profile if p not in AMERICA)


def errors(*profiles: Profile) -> dict[Profile, Severity]:
    """Severity table: an error in each of these profiles, not applied in the others."""
    return dict.fromkeys(profiles, Severity.ERROR)


def warnings(*profiles: Profile) -> dict[Profile, Severity]:
    """Severity table: a warning in each of these profiles, not applied in the others."""
    return dict.fromkeys(profiles, Severity.WARNING)


_REGIONS = {
    Profile.ICH: Region.ICH,
    Profile.NMPA: Region.NMPA,
    Profile.CDE: Region.NMPA,
    Profile.FDA: Region.FDA,
    Profile.FDA_IND: Region.FDA,
    Profile.EMA: Region.EU,
    Profile.EMA_TRIAL: Region.EU,
    # The United Kingdom kept the EU's regional elements (as far as known).
    Profile.MHRA: Region.EU,
    Profile.PMDA: Region.ICH,
    Profile.MFDS: Region.ICH,
    Profile.HEALTH_CANADA: Region.ICH,
    Profile.PARTNER: Region.PARTNER,
}


def region(profile: Profile) -> Region:
    """The region whose elements this receiver reads; one region may have several receivers."""
    return _REGIONS[profile]


def receivers(of: Region) -> tuple[Profile, ...]:
    """The receivers of a region; of ICH, everyone."""
    return EVERYONE if of is Region.ICH else tuple(p for p in Profile if _REGIONS[p] is of)
