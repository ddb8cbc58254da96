"""What assessed responses say of a patient: the response at month 3, and the one carried to today.

Source: domain 2 (response at the first assessment on day 84 or later; project parameter).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from followup.domain.assessments import DatedResponse
from followup.domain.dates import PartialDate

COMPLETE = frozenset({"sCR", "CR", "CRh", "CRi"})
PROGRESSED = frozenset({"PD", "RELAPSE"})


@dataclass(frozen=True, slots=True)
class CarriedResponse:
    """The last known response, carried forward to a day until something says otherwise.

    `code` is None when nothing was assessed or the order of what is known is open (`open`).
    `since` is when the unbroken run of complete responses began, for any other code when it was
    assessed; `assessed` the last assessment that gave it.
    """

    code: str | None
    since: PartialDate | None
    assessed: PartialDate | None
    open: bool = False


def carried_response(
    responses: Sequence[DatedResponse], progressions: Sequence[PartialDate], today: date
) -> CarriedResponse:
    """The response that holds `today`.

    `progressions` are days of progression or relapse told at contacts; each counts as PD. NE says
    nothing and is passed over. Assessments whose dates do not settle which came last, with
    different codes, leave the answer open.
    """
    known = [r for r in responses if r.code != "NE" and r.on.earliest <= today]
    known += [DatedResponse(on, "PD") for on in progressions if on.earliest <= today]
    if not known:
        return CarriedResponse(None, None, None)
    known.sort(key=lambda r: (r.on.latest, r.on.earliest))
    last = known[-1]
    rivals = [r for r in known[:-1] if r.on.latest >= last.on.earliest]
    if any(_kind(r.code) != _kind(last.code) for r in rivals):
        return CarriedResponse(None, None, last.on, open=True)
    since = last.on
    if last.code in COMPLETE:
        for each in reversed(known):
            if each.code not in COMPLETE:
                break
            since = each.on
    return CarriedResponse(last.code, since, last.on)


def _kind(code: str) -> str:
    """PD and RELAPSE say the same of a day; every other code stands for itself."""
    return "PD" if code in PROGRESSED else code
