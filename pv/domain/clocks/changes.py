"""How new information stands to what was known of a case: upgrade, downgrade (domain 4.2).

Source: domain 4.1 to domain 4.3.
"""

from enum import StrEnum

from pv.domain.clocks.rules import CaseFacts


class ChangeKind(StrEnum):
    """How a new version of a case stands to the one before."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    FOLLOW_UP = "follow_up"


# Facts that make a case more urgent when they turn to yes.
_URGENT = ("serious", "fatal", "life_threatening", "unexpected", "related")


def kind_of(before: CaseFacts, after: CaseFacts) -> tuple[ChangeKind, tuple[str, ...]]:
    """Upgrade when an urgent fact became true, downgrade when one was withdrawn, else follow-up.

    A case that is upgraded in one fact and downgraded in another is an upgrade.
    """
    rose = tuple(n for n in _URGENT if getattr(after, n) and not getattr(before, n))
    if rose:
        return ChangeKind.UPGRADE, rose
    fell = tuple(n for n in _URGENT if getattr(before, n) and getattr(after, n) is False)
    return (ChangeKind.DOWNGRADE, fell) if fell else (ChangeKind.FOLLOW_UP, ())
